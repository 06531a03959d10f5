"""A file that the desktop Camunda Modeler has saved runs as it did before."""

from pathlib import Path

import pytest
from modeler_saves import saved

from cheliu.case_house import found_template
from cheliu.cases import run_case
from cheliu.checking import check_files
from cheliu.wiring import PROCESSES, product_bundle
from engine.bpmn.reader import read_bundle
from engine.bundles import Bundle

# Between them: votes, timers, tables, jobs and the bank, forms of every process.
CASES = ("loan_review/committee_approves", "disbursement/bank_refuses_then_repaired")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return saved(product_bundle())


def test_every_file_was_written_anew_with_the_modelers_marks(bundle: Bundle) -> None:
    ours = product_bundle()

    same = {name for name, data in bundle.files.items() if data == ours.files[name]}

    assert same == set(bundle.with_suffix("en.json"))
    diagram = bundle.files["loan_review/loan_review.bpmn"]
    for mark in (b'"cheliu.service.record-review"', b"bioc:fill=", b"color:border-color=", b"<![CDATA["):
        assert mark in diagram
    assert b"biodi:annotationsWidth=" in bundle.files["loan_review/ltv_limit.dmn"]


def test_its_diagrams_are_read_as_the_same_processes(bundle: Bundle) -> None:
    assert read_bundle(bundle.files).processes == read_bundle(product_bundle().files).processes


def test_the_check_says_the_same_of_every_file(bundle: Bundle, tmp_path: Path) -> None:
    for folder, files in (("ours", product_bundle().files), ("saved", bundle.files)):
        for name, data in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    ours, theirs = (check_files([tmp_path / folder], "en") for folder in ("ours", "saved"))

    assert not theirs.refused
    assert [line.replace("/saved/", "/ours/") for line in theirs.lines] == ours.lines


@pytest.mark.parametrize("name", CASES)
def test_its_cases_go_as_written(
    name: str, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cheliu.case_house.product_bundle", lambda: bundle)
    folder, case = name.split("/")

    run_case(PROCESSES / folder / "cases" / f"{case}.json", found_template(tmp_path), tmp_path / "house")
