"""The text of dates, times and durations: reading their literals and writing them canonically.

Formats follow DMN 1.5, 10.3.4.1: XML Schema's, with years to nine digits, fractions of a second to nine and
`@Area/City` for a named zone.
"""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.feel.temporal_values import (
    DAY_NANOS,
    MONTHS_MAX,
    NANOS,
    DaysTime,
    FeelDate,
    FeelDateTime,
    FeelTime,
    YearsMonths,
    date_of,
    date_of_number,
    days_time,
)

Temporal = FeelDate | FeelTime | FeelDateTime | DaysTime | YearsMonths

_DATE = r"(?P<year>(?!-0000)-?(?:[1-9]\d{4,8}|\d{4}))-(?P<month>\d{2})-(?P<day>\d{2})"
_TIME = (
    r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>[Zz]|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z][A-Za-z0-9_+\-/]*)?"
)
_DATE_RE = re.compile(_DATE, re.ASCII)
_TIME_RE = re.compile(_TIME, re.ASCII)
_DATE_TIME_RE = re.compile(_DATE + "T" + _TIME, re.ASCII)
_DAYS_RE = re.compile(
    r"(-)?P(?:(\d{1,15})D)?(?:(T)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(?:\.(\d{1,9}))?S)?)?", re.ASCII
)
_MONTHS_RE = re.compile(r"(-)?P(?:(\d{1,10})Y)?(?:(\d{1,11})M)?", re.ASCII)


def parse_date(text: str) -> FeelDate | None:
    """Return the date that `text` (yyyy-mm-dd) names, or None."""
    match = _DATE_RE.fullmatch(text)
    return _date(match) if match else None


def parse_time(text: str) -> FeelTime | None:
    """Return the time that `text` (hh:mm:ss, fraction, offset or @zone) names, or None."""
    match = _TIME_RE.fullmatch(text)
    return _time(match, midnight=_ends_day(match)) if match else None


def _ends_day(match: re.Match[str]) -> bool:
    """Say whether the clock shows 24:00:00, which XML Schema reads as the first instant of the next day."""
    zero = not (match["fraction"] or "").strip("0")
    return zero and (match["hour"], match["minute"], match["second"]) == ("24", "00", "00")


def parse_date_and_time(text: str) -> FeelDateTime | None:
    """Return the date and time that `text` names; a date alone is its midnight; else None."""
    match = _DATE_TIME_RE.fullmatch(text)
    if match is None:
        day = parse_date(text)
        return FeelDateTime(day, FeelTime(0)) if day else None
    midnight = _ends_day(match)
    day, clock = _date(match), _time(match, midnight=midnight)
    if day is not None and midnight:
        day = date_of_number(day.number + 1)
    return FeelDateTime(day, clock) if day is not None and clock is not None else None


def parse_duration_or_none(text: str) -> DaysTime | YearsMonths | None:
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
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    nanos = int(days or 0) * DAY_NANOS + whole * NANOS + _fraction(fraction)
    return days_time(-nanos if sign else nanos)


def parse_temporal(text: str) -> Temporal | None:
    """Return the date, time, date and time or duration that `text` names, or None."""
    return parse_date(text) or parse_time(text) or parse_date_and_time(text) or parse_duration_or_none(text)


def _fraction(digits: str | None) -> int:
    return int((digits or "0").ljust(9, "0"))


def _date(match: re.Match[str]) -> FeelDate | None:
    return date_of(int(match["year"]), int(match["month"]), int(match["day"]))


def _time(match: re.Match[str], *, midnight: bool = False) -> FeelTime | None:
    zone = zone_of(match["zone"])
    if match["zone"] and zone is None:
        return None
    if midnight:
        return FeelTime(0, zone)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    if hour > 23 or minute > 59 or second > 59:
        return None
    return FeelTime(((hour * 60 + minute) * 60 + second) * NANOS + _fraction(match["fraction"]), zone)


@lru_cache(maxsize=1024)
def zone_of(text: str | None) -> tzinfo | None:
    """Return the zone that `Z`, `+hh:mm` or `@Area/City` names; None for none or an unknown one."""
    if not text:
        return None
    if text in ("Z", "z"):
        return UTC
    if text[0] == "@":
        return named_zone(text[1:])
    parts = [int(part) for part in text[1:].split(":")]
    hours, minutes, seconds = [*parts, 0][:3]
    if minutes > 59 or seconds > 59:
        return None
    total = hours * 3600 + minutes * 60 + seconds
    return offset_zone((-total if text[0] == "-" else total) * NANOS)


def named_zone(name: str) -> tzinfo | None:
    """Return the zone of a name such as `Europe/Paris`, None for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def offset_zone(nanos: int) -> tzinfo | None:
    """Return the zone of an offset in nanoseconds; None for fractions and beyond fourteen hours."""
    seconds, fraction = divmod(nanos, NANOS)
    if fraction or abs(seconds) > 14 * 3600:
        return None
    return timezone(timedelta(seconds=seconds)) if seconds else UTC


def text_of(value: Temporal) -> str:
    """Return the canonical text of a temporal value.

    >>> text_of(DaysTime(93_630 * NANOS))
    'P1DT2H30S'
    """
    if isinstance(value, DaysTime):
        return _duration_text(value.nanos)
    if isinstance(value, FeelDateTime):
        return f"{_date_text(value.date)}T{_clock_text(value.time, value.offset)}"
    if isinstance(value, FeelTime):
        return _clock_text(value, value.offset)
    if isinstance(value, FeelDate):
        return _date_text(value)
    return str(value)


def _date_text(value: FeelDate) -> str:
    sign = "-" if value.year < 0 else ""
    return f"{sign}{abs(value.year):04}-{value.month:02}-{value.day:02}"


def _clock_text(value: FeelTime, offset: int | None) -> str:
    seconds, nanos = divmod(value.second_nanos, NANOS)
    text = f"{value.hour:02}:{value.minute:02}:{seconds:02}" + _fraction_text(nanos)
    if isinstance(value.zone, ZoneInfo):
        return f"{text}@{value.zone.key}"
    if offset is None:
        return text
    if not offset:
        return text + "Z"
    hours, rest = divmod(abs(offset) // NANOS, 3600)
    behind = f":{rest % 60:02}" if rest % 60 else ""
    return f"{text}{'-' if offset < 0 else '+'}{hours:02}:{rest // 60:02}{behind}"


def _fraction_text(nanos: int) -> str:
    return f".{nanos:09}".rstrip("0") if nanos else ""


def _duration_text(length: int) -> str:
    sign = "-" if length < 0 else ""
    days, rest = divmod(abs(length), DAY_NANOS)
    whole, nanos = divmod(rest, NANOS)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or nanos:
        clock += f"{seconds}{_fraction_text(nanos)}S"
    if not days and not clock:
        return "PT0S"
    return f"{sign}P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
