"""Equality and order of FEEL values (DMN 1.5, 10.3.2.13 and table 53).

Everything here answers True, False, or None where FEEL says null.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from engine.feel.temporal import time_key, utc_offset
from engine.feel.values import Function, Range, Run, Value, YearsMonths

_SCALARS = frozenset({Decimal, str, bool, date, timedelta, YearsMonths})
_ORDERED = frozenset({Decimal, str, date, timedelta, YearsMonths})


def equal(left: Value, right: Value, run: Run) -> bool | None:
    """Say whether two values are the same; None for values of different kinds. null equals only null."""
    kind = type(left)
    if kind is type(right) and kind in _SCALARS:
        return bool(left == right)
    if left is None or right is None:
        return left is right
    if kind is not type(right):
        return None
    if kind is datetime:
        return _same_instant(left, right)
    if kind is time:
        return (utc_offset(left) is None) == (utc_offset(right) is None) and time_key(left) == time_key(right)
    if kind is list:
        return _equal_lists(left, right, run)
    if kind is dict:
        return _equal_contexts(left, right, run)
    if kind is Range:
        return _equal_ranges(left, right, run)
    if kind is Function:
        return left is right
    return None


def _same_instant(left: datetime, right: datetime) -> bool:
    if (left.tzinfo is None) != (right.tzinfo is None):
        return False
    return left == right


def _equal_lists(left: list[Value], right: list[Value], run: Run) -> bool | None:
    run.spend(1 + len(left))
    if len(left) != len(right):
        return False
    return _all(equal(mine, other, run) for mine, other in zip(left, right, strict=True))


def _equal_contexts(left: dict[str, Value], right: dict[str, Value], run: Run) -> bool | None:
    run.spend(1 + len(left))
    if left.keys() != right.keys():
        return False
    return _all(equal(item, right[key], run) for key, item in left.items())


def _equal_ranges(left: Range, right: Range, run: Run) -> bool | None:
    if (left.start_included, left.end_included) != (right.start_included, right.end_included):
        return False
    return _all([equal(left.start, right.start, run), equal(left.end, right.end, run)])


def _all(answers: Iterable[bool | None]) -> bool | None:
    unknown = False
    for answer in answers:
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True


def identical(left: Value, right: Value, run: Run) -> bool:
    """Say whether two values are the same element of the same domain, zone included (function `is`)."""
    if type(left) is not type(right):
        return False
    if isinstance(left, time | datetime):
        return (left.replace(tzinfo=None), left.tzinfo) == (right.replace(tzinfo=None), right.tzinfo)
    return equal(left, right, run) is True


def less(left: Value, right: Value) -> bool | None:
    """Say whether `left` comes before `right`; None where the two have no order."""
    kind = type(left)
    if kind is type(right):
        if kind in _ORDERED:
            return bool(left < right)
        if kind is datetime:
            return None if (left.tzinfo is None) != (right.tzinfo is None) else bool(left < right)
        if kind is time:
            if (utc_offset(left) is None) != (utc_offset(right) is None):
                return None
            return time_key(left) < time_key(right)
    return None


def less_or_equal(left: Value, right: Value) -> bool | None:
    """Say whether `left` comes before `right` or equals it; None where the two have no order."""
    above = less(right, left)
    return None if above is None else not above


def in_range(value: Value, interval: Range) -> bool | None:
    """Say whether `value` lies in `interval`; None where it cannot be compared with its ends."""
    lower: bool | None = True
    upper: bool | None = True
    if interval.start is not None:
        lower = (less_or_equal if interval.start_included else less)(interval.start, value)
    if interval.end is not None:
        upper = (less_or_equal if interval.end_included else less)(value, interval.end)
    if interval.start is None and interval.end is None:
        return None
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
        return in_range(value, test)
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
