"""Registers and figures of a past day: as its day-end left them, reproducible whatever is told later."""

from datetime import date
from decimal import Decimal

import pytest
from loan_book import FIRST_DUE, ONE_DAY, at, check_ties, posted
from sqlalchemy import select

from cheliu.day_end import means_of
from lending import disbursements, ledger
from lending.life import changes
from lending.life.kinds import EventKind
from lending.life.positions import Category, LoanDay
from lending.registers import behind
from lending.registers.catalogue import REGISTERS
from lending.registers.overdue import Stage
from lending.registers.shape import Asked

D = Decimal
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.feature("M-080")
def test_the_overdue_register_of_a_day_that_has_ended_is_its_day_end_whatever_is_told_later(book):
    day = FIRST_DUE + 3 * ONE_DAY
    asked, overdue = Asked(day, day), REGISTERS["overdue"]
    book.open(day)
    book.end(day)
    with book.database.read() as session:
        row = session.get_one(LoanDay, (day, book.pattern))
        told = session.execute(select(behind.by_ledger(asked).late)).one()
        before = overdue.read(session, asked)
    with book.database.write() as session:
        book.receive(session, book.pattern, FIRST_DUE, D("3036.76"), booked_on=day + ONE_DAY)
    with book.database.read() as session:
        after = overdue.read(session, asked)
        live = overdue.read(session, Asked(day + ONE_DAY, day + ONE_DAY))

    (shown,) = before.rows
    assert (
        (shown["dpd"], shown["stage"], shown["periods"]) == (row.days_past_due, Stage.M1, 1) == (3, "m1", 1)
    )
    assert (shown["principal"], shown["interest"]) == (told.principal, told.interest)
    assert (shown["principal"], shown["interest"]) == (D("2546.76"), D("490.00"))
    assert shown["penalty"] == row.penalty_owed == (D("2546.76") * D("0.0882") / 360 * 3).quantize(D("0.01"))
    assert (shown["owner"].zh, shown["category"], shown["oldest_due"]) == (
        "财务甲",
        Category.NORMAL,
        FIRST_DUE,
    )
    assert [each["dpd"] for each in after.rows] == [3]
    assert live.rows == []
    for page in (before, after, live):
        assert [tie for tie in page.ties if not tie.holds] == []


@pytest.mark.feature("M-070")
@on_sqlite
def test_a_day_end_sets_days_past_due_penalty_and_stage_and_run_again_the_same(book):
    book.open(FIRST_DUE)
    found = []
    for step in range(3):
        day = FIRST_DUE + step * ONE_DAY
        book.end(day)
        first = posted(book.database)
        book.end(day)
        assert posted(book.database) == first
        with book.database.read() as session:
            row = session.get_one(LoanDay, (day, book.pattern))
            stages = [each["stage"] for each in REGISTERS["overdue"].read(session, Asked(day, day)).rows]
            found.append((row.days_past_due, row.penalty_owed, stages))

    # 2,546.76 at 8.82 % by 360 days.
    assert found == [(0, D(0), []), (1, D("0.62"), [Stage.M1]), (2, D("1.25"), [Stage.M1])]


@pytest.mark.feature("M-067")
@on_sqlite
def test_what_is_owed_at_any_past_date_is_found_again_after_all_that_came_later(book):
    first, last = FIRST_DUE - 2 * ONE_DAY, FIRST_DUE + 3 * ONE_DAY
    book.open(first)
    book.end_all(first, last)
    with book.database.write() as session:
        on = last + ONE_DAY
        book.receive(session, book.pattern, on, D("20000.00"), kind=EventKind.PREPAYMENT)
    book.end(on)
    days = [first + step * ONE_DAY for step in range(6)]

    with book.database.read() as session:
        for day in days:
            row, reading = (
                session.get_one(LoanDay, (day, book.pattern)),
                changes.reading_of(session, book.pattern, day),
            )
            (balance,) = REGISTERS["balances"].read(session, Asked(day, day)).rows
            assert (reading.state.principal, reading.days_past_due) == (D(100000), row.days_past_due)
            assert (reading.principal_overdue, reading.interest_overdue) == (
                row.principal_overdue,
                row.interest_overdue,
            )
            owed = reading.interest_open + reading.penalty_earned - reading.penalty_met
            assert (balance["closing"], balance["accrued_interest"]) == (row.principal, owed)
        assert changes.reading_of(session, book.pattern, on).state.principal < D(85000)
        assert changes.reading_of(session, book.pattern, date(2026, 3, 2)) is None


@pytest.mark.feature("M-085")
@on_sqlite
def test_provisions_stand_by_loan_with_class_and_rate_and_move_by_month(book):
    with book.database.write() as session:
        book.classifies = means_of(session).classifies
    book.open(date(2026, 3, 31))
    book.end_all(date(2026, 3, 31), date(2026, 4, 30))
    with book.database.read() as session:
        provisions = REGISTERS["provisions"]
        march = provisions.read(session, Asked(date(2026, 3, 1), date(2026, 3, 31)))
        april = provisions.read(session, Asked(date(2026, 4, 1), date(2026, 4, 30)))
        check_ties(session, date(2026, 4, 30))

    (one,), (two,) = march.rows, april.rows
    assert (one["category"], one["rate"], one["required"]) == (Category.NORMAL, D("0.015"), D(1500))
    assert (one["opening"], one["charged"], one["closing"]) == (0, D(1500), D(1500))
    # 27 days past due on 30 April.
    assert (two["category"], two["rate"], two["required"]) == (Category.WATCH, D("0.03"), D(3000))
    assert (two["opening"], two["charged"], two["closing"]) == (D(1500), D(1500), D(3000))
    assert [(aside.en, aside.amount) for aside in april.asides] == [
        ("Non-performing ratio", D(0)),
        ("Loan provision ratio", D("0.0300")),
    ]


def on_accounts(session, book, day):
    trial = ledger.trial_balance(session, day, loan_no=book.pattern)
    return [trial.balance(account) for account in ("1303.2", "1303.3", "1303")]


@on_sqlite
def test_principal_stands_at_the_end_of_a_day_on_the_sub_account_of_what_is_overdue_or_non_accrual(book):
    first = FIRST_DUE + 90 * ONE_DAY
    book.open(first)
    book.end_all(first, first + ONE_DAY)
    with book.database.write() as session:
        book.receive(session, book.pattern, first + 2 * ONE_DAY, D("13000.00"))
    book.end(first + 2 * ONE_DAY)
    with book.database.read() as session:
        found = [on_accounts(session, book, first + step * ONE_DAY) for step in range(3)]
        left = session.get_one(LoanDay, (first + 2 * ONE_DAY, book.pattern)).principal
        for step in range(3):
            check_ties(session, first + step * ONE_DAY)

    # Three instalments are overdue for up to 90 days, then all of the loan is non-accrual until it is paid.
    overdue = D("2546.76") + D("2559.24") + D("2571.78")
    assert found == [[overdue, 0, D(100000)], [0, D(100000), D(100000)], [0, 0, left]]


@on_sqlite
def test_a_pay_out_that_came_back_leaves_nothing_on_the_sub_accounts(book):
    day = FIRST_DUE + ONE_DAY
    book.open(day)
    book.end(day)
    on = day + ONE_DAY
    with book.database.write() as session:
        before = on_accounts(session, book, on)
        facts = {"on": on, "bank_reference": "B-2", "reason": "退汇", "by": None, "now": at(on)}
        disbursements.reverse(session, book.pattern, **facts)
        after = on_accounts(session, book, on)

    assert (before, after) == ([D("2546.76"), 0, D(100000)], [0, 0, 0])
