"""How a customer's standing has moved: scores, debt to income, checks of income, overdue; and how it is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import extract, func, or_, select
from sqlalchemy.orm import Session

from engine.history import DecisionEvidence
from lending import ledger, personal_profiles
from lending.applications import Application
from lending.customers import Customer
from lending.document_checks import IncomeStatement
from lending.fund_journal import Direction, FundMovement
from lending.investigations import Investigation
from lending.ledger import JournalEntry
from lending.life.positions import LoanDay
from lending.loans import Loan
from lending.scores import ScoreResult
from web.display import SHANGHAI, day, share, yuan
from web.language import translate as _
from web.summary import Facts

ROWS_MAX = 200


@dataclass(frozen=True)
class Point:
    """What was found of a customer on a day; the fields that the finding does not speak of are empty."""

    on: date
    source: str
    score: str = ""
    burden: str = ""
    income: str = ""
    overdue: str = ""


@dataclass(frozen=True)
class Repayment:
    """A movement with its amount, negative where a repayment was reversed, and the day on which it was taken back."""

    movement: FundMovement
    amount: Decimal
    taken_back_on: date | None


@dataclass(frozen=True)
class Standing:
    """The course, latest first; the newest of each figure; how often each loan has been overdue, by its number.

    ``repayments`` are what came in and what of it was taken back.
    """

    course: list[Point]
    latest: Facts
    overdue: dict[str, str]
    repayments: list[Repayment]


def load(
    session: Session, customer: Customer, applications: list[Application], loans: list[Loan]
) -> Standing:
    """The standing as the applications and loans that the person may read tell it."""
    numbers = [each.application_no for each in applications]
    loan_nos = [each.loan_no for each in loans]
    series = {
        _("评分 · 等级"): _scores(session, numbers),
        _("债务收入比"): _burdens(session, numbers),
        _("月收入核对"): _incomes(session, customer, numbers),
        _("逾期"): _overdue(session, loan_nos),
    }
    course = sorted((point for found in series.values() for point in found), key=lambda each: each.on)
    latest: Facts = []
    for label, found in series.items():
        newest = max(found, key=lambda each: each.on, default=None)
        text = newest and (newest.score or newest.burden or newest.income or newest.overdue)
        latest.append((label, f"{text}（{day(newest.on)}）" if newest else "—"))
    return Standing(
        course[::-1][:ROWS_MAX], latest, _times(session, loan_nos), _repayments(session, loan_nos)
    )


def _on(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def _scores(session: Session, numbers: list[str]) -> list[Point]:
    asked = select(ScoreResult).where(ScoreResult.application_no.in_(numbers)).order_by(ScoreResult.id)
    return [
        Point(_on(row.scored_at), row.application_no, score=f"{row.score} · {row.grade}")
        for row in session.scalars(asked)
    ]


def _burdens(session: Session, numbers: list[str]) -> list[Point]:
    """The debt to income that decisions were asked with, each time it had changed."""
    asked = select(DecisionEvidence.business_key, DecisionEvidence.at, DecisionEvidence.inputs)
    asked = asked.where(DecisionEvidence.business_key.in_(numbers)).order_by(DecisionEvidence.id)
    found: list[Point] = []
    before: dict[str, Decimal] = {}
    for number, at, inputs in session.execute(asked):
        burden = inputs.get("dti") if isinstance(inputs, dict) else None
        if isinstance(burden, Decimal) and before.get(number) != burden:
            before[number] = burden
            found.append(Point(_on(at), number, burden=share(burden)))
    return found


def _incomes(session: Session, customer: Customer, numbers: list[str]) -> list[Point]:
    """What was told, what papers proved, and what investigations accepted, in yuan a month."""
    found = [
        Point(row.filed_on, _("客户档案"), income=yuan(row.monthly_income))
        for row in reversed(personal_profiles.history(session, customer.id))
        if row.monthly_income is not None
    ]
    statements = select(IncomeStatement).where(IncomeStatement.application_no.in_(numbers))
    found += [
        Point(
            _on(row.recorded_at),
            row.application_no,
            income=f"{yuan(row.monthly_average)} {_('流水 {n} 个月', n=row.months)}",
        )
        for row in session.scalars(statements.order_by(IncomeStatement.id))
    ]
    accepted = select(Investigation).where(Investigation.application_no.in_(numbers))
    found += [
        Point(
            _on(row.closed_at or row.opened_at),
            row.application_no,
            income=f"{yuan(row.accepted_income)} {_('调查核定')}",
        )
        for row in session.scalars(accepted.order_by(Investigation.id))
        if row.accepted_income is not None
    ]
    return found


def _overdue(session: Session, loan_nos: list[str]) -> list[Point]:
    """Each loan at its last day-end of each month, and so at its newest."""
    ends = (
        select(LoanDay.loan_no, func.max(LoanDay.day).label("day"))
        .where(LoanDay.loan_no.in_(loan_nos))
        .group_by(LoanDay.loan_no, extract("year", LoanDay.day), extract("month", LoanDay.day))
        .subquery()
    )
    asked = select(LoanDay).join(ends, (LoanDay.loan_no == ends.c.loan_no) & (LoanDay.day == ends.c.day))
    return [
        Point(
            row.day,
            row.loan_no,
            overdue=_("{n} 天", n=row.days_past_due)
            + (f" · {yuan(_owed(row))}" if row.days_past_due else ""),
        )
        for row in session.scalars(asked.order_by(LoanDay.day))
    ]


def _owed(row: LoanDay) -> Decimal:
    return row.principal_overdue + row.interest_overdue + row.penalty_owed


def _times(session: Session, loan_nos: list[str]) -> dict[str, str]:
    """How often a loan became overdue, and for how many days at most; nothing for one that never was."""
    asked = (
        select(
            LoanDay.loan_no,
            func.count().filter(LoanDay.days_past_due == 1),
            func.max(LoanDay.days_past_due),
        )
        .where(LoanDay.loan_no.in_(loan_nos), LoanDay.days_past_due > 0)
        .group_by(LoanDay.loan_no)
    )
    return {
        loan_no: _("{times} 次，最长 {days} 天", times=max(times, 1), days=longest)
        for loan_no, times, longest in session.execute(asked)
    }


def _repayments(session: Session, loan_nos: list[str]) -> list[Repayment]:
    came_in = FundMovement.direction == Direction.IN
    turned = JournalEntry.reverses_id.is_not(None)
    asked = (
        select(FundMovement)
        .outerjoin(JournalEntry, JournalEntry.reference == FundMovement.journal_reference)
        .where(FundMovement.loan_no.in_(loan_nos), or_(came_in & ~turned, ~came_in & turned))
    )
    found = session.scalars(asked.order_by(FundMovement.id.desc()).limit(ROWS_MAX)).all()
    taken_back = ledger.reversed_on(session, [each.journal_reference or "" for each in found])
    return [
        Repayment(
            each,
            each.amount if each.direction is Direction.IN else -each.amount,
            taken_back.get(each.journal_reference or ""),
        )
        for each in found
    ]
