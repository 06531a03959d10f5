"""Dates, times and durations: their literals, their canonical text and their calendar arithmetic.

Formats follow DMN 1.5, 10.3.4.1 (XML Schema's, with `@zone` added). Years run from 1 to 9999 and
fractions of a second to six places: Python's own temporal types are the values.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.feel.values import NUMBERS, Value, YearsMonths

_DATE = r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
_TIME = (
    r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z][A-Za-z0-9_+\-/]*)?"
)
_DATE_RE = re.compile(_DATE, re.ASCII)
_TIME_RE = re.compile(_TIME, re.ASCII)
_DATE_TIME_RE = re.compile(_DATE + "T" + _TIME, re.ASCII)
_DAYS_RE = re.compile(
    r"(-)?P(?:(\d{1,12})D)?(?:(T)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12})(?:\.(\d{1,9}))?S)?)?", re.ASCII
)
_MONTHS_RE = re.compile(r"(-)?P(?:(\d{1,10})Y)?(?:(\d{1,11})M)?", re.ASCII)
MONTHS_MAX = 12 * 999_999_999


def parse_date(text: str) -> date | None:
    """Return the date that `text` (yyyy-mm-dd) names, or None."""
    match = _DATE_RE.fullmatch(text)
    return _date(match) if match else None


def parse_time(text: str) -> time | None:
    """Return the time that `text` (hh:mm:ss, fraction, offset or @zone) names, or None."""
    match = _TIME_RE.fullmatch(text)
    return _time(match) if match else None


def parse_date_and_time(text: str) -> datetime | None:
    """Return the date and time that `text` names; a date alone is its midnight; else None."""
    match = _DATE_TIME_RE.fullmatch(text)
    if match is None:
        day = parse_date(text)
        return datetime.combine(day, time()) if day else None
    midnight = match["hour"] == "24" and match["minute"] == match["second"] == "00"
    day, clock = _date(match), time(0, tzinfo=zone_of(match["zone"])) if midnight else _time(match)
    if day is None or clock is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=1) if midnight else day, clock)
    except OverflowError:
        return None


def parse_duration_or_none(text: str) -> timedelta | YearsMonths | None:
    """Return the duration that `text` (PnDTnHnMnS or PnYnM) names, or None."""
    if match := _MONTHS_RE.fullmatch(text):
        sign, years, months = match.groups()
        if years is not None or months is not None:
            total = 12 * int(years or 0) + int(months or 0)
            return YearsMonths(-total if sign else total) if total <= MONTHS_MAX else None
    match = _DAYS_RE.fullmatch(text)
    if match is None:
        return None
    sign, days, marker, hours, minutes, seconds, fraction = match.groups()
    if all(part is None for part in ((hours, minutes, seconds) if marker else (days,))):
        return None
    micros = int((fraction or "0").ljust(6, "0")[:6])
    try:
        length = timedelta(
            days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0),
            microseconds=micros,
        )  # fmt: skip
        return -length if sign else length
    except OverflowError:
        return None


def _date(match: re.Match[str]) -> date | None:
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _time(match: re.Match[str]) -> time | None:
    zone = zone_of(match["zone"])
    if match["zone"] and zone is None:
        return None
    micros = int((match["fraction"] or "0").ljust(6, "0")[:6])
    try:
        return time(int(match["hour"]), int(match["minute"]), int(match["second"]), micros, tzinfo=zone)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def zone_of(text: str | None) -> tzinfo | None:
    """Return the zone that `Z`, `+hh:mm` or `@Area/City` names; None for none or an unknown one."""
    if not text:
        return None
    if text == "Z":
        return UTC
    if text[0] == "@":
        try:
            return ZoneInfo(text[1:])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    parts = [int(part) for part in text[1:].split(":")]
    hours, minutes, seconds = [*parts, 0][:3]
    if hours > 14 or minutes > 59 or seconds > 59 or (hours == 14 and minutes):
        return None
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not offset:
        return UTC
    return timezone(-offset if text[0] == "-" else offset)


def utc_offset(value: time | datetime) -> timedelta | None:
    """Return the offset; a time in a named zone has the zone's standard offset of 1970."""
    offset = value.utcoffset()
    if offset is None and value.tzinfo is not None:
        return datetime(1970, 1, 1, tzinfo=value.tzinfo).utcoffset()
    return offset


