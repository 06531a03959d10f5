"""The day-end on a real database: each day once, in parts, with every register tied afterwards."""

import multiprocessing
import os
import random
import signal
from datetime import date, timedelta
from decimal import Decimal

import pytest
from loan_book import Book, at
from sqlalchemy import func, select, text

from company.organisation import BusinessDayPast, business_date
from company.outbox import OutboxMessage
from lending import disbursements, ledger, loans
from lending.books import subledgers, vouchers
from lending.day_end import falling_due, running
from lending.day_end.carrying import carry
from lending.day_end.errors import DayBeforeIncomplete, DayInFuture, DaySkipped, LoansFailed
from lending.day_end.tables import DayEnd, DayEndFailure, DebitFile, Phase
from lending.ledger import JournalEntry, JournalLine
from lending.life import changes
from lending.life.applying import vat_in
from lending.life.events import LoanEvent
from lending.life.kinds import EventKind
from lending.life.positions import Category, LoanDay, LoanPosition
from lending.loans import Loan, LoanStatus
from lending.maths.convention import (
    Compound,
    Convention,
    DayCount,
    FirstPeriod,
    Method,
    PeriodRate,
    Rounding,
)
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked
from lending.turns import DayEndRunning, one_day_end

PAID_ON = date(2026, 3, 3)
FIRST_DUE = date(2026, 4, 3)
ONE_DAY = timedelta(days=1)


@pytest.fixture
def book(house, files):
    """The books stand at the day of a first pay-out: 100,000 yuan over 36 months, due on the 3rd."""
    now = at(PAID_ON)
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=now)
        disbursements.succeed(session, attempt.request_id, value_date=PAID_ON, bank_reference="B-1", now=now)
        loan_no = session.query(Loan).one().loan_no
        loans.activate(session, loan_no, value_date=PAID_ON, now=now)
    made = Book(house.database, house.vault, files, loan_no)
    made.open(PAID_ON)
    return made


def posted(database):
    """Everything in the ledger, as values."""
    with database.read() as session:
        return session.execute(
            select(JournalEntry.on, JournalEntry.kind, JournalLine.account, JournalLine.loan_no)
            .add_columns(func.sum(JournalLine.debit), func.sum(JournalLine.credit))
            .join(JournalLine)
            .group_by(JournalEntry.on, JournalEntry.kind, JournalLine.account, JournalLine.loan_no)
            .order_by(JournalEntry.on, JournalEntry.kind, JournalLine.account, JournalLine.loan_no)
        ).all()


def check_ties(session, on):
    """The trial balance is zero, every register and sub-ledger ties to it, the snapshot holds the ledger's principal."""
    assert ledger.trial_balance(session, on).difference == 0
    assert all(tie.holds for tie in subledgers.ties(session, on, subledgers.BY_LOAN))
    for code in ("balances", "overdue", "provisions", "repayments"):
        page = REGISTERS[code].read(session, Asked(date(2026, 1, 1), on, limit=None))
        assert [tie for tie in page.ties if not tie.holds] == []
    rows = session.scalars(select(LoanDay).where(LoanDay.day == on)).all()
    for row in rows:
        carried = subledgers.of_loan(session, row.loan_no, on)
        assert (carried["1303"], -carried["1304"]) == (row.principal, row.allowance)


def check_exact(session, on):
    """Each row of a day says to the fen what the exact reading of the loan's state says."""
    rows = session.scalars(select(LoanDay).where(LoanDay.day == on)).all()
    for row in rows:
        reading = changes.reading_of(session, row.loan_no, on)
        assert (row.interest, row.penalty, row.uncollected, row.principal, row.days_past_due) == (
            reading.interest_recognised,
            reading.penalty_recognised,
            reading.uncollected,
            reading.state.principal,
            reading.days_past_due,
        ), row.loan_no
        assert row.principal_overdue == reading.principal_overdue
        assert row.interest_overdue == reading.interest_overdue
    return len(rows)


def test_a_day_posts_a_days_interest_and_opens_the_next(book):
    book.end(PAID_ON)
    book.end(PAID_ON + ONE_DAY)

    with book.database.read() as session:
        assert business_date(session) == PAID_ON + 2 * ONE_DAY
        row = session.get(LoanDay, (PAID_ON + ONE_DAY, book.pattern))
        assert (row.interest, row.principal, row.days_past_due) == (Decimal("15.81"), 100000, 0)
        carried = subledgers.of_loan(session, book.pattern, date.max)
        assert (carried["1132"], carried["2221.9"]) == (Decimal("15.81"), -vat_in(Decimal("15.81")))
        assert vouchers.unfiled(session, PAID_ON, PAID_ON + ONE_DAY) == 0


