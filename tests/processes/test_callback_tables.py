"""The tables of callbacks: the interval cell by cell, what shortens it, what a checklist means, what follows."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from engine.dmn import parse_dmn
from lending.callback_kinds import CallbackOutcome

PROCESSES = Path(__file__).parents[2] / "processes"
CASES = json.loads((PROCESSES / "decisions" / "callback_interval.cases.json").read_text(encoding="utf-8"))


def table(folder, name):
    return parse_dmn((PROCESSES / folder / f"{name}.dmn").read_bytes())


def test_the_interval_is_what_the_case_expects_and_every_row_has_one():
    interval, hit = table("decisions", "callback_interval"), set()

    for case in CASES:
        facts = {name: value for name, value in case.items() if name not in ("title", "months")}
        result = interval.evaluate("callback_interval", facts, strict=True)
        assert result.value == Decimal(case["months"]), case["title"]
        hit |= {rule.index for rule in result.trace[0].rules}

    assert hit == set(range(1, 26))


@pytest.mark.parametrize(
    ("commercial", "corporate", "loan_to_value", "steps"),
    [(False, False, "1.00", None), (True, False, "0.80", -1), (True, True, "1.01", -3)],
)
def test_each_modifier_takes_one_step(commercial, corporate, loan_to_value, steps):
    facts = {
        "commercial_use": commercial,
        "corporate": corporate,
        "loan_to_value": Decimal(loan_to_value),
    }

    assert table("decisions", "callback_modifiers").evaluate("callback_modifiers", facts).value == steps


CHECKLIST = {
    "contact_state": "reached",
    "attempt_result": "reached",
    "third_party_claim": "none",
    "use_differs": False,
    "vehicle_damaged": False,
    "difficulty": 1,
    "can_pay_soon": False,
    "has_complaint": False,
    "info_changed": False,
}


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ({}, "good"),
        ({"info_changed": True}, "info_changed"),
        ({"difficulty": 6, "can_pay_soon": True}, "hardship_minor"),
        ({"vehicle_damaged": True}, "damage"),
        ({"difficulty": 6}, "hardship_major"),
        ({"has_complaint": True, "difficulty": 6}, "complaint"),
        ({"use_differs": True, "has_complaint": True}, "misuse"),
        ({"third_party_claim": "transferred"}, "transferred"),
        ({"third_party_claim": "pledged", "use_differs": True}, "second_pledge"),
        ({"contact_state": "ended", "attempt_result": "declined", "difficulty": None}, "refused"),
        ({"contact_state": "ended", "attempt_result": "deceased", "difficulty": None}, "deceased"),
        ({"contact_state": "tried_out", "attempt_result": "no_answer", "difficulty": None}, "unreachable"),
    ],
)
def test_a_checklist_means_the_gravest_of_what_it_says(found, outcome):
    result = table("callback_visit", "callback_finding").evaluate("callback_finding", CHECKLIST | found)

    assert result.value == outcome


def test_every_outcome_has_one_row_of_what_follows():
    follows = table("callback_visit", "callback_outcome")

    rows = {
        outcome: follows.evaluate(
            "callback_outcome", {"outcome": outcome.value, "good_in_a_row": 1}, strict=True
        ).value
        for outcome in CallbackOutcome
    }

    assert rows[CallbackOutcome.GOOD]["factor"] == Decimal("1.5")
    assert rows[CallbackOutcome.HARDSHIP_MAJOR]["follow_up"] == "restructuring"
    assert {rows[each]["fixed_days"] for each in (CallbackOutcome.MISUSE, CallbackOutcome.UNREACHABLE)} == {7}
    assert {outcome for outcome, row in rows.items() if row["warning"] == "red"} == {
        CallbackOutcome.MISUSE,
        CallbackOutcome.SECOND_PLEDGE,
        CallbackOutcome.TRANSFERRED,
        CallbackOutcome.DECEASED,
    }


@pytest.mark.parametrize(
    ("grade", "late", "last", "method", "third"),
    [
        ("A", 0, "none", "phone", False),
        ("C", 0, "none", "phone", True),
        ("D", 0, "phone", "on_site", True),
        ("D", 0, "on_site", "phone", True),
        ("B", 31, "phone", "on_site", True),
        ("B", 31, "on_site", "phone", True),
    ],
)
def test_the_way_follows_grade_arrears_and_the_last_way(grade, late, last, method, third):
    facts = {
        "grade": grade,
        "days_past_due": late,
        "last_method": last,
        "last_outcome": "none",
        "self_service": True,
    }

    chosen = table("callback_visit", "callback_method").evaluate("callback_method", facts, strict=True).value

    assert (chosen["visit_method"], chosen["third_party_wanted"]) == (method, third)


GOOD_PAYER = {
    "grade": "B",
    "days_past_due": 0,
    "last_method": "phone",
    "last_outcome": "good",
    "self_service": True,
}


@pytest.mark.parametrize(
    ("differs", "method"),
    [
        ({}, "link"),
        ({"grade": "A", "last_method": "on_site"}, "link"),
        ({"grade": "C"}, "phone"),
        ({"days_past_due": 1}, "phone"),
        ({"last_method": "link"}, "phone"),
        ({"last_outcome": "info_changed"}, "phone"),
        ({"last_method": "none", "last_outcome": "none"}, "phone"),
        ({"self_service": False}, "phone"),
    ],
)
def test_a_link_goes_to_good_payers_of_low_risk_whom_somebody_spoke_with_last_time(differs, method):
    model = table("callback_visit", "callback_method")

    chosen = model.evaluate("callback_method", GOOD_PAYER | differs, strict=True).value

    assert chosen["visit_method"] == method


@pytest.mark.parametrize(
    ("known", "age", "liquidity"), [(True, "2", "A"), (True, "5", "B"), (False, "1", "B"), (False, "4", "C")]
)
def test_a_young_car_with_a_known_price_is_the_most_liquid(known, age, liquidity):
    facts = {"price_known": known, "age_years": Decimal(age)}

    assert (
        table("callback_visit", "vehicle_liquidity").evaluate("vehicle_liquidity", facts).value == liquidity
    )
