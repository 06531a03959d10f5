"""FEEL's + - * / ** and negation (DMN 1.5, tables 57 to 59). What is not defined is null.

Numbers have 34 significant digits, rounded half to even.
"""

from collections.abc import Callable
from decimal import Decimal, DecimalException

from engine.feel.temporal_arithmetic import elapsed, from_seconds, moved, seconds_of
from engine.feel.temporal_values import DaysTime, YearsMonths, days_time, years_months
from engine.feel.values import NUMBERS, Run, Value

Operation = Callable[[Value, Value, Run], Value]
DURATIONS = (DaysTime, YearsMonths)
POWER_STEPS = 16
"""What a power or logarithm costs: it takes as long as that many sums."""


def add(left: Value, right: Value, run: Run) -> Value:
    """Return `left + right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _computed(NUMBERS.add, left, right)
    if kind is str and other is str:
        return run.string(left + right)
    if kind is YearsMonths and other is YearsMonths:
        return years_months(left.months + right.months)
    if kind is DaysTime and other is DaysTime:
        return days_time(left.nanos + right.nanos)
    if other in DURATIONS:
        return moved(left, right)
    return moved(right, left) if kind in DURATIONS else None


def subtract(left: Value, right: Value, run: Run) -> Value:
    """Return `left - right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _computed(NUMBERS.subtract, left, right)
    if kind is YearsMonths and other is YearsMonths:
        return years_months(left.months - right.months)
    if kind is DaysTime and other is DaysTime:
        return days_time(left.nanos - right.nanos)
    return moved(left, negate(right)) if other in DURATIONS else elapsed(left, right)


def multiply(left: Value, right: Value, run: Run) -> Value:
    """Return `left * right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _computed(NUMBERS.multiply, left, right)
    if other is Decimal and kind in DURATIONS:
        return _scaled(NUMBERS.multiply, left, right)
    return _scaled(NUMBERS.multiply, right, left) if kind is Decimal and other in DURATIONS else None


def divide(left: Value, right: Value, run: Run) -> Value:
    """Return `left / right`; null when `right` is zero."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _computed(NUMBERS.divide, left, right)
    if other is Decimal and kind in DURATIONS:
        return _scaled(NUMBERS.divide, left, right)
    if kind is other is DaysTime:
        return _computed(NUMBERS.divide, seconds_of(left.nanos), seconds_of(right.nanos))
    if kind is other is YearsMonths:
        return _computed(NUMBERS.divide, Decimal(left.months), Decimal(right.months))
    return None


def power(left: Value, right: Value, run: Run) -> Value:
    """Return `left ** right` of two numbers."""
    if type(left) is not Decimal or type(right) is not Decimal:
        return None
    run.spend(POWER_STEPS)
    return _computed(NUMBERS.power, left, right) if right else Decimal(1)


def negate(value: Value) -> Value:
    """Return `-value` of a number or a duration."""
    if type(value) is Decimal:
        return NUMBERS.minus(value)
    if type(value) is DaysTime:
        return DaysTime(-value.nanos)
    return -value if type(value) is YearsMonths else None


OPERATIONS: dict[str, Operation] = {"+": add, "-": subtract, "*": multiply, "/": divide, "**": power}


def _computed(
    operation: Callable[[Decimal, Decimal], Decimal], left: Decimal, right: Decimal
) -> Decimal | None:
    """Return the result; null where it is undefined or beyond the largest number."""
    try:
        return operation(left, right)
    except DecimalException:
        return None


def _scaled(
    operation: Callable[[Decimal, Decimal], Decimal], length: DaysTime | YearsMonths, factor: Decimal
) -> Value:
    """Return a duration times or divided by a number, cut at the nanosecond or the month."""
    if isinstance(length, DaysTime):
        seconds = _computed(operation, seconds_of(length.nanos), factor)
        return None if seconds is None else from_seconds(seconds)
    months = _computed(operation, Decimal(length.months), factor)
    return None if months is None or months.adjusted() > 20 else years_months(int(months))
