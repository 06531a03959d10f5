"""The outside measure: the DMN Technology Compatibility Kit, level 2, where it is at hand."""

import os
from pathlib import Path

import pytest

from benchmarks.tck import run_folder

ROOT = Path(__file__).parents[3]
KIT = Path(os.environ.get("CHELIU_TCK") or ROOT.parent / "shared" / "tck")
OWN = Path(__file__).parent / "models"


def test_own_copies_of_the_kit_pass():
    outcomes = list(run_folder(OWN))
    assert len(outcomes) >= 10
    assert [outcome for outcome in outcomes if not outcome.passed] == []


def test_nothing_passes_once_the_expected_values_are_corrupted():
    assert [outcome for outcome in run_folder(OWN, corrupt=True) if outcome.passed] == []


@pytest.mark.skipif(not KIT.is_dir(), reason="set CHELIU_TCK to a folder of the kit")
def test_the_whole_kit_passes():
    outcomes = list(run_folder(KIT))
    assert len(outcomes) >= 126
    assert [outcome for outcome in outcomes if not outcome.passed] == []
