"""Every case beside a diagram goes as it is written."""

from pathlib import Path

import pytest

from cheliu.case_house import found_template
from cheliu.cases import run_case
from cheliu.wiring import PROCESSES

CASES = sorted(PROCESSES.glob("*/cases/*.json"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_template(tmp_path_factory.mktemp("cases"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_the_case_goes_as_written(path: Path, template: Path, tmp_path: Path) -> None:
    run_case(path, template, tmp_path / "house")


def test_every_process_has_cases_for_withdrawal_and_for_its_errors() -> None:
    named = {path.parent.parent.name: {p.stem for p in path.parent.glob("*.json")} for path in CASES}
    assert all(len(cases) >= 5 for cases in named.values())
    assert set(named) == {"credit_application", "loan_review", "contract_signing", "disbursement"}
