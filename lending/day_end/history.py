"""What people read of the day-ends: the latest runs, how far each phase is, what failed, the file for the bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lending.day_end import running
from lending.day_end.tables import DayEnd, DayEndFailure, DayEndPart, DebitFile, Phase
from lending.life.positions import Category, LoanDay

RUNS_SHOWN = 31


@dataclass(frozen=True)
class PhaseRun:
    """A phase of a day: its parts and how many are done, the loans of those, what it changed, how long it worked."""

    phase: Phase
    parts: int
    parts_done: int
    loans_done: int
    changed: int
    seconds: Decimal
    last_at: datetime | None

    @property
    def is_done(self) -> bool:
        """Whether no part is left."""
        return self.parts == self.parts_done


@dataclass(frozen=True)
class CategorySum:
    """The loans of a category at the end of a day, in yuan."""

    category: Category
    loans: int
    principal: Decimal
    required: Decimal
    allowance: Decimal


@dataclass(frozen=True)
class Run:
    """A day-end as it is shown."""

    made: DayEnd
    phases: Sequence[PhaseRun]
    failures: Sequence[DayEndFailure]
    categories: Sequence[CategorySum]
    debit: DebitFile | None


def listed(session: Session) -> list[DayEnd]:
    """The latest day-ends, the newest first."""
    return list(session.scalars(select(DayEnd).order_by(DayEnd.day.desc()).limit(RUNS_SHOWN)))


def failing(session: Session, days: Sequence[date]) -> dict[date, int]:
    """How many loans each of some days still lacks."""
    counted = session.execute(
        select(DayEndFailure.day, func.count())
        .where(DayEndFailure.day.in_(days), DayEndFailure.mended_at.is_(None))
        .group_by(DayEndFailure.day)
    )
    return dict(counted.all())


def of_day(session: Session, day: date) -> Run | None:
    """A day-end with its phases, failures and the sums of its categories; None if it was not begun."""
    made = session.get(DayEnd, day)
    if made is None:
        return None
    return Run(
        made,
        _phases(session, day),
        running.failures(session, day),
        _categories(session, day),
        session.get(DebitFile, day),
    )


def _phases(session: Session, day: date) -> list[PhaseRun]:
    is_done = DayEndPart.done_at.is_not(None)
    rows = session.execute(
        select(
            DayEndPart.phase,
            func.count(),
            func.count(DayEndPart.done_at),
            func.coalesce(func.sum(DayEndPart.loans).filter(is_done), 0),
            func.sum(DayEndPart.done),
            func.sum(DayEndPart.milliseconds),
            func.max(DayEndPart.done_at),
        )
        .where(DayEndPart.day == day)
        .group_by(DayEndPart.phase)
    )
    found = {
        phase: PhaseRun(phase, parts, done, loans, changed, Decimal(spent) / 1000, last_at)
        for phase, parts, done, loans, changed, spent, last_at in rows
    }
    return [found[phase] for phase in Phase if phase in found]


def _categories(session: Session, day: date) -> list[CategorySum]:
    rows = session.execute(
        select(
            LoanDay.category,
            func.count(),
            func.sum(LoanDay.principal),
            func.sum(LoanDay.required),
            func.sum(LoanDay.allowance),
        )
        .where(LoanDay.day == day)
        .group_by(LoanDay.category)
    )
    found = {row[0]: CategorySum(*row) for row in rows}
    return [found[category] for category in Category if category in found]
