"""Calendar arithmetic: what lies a duration away, and how far apart two points are (DMN 1.5, tables 57 and 58)."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.temporal_values import (
    DAY_NANOS,
    NANOS,
    DaysTime,
    FeelDate,
    FeelDateTime,
    FeelTime,
    YearsMonths,
    date_of,
    date_of_number,
    date_time_of,
    days_time,
    in_zone,
    month_length,
)
from engine.feel.values import NUMBERS, Value


def moved(point: Value, length: DaysTime | YearsMonths) -> Value:
    """Return the date, time or date and time that lies `length` after `point`; None where nothing does."""
    if isinstance(length, YearsMonths):
        return _months_later(point, length.months)
    if type(point) is FeelDateTime:
        if point.zone is None:
            return date_time_of(point.local_nanos + length.nanos, None)
        return in_zone(point.utc_nanos() + length.nanos, point.zone)
    if type(point) is FeelDate:
        return date_of_number(point.number + length.nanos // DAY_NANOS)
    if type(point) is FeelTime:
        return FeelTime((point.nanos + length.nanos) % DAY_NANOS, point.zone)
    return None


def _months_later(point: Value, months: int) -> Value:
    """Return the same day of another month, or that month's last."""
    if type(point) is FeelDateTime:
        day = _months_later(point.date, months)
        return None if day is None else FeelDateTime(day, point.time)
    if type(point) is not FeelDate:
        return None
    year, month = divmod(point.year * 12 + point.month - 1 + months, 12)
    return date_of(year, month + 1, min(point.day, month_length(year, month + 1)))


def elapsed(left: Value, right: Value) -> DaysTime | None:
    """Return the time from `right` to `left`, two dates, times or dates and times.

    None where only one of them has a zone; a date beside a date and time is its midnight, in UTC.
    """
    if type(left) is FeelTime and type(right) is FeelTime:
        if (left.zone is None) != (right.zone is None):
            return None
        return days_time(left.utc_nanos - right.utc_nanos)
    if not isinstance(left, FeelDate | FeelDateTime) or not isinstance(right, FeelDate | FeelDateTime):
        return None
    if type(left) is type(right) is FeelDate:
        return days_time((left.number - right.number) * DAY_NANOS)
    if _zoned(left) != _zoned(right):
        return None
    return days_time(_instant(left) - _instant(right))


def _zoned(value: FeelDate | FeelDateTime) -> bool:
    return isinstance(value, FeelDate) or value.zone is not None


def _instant(value: FeelDate | FeelDateTime) -> int:
    return value.number * DAY_NANOS if isinstance(value, FeelDate) else value.utc_nanos()


def months_between(start: FeelDate | FeelDateTime, end: FeelDate | FeelDateTime) -> YearsMonths:
    """Return the whole months from `start` to `end`, towards zero."""
    first, last = _day_and_rest(start), _day_and_rest(end)
    months = (last[0].year - first[0].year) * 12 + last[0].month - first[0].month
    start_rest, end_rest = (first[0].day, first[1]), (last[0].day, last[1])
    if months > 0 and end_rest < start_rest:
        months -= 1
    elif months < 0 and end_rest > start_rest:
        months += 1
    return YearsMonths(months)


def _day_and_rest(value: FeelDate | FeelDateTime) -> tuple[FeelDate, int]:
    return (value, 0) if isinstance(value, FeelDate) else (value.date, value.time.nanos)


def seconds_of(nanos: int) -> Decimal:
    """Return nanoseconds as seconds, without zeros at the end of the fraction; to 34 digits."""
    if nanos % NANOS == 0:
        return Decimal(nanos // NANOS)
    return NUMBERS.scaleb(Decimal(nanos), Decimal(-9)).normalize(NUMBERS)


def from_seconds(seconds: Decimal) -> DaysTime | None:
    """Return the duration of `seconds`, cut at the nanosecond; None when it is too long."""
    if seconds.adjusted() > 20:
        return None
    return days_time(int(seconds.scaleb(9, context=NUMBERS)))
