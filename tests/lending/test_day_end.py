"""The day-end on a real database: each day once, in parts, with every register tied afterwards."""

import multiprocessing
import os
import random
import signal
from datetime import date, timedelta
from decimal import Decimal

import pytest
from loan_book import FIRST_DUE, ONE_DAY, PAID_ON, check_exact, check_ties, posted
from sqlalchemy import func, select

from company.organisation import BusinessDayPast, business_date
from company.outbox import OutboxMessage
from lending import loans
from lending.books import subledgers, vouchers
from lending.day_end import falling_due, running
from lending.day_end.carrying import carry
from lending.day_end.errors import DayBeforeIncomplete, DayInFuture, DaySkipped, LoansFailed
from lending.day_end.tables import DayEndFailure, DebitFile, Phase
from lending.ledger import JournalEntry, JournalLine
from lending.life import changes
from lending.life.events import LoanEvent
from lending.life.happenings import vat_in
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
from lending.turns import DayEndRunning, one_day_end


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
    {
        "due_day": 28,
        "convention": Convention(first_period=FirstPeriod.SHIFT, compound=Compound.AT_PENALTY_RATE),
    },
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
        positions = {each.loan_no: each for each in session.scalars(select(LoanPosition))}
        for loan_no in numbers:
            position = positions[loan_no]
            late = position.oldest_day is not None
            if position.principal == 0 or chance.random() > (0.03 if late else 0.004):
                continue
            kind = EventKind.PREPAYMENT if chance.random() < 0.15 else EventKind.RECEIPT
            amount = Decimal(chance.randint(20_000, 900_000)).scaleb(-2)
            told = day - timedelta(days=chance.choice([0, 0, 0, 1, 5]))
            try:
                with session.begin_nested():
                    book.receive(
                        session,
                        loan_no,
                        max(told, PAID_ON),
                        amount,
                        kind=kind,
                        booked_on=day,
                        reference=f"{loan_no}-{day}",
                    )
            except falling_due.OF_ONE_LOAN:
                continue
        for loan_no in session.scalars(
            select(LoanPosition.loan_no).where(LoanPosition.next_due == day)
        ).all():
            if loan_no in numbers and chance.random() < 0.7:
                asked = positions[loan_no].next_amount
                if asked:
                    book.receive(session, loan_no, day, asked, reference=f"due-{loan_no}-{day}")


def run_book(book, *, loans_count, first, days, seed, looked_at):
    """Let a book live for some days from ``first`` on: exact to the fen and tied, looked at every so many days."""
    chance = random.Random(seed)
    numbers = lend_all(book, chance, loans_count)
    book.open(first)
    seen = 0
    for step in range(days):
        day = first + step * ONE_DAY
        live(book, chance, numbers, day)
        book.end(day)
        if step % looked_at == 0 or step == days - 1:
            with book.database.read() as session:
                seen += check_exact(session, day)
                check_ties(session, day)
    return seen


@pytest.mark.timeout(600)
def test_every_row_of_a_book_on_all_terms_equals_the_exact_reading_and_every_register_ties(book):
    """The first day-end finds three months of instalments due; from then on loans come to be 90 days late."""
    first = PAID_ON + 95 * ONE_DAY

    assert run_book(book, loans_count=14, first=first, days=35, seed=3, looked_at=17) > 30


@pytest.mark.soak
@pytest.mark.timeout(40_000)
def test_a_book_of_two_thousand_loans_lives_three_years_with_every_register_tied(book):
    assert run_book(book, loans_count=2000, first=PAID_ON, days=3 * 365, seed=7, looked_at=90) > 10_000


class Killed(Exception):
    """The process ends here."""


def cut_off_after_every_part(book, day):
    """Run the day-end again and again, ended after each part; how often that was."""

    def cut_off(*_told):
        raise Killed

    for cuts in range(60):
        try:
            book.end(day, told=cut_off)
        except Killed:
            continue
        return cuts
    raise AssertionError("it never ends")


def per_loan(database):
    """What each loan carries on each account at last."""
    with database.read() as session:
        return session.execute(
            select(JournalLine.loan_no, JournalLine.account, func.sum(JournalLine.debit - JournalLine.credit))
            .join(JournalEntry)
            .group_by(JournalLine.loan_no, JournalLine.account)
            .order_by(JournalLine.loan_no, JournalLine.account)
        ).all()


