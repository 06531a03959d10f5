"""Accounting periods: calendar months, open until they are closed; no entry is dated in a closed one."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled


class PeriodStatus(Labelled):
    """Whether entries may be dated in a period."""

    OPEN = "open", "未结账", "Open"
    CLOSED = "closed", "已结账", "Closed"


class PeriodClosed(LendingError):
    """No entry is dated in a closed period."""

    code = "period_closed"
    zh = "会计期间 {month} 已结账，不能记入日期为 {on} 的凭证。请改用未结账期间的日期，或由有权人员说明原因后重新开账。"
    en = (
        "The period {month} is closed: no entry can be dated {on}. Date it in an open period, "
        "or have the period re-opened, with a reason, by who is entitled to."
    )


class MonthRefused(LendingError):
    """A period is written as year and month."""

    code = "period_month_refused"
    zh = "“{text}”不是会计期间，请按 2026-09 的形式填写。"
    en = "“{text}” is no period; write it as 2026-09."


class AccountingPeriod(Base):
    """One month of the books; the row is made by its first entry. What happened to it before is in the audit trail."""

    __tablename__ = "accounting_period"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    status: Mapped[PeriodStatus] = mapped_column(worded(PeriodStatus))
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(String(200))


def month_of(on: date) -> str:
    """The period a day lies in.

    >>> month_of(date(2026, 9, 15))
    '2026-09'
    """
    return f"{on.year:04d}-{on.month:02d}"


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a period, or :class:`MonthRefused`.

    >>> days_of("2028-02")
    (datetime.date(2028, 2, 1), datetime.date(2028, 2, 29))
    """
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise MonthRefused(text=month[:20]) from error
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def before(month: str) -> str:
    """The period before.

    >>> before("2026-01")
    '2025-12'
    """
    return month_of(days_of(month)[0] - timedelta(days=1))


def after(month: str) -> str:
    """The period after.

    >>> after("2026-12")
    '2027-01'
    """
    return month_of(days_of(month)[1] + timedelta(days=1))


def is_closed(session: Session, on: date) -> bool:
    """Whether the period of a day is closed; the answer holds until the transaction ends.

    Who posts shares the period's row, who closes it needs the row alone: on PostgreSQL one waits for the other.
    """
    month = month_of(on)
    asked = select(AccountingPeriod.status).where(AccountingPeriod.month == month)
    status = session.scalar(asked.with_for_update(read=True))
    if status is None:
        ensure(session, month)
        status = session.scalar(asked.with_for_update(read=True))
    return status is PeriodStatus.CLOSED


def ensure(session: Session, month: str) -> None:
    """Write an open period where there is none; two at once write one."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(AccountingPeriod)
        .values(month=month, status=PeriodStatus.OPEN)
        .on_conflict_do_nothing(index_elements=["month"])
    )


def status_of(session: Session, month: str) -> PeriodStatus:
    """Whether a period is open; one without a row is."""
    found = session.scalar(select(AccountingPeriod.status).where(AccountingPeriod.month == month))
    return found or PeriodStatus.OPEN
