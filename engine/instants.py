"""When something is due: ISO 8601 durations and dates, and working time from the company's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from company.calendar import ZONE, WorkingCalendar
from engine.bpmn import times
from engine.errors import EngineError

# Ten years: what is longer was mistyped, and counting it day by day would take as long as it looks.
_WORKING_MAX = {"wh": Decimal(20_000), "wd": Decimal(2_500)}


class DueTimeUnreadable(EngineError):
    """A text that names no instant. Fact: ``text``."""

    code = "due_time_unreadable"
    zh = "无法识别时间“{text}”；请使用 PT5M、P2D、8wh（工作小时）、3wd（工作日）或日期。"
    en = "“{text}” names no time; write PT5M, P2D, 8wh (working hours), 3wd (working days) or a date."


def due_at(value: object, now: datetime, calendar: WorkingCalendar) -> datetime:
    """The instant (UTC) that ``value`` names, counted from ``now``.

    A duration runs on the wall clock, ``8wh`` in working hours, ``3wd`` to the same time on the third working day
    after; a date is its first moment in Shanghai, an instant without zone is Shanghai's.
    """
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=ZONE)).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), ZONE).astimezone(UTC)
    text = str(value).strip()
    if working := times.working_time(text):
        return _working(Decimal(working[0]), working[1], now, calendar)
    try:
        if isinstance(value, timedelta):
            return now + value
        return times.due_at(now, text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise DueTimeUnreadable(text=text) from None


def after_working_hours(value: object, now: datetime, calendar: WorkingCalendar) -> datetime:
    """The instant (UTC) by which a number of working hours has passed; DueTimeUnreadable if it is no such number."""
    try:
        return _working(Decimal(str(value)), "wh", now, calendar)
    except InvalidOperation:
        raise DueTimeUnreadable(text=value) from None


def _working(amount: Decimal, unit: str, now: datetime, calendar: WorkingCalendar) -> datetime:
    if not 0 <= amount <= _WORKING_MAX[unit]:
        raise DueTimeUnreadable(text=f"{amount}{unit}")
    if unit == "wh":
        return calendar.add_working_hours(now, amount)
    local = now.astimezone(ZONE)
    day = calendar.add_working_days(local.date(), int(amount))
    return datetime.combine(day, local.time(), ZONE).astimezone(UTC)