def test_a_day_that_is_complete_changes_nothing_and_days_are_neither_skipped_nor_run_ahead(book):
    book.end(PAID_ON)
    before = posted(book.database)

    book.end(PAID_ON)

    assert posted(book.database) == before
    with pytest.raises(DaySkipped):
        book.end(PAID_ON + 2 * ONE_DAY)
    with pytest.raises(DayInFuture):
        carry(book.carrier(PAID_ON), PAID_ON + 2 * ONE_DAY)
    with pytest.raises(BusinessDayPast):
        book.end(PAID_ON - ONE_DAY)
    with one_day_end(book.database), pytest.raises(DayEndRunning):
        book.end(PAID_ON + ONE_DAY)


TERMS = [
    {},
    {"method": Method.EQUAL_PRINCIPAL, "annual_rate": Decimal("0.1399")},
    {"method": Method.INTEREST_FIRST, "term_months": 12, "grace_days": 3},
    {"method": Method.FLAT, "term_months": 12, "annual_rate": Decimal("0.0437")},
    {"method": Method.BULLET, "term_months": 6},
    {"annual_rate": Decimal(0)},
    {"due_day": 20, "principal": Decimal("87654.32")},
    {"due_day": 15, "convention": Convention(first_period=FirstPeriod.ACTUAL_DAYS)},
    {"due_day": 28, "convention": Convention(first_period=FirstPeriod.SHIFT, compound=Compound.AT_PENALTY_RATE)},
    {"convention": Convention(period_rate=PeriodRate.DAYS, day_count=DayCount.ACT_365)},
    {"convention": Convention(period_rate=PeriodRate.DAYS, day_count=DayCount.ACT_ACT_ISDA)},
    {"convention": Convention(period_rate=PeriodRate.DAYS, day_count=DayCount.EURO_30E_360)},
    {"convention": Convention(rounding=Rounding.DOWN, compound=Compound.AT_PENALTY_RATE)},
    {"convention": Convention(day_count=DayCount.ACT_365_25), "due_day": 9},
]


def lend_all(book, chance, count):
    """Loans on all sorts of terms; their numbers."""
    numbers = []
    with book.database.write() as session:
        for number in range(count):
            facts = dict(TERMS[number % len(TERMS)])
            convention = facts.pop("convention", Convention())
            facts.setdefault("annual_rate", Decimal(chance.randint(1, 2400)).scaleb(-4))
            facts["convention_data"] = convention.as_data()
            numbers.append(book.lend(session, number, PAID_ON, **facts))
    return numbers


def live(book, chance, numbers, day):
    """What happens to some of the loans on a day: receipts of the right or another amount, some paid early."""
    with book.database.write() as session:
        for loan_no in numbers:
            position = session.get(LoanPosition, loan_no)
            late = position.oldest_day is not None
            if position.principal == 0 or chance.random() > (0.03 if late else 0.004):
                continue
            kind = EventKind.PREPAYMENT if chance.random() < 0.15 else EventKind.RECEIPT
            amount = Decimal(chance.randint(20_000, 900_000)).scaleb(-2)
            told = day - timedelta(days=chance.choice([0, 0, 0, 1, 5]))
            try:
                with session.begin_nested():
                    book.receive(session, loan_no, max(told, PAID_ON), amount, kind=kind, booked_on=day,
                                 reference=f"{loan_no}-{day}")
            except falling_due.OF_ONE_LOAN:
                continue
        for loan_no in session.scalars(select(LoanPosition.loan_no).where(LoanPosition.next_due == day)).all():
            if loan_no in numbers and chance.random() < 0.7:
                asked = session.get(LoanPosition, loan_no).next_amount
                if asked:
                    book.receive(session, loan_no, day, asked, reference=f"due-{loan_no}-{day}")


def run_book(book, *, loans_count, days, seed, looked_at=7):
    """Let a book live for some days: exact to the fen, and every register tied, as often as ``looked_at`` days."""
    chance = random.Random(seed)
    numbers = lend_all(book, chance, loans_count)
    seen = 0
    for step in range(days):
        day = PAID_ON + step * ONE_DAY
        live(book, chance, numbers, day)
        book.end(day)
        if step % looked_at == 0 or step == days - 1:
            with book.database.read() as session:
                seen += check_exact(session, day)
                check_ties(session, day)
    return seen


@pytest.mark.timeout(600)
def test_every_row_of_a_book_on_all_terms_equals_the_exact_reading_and_every_register_ties(book):
    assert run_book(book, loans_count=14, days=125, seed=3, looked_at=25) > 50
