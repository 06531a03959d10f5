"""The interest of a period on one balance, rounded where the convention says."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from lending.maths.convention import Convention, RoundingMoment


def period_interest(balance: Decimal, factors: Sequence[Decimal], convention: Convention) -> Decimal:
    """The interest in yuan of ``balance`` over the parts of a period, ``factors`` being rate x part of a year of each.

    >>> from lending.maths.convention import Rounding
    >>> parts = [Decimal("0.000328"), Decimal("0.000347")]
    >>> once = Convention()
    >>> each = Convention(rounding_moment=RoundingMoment.SUB_PERIOD)
    >>> [str(period_interest(Decimal(100), parts, way)) for way in (once, each)]
    ['0.07', '0.06']
    """
    if len(factors) == 1:
        return convention.round(balance * factors[0])
    return sum_of_parts([balance * factor for factor in factors], convention)


def sum_of_parts(parts: Sequence[Decimal], convention: Convention) -> Decimal:
    """The sum of the unrounded interest of the parts of a period, rounded once or part by part."""
    if convention.rounding_moment is RoundingMoment.SUB_PERIOD:
        return sum((convention.round(part) for part in parts), Decimal("0.00"))
    return convention.round(sum(parts, Decimal(0)))
