"""The equal instalment: solved exactly, rounded once, and corrected when the convention says so.

Before rounding the balance after the last instalment is a straight line in the instalment, whatever the rates, weights,
graces and rests of the periods; its zero is the instalment. For equal rates it is A = P i (1+i)^n / ((1+i)^n - 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lending.maths.convention import Convention, LevelRate
from lending.maths.periods import Period

Weights = Sequence[Decimal | None]
"""How many units each instalment is; None pays the interest alone."""


def solved_unit(
    balance: Decimal, rates: Sequence[Decimal], weights: Weights, *, final: Decimal, rests: int = 1
) -> Decimal:
    """The unit, in yuan and not rounded, that leaves ``final`` of ``balance``; ``rates`` are those of the periods.

    >>> round(solved_unit(Decimal(100000), [Decimal("0.0049")] * 36, [Decimal(1)] * 36, final=Decimal(0)), 2)
    Decimal('3036.76')
    """
    fixed, slope = balance, Decimal(0)
    fixed_accrued, slope_accrued = Decimal(0), Decimal(0)
    for index, (rate, weight) in enumerate(zip(rates, weights, strict=True), start=1):
        if weight is None:
            continue
        fixed_accrued += fixed * rate
        slope_accrued += slope * rate
        slope -= weight
        if index % rests == 0 or index == len(rates):
            fixed, slope = fixed + fixed_accrued, slope + slope_accrued
            fixed_accrued, slope_accrued = Decimal(0), Decimal(0)
    return (final - fixed) / slope


def level_rates(periods: Sequence[Period], convention: Convention, first: Period) -> list[Decimal]:
    """The rates of the periods by which the equal instalment is solved; ``first`` is the first period of the loan."""
    if convention.level_rate is LevelRate.EACH_PERIOD:
        return [period.rate for period in periods]
    if convention.level_rate is LevelRate.REGULAR:
        return [period.regular for period in periods]
    length = first.span.fraction(first.span.start, first.span.end)
    return [period.rate and length * period.regular / period.span.regular_fraction for period in periods]
