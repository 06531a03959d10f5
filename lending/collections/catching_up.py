"""Loans that are overdue and have no collection case: of before there were collections, or whose message was lost.

A case begins by the day-end's message on the first day past due. Once a business date the poll looks for loans that
had been overdue for longer when the last day ended, and begins the case of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Date, SQLColumnExpression, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import outbox
from company.database import Base, Instant
from lending.collections.cases import CollectionCase
from lending.day_end.telling import OVERDUE
from lending.life.positions import LoanDay, LoanPosition
from lending.loans import Loan, LoanStatus

_FIRST_DAY = 1
"""Of its first day past due a loan is told by the day-end itself."""


class CollectionSweep(Base):
    """One look for overdue loans without a case: for which business date, and how many cases it began."""

    __tablename__ = "collection_sweep"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    opened: Mapped[int]
    ran_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Missed:
    """A loan without a case; ``payload`` is what the message of the last day-end would have told."""

    loan_no: str
    payload: Mapping[str, object]


def has_run(session: Session, day: date) -> bool:
    """Whether the loans were looked at on a business date."""
    return session.scalar(select(CollectionSweep.day).where(is_look_of(day))) is not None


def is_look_of(day: date | SQLColumnExpression[date]) -> ColumnElement[bool]:
    """Which look was on a business date."""
    return CollectionSweep.day == day


def claim(session: Session, day: date, *, now: datetime) -> bool:
    """Take the look of a business date; False when another worker has it. What one leaves undone the next day does."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    taken = insert(CollectionSweep).values(day=day, opened=0, ran_at=now)
    taken = taken.on_conflict_do_nothing(index_elements=["day"])
    return session.scalar(taken.returning(CollectionSweep.day)) is not None


def note(session: Session, day: date, opened: int) -> None:
    """Keep how many cases were begun."""
    session.get_one(CollectionSweep, day).opened = opened
    session.flush()


def missed(session: Session, today: date) -> list[Missed]:
    """The loans that had been overdue for more than a day when yesterday ended, are so still, and have no open case."""
    yesterday = today - timedelta(days=1)
    open_case = select(CollectionCase.id).where(CollectionCase.open_for == LoanDay.loan_no)
    asked = (
        select(LoanDay.loan_no, LoanDay.days_past_due, LoanDay.category)
        .join(LoanPosition, LoanPosition.loan_no == LoanDay.loan_no)
        .join(Loan, Loan.loan_no == LoanDay.loan_no)
        .where(
            LoanDay.day == yesterday,
            LoanDay.days_past_due > _FIRST_DAY,
            LoanPosition.oldest_day.is_not(None),
            Loan.status == LoanStatus.ACTIVE,
            ~open_case.exists(),
        )
        .order_by(LoanDay.loan_no)
    )
    return [
        Missed(
            loan_no,
            {
                "loan_no": loan_no,
                "business_date": yesterday,
                "days_past_due": days,
                "category": category.value,
            },
        )
        for loan_no, days, category in session.execute(asked)
    ]


def is_told_by_itself(session: Session, loan_no: str) -> bool:
    """Whether a day-end's own message about the loan has yet to be delivered."""
    return outbox.is_on_its_way(session, f"{OVERDUE}:{loan_no}:")
