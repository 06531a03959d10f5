"""The rate at which cash flows are worth nothing today: IRR with even periods, XIRR with dates.

Sources: Microsoft Support, IRR and XIRR: sum v / (1 + r) ** t = 0, t counting periods, or days / 365 after the first
flow. Where the signs change more than once and several rates solve it, the one nearest to zero is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Context, Decimal, localcontext

from lending.maths.errors import NoSuchRate
from lending.maths.roots import bracketed_root

PRECISION = Context(prec=40)
LOWEST, HIGHEST = Decimal("-0.999"), Decimal(10000)
_THOUSANDTHS = [
    *(-999, -990, -950, -900, -800, -700, -600, -500, -400, -300, -250, -200, -150, -100, -70, -40, -20, 0),
    *(20, 40, 70, 100, 150, 200, 250, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 5000, 8000, 15000, 30000),
    *(60_000, 120_000, 250_000, 500_000, 1_000_000, 3_000_000, 10_000_000),
]
_GRID = tuple(Decimal(point) / 1000 for point in _THOUSANDTHS)


@dataclass(frozen=True)
class Flow:
    """An amount of yuan, positive when it comes in, ``time`` units after the first."""

    time: Decimal
    amount: Decimal


def present_value(flows: Sequence[Flow], rate: Decimal) -> Decimal:
    """What the flows are worth at time 0; ``rate`` is a fraction a unit of time."""
    growth = 1 + rate
    parts: dict[Decimal, Decimal] = {}
    total = Decimal(0)
    for flow in flows:
        whole = flow.time.to_integral_value(rounding=ROUND_FLOOR)
        part = flow.time - whole
        if part not in parts:
            parts[part] = growth**part if part else Decimal(1)
        total += flow.amount / (growth ** int(whole) * parts[part])
    return total


def internal_rate(flows: Sequence[Flow]) -> Decimal:
    """The rate a unit of time, a fraction, that makes the flows worth nothing; of several the one nearest to zero.

    >>> round(internal_rate([Flow(Decimal(0), Decimal(-100)), Flow(Decimal(1), Decimal(112))]), 12)
    Decimal('0.120000000000')

    Raises :class:`NoSuchRate`.
    """
    with localcontext(PRECISION):
        return rate_nearest_zero(lambda rate: present_value(flows, rate))


def rate_nearest_zero(worth: Callable[[Decimal], Decimal]) -> Decimal:
    """The zero of ``worth`` nearest to a rate of zero, from LOWEST to HIGHEST; :class:`NoSuchRate` if there is none."""
    middle = _GRID.index(Decimal(0))
    at_zero = worth(_GRID[middle])
    if at_zero == 0:
        return Decimal(0)
    above = below = at_zero
    for distance in range(1, len(_GRID)):
        if middle + distance < len(_GRID):
            before, above = above, worth(_GRID[middle + distance])
            if (before > 0) != (above > 0):
                return bracketed_root(worth, _GRID[middle + distance - 1], _GRID[middle + distance])
        if middle - distance >= 0:
            before, below = below, worth(_GRID[middle - distance])
            if (before > 0) != (below > 0):
                return bracketed_root(worth, _GRID[middle - distance], _GRID[middle - distance + 1])
    raise NoSuchRate(low=LOWEST, high=HIGHEST)


def irr(amounts: Sequence[Decimal]) -> Decimal:
    """The internal rate of return a period of amounts one period apart.

    >>> round(irr([Decimal(amount) for amount in (-70000, 12000, 15000, 18000, 21000, 26000)]), 4)
    Decimal('0.0866')
    """
    return internal_rate([Flow(Decimal(time), amount) for time, amount in enumerate(amounts)])


def xirr(amounts: Sequence[tuple[date, Decimal]]) -> Decimal:
    """The internal rate of return a year of dated amounts, days / 365.

    >>> flows = [(date(2008, 1, 1), -10000), (date(2008, 3, 1), 2750), (date(2008, 10, 30), 4250),
    ...     (date(2009, 2, 15), 3250), (date(2009, 4, 1), 2750)]
    >>> round(xirr([(day, Decimal(amount)) for day, amount in flows]), 9)
    Decimal('0.373362534')
    """
    first = amounts[0][0]
    with localcontext(PRECISION):
        return internal_rate([Flow(Decimal((day - first).days) / 365, amount) for day, amount in amounts])
