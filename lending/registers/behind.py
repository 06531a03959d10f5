"""The loans behind their schedule on a day, and what every loan owes: from the rows of its day-end, or from the ledger.

By the ledger, what is behind is the principal owed against the one the schedule in force leaves after each instalment
due, and the interest received against the interest due. A payment is late from the day after its due date on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import CTE, ColumnElement, FromClause, Subquery, and_, case, func, or_, select, type_coerce

from company.calendar import ZONE
from company.database import Fen
from lending.accounts import INTEREST_RECEIVABLE, LOANS, PENALTY_RECEIVABLE, within
from lending.books import subledgers
from lending.ledger import JournalEntry, JournalLine
from lending.life.positions import LoanDay
from lending.loans import Instalment, Loan, ScheduleVersion
from lending.money import ZERO
from lending.registers import received
from lending.registers.shape import Asked


@dataclass(frozen=True)
class Behind:
    """``late``: the loans behind, each with what is overdue on it; ``every``: all loans with what they owe.

    ``late_by`` of a row tells the days past due through ``days_past_due``; ``between`` is the condition that they lie
    between two numbers.
    """

    every: FromClause
    late: Subquery
    days_past_due: Callable[[int | date], int]
    between: Callable[[int, int], ColumnElement[bool]]


def at_day_end(asked: Asked) -> Behind:
    """As the day-end of ``asked.until`` left them."""
    mine = (
        select(
            LoanDay.loan_no,
            LoanDay.days_past_due.label("late_by"),
            LoanDay.periods_overdue.label("periods"),
            LoanDay.principal_overdue.label("principal"),
            LoanDay.interest_overdue.label("interest"),
            LoanDay.penalty_owed.label("penalty"),
            LoanDay.principal.label("owed"),
        )
        .join(Loan, Loan.loan_no == LoanDay.loan_no)
        .where(LoanDay.day == asked.until, asked.loans)
    )
    late = mine.where(LoanDay.days_past_due > 0).subquery("late")
    return Behind(
        mine.cte("every"),
        late,
        lambda late_by: late_by if isinstance(late_by, int) else 0,
        lambda least, most: late.c.late_by.between(least, most),
    )


def by_ledger(asked: Asked) -> Behind:
    """As ledger and schedules tell them up to the end of ``asked.until``."""
    every = _carried(asked)
    late = _behind(asked, every)

    def days(late_by: int | date) -> int:
        return (asked.until - late_by).days if isinstance(late_by, date) else 0

    def between(least: int, most: int) -> ColumnElement[bool]:
        return late.c.late_by.between(asked.until - timedelta(days=most), asked.until - timedelta(days=least))

    return Behind(every, late, days, between)


def _carried(asked: Asked) -> CTE:
    """What each loan carries at the end of the day: principal, interest received so far, penalty."""
    paid = JournalEntry.kind.in_(received.KINDS)
    interest = within(JournalLine.account, INTEREST_RECEIVABLE) & ~within(
        JournalLine.account, PENALTY_RECEIVABLE
    )
    came = func.sum(JournalLine.credit - JournalLine.debit).filter(paid, interest)
    return (
        select(
            JournalLine.loan_no,
            subledgers.balance_of(LOANS).label("owed"),
            func.coalesce(came, 0, type_=Fen).label("interest_received"),
            subledgers.balance_of(PENALTY_RECEIVABLE).label("penalty"),
        )
        .join(JournalEntry)
        .join(Loan, Loan.loan_no == JournalLine.loan_no)
        .where(JournalEntry.on <= asked.until, asked.loans)
        .group_by(JournalLine.loan_no)
        .cte("carried")
    )


def _due(asked: Asked) -> CTE:
    """The instalments due before the day of the schedule in force, each with the interest due up to it."""
    night = datetime.combine(asked.until + timedelta(days=1), time(), ZONE)
    current = (
        select(ScheduleVersion.loan_no, func.max(ScheduleVersion.version).label("version"))
        .where(ScheduleVersion.made_at < night)
        .group_by(ScheduleVersion.loan_no)
        .subquery()
    )
    return (
        select(
            ScheduleVersion.loan_no,
            Instalment.due_date,
            Instalment.principal,
            Instalment.interest,
            Instalment.balance,
            func.sum(Instalment.interest, type_=Fen)
            .over(partition_by=ScheduleVersion.loan_no, order_by=Instalment.number)
            .label("interest_due"),
        )
        .join(Instalment, Instalment.schedule_id == ScheduleVersion.id)
        .join(
            current,
            and_(current.c.loan_no == ScheduleVersion.loan_no, current.c.version == ScheduleVersion.version),
        )
        .where(Instalment.due_date < asked.until)
        .cte("due")
    )


def _behind(asked: Asked, carried: CTE) -> Subquery:
    """The loans behind, with what is overdue on each."""
    due = _due(asked)
    principal = _between(carried.c.owed - due.c.balance, due.c.principal)
    interest = _between(due.c.interest_due - carried.c.interest_received, due.c.interest)
    return (
        select(
            due.c.loan_no,
            func.min(due.c.due_date).label("late_by"),
            func.count().label("periods"),
            func.sum(principal, type_=Fen).label("principal"),
            func.sum(interest, type_=Fen).label("interest"),
            func.max(carried.c.penalty, type_=Fen).label("penalty"),
            func.max(carried.c.owed, type_=Fen).label("owed"),
        )
        .join(carried, carried.c.loan_no == due.c.loan_no)
        .where(
            carried.c.owed > ZERO,
            or_(
                due.c.balance < carried.c.owed,
                due.c.interest_due > carried.c.interest_received,
            ),
        )
        .group_by(due.c.loan_no)
        .subquery()
    )


def _between(short: ColumnElement[Decimal], at_most: ColumnElement[Decimal]) -> ColumnElement[Decimal]:
    """What an instalment lacks: not below zero, not above the instalment's own part."""
    zero = type_coerce(ZERO, Fen)
    return case((short <= zero, zero), (short >= at_most, at_most), else_=short)
