"""Fees that are owed when no instalment is left: asked for by direct debit, once and on the days of retry."""

from datetime import timedelta
from decimal import Decimal

import pytest
from loan_book import ONE_DAY, at
from loan_in_other_hands import pass_on
from sqlalchemy import select

from lending import loans
from lending.bank import debits
from lending.bank.debits import DebitItem, DebitStatus
from lending.day_end import debit
from lending.deliveries import Delivery
from lending.life import events
from lending.life.kinds import Component, EventKind
from lending.life.positions import LoanPosition
from lending.loans import LoanStatus

FEE = Decimal("120.00")


@pytest.fixture
def owing(book):
    """A loan of one month that is repaid on its day, save for a fee that is charged then."""
    with book.database.write() as session:
        made = book.lend(session, 7, loans.get(session, book.pattern).value_date, term_months=1)
        loan = loans.get(session, made)
        last = loan.current_schedule.instalments[-1]
    book.open(last.due_date)
    with book.database.write() as session:
        book.receive(session, made, last.due_date, last.amount)
        facts = {"kind": EventKind.CHARGE, "component": Component.FEE, "reason": "逾期通知费"}
        book.receive(session, made, last.due_date, FEE, reference="FY-1", **facts)
    book.loan_no, book.last_due = made, last.due_date
    book.end(last.due_date)
    return book


def asked_on(book, day):
    """What the file of a day-end asks for of the loan."""
    with book.database.read() as session:
        rows = debits.read(debit.written(session, book.vault, day).content)
        return [row for row in rows if row.loan_no == book.loan_no]


def answer(book, day, rows, *, collected, bank_reference):
    """The bank answers the file of a day."""
    with book.database.write() as session:
        debits.note_orders(session, day, rows)
        reason = "" if collected else "余额不足"
        answers = [debits.Answered(row.number, collected, reason, bank_reference) for row in rows]
        on = {"collect_on": day + ONE_DAY, "booked_on": day + ONE_DAY, "now": at(day)}
        debits.take_answers(session, day, answers, **on)


def charge_again(book, day):
    """A second fee of the same sum."""
    with book.database.write() as session:
        facts = {"kind": EventKind.CHARGE, "component": Component.FEE, "reason": "诉讼费"}
        book.receive(session, book.loan_no, day, FEE, reference="FY-2", **facts)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_fee_after_the_last_instalment_is_asked_for_and_again_on_the_days_of_retry(owing):
    with owing.database.read() as session:
        position = session.scalars(select(LoanPosition).where(LoanPosition.loan_no == owing.loan_no)).one()
        assert (position.next_due, position.oldest_day, position.other_owed) == (None, None, FEE)
        assert loans.get(session, owing.loan_no).status is LoanStatus.ACTIVE
    day, asked = owing.last_due, {}
    first = asked_on(owing, day)
    for after in range(6):
        rows = asked_on(owing, day)
        asked[after] = [row.amount for row in rows]
        answer(owing, day, rows, collected=False, bank_reference="B")
        day += ONE_DAY
        owing.end(day)

    assert [(row.amount, row.due_date) for row in first] == [(FEE, owing.last_due + timedelta(days=1))]
    assert asked == {0: [FEE], 1: [FEE], 2: [], 3: [FEE], 4: [], 5: []}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_fee_of_the_sum_of_one_that_was_collected_is_asked_for_by_the_next_file(owing):
    day, asked = owing.last_due, {}
    for after, collected in enumerate([False, True, False]):
        rows = asked_on(owing, day)
        asked[after] = [row.amount for row in rows]
        answer(owing, day, rows, collected=collected, bank_reference=f"B-{after}")
        day += ONE_DAY
        if collected:
            charge_again(owing, day)
        owing.end(day)

    assert asked == {0: [FEE], 1: [FEE], 2: [FEE]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_collections_of_which_the_bank_tells_no_reference_are_told_apart(owing):
    day = owing.last_due
    answer(owing, day, asked_on(owing, day), collected=True, bank_reference="")
    charge_again(owing, day + ONE_DAY)
    owing.end(day + ONE_DAY)
    answer(owing, day + ONE_DAY, asked_on(owing, day + ONE_DAY), collected=True, bank_reference="")

    with owing.database.read() as session:
        items = session.scalars(select(DebitItem).order_by(DebitItem.id)).all()
        posted = [events.find(session, f"receipt:{item.bank_reference}") for item in items]
    assert [(item.status, item.bank_reference) for item in items] == [
        (DebitStatus.COLLECTED, f"KK-{on}-{item.number}")
        for on, item in zip([day, day + ONE_DAY], items, strict=True)
    ]
    assert [event.amount for event in posted] == [FEE, FEE]


@pytest.mark.parametrize("collected", [True, False])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_a_collection_is_told_who_owed_the_loan_on_its_day(owing, collected):
    day = owing.last_due
    rows = asked_on(owing, day)
    with owing.database.write() as session:
        on = day + 2 * ONE_DAY
        former, _newcomer = pass_on(session, owing.vault, owing.loan_no, on, now=at(on))
    answer(owing, day, rows, collected=collected, bank_reference="B-1")

    with owing.database.read() as session:
        told = session.scalars(select(Delivery).where(Delivery.loan_no == owing.loan_no)).all()
    template = "receipt_booked" if collected else "debit_failed"
    assert {each.customer_id for each in told if each.template == template} == {former}
