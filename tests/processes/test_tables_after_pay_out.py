"""The tables of the contact gate and of the prepayment fee, on the cases that analysts wrote beside them."""

import json
from decimal import Decimal

import pytest

from cheliu.wiring import PROCESSES
from engine.dmn import parse_dmn

TABLES = {
    "may_contact": ("decisions", "rule"),
    "prepayment_fee": ("prepayment", "fee_rate"),
}


def table(name):
    return parse_dmn((PROCESSES / TABLES[name][0] / f"{name}.dmn").read_bytes())


def cases(name):
    found = json.loads((PROCESSES / TABLES[name][0] / f"{name}.cases.json").read_text(encoding="utf-8"))
    return [
        (
            case["title"],
            {key: each for key, each in case.items() if key not in ("title", TABLES[name][1])},
            case[TABLES[name][1]],
        )
        for case in found
    ]


ALL = [pytest.param(name, facts, said, id=title) for name in TABLES for title, facts, said in cases(name)]


@pytest.mark.parametrize(("name", "facts", "said"), ALL)
def test_the_table_says_what_the_case_expects(name, facts, said):
    value = table(name).evaluate(name, facts, strict=True).value

    assert value == (Decimal(said) if name == "prepayment_fee" else said)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_the_table_has_a_case(name):
    asked = table(name)

    hit = {
        rule.index
        for _title, facts, _said in cases(name)
        for rule in asked.evaluate(name, facts).trace[0].rules
    }

    rows = len(asked.evaluate(name, cases(name)[0][1]).trace) and (
        (PROCESSES / TABLES[name][0] / f"{name}.dmn").read_text(encoding="utf-8").count("<rule id=")
    )
    assert hit == set(range(1, rows + 1))
