"""Conversions between strings and the other types (DMN 1.5, 10.3.4.1)."""

import re
from datetime import UTC
from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.comparing import less
from engine.feel.temporal import (
    named_zone,
    offset_zone,
    parse_date,
    parse_date_and_time,
    parse_duration_or_none,
    parse_temporal,
    parse_time,
    text_of,
    zone_of,
)
from engine.feel.temporal_arithmetic import months_between
from engine.feel.temporal_values import (
    NANOS,
    DaysTime,
    FeelDate,
    FeelDateTime,
    FeelTime,
    YearsMonths,
    date_of,
    in_zone,
)
from engine.feel.values import NUMBERS, Function, Range, Run, Value

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPS = {" ", ",", "."}


@builtin("number", "from: string")
def _number_written_plainly(text: str) -> Decimal | None:
    return NUMBERS.create_decimal(text) if _NUMBER.fullmatch(text) else None


@builtin("number", "from: string, grouping separator: string|Null, decimal separator: string|Null")
def _number(text: str, grouping: str | None, decimal: str | None) -> Decimal | None:
    if grouping is not None and (grouping not in _GROUPS or grouping == decimal):
        return None
    if decimal is not None and decimal not in {".", ","}:
        return None
    if grouping:
        text = text.replace(grouping, "")
    if decimal == ",":
        text = text.replace(".", " ").replace(",", ".")
    return NUMBERS.create_decimal(text) if _NUMBER.fullmatch(text) else None


@builtin("number", "from: number")
def _same_number(value: Decimal) -> Decimal:
    return value


@builtin("string", "from: any", takes_run=True)
def _string(run: Run, value: Value) -> str | None:
    return None if value is None else text(value, run)