def test_a_day_cut_off_after_every_part_posts_each_loan_once(book):
    with book.database.write() as session:
        for number in range(5):
            book.lend(session, number, PAID_ON)
    book.loans_a_part = 2
    book.end(PAID_ON)

    cuts = cut_off_after_every_part(book, PAID_ON + ONE_DAY)

    with book.database.read() as session:
        assert cuts == 10  # three phases in three parts, and the day's close
        earned = {
            row.interest for row in session.scalars(select(LoanDay).where(LoanDay.day == PAID_ON + ONE_DAY))
        }
        assert earned == {Decimal("15.81")}
        check_ties(session, PAID_ON + ONE_DAY)
        assert business_date(session) == PAID_ON + 2 * ONE_DAY


def end_in_a_process(book, day, pipe):
    """Run the day-end in a process that stops, with all its locks, after the first part of the interest."""

    def wait_to_be_killed(phase, *_told):
        if phase is Phase.ACCRUE:
            pipe.send("here")
            signal.pause()

    book.database.close()
    book.end(day, told=wait_to_be_killed)


@pytest.mark.timeout(120)
def test_a_day_whose_process_is_killed_goes_on_where_it_stopped(book):
    with book.database.write() as session:
        for number in range(3):
            book.lend(session, number, PAID_ON)
    book.loans_a_part = 2
    book.database.close()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=end_in_a_process, args=(book, PAID_ON, there)
    )
    process.start()
    assert here.recv() == "here"
    os.kill(process.pid, signal.SIGKILL)
    process.join()

    book.end(PAID_ON)

    with book.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LoanDay)) == 4
        assert (
            len(set(session.scalars(select(JournalEntry.reference)))) == session.query(JournalEntry).count()
        )
        check_ties(session, PAID_ON)


def test_a_loan_that_fails_is_named_with_its_reason_and_holds_the_day_until_it_is_mended(book):
    with book.database.write() as session:
        for number in range(3):
            book.lend(session, number, PAID_ON, due_day=4)
        broken = session.scalars(select(Loan.loan_no).order_by(Loan.loan_no)).first()
        last = session.get_one(LoanPosition, broken)
        whole = session.get_one(LoanEvent, last.last_event_id).state_data
        last.refresh_on = PAID_ON
        session.get_one(LoanEvent, last.last_event_id).state_data = b"no state"

    with pytest.raises(LoansFailed) as refused:
        book.end(PAID_ON)

    with book.database.write() as session:
        (failure,) = running.failures(session, PAID_ON)
        assert (failure.loan_no, failure.code) == (broken, "damaged_data")
        assert broken in refused.value.text("zh")
        assert session.scalar(select(func.count()).select_from(LoanDay)) == 3
        assert business_date(session) == PAID_ON
        session.get_one(LoanEvent, session.get_one(LoanPosition, broken).last_event_id).state_data = whole
    with pytest.raises((DaySkipped, DayBeforeIncomplete)):
        book.end(PAID_ON + ONE_DAY)

    book.end(PAID_ON)

    with book.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LoanDay)) == 4
        assert session.query(DayEndFailure).one().mended_at is not None
        check_ties(session, PAID_ON)


@pytest.fixture
def late(book):
    """A loan of which nothing was ever paid, 91 days after its first due date."""
    book.open(FIRST_DUE + 89 * ONE_DAY)
    book.end_all(FIRST_DUE + 89 * ONE_DAY, FIRST_DUE + 91 * ONE_DAY)
    return book


def test_interest_leaves_the_books_at_more_than_90_days_and_stands_off_balance(late):
    day, no = FIRST_DUE + 91 * ONE_DAY, late.pattern
    with late.database.read() as session:
        before, after = (subledgers.of_loan(session, no, on) for on in (day - ONE_DAY, day))
        row = session.get_one(LoanDay, (day, no))
        reading = changes.reading_of(session, no, day)
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "non_accrual")).one()
        gone = sum(line.credit for line in entry.lines if line.account in ("1132", "1132.1"))

        assert (row.days_past_due, row.category, row.stopped) == (91, Category.SUBSTANDARD, True)
        assert before["1132"] > 0 == before["9001"]
        assert (after["1132"], after["9001"]) == (0, reading.uncollected)
        assert reading.uncollected == reading.interest_open + reading.penalty_earned > before["1132"]
        assert gone == before["1132"]
        check_ties(session, day)


