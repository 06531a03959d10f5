"""The FEEL values that Python lacks, and the gate through which values come in and go out.

number is Decimal, string str, boolean bool, null None, list list, context dict, range `Range`, function
`Function`; dates, times and durations are those of `engine.feel.temporal_values`, which come in and go out as
Python's. Values are never changed after they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any, TypeAlias

from engine.feel.errors import FeelLimitExceeded, FeelValueRefused
from engine.feel.temporal_values import (
    DAY_NANOS,
    NANOS,
    DaysTime,
    FeelDate,
    FeelDateTime,
    FeelTime,
    YearsMonths,
)

if TYPE_CHECKING:
    from engine.feel.types import FeelType

Value: TypeAlias = Any
"""Any FEEL value; which type it has is known only when an expression runs."""

NUMBERS = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""IEEE 754 decimal128, the arithmetic DMN prescribes (DMN 1.5, 10.3.2.3.1)."""

STEPS_MAX = 1_000_000
STRING_MAX = 1_000_000
CALLS_MAX = 100
NESTING_MAX = 64


class Run:
    """One running evaluation: what it may still spend (a step for each item looked at, iteration made or
    call), the free names it must find, and the moment that `now()` and `today()` tell (null without one).
    """

    __slots__ = ("calls", "now", "steps", "strict")

    def __init__(self, *, strict: bool = False, now: datetime | None = None, steps: int = STEPS_MAX) -> None:
        self.steps = steps
        self.calls = 0
        self.strict = strict
        self.now = now

    def spend(self, steps: int) -> None:
        """Take `steps` away; raises FeelLimitExceeded when none are left."""
        self.steps -= steps
        if self.steps < 0:
            raise FeelLimitExceeded("steps", STEPS_MAX)

    def string(self, text: str) -> str:
        """Pay for a new string; raises FeelLimitExceeded when it is too long."""
        if len(text) > STRING_MAX:
            raise FeelLimitExceeded("string_length", STRING_MAX)
        self.spend(len(text) >> 6)
        return text


@dataclass(frozen=True, slots=True)
class Range:
    """An interval. An end that is None with `open` True is unbounded (as in `(> 5)`)."""

    start: Value
    end: Value
    start_included: bool
    end_included: bool

    def __str__(self) -> str:
        left = "[" if self.start_included else "("
        return f"{left}{self.start}..{self.end}{']' if self.end_included else ')'}"


class Function:
    """Something FEEL can call: a built-in, a function literal, or a business knowledge model.

    `parameters` are the names for a call by name (None where the body takes any number of arguments),
    `body` takes the arguments in their order and the running evaluation.
    """

    __slots__ = ("body", "name", "parameters", "types")

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...],
        body: Callable[[Sequence[Value], Run], Value],
        types: tuple[FeelType, ...] = (),
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.body = body
        self.types = types

    def signatures_types(self) -> Iterator[tuple[FeelType, ...]]:
        """Yield the parameters' types, once for each way of calling."""
        yield self.types

    def call(self, arguments: Sequence[Value], run: Run) -> Value:
        """Call by position; null where the number of arguments is wrong."""
        if len(arguments) != len(self.parameters):
            return None
        run.calls += 1
        if run.calls > CALLS_MAX:
            raise FeelLimitExceeded("call_depth", CALLS_MAX)
        run.spend(1)
        try:
            return self.body(arguments, run)
        finally:
            run.calls -= 1

    def call_named(self, arguments: Mapping[str, Value], run: Run) -> Value:
        """Call by name; null where a name is unknown or missing."""
        if set(arguments) != set(self.parameters):
            return None
        return self.call([arguments[name] for name in self.parameters], run)


SCALARS = frozenset(
    {Decimal, str, bool, type(None), FeelDate, FeelTime, FeelDateTime, DaysTime, YearsMonths, Function}
)
"""The classes of the values that hold no others."""


def from_python(value: object, depth: int = 0) -> Value:
    """Return `value` as a FEEL value: int becomes Decimal, tuples lists, mappings contexts, a date FEEL's.

    Raises FeelValueRefused for float (not exact), NaN and infinity, and any other type;
    FeelLimitExceeded when nested deeper than 64.
    """
    kind = type(value)
    if kind in SCALARS:
        if isinstance(value, Decimal) and not value.is_finite():
            raise FeelValueRefused(value, "not_finite")
        return value
    if depth > NESTING_MAX:
        raise FeelLimitExceeded("value_nesting", NESTING_MAX)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, Mapping):
        return {str(key): from_python(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [from_python(item, depth + 1) for item in value]
    if isinstance(value, Range):
        start, end = from_python(value.start, depth + 1), from_python(value.end, depth + 1)
        return Range(start, end, value.start_included, value.end_included)
    if isinstance(value, date | time | timedelta):
        return _temporal(value)
    if isinstance(value, float):
        raise FeelValueRefused(value, "not_exact")
    if isinstance(value, Function):
        return value
    raise FeelValueRefused(value, "no_type")


def _temporal(value: date | time | timedelta) -> Value:
    if isinstance(value, datetime):
        return FeelDateTime(FeelDate(value.year, value.month, value.day), _time(value))
    if isinstance(value, date):
        return FeelDate(value.year, value.month, value.day)
    if isinstance(value, timedelta):
        return DaysTime(value.days * DAY_NANOS + value.seconds * NANOS + value.microseconds * 1000)
    return _time(value)


def _time(value: time | datetime) -> FeelTime:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return FeelTime(seconds * NANOS + value.microsecond * 1000, value.tzinfo)


def to_python(value: Value, run: Run) -> Value:
    """Return a FEEL value as Python has it: dates, times and days and time durations as those of `datetime`.

    What Python's types cannot hold is cut at the microsecond, and stays FEEL's own beyond the year 9999 or
    before the year 1. Every item is paid for, so that a small value that shares its parts cannot become a
    huge one.
    """
    kind = type(value)
    if kind is list:
        run.spend(1 + len(value))
        return [to_python(item, run) for item in value]
    if kind is dict:
        run.spend(1 + len(value))
        return {key: to_python(item, run) for key, item in value.items()}
    if kind is Range:
        start, end = to_python(value.start, run), to_python(value.end, run)
        return Range(start, end, value.start_included, value.end_included)
    lower = _LOWERED.get(kind)
    return lower(value) if lower else value


def _date(value: FeelDate) -> date | FeelDate:
    return date(value.year, value.month, value.day) if 1 <= value.year <= MAXYEAR else value


def _clock(value: FeelTime) -> time:
    seconds, nanos = divmod(value.second_nanos, NANOS)
    return time(value.hour, value.minute, seconds, nanos // 1000, tzinfo=value.zone)


def _date_time(value: FeelDateTime) -> datetime | FeelDateTime:
    day = _date(value.date)
    return value if isinstance(day, FeelDate) else datetime.combine(day, _clock(value.time))


def _length(value: DaysTime) -> timedelta | DaysTime:
    sign = -1 if value.nanos < 0 else 1
    try:
        return sign * timedelta(microseconds=abs(value.nanos) // 1000)
    except OverflowError:
        return value


_LOWERED: dict[type, Callable[[Value], Value]] = {
    FeelDate: _date,
    FeelTime: _clock,
    FeelDateTime: _date_time,
    DaysTime: _length,
}
