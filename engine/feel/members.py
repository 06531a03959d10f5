"""What `value.name` means for each kind of value (DMN 1.5, tables 60 and 65)."""

from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.feel.temporal_arithmetic import seconds_of
from engine.feel.temporal_values import (
    DAY_NANOS,
    NANOS,
    DaysTime,
    FeelDate,
    FeelDateTime,
    FeelTime,
    YearsMonths,
)
from engine.feel.values import Range, Run, Value

Reading = Callable[[Value], Value]


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


def _part(unit: int, modulus: int) -> Reading:
    """Return the reader of the whole units below the next larger one; negative where the duration is."""

    def part(length: DaysTime) -> Decimal:
        amount = abs(length.nanos) // unit % modulus
        return Decimal(-amount if length.nanos < 0 else amount)

    return part


def _seconds(length: DaysTime) -> Decimal:
    rest = abs(length.nanos) % (60 * NANOS)
    return seconds_of(-rest if length.nanos < 0 else rest)


def _years(length: YearsMonths) -> Decimal:
    return Decimal(abs(length.months) // 12 * (-1 if length.months < 0 else 1))


def _months(length: YearsMonths) -> Decimal:
    return Decimal(abs(length.months) % 12 * (-1 if length.months < 0 else 1))


def _zone_name(value: FeelTime | FeelDateTime) -> str | None:
    return value.zone.key if isinstance(value.zone, ZoneInfo) else None


def _offset(value: FeelTime | FeelDateTime) -> DaysTime | None:
    return None if value.offset is None else DaysTime(value.offset)


_OF_DATE: dict[str, Reading] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(value.weekday),
}
_OF_TIME: dict[str, Reading] = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": lambda value: seconds_of(value.second_nanos),
}


def _of_part(read: Reading, part: str) -> Reading:
    return lambda value: read(getattr(value, part))


_BY_KIND: dict[type, dict[str, Reading]] = {
    FeelDate: {
        **_OF_DATE,
        **dict.fromkeys(_OF_TIME, lambda value: Decimal(0)),
        "value": lambda value: seconds_of(value.number * DAY_NANOS),
    },
    FeelTime: {
        **_OF_TIME,
        "time offset": _offset,
        "timezone": _zone_name,
        "value": lambda value: seconds_of(value.utc_nanos % DAY_NANOS),
    },
    FeelDateTime: {
        **{name: _of_part(read, "date") for name, read in _OF_DATE.items()},
        **{name: _of_part(read, "time") for name, read in _OF_TIME.items()},
        "time offset": _offset,
        "timezone": _zone_name,
        "value": lambda value: seconds_of(value.utc_nanos()),
    },
    DaysTime: {
        "days": _part(DAY_NANOS, 10**12),
        "hours": _part(3600 * NANOS, 24),
        "minutes": _part(60 * NANOS, 60),
        "seconds": _seconds,
        "value": lambda value: seconds_of(value.nanos),
    },
    YearsMonths: {"years": _years, "months": _months, "value": lambda value: Decimal(value.months)},
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
_PROPERTIES = {(kind, name): read for kind, readings in _BY_KIND.items() for name, read in readings.items()}