def test_what_is_paid_on_such_a_loan_is_income_on_that_day_and_paid_in_full_it_accrues_again(late):
    day, no = FIRST_DUE + 92 * ONE_DAY, late.pattern
    with late.database.write() as session:
        late.receive(session, no, day, Decimal("1000.00"))
        partly = subledgers.of_loan(session, no, day)
        late.receive(session, no, day, Decimal("13000.00"), reference="the rest")

    late.end(day)

    with late.database.read() as session:
        reading = changes.reading_of(session, no, day)
        carried = subledgers.of_loan(session, no, day)
        assert partly["1132"] == 0 < partly["9001"]
        assert (reading.days_past_due, carried["9001"]) == (0, 0)
        assert carried["1132"] == reading.interest_open > 0
        check_ties(session, day)
        check_exact(session, day)


def test_provisions_follow_the_category_at_the_end_of_the_month_and_a_write_off_uses_them(book):
    book.open(date(2026, 3, 30))
    book.end_all(date(2026, 3, 30), date(2026, 3, 31))
    with book.database.read() as session:
        first = [session.get_one(LoanDay, (date(2026, 3, day), book.pattern)) for day in (30, 31)]
    with book.database.write() as session:
        written_off = {"kind": EventKind.WRITE_OFF, "reason": "核销"}
        book.receive(session, book.pattern, date(2026, 4, 1), Decimal(0), **written_off)
    book.end_all(date(2026, 4, 1), date(2026, 4, 30))
    with book.database.read() as session:
        last = session.get_one(LoanDay, (date(2026, 4, 30), book.pattern))
        check_ties(session, date(2026, 4, 30))

    assert [(row.required, row.allowance) for row in first] == [(1500, 0), (1500, 1500)]
    assert (last.principal, last.required, last.allowance) == (0, 0, 0)
    assert last.allowance_moved > 98_000


def test_the_bank_is_asked_for_what_falls_due_and_again_for_what_was_not_paid(book):
    book.open(FIRST_DUE - ONE_DAY)
    files = []
    for step in range(-1, 4):
        day = FIRST_DUE + step * ONE_DAY
        book.end(day)
        with book.database.read() as session:
            kept = session.get_one(DebitFile, day)
            files.append((kept.items, kept.total))
            content = book.files.read(kept.sha256).decode().splitlines()
            assert (
                content[0].split(",")[-2:]
                == content[-1].split(",")[-2:]
                == [str(kept.items), f"{kept.total:.2f}"]
            )
            assert len(content) == kept.items + 2

    due = Decimal("3036.76")
    assert [items for items, _total in files] == [1, 1, 0, 1, 0]
    assert files[0][1] == files[1][1] == due < files[3][1]


def test_processes_are_told_only_what_one_of_them_takes(book):
    book.open(FIRST_DUE)
    taken = frozenset({"LoanOverdue"})
    for step in range(2):
        carry(book.carrier(FIRST_DUE + step * ONE_DAY, taken), FIRST_DUE + step * ONE_DAY)

    with book.database.read() as session:
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "message")).all()
        assert [message.key for message in told] == [f"LoanOverdue:{book.pattern}:{FIRST_DUE + ONE_DAY}"]
        assert told[0].payload["payload"]["days_past_due"] == 1


def test_an_event_of_the_same_day_after_its_row_is_in_the_snapshot_and_posted_once(book):
    told = []

    def receive_after_the_interest(phase, *_counts):
        if phase is Phase.TELL and not told:
            told.append(phase)
            with book.database.write() as session:
                book.receive(session, book.pattern, FIRST_DUE, Decimal("3036.76"))

    book.open(FIRST_DUE)
    book.end(FIRST_DUE, told=receive_after_the_interest)
    book.end(FIRST_DUE + ONE_DAY)

    with book.database.read() as session:
        assert session.get_one(LoanDay, (FIRST_DUE, book.pattern)).principal == Decimal("97453.24")
        for day in (FIRST_DUE, FIRST_DUE + ONE_DAY):
            check_ties(session, day)
        check_exact(session, FIRST_DUE + ONE_DAY)


def test_a_loan_that_is_settled_has_no_rows_any_more_once_its_provision_is_released(book):
    with book.database.write() as session:
        book.receive(session, book.pattern, PAID_ON, Decimal("110000.00"), kind=EventKind.PREPAYMENT)
        assert loans.get(session, book.pattern).status is LoanStatus.SETTLED
    book.end_all(PAID_ON, PAID_ON + ONE_DAY)

    with book.database.read() as session:
        assert session.get_one(LoanPosition, book.pattern).live is (
            session.get_one(LoanPosition, book.pattern).suspense != 0
        )
        check_ties(session, PAID_ON + ONE_DAY)
