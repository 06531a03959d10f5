"""FEEL's + - * / ** and negation (DMN 1.5, tables 50 to 52). What is not defined is null.

Numbers have 34 significant digits, rounded half to even.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, DecimalException

from engine.feel.temporal import (
    MONTHS_MAX,
    add_months,
    add_time,
    from_seconds,
    seconds_of,
    time_key,
    utc_offset,
)  # fmt: skip
from engine.feel.values import NUMBERS, Run, Value, YearsMonths

Operation = Callable[[Value, Value, Run], Value]


def add(left: Value, right: Value, run: Run) -> Value:
    """Return `left + right`."""
    kind, other = type(left), type(right)
    try:
        if kind is Decimal and other is Decimal:
            return NUMBERS.add(left, right)
        if kind is str and other is str:
            return run.string(left + right)
        if kind is YearsMonths and other is YearsMonths:
            return _months(left.months + right.months)
        if kind is timedelta and other is timedelta:
            return left + right
        if other is timedelta or other is YearsMonths:
            return _moved(left, right)
        if kind is timedelta or kind is YearsMonths:
            return _moved(right, left)
    except (DecimalException, OverflowError):
        pass
    return None


def subtract(left: Value, right: Value, run: Run) -> Value:
    """Return `left - right`."""
    kind, other = type(left), type(right)
    try:
        if kind is Decimal and other is Decimal:
            return NUMBERS.subtract(left, right)
        if kind is YearsMonths and other is YearsMonths:
            return _months(left.months - right.months)
        if kind is timedelta and other is timedelta:
            return left - right
        if other is timedelta or other is YearsMonths:
            return _moved(left, -right)
        return _elapsed(left, right)
    except (DecimalException, OverflowError):
        return None


def multiply(left: Value, right: Value, run: Run) -> Value:
    """Return `left * right`."""
    kind, other = type(left), type(right)
    try:
        if kind is Decimal and other is Decimal:
            return NUMBERS.multiply(left, right)
        if other is Decimal:
            return _scaled(left, right)
        if kind is Decimal:
            return _scaled(right, left)
    except (DecimalException, OverflowError):
        pass
    return None


def divide(left: Value, right: Value, run: Run) -> Value:
    """Return `left / right`; null when `right` is zero."""
    kind, other = type(left), type(right)
    try:
        if kind is Decimal and other is Decimal:
            return NUMBERS.divide(left, right)
        if other is Decimal and right:
            if kind is timedelta:
                return from_seconds(NUMBERS.divide(seconds_of(left), right))
            if kind is YearsMonths:
                return _months(int(NUMBERS.divide(Decimal(left.months), right)))
        if kind is other is timedelta and right:
            return NUMBERS.divide(seconds_of(left), seconds_of(right))
        if kind is other is YearsMonths and right.months:
            return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
    except (DecimalException, OverflowError):
        pass
    return None


def power(left: Value, right: Value, run: Run) -> Value:
    """Return `left ** right` of two numbers."""
    if type(left) is not Decimal or type(right) is not Decimal:
        return None
    if not right:
        return Decimal(1)
    try:
        return NUMBERS.power(left, right)
    except DecimalException:
        return None


def negate(value: Value) -> Value:
    """Return `-value` of a number or a duration."""
    if type(value) is Decimal:
        return NUMBERS.minus(value)
    if type(value) is timedelta or type(value) is YearsMonths:
        try:
            return -value
        except OverflowError:
            return None
    return None


OPERATIONS: dict[str, Operation] = {"+": add, "-": subtract, "*": multiply, "/": divide, "**": power}


def _months(months: int) -> YearsMonths | None:
    return YearsMonths(months) if abs(months) <= MONTHS_MAX else None


def _scaled(length: Value, factor: Decimal) -> Value:
    if type(length) is timedelta:
        return from_seconds(NUMBERS.multiply(seconds_of(length), factor))
    if type(length) is YearsMonths:
        return _months(int(NUMBERS.multiply(Decimal(length.months), factor)))
    return None


def _moved(point: Value, length: timedelta | YearsMonths) -> Value:
    """Return the date, time or date and time that lies `length` after `point`."""
    kind = type(point)
    if isinstance(length, YearsMonths):
        return add_months(point, length.months) if kind is date or kind is datetime else None
    if kind is datetime:
        if point.tzinfo is None:
            return point + length
        return (point.astimezone(UTC) + length).astimezone(point.tzinfo)
    if kind is date:
        midnight = datetime.combine(point, time()) + length
        return midnight.date()
    if kind is time:
        return add_time(point, length)
    return None


def _elapsed(left: Value, right: Value) -> timedelta | None:
    """Return the time from `right` to `left`, two dates, times or dates and times."""
    if type(left) is time and type(right) is time:
        if (utc_offset(left) is None) != (utc_offset(right) is None):
            return None
        return time_key(left) - time_key(right)
    if not isinstance(left, date) or not isinstance(right, date):
        return None
    mine, other = _instant(left), _instant(right)
    if mine.tzinfo is None and other.tzinfo is not None and type(left) is date:
        mine = mine.replace(tzinfo=UTC)
    if other.tzinfo is None and mine.tzinfo is not None and type(right) is date:
        other = other.replace(tzinfo=UTC)
    if (mine.tzinfo is None) != (other.tzinfo is None):
        return None
    return mine - other if mine.tzinfo is None else mine.astimezone(UTC) - other.astimezone(UTC)


def _instant(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())
