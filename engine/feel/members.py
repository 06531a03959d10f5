"""What `value.name` means for each kind of value (DMN 1.5, table 65)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.feel.temporal import from_micros, seconds_of
from engine.feel.values import NUMBERS, Range, Run, Value, YearsMonths


def member(value: Value, name: str, run: Run) -> Value:
    """Return the entry or property `name` of `value`; null where there is none. Lists map over items."""
    kind = type(value)
    if kind is dict:
        return value.get(name)
    if kind is list:
        run.spend(len(value))
        return [member(item, name, run) for item in value]
    read = _PROPERTIES.get((kind, name))
    return read(value) if read else None


def _seconds(value: time | datetime) -> Decimal:
    return from_micros(value.second * 1_000_000 + value.microsecond)


def _duration_part(unit_seconds: int, modulus: int | None) -> Callable[[timedelta], Decimal]:
    def part(length: timedelta) -> Decimal:
        total = seconds_of(abs(length))
        if unit_seconds == 1:
            amount = NUMBERS.remainder(total, Decimal(60))
        else:
            whole = int(total) // unit_seconds
            amount = Decimal(whole % modulus if modulus else whole)
        return NUMBERS.minus(amount) if length < timedelta(0) and amount else amount

    return part


def _years(length: YearsMonths) -> Decimal:
    return Decimal(abs(length.months) // 12 * (-1 if length.months < 0 else 1))


def _months(length: YearsMonths) -> Decimal:
    return Decimal(abs(length.months) % 12 * (-1 if length.months < 0 else 1))


def _zone_name(value: time | datetime) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _table() -> dict[tuple[type, str], Callable[[Value], Value]]:
    table: dict[tuple[type, str], Callable[[Value], Value]] = {}
    for kind in (date, datetime):
        table[kind, "year"] = lambda value: Decimal(value.year)
        table[kind, "month"] = lambda value: Decimal(value.month)
        table[kind, "day"] = lambda value: Decimal(value.day)
        table[kind, "weekday"] = lambda value: Decimal(value.isoweekday())
    for clock in (time, datetime):
        table[clock, "hour"] = lambda value: Decimal(value.hour)
        table[clock, "minute"] = lambda value: Decimal(value.minute)
        table[clock, "second"] = _seconds
        table[clock, "time offset"] = lambda value: value.utcoffset()
        table[clock, "timezone"] = _zone_name
    table[date, "hour"] = table[date, "minute"] = table[date, "second"] = lambda value: Decimal(0)
    table[timedelta, "days"] = _duration_part(86400, None)
    table[timedelta, "hours"] = _duration_part(3600, 24)
    table[timedelta, "minutes"] = _duration_part(60, 60)
    table[timedelta, "seconds"] = _duration_part(1, None)
    table[YearsMonths, "years"] = _years
    table[YearsMonths, "months"] = _months
    table[Range, "start"] = lambda value: value.start
    table[Range, "end"] = lambda value: value.end
    table[Range, "start included"] = lambda value: value.start_included
    table[Range, "end included"] = lambda value: value.end_included
    return table


_PROPERTIES = _table()
