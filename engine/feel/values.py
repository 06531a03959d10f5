"""The FEEL values that Python lacks, and the gate through which Python values become FEEL values.

number is Decimal, string str, boolean bool, null None, list list, context dict, date `date`, time
`time`, date and time `datetime`, days and time duration `timedelta`, years and months duration
`YearsMonths`, range `Range`, function `Function`. Values are never changed after they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, TypeAlias

from engine.feel.errors import FeelLimitExceeded, FeelValueRefused

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
            raise FeelLimitExceeded("the number of evaluation steps", STEPS_MAX)

    def string(self, text: str) -> str:
        """Pay for a new string; raises FeelLimitExceeded when it is too long."""
        if len(text) > STRING_MAX:
            raise FeelLimitExceeded("the length of a string", STRING_MAX)
        self.spend(len(text) >> 6)
        return text


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration, as a number of months (negative ones run backwards)."""

    months: int

    def __neg__(self) -> YearsMonths:
        return YearsMonths(-self.months)

    def __add__(self, other: YearsMonths) -> YearsMonths:
        return YearsMonths(self.months + other.months)

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        sign = "-" if self.months < 0 else ""
        if not years:
            return f"{sign}P{months}M"
        return f"{sign}P{years}Y" + (f"{months}M" if months else "")


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
        types: tuple[object, ...] = (),
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.body = body
        self.types = types

    def call(self, arguments: Sequence[Value], run: Run) -> Value:
        """Call by position; null where the number of arguments is wrong."""
        if len(arguments) != len(self.parameters):
            return None
        run.calls += 1
        if run.calls > CALLS_MAX:
            raise FeelLimitExceeded("the depth of function calls", CALLS_MAX)
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


PLAIN = frozenset({Decimal, str, bool, type(None), date, datetime, time, timedelta, YearsMonths, Range})


def from_python(value: object, depth: int = 0) -> Value:
    """Return `value` as a FEEL value: int becomes Decimal, tuples lists, mappings contexts.

    Raises FeelValueRefused for float (not exact), NaN and infinity, and any other type;
    FeelLimitExceeded when nested deeper than 64.
    """
    kind = type(value)
    if kind in PLAIN:
        if isinstance(value, Decimal) and not value.is_finite():
            raise FeelValueRefused(value, "a FEEL number is finite")
        return value
    if depth > NESTING_MAX:
        raise FeelLimitExceeded("the nesting of a value", NESTING_MAX)
    if isinstance(value, Function | YearsMonths | Range | datetime | date | time | timedelta):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return Decimal(value)
    if isinstance(value, Mapping):
        return {str(key): from_python(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [from_python(item, depth + 1) for item in value]
    if isinstance(value, float):
        raise FeelValueRefused(value, "a float is not exact; give a Decimal")
    raise FeelValueRefused(value, "no FEEL type corresponds to it")
