"""The zero of a function between two bounds, in Decimal: the same digits on every machine.

Chandrupatla, "A new hybrid quadratic/bisection algorithm", Advances in Engineering Software 28 (1997): inverse
quadratic interpolation where it is safe, bisection otherwise; the zero stays bracketed all the time.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

WIDTH = Decimal("1e-20")
_STEPS_MAX = 200


def bracketed_root(
    function: Callable[[Decimal], Decimal], low: Decimal, high: Decimal, *, width: Decimal = WIDTH
) -> Decimal:
    """A zero of ``function`` between ``low`` and ``high``, to within ``width``.

    >>> bracketed_root(lambda x: x * x - 2, Decimal(1), Decimal(2)).quantize(Decimal("1e-18"))
    Decimal('1.414213562373095049')

    ValueError if the function has the same sign at both ends.
    """
    a, b = high, low
    at_a, at_b = function(a), function(b)
    if at_a == 0 or at_b == 0:
        return a if at_a == 0 else b
    if (at_a > 0) == (at_b > 0):
        raise ValueError("the function has the same sign at both ends")
    part = Decimal("0.5")
    for _ in range(_STEPS_MAX):
        x = a + part * (b - a)
        at_x = function(x)
        if at_x == 0:
            return x
        if (at_x > 0) == (at_a > 0):
            c, at_c = a, at_a
        else:
            c, at_c, b, at_b = b, at_b, a, at_a
        a, at_a = x, at_x
        if abs(b - a) <= width:
            break
        part = _next_part(a, b, c, at_a, at_b, at_c, width)
    return a if abs(at_a) < abs(at_b) else b


def _next_part(
    a: Decimal, b: Decimal, c: Decimal, at_a: Decimal, at_b: Decimal, at_c: Decimal, width: Decimal
) -> Decimal:
    """The part of the way from a to b to try next."""
    shortest = width / (2 * abs(b - a))
    xi, phi = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
    part = Decimal("0.5")
    if phi * phi < xi and (1 - phi) ** 2 < 1 - xi:
        part = at_a / (at_b - at_a) * at_c / (at_b - at_c)
        part += (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
    return min(max(part, shortest), 1 - shortest)
