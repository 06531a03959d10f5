"""Numeric and boolean functions (DMN 1.5, 10.3.4.2 and 10.3.4.5)."""

import secrets
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)  # fmt: skip

from engine.feel.arithmetic import POWER_STEPS, negate
from engine.feel.builtins.registry import builtin
from engine.feel.values import NUMBERS, Run, Value

ZERO, TWO = Decimal(0), Decimal(2)
SCALE_MIN, SCALE_MAX = -6111, 6176


@builtin("not", "negand: any")
def _not(negand: Value) -> bool | None:
    return not negand if type(negand) is bool else None


def rounded(n: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    """Return `n` with `scale` decimal places (negative: tens, hundreds …); null beyond 34 digits."""
    places = int(scale)
    if not SCALE_MIN <= places <= SCALE_MAX:
        return None
    unit = Decimal(1).scaleb(-places, context=NUMBERS)
    if n.adjusted() + places >= NUMBERS.prec:
        return n
    result = n.quantize(unit, rounding=rounding, context=NUMBERS)
    return result if places >= 0 else NUMBERS.plus(Decimal(int(result)))


def _declare_rounding() -> None:
    for name, mode in (
        ("decimal", ROUND_HALF_EVEN),
        ("round up", ROUND_UP),
        ("round down", ROUND_DOWN),
        ("round half up", ROUND_HALF_UP),
        ("round half down", ROUND_HALF_DOWN),
    ):

        def places(n: Decimal, scale: Decimal, mode: str = mode) -> Decimal | None:
            return rounded(n, scale, mode)

        builtin(name, "n: number, scale: number")(places)
    for name, mode in (("floor", ROUND_FLOOR), ("ceiling", ROUND_CEILING)):

        def whole(n: Decimal, scale: Decimal = ZERO, mode: str = mode) -> Decimal | None:
            return rounded(n, scale, mode)

        builtin(name, "n: number")(whole)
        builtin(name, "n: number, scale: number")(whole)


_declare_rounding()


@builtin("abs", "n: number|days and time duration|years and months duration")
def _abs(n: Value) -> Value:
    if isinstance(n, Decimal):
        return NUMBERS.abs(n)
    return max(n, negate(n))


@builtin("modulo", "dividend: number, divisor: number")
def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    if not divisor:
        return None
    rest = NUMBERS.remainder(dividend, divisor)
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@builtin("sqrt", "number: number")
def _sqrt(number: Decimal) -> Decimal | None:
    return None if number < 0 else NUMBERS.sqrt(number)


@builtin("log", "number: number", takes_run=True)
def _log(run: Run, number: Decimal) -> Decimal | None:
    run.spend(POWER_STEPS)
    return None if number <= 0 else NUMBERS.ln(number)


@builtin("exp", "number: number", takes_run=True)
def _exp(run: Run, number: Decimal) -> Decimal:
    run.spend(POWER_STEPS)
    return NUMBERS.exp(number)


@builtin("random number")
def _random_number() -> Decimal:
    """A number from 0 (included) to 1 (excluded), of 34 digits."""
    return NUMBERS.scaleb(Decimal(secrets.randbelow(10**34)), Decimal(-34))


@builtin("odd", "number: number")
def _odd(number: Decimal) -> bool | None:
    return None if number != number.to_integral_value() else NUMBERS.remainder(number, TWO) != 0


@builtin("even", "number: number")
def _even(number: Decimal) -> bool | None:
    return None if number != number.to_integral_value() else NUMBERS.remainder(number, TWO) == 0
