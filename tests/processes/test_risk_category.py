"""The five categories: the table of the product on the cases that analysts wrote beside it."""

import json
from pathlib import Path

import pytest

from engine.dmn import parse_dmn

FOLDER = Path(__file__).parents[2] / "processes" / "decisions"
CASES = json.loads((FOLDER / "risk_category.cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_the_table_says_what_the_case_expects(case):
    table = parse_dmn((FOLDER / "risk_category.dmn").read_bytes())
    facts = {name: value for name, value in case.items() if name not in ("title", "category")}

    assert table.evaluate("risk_category", facts, strict=True).value == case["category"]


def test_every_row_of_the_table_has_a_case():
    table = parse_dmn((FOLDER / "risk_category.dmn").read_bytes())
    hit = set()
    for case in CASES:
        facts = {name: value for name, value in case.items() if name not in ("title", "category")}
        hit |= {rule.index for rule in table.evaluate("risk_category", facts).trace[0].rules}

    assert hit == set(range(1, 12))
