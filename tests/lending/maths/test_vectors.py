"""The runner of published vectors: it translates words, compares every value, and says what it does not understand."""

import json
from decimal import Decimal

import pytest
from vector_examples import EXAMPLES

from benchmarks.vectors.__main__ import main, run
from benchmarks.vectors.files import read
from benchmarks.vectors.words import day_count_of
from lending.maths.choices import DayCount


def written(folder, name, kind, convention, expected, **other):
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    content = {"id": name, "kind": kind, "title": "", "convention": convention, "expected": expected} | other
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    for name, (kind, convention, expected) in EXAMPLES.items():
        written(tmp_path / "vectors", name, kind, convention, expected)
    return tmp_path / "vectors"


def test_all_examples_pass_and_none_does_when_its_values_are_changed(folder, capsys):
    assert main([str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"passed {len(EXAMPLES)} of {len(EXAMPLES)}"
    assert {tuple(json.loads(line)) for line in lines[:-1]} == {("id", "ok", "max_abs_diff")}

    assert main([str(folder), "--corrupt"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == f"passed 0 of {len(EXAMPLES)}"


def values(expected, path=()):
    """Every value of an expectation with the way to it."""
    inputs = {"n", "start", "end", "unit", "function", "args", "decimals", "tolerance", "due_date"}
    if isinstance(expected, dict):
        pairs = [(key, item) for key, item in expected.items() if key not in inputs]
    elif isinstance(expected, list):
        pairs = list(enumerate(expected))
    else:
        return [path]
    return [way for key, item in pairs for way in values(item, (*path, key))]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_single_changed_value_fails_the_file(tmp_path, name):
    kind, convention, expected = EXAMPLES[name]
    for base, (base_kind, base_convention, base_expected) in EXAMPLES.items():
        written(tmp_path / "all", base, base_kind, base_convention, base_expected)
    for way in values(expected):
        changed = json.loads(json.dumps(expected))
        place = changed
        for key in way[:-1]:
            place = place[key]
        place[way[-1]] = str(Decimal(str(place[way[-1]]).split()[0]) + Decimal("0.01"))

        outcome = run(read(written(tmp_path / "all", name, kind, convention, changed)))

        assert not outcome.ok, way


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("actual/360", "act_360"),
        ("Act/365 (US Rule)", "act_365"),
        ("act/365 fixed", "act_365"),
        ("actual/actual split by calendar year AT 31 DECEMBER", "act_act_year_end"),
        ("actual/actual ISDA", "act_act_isda"),
        ("act/act AFB", "act_act_afb"),
        ("30E/360", "30e_360"),
        ("30E/360 (ISDA)", "30e_360_isda"),
        ("30/360 Bond Basis", "30_360"),
        ("30U/360", "30u_360"),
    ],
)
def test_the_spellings_of_day_counts(words, count):
    assert day_count_of(words) is DayCount(count)


@pytest.mark.parametrize(
    ("kind", "change", "why"),
    [
        ("schedule", {"day_count": "act/moon"}, "day count"),
        ("schedule", {"method": "origami"}, "method"),
        ("schedule", {"method": "equal_instalment_tranches"}, "several parts"),
        ("schedule", {"disbursements": [{"date": "2026-01-01"}, {"date": "2026-02-01"}]}, "several parts"),
        ("schedule", {"principal": None}, "principal"),
        ("schedule", {"annual_rate_percent": "4000"}, "annual rate"),
        ("schedule", {"instalments": 10000}, "instalments"),
        ("schedule", {"frequency": "when it rains"}, "frequency"),
        ("poem", {}, "kind"),
    ],
)
def test_what_is_not_understood_is_said(tmp_path, kind, change, why):
    convention = EXAMPLES["level"][1] | change

    outcome = run(read(written(tmp_path, "odd", kind, convention, {"instalment": "1"})))

    assert not outcome.ok
    assert why in outcome.why


def test_a_figure_that_is_not_computed_fails_the_file(tmp_path):
    _, convention, expected = EXAMPLES["level"]

    outcome = run(read(written(tmp_path, "more", "schedule", convention, {"phase_of_moon": "1"})))

    assert "phase_of_moon" in outcome.why
    assert expected
