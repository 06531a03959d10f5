"""The monthly reports: balance sheet, income statement and movement of provisions, kept as they were when made.

The day-end of a month's last day makes the first version, the closing of the period and a person who asks the next
ones, where a figure has changed. A version is never reckoned again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from lending.books import periods, statements
from lending.books.statements import Row
from lending.errors import LendingError
from lending.registers import provided

_MOVEMENT = ("opening", "charged", "released", "written_off", "recovered", "moved", "closing")


class MonthNotOver(LendingError):
    """A month is reported when its last day has ended."""

    code = "month_not_over"
    zh = "{month} 尚未结束（日终做到 {ended}），月末日终后自动生成月报。"
    en = "{month} is not over (the last day ended is {ended}); its report is made at the end of its last day."


class Line(TypedDict):
    """A row of a statement as it is kept."""

    name: str
    name_en: str
    now: Decimal
    before: Decimal
    is_total: bool


class Figures(TypedDict):
    """Everything a report shows."""

    assets: list[Line]
    claims: list[Line]
    income: list[Line]
    provisions: dict[str, Decimal]
    difference: Decimal


class MonthlyReport(Base):
    """One version of a month's report; ``as_of`` is the last day it counts. Made by the day-end without a person."""

    __tablename__ = "monthly_report"
    __table_args__ = (UniqueConstraint("month", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    version: Mapped[int]
    as_of: Mapped[date] = mapped_column(Date)
    figures: Mapped[Figures] = mapped_column(Tagged)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Made:
    """The newest version of a month; ``is_new`` if a figure had changed, or there was none."""

    report: MonthlyReport
    is_new: bool


def make(session: Session, month: str, *, ended: date, now: datetime, by: int | None = None) -> Made:
    """The report of a month (``2026-09``): the newest version if it still holds, else the next one.

    ``ended`` is the last day that has ended. Raises :class:`MonthNotOver` before the month's own last day has, and
    :class:`lending.books.periods.MonthRefused`.
    """
    first, last = periods.days_of(month)
    if ended < last:
        raise MonthNotOver(month=month, ended=ended)
    figures = _figures(session, first, last)
    latest = newest(session, month)
    if latest is not None and latest.figures == figures:
        return Made(latest, is_new=False)
    version = latest.version + 1 if latest is not None else 1
    report = MonthlyReport(month=month, version=version, as_of=last, figures=figures, made_by=by, made_at=now)
    session.add(report)
    session.flush()
    return Made(report, is_new=True)


def at_month_end(session: Session, day: date, *, now: datetime) -> MonthlyReport | None:
    """What the day-end of a day makes: the report of its month on the last day, nothing on any other."""
    month = periods.month_of(day)
    return make(session, month, ended=day, now=now).report if day == periods.days_of(month)[1] else None


def newest(session: Session, month: str) -> MonthlyReport | None:
    """The newest version of a month, if it was reported."""
    asked = select(MonthlyReport).where(MonthlyReport.month == month)
    return session.scalar(asked.order_by(MonthlyReport.version.desc()).limit(1))


def listed(session: Session) -> list[MonthlyReport]:
    """Every version of every month, the latest first."""
    return list(
        session.scalars(
            select(MonthlyReport).order_by(MonthlyReport.month.desc(), MonthlyReport.version.desc())
        )
    )


def _figures(session: Session, first: date, last: date) -> Figures:
    sheet = statements.balance_sheet(session, last)
    income = statements.income_statement(session, first, last)
    moved = provided.movement(session, first, last)
    return Figures(
        assets=_lines(sheet.assets),
        claims=_lines(sheet.claims),
        income=_lines(income.rows),
        provisions={name: moved[name] for name in _MOVEMENT},
        difference=sheet.difference,
    )


def _lines(rows: Iterable[Row]) -> list[Line]:
    return [
        Line(name=row.name, name_en=row.name_en, now=row.now, before=row.before, is_total=row.is_total)
        for row in rows
    ]
