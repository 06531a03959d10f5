"""An overdue loan that somebody else takes over: the case of who owed it ends, who owes it now gets his own."""

from datetime import timedelta
from decimal import Decimal

import pytest
from overdue_loan import FIRST_DUE, OverdueLoan
from passed_on import pass_on
from portal_visit import borrower

from cheliu import case_money
from company.calendar import ZONE
from lending.collections import cases, promises
from lending.collections.cases import CollectionCase, StagePassage
from lending.collections.kinds import CaseStatus, PromiseStatus
from lending.collections.promises import PromiseToPay


@pytest.fixture
def late(tmp_path):
    """The loan, four days late by its day-ends."""
    late = OverdueLoan(tmp_path / "house")
    case_money.stand_at(late.house, late.clock, FIRST_DUE - timedelta(days=1))
    case_money.run_day_ends(late.house, late.clock, 5)
    yield late
    late.close()


def promised(late):
    """The debtor promises to pay in a week."""
    today = late.clock.now().astimezone(ZONE).date()
    with late.house.database.write() as session:
        found = cases.get(session, late.case.case_no)
        told = {"today": today, "by": None, "now": late.clock.now()}
        promises.make(session, found, Decimal("3000.00"), today + timedelta(days=7), **told)
    return today


def test_the_case_of_who_owed_it_ends_and_who_owes_it_now_gets_a_case_of_his_own(late):
    former, _phone = borrower(late)
    today = promised(late)
    present = pass_on(late, today)
    late.wait(seconds=1)
    ended = late.case
    still_running = late.running("collections")

    case_money.run_day_ends(late.house, late.clock, 2)

    assert (ended.status, ended.open_for, ended.customer_id) == (CaseStatus.PASSED_ON, None, former)
    assert ended.status.label("zh") == "债务已转移"
    assert still_running == []
    (passage, *_) = late.rows(StagePassage)
    assert passage.cured is False
    assert [each.status for each in late.rows(PromiseToPay)] == [PromiseStatus.LAPSED]
    begun = late.case
    assert (begun.status, begun.customer_id) == (CaseStatus.OPEN, present)
    assert len(late.rows(CollectionCase)) == 2
    assert len(late.running("collections")) == 1


def test_money_of_who_owes_it_now_keeps_no_promise_of_who_owed_it(late):
    today = promised(late)
    pass_on(late, today)
    late.wait(seconds=1)

    with late.house.database.write() as session:
        promises.note_money(session, late.loan_no, on=today + timedelta(days=1))

    assert [each.status for each in late.rows(PromiseToPay)] == [PromiseStatus.LAPSED]
