"""What a case does beside its flow: the end of a policy is told; an input that is missing never passes a rule."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cheliu.case_house import copy_house, found_template
from cheliu.cases import go_on, play_steps, steps_of
from cheliu.wiring import PROCESSES
from cheliu.working import work_off
from company.notices import Notice
from company.people import Employee
from engine import history
from lending import applications, approvals, insurance, vehicles
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


def test_conditions_open_past_their_day_are_told_weekly_until_they_are_met(
    template: Path, tmp_path: Path
) -> None:
    house, bank, clock = copy_house(template, tmp_path / "house")
    played = play_steps(case("loan_review/cases/conditional_approval.json"), house, bank, clock)
    with house.database.read() as session:
        open_now = approvals.open_conditions(approvals.get(session, played.application_no))
        first_day = min(one.due_on for one in open_now)
        late = [one for one in open_now if one.due_on == first_day]

    def told(day: date) -> dict[str, set[str]]:
        """Who was told what by nine of this day's morning, by username."""
        morning = datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)
        clock.advance(max(morning - clock.now(), timedelta()))
        work_off(house)
        with house.database.write() as session:
            rows = session.execute(
                select(Employee.username, Notice)
                .join(Notice, Notice.employee_id == Employee.id)
                .where(Notice.template == "conditions_late", Notice.read_at.is_(None))
            ).all()
            for _name, notice in rows:
                notice.read_at = clock.now()
            return {name: set(notice.facts["conditions"]) for name, notice in rows}

    before = told(first_day)
    after = told(first_day + timedelta(days=1))
    next_day = told(first_day + timedelta(days=2))
    next_week = told(first_day + timedelta(days=8))
    with house.database.write() as session:
        for one in approvals.get(session, played.application_no).conditions:
            one.decided_at = clock.now()
    met = told(first_day + timedelta(days=15))
    house.close()

    assert before == next_day == met == {}
    assert after == next_week
    assert {"contract_officer", "reviewer_l2", "customer_manager"} <= set(after)
    assert after["reviewer_l2"] == {one.label("zh") for one in late}


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
