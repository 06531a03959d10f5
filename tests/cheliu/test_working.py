"""The worker: one thing that fails holds up nothing else, and a stop is heard in the middle of much work."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select

from cheliu import scheduling
from cheliu.case_house import copy_house, found_template
from cheliu.dispatch import TRIES_BEFORE_TOLD
from cheliu.due import Work, work_due
from cheliu.scheduling import Scheduler
from cheliu.working import work_off
from company import outbox
from company.clock import SystemClock
from company.database import Database
from company.migrations import upgrade
from company.notices import Notice


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return found_template(tmp_path_factory.mktemp("working"))


@pytest.fixture
def opened(template, tmp_path):
    house, _bank, clock = copy_house(template, tmp_path / "house")
    yield house, clock
    house.close()


def put(house, clock, kind, key, **payload):
    with house.database.write() as session:
        outbox.put(session, kind, key, payload, clock.now())


def told(house):
    with house.database.read() as session:
        return [notice.template for notice in session.scalars(select(Notice).order_by(Notice.id))]


def test_a_poisonous_message_holds_up_no_other_and_is_told_to_the_administrator_once(opened):
    house, clock = opened
    put(house, clock, "no such kind", "poison")
    put(house, clock, "notify", "good", template="good", role_id="admin")

    work_off(house)
    assert told(house) == ["good"]
    for _ in range(TRIES_BEFORE_TOLD + 2):
        clock.advance(timedelta(hours=1))
        work_off(house)

    assert told(house) == ["good", "outbox_stuck"]


def asked_by(house, act):
    """The statements of an act, those that begin a reading transaction left out."""
    seen = []

    def hear(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", hear)
    act()
    event.remove(house.database.engine, "before_cursor_execute", hear)
    return seen


def test_a_worker_that_has_nothing_to_do_asks_two_questions(opened):
    house, clock = opened
    work_off(house)

    asked = asked_by(house, lambda: work_off(house))
    assert len(asked) == 2, "\n".join(asked)
    assert all(statement.startswith("SELECT") for statement in asked)

    put(house, clock, "notify", "good", template="good", role_id="admin")
    assert work_off(house) == 1
    assert told(house) == ["good"]


def test_every_kind_of_work_is_due_where_there_is_no_company_yet(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    upgrade(database)
    with database.read() as session:
        assert work_due(session, SystemClock().now()) == frozenset(Work)
    database.close()


def test_a_stop_is_heard_between_two_batches(opened):
    house, clock = opened
    for number in range(60):
        put(house, clock, "notify", f"n{number}", template="one", role_id="admin")
    asked = []

    def stopping():
        asked.append(1)
        return len(asked) > 1

    assert work_off(house, stopping=stopping) == 50
    assert len(told(house)) == 50


@pytest.mark.parametrize(("found", "rests_seconds"), [(0, 0.3), (1, 0.0)])
def test_a_poll_that_found_nothing_rests_thrice_as_long_as_it_took(monkeypatch, found, rests_seconds):
    shows = [100.0]
    monkeypatch.setattr(scheduling, "time", SimpleNamespace(monotonic=lambda: shows[0]))

    def poll():
        shows[0] += 0.1
        return found

    scheduler = Scheduler(poll)
    scheduler._run()

    assert scheduler._rests_until - shows[0] == pytest.approx(rests_seconds)


def test_a_wake_after_the_stop_is_ignored():
    scheduler = Scheduler(lambda: 0)
    scheduler.start()
    scheduler.stop()

    scheduler.wake()

    assert scheduler.stopping