def text(value: Value, run: Run, *, inside: bool = False) -> str:
    """Return the text of any value; strings within lists and contexts stand in quotes."""
    run.spend(1)
    if value is None:
        return "null"
    kind = type(value)
    if kind is str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if inside else str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is Decimal:
        return number_text(value)
    if kind is list:
        return run.string("[" + ", ".join([text(item, run, inside=True) for item in value]) + "]")
    if kind is dict:
        entries = [f"{_key(key)}: {text(item, run, inside=True)}" for key, item in value.items()]
        return run.string("{" + ", ".join(entries) + "}")
    if kind is Range:
        return _range_text(value, run)
    if isinstance(value, Function):
        return f"function({', '.join(value.parameters)})"
    return text_of(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[^\W\d][\w ]*", key) else '"' + key.replace('"', '\\"') + '"'


def _range_text(value: Range, run: Run) -> str:
    if value.start is None:
        return f"({'<=' if value.end_included else '<'} {text(value.end, run, inside=True)})"
    if value.end is None:
        return f"({'>=' if value.start_included else '>'} {text(value.start, run, inside=True)})"
    left, right = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{left}{text(value.start, run, inside=True)}..{text(value.end, run, inside=True)}{right}"


def number_text(value: Decimal) -> str:
    """Return a number without exponent where it is short enough, and without the zeros of its scale.

    >>> number_text(Decimal("1E+3")), number_text(Decimal("1.20")), number_text(Decimal("1E-9"))
    ('1000', '1.20', '0.000000001')
    """
    if not value:
        return "0"
    return f"{value:f}" if -40 <= value.adjusted() <= 40 else f"{value:E}"


@builtin("date", "from: string")
def _date_from_text(value: str) -> FeelDate | None:
    return parse_date(value)


@builtin("date", "from: date|date and time")
def _date_from_date(value: FeelDate | FeelDateTime) -> FeelDate:
    return value.date if isinstance(value, FeelDateTime) else value


@builtin("date", "year: number, month: number, day: number")
def _date_from_numbers(year: Decimal, month: Decimal, day: Decimal) -> FeelDate | None:
    parts = whole(year), whole(month), whole(day)
    if parts[0] is None or parts[1] is None or parts[2] is None:
        return None
    return date_of(parts[0], parts[1], parts[2])


def whole(number: Decimal) -> int | None:
    """Return the number as an int; None for a fraction or beyond what a calendar can mean."""
    if number.adjusted() > 12 or number != number.to_integral_value():
        return None
    return int(number)


@builtin("time", "from: string")
def _time_from_text(value: str) -> FeelTime | None:
    return parse_time(value)


@builtin("time", "from: time|date and time|date")
def _time_from_moment(value: Value) -> FeelTime:
    if isinstance(value, FeelDateTime):
        return value.time
    return value if isinstance(value, FeelTime) else FeelTime(0, UTC)


@builtin("time", "hour: number, minute: number, second: number, offset: days and time duration?")
def _time_from_numbers(
    hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None = None
) -> FeelTime | None:
    hours, minutes = whole(hour), whole(minute)
    zone = None if offset is None else offset_zone(offset.nanos)
    if hours is None or minutes is None or (offset is not None and zone is None):
        return None
    if not (0 <= hours <= 23 and 0 <= minutes <= 59 and 0 <= second < 60):
        return None
    return FeelTime((hours * 60 + minutes) * 60 * NANOS + int(second.scaleb(9, context=NUMBERS)), zone)


@builtin("date and time", "from: string")
def _moment_from_text(value: str) -> FeelDateTime | None:
    return parse_date_and_time(value)


@builtin("date and time", "from: date and time")
def _same_moment(value: FeelDateTime) -> FeelDateTime:
    return value


@builtin("date and time", "date: date|date and time, time: time")
def _moment_from_parts(day: FeelDate | FeelDateTime, clock: FeelTime) -> FeelDateTime:
    return FeelDateTime(_date_from_date(day), clock)


_MOMENT = "year: number, month: number, day: number, hour: number, minute: number, second: number"


@builtin("date and time", f"{_MOMENT}, offset: days and time duration?")
def _moment_from_numbers(
    year: Decimal, month: Decimal, day: Decimal, hour: Decimal, minute: Decimal, second: Decimal,
    offset: DaysTime | None = None,
) -> FeelDateTime | None:  # fmt: skip
    return _moment(_date_from_numbers(year, month, day), _time_from_numbers(hour, minute, second, offset))


def _moment(day: FeelDate | None, clock: FeelTime | None) -> FeelDateTime | None:
    return None if day is None or clock is None else FeelDateTime(day, clock)


@builtin("date and time", f"{_MOMENT}, timezone: string")
def _moment_from_numbers_in_zone(
    year: Decimal, month: Decimal, day: Decimal, hour: Decimal, minute: Decimal, second: Decimal,
    timezone: str,
) -> FeelDateTime | None:  # fmt: skip
    moment = _moment(_date_from_numbers(year, month, day), _time_from_numbers(hour, minute, second))
    return _in_zone(moment, timezone) if moment else None


@builtin("date and time", "date: date and time, timezone: string")
def _moment_in_zone(moment: FeelDateTime, timezone: str) -> FeelDateTime | None:
    return _in_zone(moment, timezone)


def _in_zone(moment: FeelDateTime, timezone: str) -> FeelDateTime | None:
    """Put a moment without a zone into it; another becomes what the zone's clocks show then."""
    zone = zone_of(timezone) if timezone[:1] in ("Z", "z", "+", "-", "@") else None
    zone = zone or named_zone(timezone)
    if zone is None:
        return None
    if moment.zone is None:
        return FeelDateTime(moment.date, FeelTime(moment.time.nanos, zone))
    return in_zone(moment.utc_nanos(), zone)


@builtin("duration", "from: string")
def _duration(value: str) -> DaysTime | YearsMonths | None:
    return parse_duration_or_none(value)


@builtin("duration", "from: days and time duration|years and months duration")
def _same_duration(value: DaysTime | YearsMonths) -> DaysTime | YearsMonths:
    return value


@builtin("years and months duration", "from: date|date and time, to: date|date and time")
def _years_and_months(start: FeelDate | FeelDateTime, end: FeelDate | FeelDateTime) -> YearsMonths:
    return months_between(start, end)


_RANGE = re.compile(r"\s*([\[(\]])\s*(.*?)\s*\.\.\s*(.*?)\s*([\])\[])\s*", re.DOTALL)
_ENDPOINT = re.compile(r'(?:date|time|date and time|duration)?\(?\s*@?"([^"]*)"\s*\)?')


@builtin("range", "from: string", takes_run=True)
def _range(run: Run, value: str) -> Range | None:
    match = _RANGE.fullmatch(value)
    if match is None:
        return None
    opening, low, high, closing = match.groups()
    start, end = _endpoint(low), _endpoint(high)
    if (low and start is None) or (high and end is None) or (start is None and end is None):
        return None
    start_included, end_included = opening == "[", closing == "]"
    if (start is None and start_included) or (end is None and end_included):
        return None
    if start is not None and end is not None and less(end, start, run) is not False:
        return None
    return Range(start, end, start_included, end_included)


def _endpoint(value: str) -> Value:
    """Return the literal that an end of a range string names, None for none."""
    if _NUMBER.fullmatch(value):
        return NUMBERS.create_decimal(value)
    match = _ENDPOINT.fullmatch(value)
    if match is None:
        return None
    if value.startswith('"'):
        return match[1]
    return parse_temporal(match[1])
