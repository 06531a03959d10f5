"""Loans that were overdue before there were collections, or whose message was lost, get their case all the same."""

from datetime import date, timedelta

import pytest
from paid_loan import PaidLoan
from sqlalchemy import delete, insert, select

from cheliu import case_money
from cheliu.working import work_off
from company import outbox
from company.outbox import OutboxMessage
from engine.starts import StartSubscription
from lending.collections.cases import CollectionCase
from lending.collections.catching_up import CollectionSweep

FIRST_DUE = date(2026, 10, 15)
OF_COLLECTIONS = StartSubscription.process_id == "collections"


class Upgraded(PaidLoan):
    """A house whose version knew no collections while its loan fell overdue."""

    def __init__(self, home):
        super().__init__(home)
        table = StartSubscription.__table__
        with self.house.database.write() as session:
            self.starts = [
                dict(row) for row in session.execute(select(table).where(OF_COLLECTIONS)).mappings()
            ]
            session.execute(delete(table).where(OF_COLLECTIONS))
        case_money.stand_at(self.house, self.clock, FIRST_DUE - timedelta(days=1))

    def day_ends(self, count):
        case_money.run_day_ends(self.house, self.clock, count)

    def upgrade(self):
        """The new version's processes are deployed."""
        with self.house.database.write() as session:
            session.execute(insert(StartSubscription.__table__), self.starts)

    def cases(self):
        return self.rows(CollectionCase)


@pytest.fixture
def house(tmp_path):
    made = Upgraded(tmp_path / "house")
    yield made
    made.close()


def test_a_loan_overdue_before_the_upgrade_gets_one_case_the_day_after_and_no_second(house):
    house.day_ends(5)
    assert house.cases() == []
    assert len(house.running("overdue_handling")) == 1
    house.upgrade()
    house.day_ends(1)

    (found,) = house.cases()
    # The day-end of 19 October found it four days late.
    assert (found.loan_no, found.days_past_due) == (house.loan_no, 5)
    assert len(house.running("collections")) == 1
    assert house.task("Task_Contact") is not None
    assert len(house.running("overdue_handling")) == 1, "its own handling goes on as it stood"
    house.day_ends(2)
    for _ in range(3):
        work_off(house.house)
    assert [each.case_no for each in house.cases()] == [found.case_no]


def test_the_look_is_taken_once_a_business_date(house):
    house.day_ends(4)
    house.upgrade()
    work_off(house.house)
    assert house.cases() == [], "the look of this date was taken before the upgrade"
    house.day_ends(1)

    with house.house.database.read() as session:
        looks = {each.day: each.opened for each in session.scalars(select(CollectionSweep))}
    assert list(looks.values()).count(1) == 1
    assert looks[max(looks)] == 1


def test_a_message_that_is_on_its_way_begins_the_case_itself_and_one_that_fails_does_not_stop_it(house):
    house.day_ends(4)
    house.upgrade()
    day = FIRST_DUE + timedelta(days=3)
    key = f"LoanOverdue:{house.loan_no}:{day}-lost"
    later = house.clock.now() + timedelta(days=9)
    with house.house.database.write() as session:
        payload = {"name": "Nothing", "key": "x", "payload": {}, "message_id": key}
        outbox.put(session, "message", key, payload, house.clock.now(), due_at=later)
    house.day_ends(1)
    waits = house.cases()
    with house.house.database.write() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one()
        message.attempts = 1
    house.day_ends(1)

    assert waits == []
    assert len(house.cases()) == 1


def test_a_loan_that_has_paid_or_fell_overdue_yesterday_is_left_to_the_day_end(house):
    house.day_ends(2)
    house.upgrade()
    work_off(house.house)
    with house.house.database.read() as session:
        assert session.scalars(select(CollectionCase)).all() == []
