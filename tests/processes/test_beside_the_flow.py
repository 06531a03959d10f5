"""What a case does beside its flow: the end of a policy is told; an input that is missing never passes a rule."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cheliu.case_house import copy_house, found_template
from cheliu.cases import go_on, play_steps, steps_of
from cheliu.wiring import PROCESSES
from cheliu.working import work_off
from company.notices import Notice
from engine import history
from lending import applications, insurance, vehicles
from lending.applications import ApplicationStatus


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_template(tmp_path_factory.mktemp("beside"))


def case(name: str) -> dict:
    return json.loads((PROCESSES / name).read_text(encoding="utf-8"))


@pytest.mark.feature("M-145")
def test_the_end_of_a_policy_is_told_a_month_before_and_when_it_has_ended(
    template: Path, tmp_path: Path
) -> None:
    house, bank, clock = copy_house(template, tmp_path / "house")
    played = play_steps(
        case("collateral_registration/cases/used_car_mortgage_first.json"), house, bank, clock
    )
    with house.database.read() as session:
        (policy,) = insurance.of_application(session, played.application_no)
        days = (policy.valid_until - clock.now().date()).days

    def told() -> list[dict]:
        work_off(house)
        with house.database.read() as session:
            return [
                notice.facts
                for notice in session.scalars(select(Notice).where(Notice.template == "insurance_ends"))
            ]

    clock.advance(timedelta(days=days - 31))
    before = told()
    clock.advance(timedelta(days=2))
    soon = told()
    clock.advance(timedelta(days=31))
    ended = told()
    house.close()

    assert before == []
    assert {each["policy_no"] for each in soon} == {policy.policy_no}
    assert len(ended) == 2 * len(soon)


def test_a_rule_whose_input_is_missing_neither_passes_nor_rejects(template: Path, tmp_path: Path) -> None:
    house, bank, clock = copy_house(template, tmp_path / "house")
    steps = steps_of(case("credit_application/cases/used_car.json"))
    report = max(at for at, step in enumerate(steps) if step.get("at") == "Task_WriteReport")
    played = play_steps({"steps": steps[:report]}, house, bank, clock)
    with house.database.write() as session:
        application = applications.get(session, played.application_no)
        vehicles.get(session, application.vehicle_id).first_registered_on = None

    go_on(played, steps[report : report + 1])

    with house.database.read() as session:
        application = applications.get(session, played.application_no)
        passed = {
            element
            for instance in history.instances(session, played.application_no)
            for positions in history.positions(session, instance).values()
            for element in positions.done
        }
    house.close()

    assert application.status is ApplicationStatus.DRAFT
    assert {"Task_ReturnIncomplete", "End_ReviewReturned"} <= passed
    assert "Task_GradeCustomer" not in passed
