"""Equality and order of FEEL values (DMN 1.5, 10.3.2.13 and table 53).

Everything here answers True, False, or None where FEEL says null.
"""

from decimal import Decimal

from engine.feel.temporal_values import (
    DAY_NANOS,
    DaysTime,
    FeelDate,
    FeelDateTime,
    FeelTime,
    YearsMonths,
)
from engine.feel.values import Function, Range, Run, Value

_SCALARS = frozenset({Decimal, str, bool, FeelDate, DaysTime, YearsMonths})
_ORDERED = frozenset({Decimal, str, FeelDate, DaysTime, YearsMonths})
_LONG_STRING = 1000


def equal(left: Value, right: Value, run: Run) -> bool | None:
    """Say whether two values are the same; None for values of different kinds. null equals only null."""
    kind = type(left)
    if kind is type(right) and kind in _SCALARS:
        if kind is str and len(left) > _LONG_STRING:
            run.spend(len(left) >> 6)
        return bool(left == right)
    if left is None or right is None:
        return left is right
    if kind is not type(right):
        return None
    if kind is FeelDateTime or kind is FeelTime:
        mine, other = _instants(left, right)
        return mine == other
    if kind is list:
        return _equal_lists(left, right, run)
    if kind is dict:
        return _equal_contexts(left, right, run)
    if kind is Range:
        return _equal_ranges(left, right, run)
    if kind is Function:
        return left is right
    return None


def _instants(left: Value, right: Value) -> tuple[int, int]:
    """Return what two times, or two dates and times, compare by: nanoseconds in UTC.

    One without a zone takes the other's; where neither has one, both are read as UTC.
    """
    if isinstance(left, FeelDateTime):
        return left.utc_nanos(right.zone), right.utc_nanos(left.zone)
    return _time_key(left, right), _time_key(right, left)


def _time_key(value: FeelTime, other: FeelTime) -> int:
    offset = value.offset if value.zone else other.offset
    return (value.nanos - (offset or 0)) % DAY_NANOS


def _equal_lists(left: list[Value], right: list[Value], run: Run) -> bool:
    run.spend(1 + len(left))
    if len(left) != len(right):
        return False
    return all(equal(mine, other, run) is True for mine, other in zip(left, right, strict=True))


def _equal_contexts(left: dict[str, Value], right: dict[str, Value], run: Run) -> bool:
    run.spend(1 + len(left))
    if left.keys() != right.keys():
        return False
    return all(equal(item, right[key], run) is True for key, item in left.items())


def _equal_ranges(left: Range, right: Range, run: Run) -> bool:
    if (left.start_included, left.end_included) != (right.start_included, right.end_included):
        return False
    return equal(left.start, right.start, run) is True and equal(left.end, right.end, run) is True


def identical(left: Value, right: Value, run: Run) -> bool:
    """Say whether two values are the same element of the same domain, zone included (function `is`)."""
    if type(left) is not type(right):
        return False
    if isinstance(left, FeelTime | FeelDateTime):
        return bool(left == right)
    return equal(left, right, run) is True


def less(left: Value, right: Value, run: Run) -> bool | None:
    """Say whether `left` comes before `right`, paying for long strings; None where the two have no order."""
    if type(left) is str and len(left) > _LONG_STRING:
        run.spend(len(left) >> 6)
    return precedes(left, right)


def precedes(left: Value, right: Value) -> bool | None:
    """Say whether `left` comes before `right`; None where the two have no order."""
    kind = type(left)
    if kind is type(right):
        if kind in _ORDERED:
            return bool(left < right)
        if kind is FeelDateTime or kind is FeelTime:
            mine, other = _instants(left, right)
            return mine < other
    return None


def less_or_equal(left: Value, right: Value, run: Run) -> bool | None:
    """Say whether `left` comes before `right` or equals it; None where the two have no order."""
    above = less(right, left, run)
    return None if above is None else not above


def in_range(value: Value, interval: Range, run: Run) -> bool | None:
    """Say whether `value` lies in `interval`; None where it cannot be compared with its ends."""
    start, end = interval.start, interval.end
    if type(value) is type(start) is type(end) is Decimal:
        if value < start or value > end:
            return False
        return (interval.start_included or value != start) and (interval.end_included or value != end)
    if start is None and end is None:
        return None
    lower: bool | None = True
    upper: bool | None = True
    if start is not None:
        lower = (less_or_equal if interval.start_included else less)(start, value, run)
    if end is not None:
        upper = (less_or_equal if interval.end_included else less)(value, end, run)
    if lower is False or upper is False:
        return False
    return None if lower is None or upper is None else True


def passes(value: Value, test: Value, run: Run, *, condition: bool) -> bool | None:
    """Say whether `value` passes a unary test that evaluated to `test` (DMN 1.5, table 55).

    A `condition` (it reads the value as `?`, or is a comparison by its form) decides by its own truth;
    otherwise the value must equal the test, lie in it where it is a range, or be in it where it is a list.
    A test that is true although the value is no boolean is a condition too.
    """
    kind = type(test)
    if condition and (kind is bool or test is None):
        return bool(test)
    if kind is Range and type(value) is not Range:
        return in_range(value, test, run)
    if kind is list:
        if type(value) is list and equal(value, test, run) is True:
            return True
        run.spend(len(test))
        return any(passes(value, item, run, condition=False) is True for item in test)
    if kind is bool and type(value) is not bool:
        return bool(test)
    if type(value) is list and kind is not list and len(value) == 1:
        value = value[0]
    return equal(value, test, run) is True
