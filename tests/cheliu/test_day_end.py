"""The day-end of a whole house: when it is due, what a person asks for, the deployed table, the lines of progress."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cheliu import case_house, day_end
from cheliu.day_end_progress import shown
from cheliu.wiring import product_bundle
from cheliu.working import DayEnds
from company.organisation import business_date, the_company
from company.outbox import OutboxMessage
from company.people import SYSTEM
from engine import decision_tables
from engine.bundles import Bundle
from lending.day_end import refusals
from lending.day_end.rows import Facts
from lending.day_end.tables import DayEnd, Phase
from lending.life.positions import Category

TABLE = (day_end.PROCESSES / "decisions" / "risk_category.dmn").read_bytes()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return case_house.found_template(tmp_path_factory.mktemp("day-end"))


@pytest.fixture
def house(template, tmp_path):
    made, _bank, _clock = case_house.copy_house(template, tmp_path / "house")
    with made.database.write() as session:
        the_company(session).is_demo = False
    yield made
    made.close()


def days_ended(house):
    with house.database.read() as session:
        return [made.day for made in session.query(DayEnd).order_by(DayEnd.day)]


def test_the_night_ends_every_day_that_is_over_at_the_time_of_the_parameter(house):
    first = case_house.BUSINESS_DATE
    by_day = day_end.due_day(house)
    house.clock.advance(timedelta(hours=12, minutes=29))
    before = day_end.run_due(house)
    house.clock.advance(timedelta(minutes=1))
    at_time = day_end.run_due(house)
    house.clock.advance(timedelta(days=3))
    later = day_end.run_due(house)

    assert (by_day, before, at_time, later) == (None, 0, 1, 3)
    assert days_ended(house) == [first + timedelta(days=step) for step in range(4)]


def test_the_demo_company_stands_still_until_a_person_asks(house):
    with house.database.write() as session:
        the_company(session).is_demo = True
    house.clock.advance(timedelta(days=2))
    ends = DayEnds(house)

    idle = ends.work_off()
    ends.ask(None)
    done = ends.work_off()

    assert (idle, done, days_ended(house)) == (0, 1, [case_house.BUSINESS_DATE])


def test_a_refused_day_is_asked_for_once_and_does_not_stop_the_others(house):
    ends = DayEnds(house)
    for _ in range(2):
        ends.ask(None)
        ends.work_off()

    # The second is refused: tomorrow has not come.
    assert days_ended(house) == [case_house.BUSINESS_DATE]
    with house.database.read() as session:
        assert business_date(session) == case_house.BUSINESS_DATE + timedelta(days=1)


def test_the_newest_deployed_table_decides(house):
    changed = TABLE.replace(b"&gt; 7<", b"&gt; 3<")
    facts = Facts(5, Category.NORMAL, paid_on_time=False, in_observation=False)
    with house.database.write() as session:
        before = day_end.means_of(session).classifies(facts)
        files = product_bundle().files | {"decisions/risk_category.dmn": changed}
        bundle = Bundle("cheliu", files)
        house.engine.deploy(session, bundle, SYSTEM, "stricter")
        after = day_end.means_of(session).classifies(facts)
        assert decision_tables.newest(session, "no_such_decision") is None

    assert (before[0], after) == (Category.NORMAL, (Category.WATCH, "逾期超过 7 天"))


def test_without_a_terminal_progress_is_plain_lines(capsys):
    with shown() as told:
        told(Phase.DUE, 500, 500, 1000)
        told(Phase.DUE, 500, 1000, 1000)

    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(", ")[0] for line in lines] == ["due: 500/1,000", "due: 1,000/1,000"]
    assert all("/s" in line and "s left" in line for line in lines)


def test_a_night_that_is_refused_is_kept_with_its_reason_told_to_finance_and_gone_when_the_day_is_complete(
    house,
):
    first = case_house.BUSINESS_DATE
    with house.database.write() as session:
        two_days_before = first - timedelta(days=2)
        facts = {"started_at": house.clock.now(), "finished_at": house.clock.now(), "loans": 0}
        session.add(DayEnd(day=two_days_before, rates_from=first, messages=0, ignored=0, **facts))
    house.clock.advance(timedelta(days=1))
    ends = DayEnds(house)
    for _ in range(2):
        ends.work_off()
        house.clock.advance(timedelta(hours=2))
    with house.database.read() as session:
        (kept,) = refusals.standing(session)
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "notify")).all()
    with house.database.write() as session:
        session.delete(session.get(DayEnd, two_days_before))
    ends.work_off()

    assert (kept.day, kept.code, kept.tries) == (first, "day_before_incomplete", 2)
    assert str(first - timedelta(days=1)) in kept.reason
    assert sorted(message.payload["role_id"] for message in told) == sorted(refusals.TOLD)
    with house.database.read() as session:
        assert refusals.standing(session) == []
