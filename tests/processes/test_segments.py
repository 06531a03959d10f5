"""New, used, new-energy cars and companies: each is served its own way, by tables; and ceilings bind new cases only."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from cheliu.case_house import copy_house, found_template
from cheliu.cases import go_on, play_steps, steps_of
from cheliu.wiring import PROCESSES
from company.organisation import the_company
from engine.dmn import parse_dmn
from engine.history import DecisionEvidence
from lending import ceilings
from lending.ceilings import Segment

OTHER_VIN = "LFPH3ACC8N1A00001"


def decide(table, facts, of="preloan_investigation"):
    return parse_dmn((PROCESSES / of / f"{table}.dmn").read_bytes()).evaluate(table, facts, strict=True).value


@pytest.mark.feature("M-053")
@pytest.mark.parametrize(
    ("customer", "kind", "energy", "path", "amount", "scope", "visit"),
    [
        ("individual", "new", "fuel", "new", 200000, "simplified", False),
        ("individual", "new", "fuel", "new", 230000, "standard", False),
        ("individual", "new", "nev", "nev", 230000, "simplified", False),
        ("individual", "used", "fuel", "used", 50000, "standard", False),
        ("individual", "used", "nev", "used", 50000, "standard", False),
        ("corporate", "new", "nev", "corporate", 100000, "standard", True),
        ("corporate", "used", "fuel", "corporate", 400000, "full", True),
    ],
)
def test_each_segment_has_its_path_and_the_path_its_scope(customer, kind, energy, path, amount, scope, visit):
    chosen = decide("service_path", {"customer_kind": customer, "vehicle_kind": kind, "energy": energy})
    facts = {"listed": "none", "path": chosen, "amount": Decimal(amount), "dti": Decimal("0.3")}
    found = decide("investigation_scope", facts)

    assert chosen == path
    assert (found["scope"], found["visit"]) == (scope, visit)


def test_the_ceiling_of_the_company_caps_every_cell_of_the_table_and_raises_none():
    facts = {
        "vehicle_use": "self",
        "vehicle_kind": "used",
        "energy": "fuel",
        "vehicle_age_years": Decimal(2),
        "grade": "B",
        "refinance": False,
    }
    lower, higher = (
        decide("ltv_limit", {**facts, "ltv_ceiling": Decimal(one)}, of="loan_review")
        for one in ("0.55", "0.70")
    )

    assert (lower, higher) == (Decimal("0.55"), Decimal("0.65"))


@pytest.mark.parametrize(
    ("grade", "age", "share"),
    [("A", 5, "0.60"), ("B", 3, "0.55"), ("C", 0, "0.45"), ("D", 2, "0"), ("A", 6, "0")],
)
def test_on_a_car_of_ones_own_less_is_lent_and_nothing_after_five_years(grade, age, share):
    facts = {"vehicle_use": "self", "vehicle_kind": "used", "energy": "fuel", "ltv_ceiling": Decimal("0.70")}
    own = {"vehicle_age_years": Decimal(age), "grade": grade, "refinance": True}

    assert decide("ltv_limit", {**facts, **own}, of="loan_review") == Decimal(share)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_template(tmp_path_factory.mktemp("segments"))


@pytest.mark.feature("M-052")
def test_a_ceiling_that_falls_while_a_case_runs_binds_the_next_case(template, tmp_path):
    house, bank, clock = copy_house(template, tmp_path / "house")
    steps = steps_of(json.loads((PROCESSES / "credit_application/cases/used_car.json").read_text()))
    reported = 1 + max(at for at, step in enumerate(steps) if step.get("at") == "Task_WriteReport")
    entered = max(at for at, step in enumerate(steps) if step.get("at") == "Task_EnterApplication")
    played = play_steps({"steps": steps[: entered + 1]}, house, bank, clock)
    first = played.application_no
    clock.advance(timedelta(days=1))
    with house.database.write() as session:
        company = the_company(session)
        company.business_date += timedelta(days=1)
        ceilings.publish(
            session,
            {Segment.USED: Decimal("0.30")},
            valid_from=company.business_date,
            source_text="二手车价格下行",
            approved_by="risk_committee",
        )
    go_on(played, steps[entered + 1 : reported])
    of_another = {
        "customer_name": "周明",
        "identity_no": "360426199101010071",
        "mobile": "13900139000",
        "vin": OTHER_VIN,
        "plate_no": "沪BD54321",
    }
    again = [
        {
            **step,
            "answers": step["answers"] | ({"vin_seen": OTHER_VIN} if "vin_seen" in step["answers"] else {}),
        }
        for step in steps[entered:reported]
    ]
    again[0]["answers"] |= of_another
    go_on(played, [{"open": "front_desk"}, *again])

    def ceiling_of(number):
        with house.database.read() as session:
            asked = select(DecisionEvidence).where(DecisionEvidence.business_key == number)
            rows = session.scalars(asked.where(DecisionEvidence.element_id == "Task_FindLtvLimit"))
            return [row.inputs["ltv_ceiling"] for row in rows]

    kept, lowered = ceiling_of(first), ceiling_of(played.application_no)
    house.close()

    assert kept == [Decimal("0.70")]
    assert lowered == [Decimal("0.30")]
