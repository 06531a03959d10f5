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
from lending.collections.contact_log import CollectionContact
from lending.collections.kinds import CaseStatus, PromiseStatus, ResultCode
from lending.collections.promises import PromiseToPay
from lending.contact_circumstances import ContactCircumstance


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


def test_what_who_owed_it_promises_after_his_case_has_ended_is_refused_and_the_call_written_down(late):
    borrower(late)
    late.at(13)  # the night's day-end opens the case of who owes it now, within the day of the call
    former, collector = late.case, late.browser("collector")
    address = f"/collections/{former.case_no}"
    collector.get(address)
    collector.post(f"{address}/dial", {"channel": "call", "person": "borrower"})
    today = late.clock.now().astimezone(ZONE).date()
    pass_on(late, today)
    late.wait(seconds=1)
    case_money.run_day_ends(late.house, late.clock, 1)
    present = late.case
    assert (present.id != former.id, present.status) == (True, CaseStatus.OPEN)

    paying = {"promise_amount": "100.00", "promise_on": today.isoformat()}
    for code, more in (("connected_promise", paying), ("connected_hardship", {}), ("connected_dispute", {})):
        for language, words in (("zh", "已结束（债务已转移）"), ("en", "has ended (Owed by somebody else)")):
            collector.post("/language", {"language": language, "next": "/"})
            refused = collector.post(f"{address}/result", {"result_code": code, **more})
            assert (refused.status_code, words in refused.text) == (422, True), refused.text
    plain = collector.post(f"{address}/result", {"result_code": "connected_refuse"})
    late.wait(seconds=1)

    assert plain.status_code == 303
    assert late.rows(PromiseToPay) == late.rows(ContactCircumstance) == late.running("restructuring") == []
    (written,) = late.rows(CollectionContact)
    assert (written.case_id, written.result) == (former.id, ResultCode.REFUSED)
    assert late.case.status is CaseStatus.OPEN
    assert late.task("Task_Contact") is not None
    assert f'action="{address}/dial"' not in collector.get(address).text