def time_key(value: time) -> timedelta:
    """Return the seconds since midnight, moved to UTC where the time has a zone: what times compare by."""
    length = timedelta(
        hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
    )
    offset = utc_offset(value)
    return length if offset is None else length - offset


def add_months(value: date, months: int) -> date | None:
    """Return the same day of another month, or that month's last; None outside the years 1 to 9999."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return value.replace(year=year, month=month + 1, day=min(value.day, monthrange(year, month + 1)[1]))


def add_time(value: time, length: timedelta) -> time:
    """Return the time of day `length` later, past midnight starting again."""
    moved = datetime.combine(date(2000, 1, 1), value.replace(tzinfo=None))
    moved += timedelta(seconds=length.seconds, microseconds=length.microseconds)
    return moved.time().replace(tzinfo=value.tzinfo)


def months_between(start: date, end: date) -> YearsMonths:
    """Return the whole months from `start` to `end`, towards zero."""
    months = (end.year - start.year) * 12 + end.month - start.month
    start_rest, end_rest = _within_month(start), _within_month(end)
    if months > 0 and end_rest < start_rest:
        months -= 1
    elif months < 0 and end_rest > start_rest:
        months += 1
    return YearsMonths(months)


def _within_month(value: date) -> tuple[int, time]:
    clock = value.time() if isinstance(value, datetime) else time(0)
    return value.day, clock


def seconds_of(length: timedelta) -> Decimal:
    """Return the exact length in seconds."""
    micros = (length.days * 86400 + length.seconds) * 1_000_000 + length.microseconds
    return from_micros(micros)


def from_micros(micros: int) -> Decimal:
    """Return microseconds as seconds, without zeros at the end of the fraction."""
    if micros % 1_000_000 == 0:
        return Decimal(micros // 1_000_000)
    return NUMBERS.scaleb(Decimal(micros), Decimal(-6)).normalize(NUMBERS)


def from_seconds(seconds: Decimal) -> timedelta | None:
    """Return the duration of `seconds`, cut at the microsecond; None when it is too long."""
    try:
        return timedelta(microseconds=int(seconds.scaleb(6, context=NUMBERS)))
    except OverflowError:
        return None


def text_of(value: Value) -> str:
    """Return the canonical text of a temporal value.

    >>> text_of(timedelta(days=1, hours=2, seconds=30))
    'P1DT2H30S'
    """
    if isinstance(value, timedelta):
        return _duration_text(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}".zfill(10) + "T" + _clock_text(value)
    if isinstance(value, time):
        return _clock_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _clock_text(value: time | datetime) -> str:
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    if value.microsecond:
        text += f".{value.microsecond:06}".rstrip("0")
    if isinstance(value.tzinfo, ZoneInfo):
        return f"{text}@{value.tzinfo.key}"
    offset = value.utcoffset()
    if offset is None:
        return text
    if not offset:
        return text + "Z"
    total = int(abs(offset).total_seconds())
    hours, rest = divmod(total, 3600)
    seconds = f":{rest % 60:02}" if rest % 60 else ""
    return f"{text}{'-' if offset < timedelta(0) else '+'}{hours:02}:{rest // 60:02}{seconds}"


def _duration_text(length: timedelta) -> str:
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{length.microseconds:06}".rstrip("0") if length.microseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction:
        clock += f"{seconds}{fraction}S"
    days = f"{length.days}D" if length.days else ""
    if not days and not clock:
        return "PT0S"
    return f"{sign}P{days}" + (f"T{clock}" if clock else "")
