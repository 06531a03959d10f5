"""The outside measure: the DMN Technology Compatibility Kit, level 2, where it is at hand; and its runner."""

import os
import re
import shutil
from pathlib import Path

import pytest

from benchmarks.tck import main, run_folder

ROOT = Path(__file__).parents[3]
KIT = Path(os.environ.get("CHELIU_TCK") or ROOT.parent / "shared" / "tck")
OWN = Path(__file__).parent / "models"


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of our own level-3 shaped folder, to be damaged."""
    return shutil.copytree(OWN / "nested", tmp_path / "kit")


def rewritten(folder: Path, pattern: str, change) -> None:
    for path in folder.rglob("*.xml"):
        path.write_text(re.sub(pattern, change, path.read_text("utf-8"), flags=re.DOTALL), "utf-8")


def test_own_copies_of_the_kit_pass():
    outcomes = list(run_folder(OWN))
    assert len(outcomes) >= 20
    assert [outcome for outcome in outcomes if not outcome.passed] == []


def test_nothing_passes_once_the_expected_values_are_corrupted():
    assert [outcome for outcome in run_folder(OWN, corrupt=True) if outcome.passed] == []


@pytest.mark.parametrize("junk", ["", "1", "x", "-"])
def test_nothing_passes_where_the_expected_values_of_the_files_are_overwritten(copy, junk):
    def overwrite(match):
        return re.sub(r'>([^<>]*)</value>| xsi:nil="true"(/?)>', rf">{junk}\1</value>", match[0])

    rewritten(copy, "<expected>.*?</expected>", overwrite if junk else lambda match: "<expected/>")
    rewritten(copy, ' errorResult="true"', lambda match: "")
    assert [outcome for outcome in run_folder(copy) if outcome.passed] == []


def test_an_error_result_passes_where_the_decision_is_null(copy):
    rewritten(copy, r"(errorResult.*?)<expected>.*?</expected>", lambda match: match[1])
    assert all(outcome.passed for outcome in run_folder(copy))


def test_a_decision_that_the_model_has_not_got_is_no_null(copy):
    rewritten(copy, 'name="broken"', lambda match: 'name="brocken"')
    (failed,) = [outcome for outcome in run_folder(copy) if not outcome.passed]
    assert "brocken" in failed.difference


def test_a_model_that_is_missing_passes_nothing(copy):
    for path in copy.rglob("*.dmn"):
        path.unlink()
    assert [outcome for outcome in run_folder(copy) if outcome.passed] == []


def test_numbers_agree_to_eight_places_and_no_further(copy):
    rewritten(copy, ">0.084166667<", lambda match: ">0.08416665<")
    assert [outcome.name for outcome in run_folder(copy) if not outcome.passed] == [
        "services/quote-test-01.xml 001 quote"
    ]


def test_the_program_prints_what_differs_and_ends_with_the_count(copy, capsys):
    rewritten(copy, ">107<", lambda match: ">108<")
    assert main([str(copy)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("FAILED services/quote-test-01.xml 005 called: expected [Decimal('108')")
    assert lines[1:] == ["passed 10 of 11"]
    assert main([str(copy), "--corrupt"]) == 0
    assert capsys.readouterr().out == "passed 0 of 11\n"


@pytest.mark.skipif(not KIT.is_dir(), reason="set CHELIU_TCK to a folder of the kit")
def test_the_whole_kit_passes():
    outcomes = list(run_folder(KIT))
    assert len(outcomes) >= 126
    assert [outcome for outcome in outcomes if not outcome.passed] == []
