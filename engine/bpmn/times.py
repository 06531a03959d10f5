"""ISO 8601 durations and dates, and how working time is written, as timers write them."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_WORKING = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>wh|wd)")


class TimeNotReadable(ValueError):
    """A text is no duration, date or cycle this engine runs."""

    code = "timer_not_readable"


def parse_duration(text: str) -> tuple[int, timedelta]:
    """Months and the exact rest of an ISO 8601 duration.

    >>> parse_duration("P1Y2M10DT2H")
    (14, datetime.timedelta(days=10, seconds=7200))
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or text.strip().rstrip("T").endswith("P") or text.strip().endswith("T"):
        raise TimeNotReadable(f"{text!r} is not an ISO 8601 duration such as PT8H or P2D")
    parts = {name: int(value or 0) for name, value in match.groupdict().items() if name != "sign"}
    if match["sign"]:
        raise TimeNotReadable(f"{text!r} lies in the past; a timer waits for the future")
    rest = timedelta(
        days=parts["weeks"] * 7 + parts["days"],
        hours=parts["hours"],
        minutes=parts["minutes"],
        seconds=parts["seconds"],
    )
    return parts["years"] * 12 + parts["months"], rest


def after(start: datetime, text: str) -> datetime:
    """``start`` plus an ISO 8601 duration; a month's day is kept within the month, in the business's zone.

    >>> from datetime import UTC
    >>> after(datetime(2026, 1, 31, 4, tzinfo=UTC), "P1M").isoformat()
    '2026-02-28T04:00:00+00:00'
    """
    months, rest = parse_duration(text)
    if months:
        local = start.astimezone(BUSINESS_ZONE)
        year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        start = local.replace(year=year, month=month + 1, day=day).astimezone(start.tzinfo)
    return start + rest


def instant(text: str) -> datetime:
    """An ISO 8601 date or instant; one without a zone, and a date's midnight, is meant in the business's zone."""
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise TimeNotReadable(f"{text!r} is not an ISO 8601 date") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=BUSINESS_ZONE)


def midnight(day: date) -> datetime:
    """The first instant of ``day`` in the business's zone."""
    return datetime.combine(day, time(), BUSINESS_ZONE)


def working_time(text: str) -> tuple[str, str] | None:
    """Amount and unit of working time: ``wh`` hours, ``wd`` days; None for any other text.

    >>> working_time("8wh"), working_time("1.5 wd"), working_time("P1D")
    (('8', 'wh'), ('1.5', 'wd'), None)
    """
    match = _WORKING.fullmatch(text.strip())
    return (match["amount"], match["unit"]) if match else None


def is_working_time(text: str) -> bool:
    """Whether only the company's calendar can count the text."""
    return working_time(text) is not None


def due_at(now: datetime, text: str) -> datetime:
    """When a timer reading ``text`` (ISO duration, date or instant) fires, counted from ``now``."""
    return after(now, text) if text.lstrip().startswith("P") else instant(text)
