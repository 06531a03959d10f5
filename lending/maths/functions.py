"""The financial functions of spreadsheets, exact in Decimal: money paid out is negative, ``when`` 1 is in advance.

Sources: OASIS OpenFormula 1.2 part 4, section 6.12; Microsoft Support, PMT and its kin: pv (1+r)^n + pmt (1 + r when)
((1+r)^n - 1) / r + fv = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal, localcontext

from lending.maths.cash_flows import PRECISION, Flow, internal_rate, present_value, rate_nearest_zero

_ZERO = Decimal(0)


def pmt(
    rate: Decimal, periods: Decimal, present: Decimal, future: Decimal = _ZERO, when: Decimal = _ZERO
) -> Decimal:
    """The payment of each period.

    >>> round(pmt(Decimal("0.0049"), Decimal(36), Decimal(100000)), 2)
    Decimal('-3036.76')
    """
    with localcontext(PRECISION):
        return -(present * (1 + rate) ** periods + future) / ((1 + rate * when) * _annuity(rate, periods))


def fv(
    rate: Decimal, periods: Decimal, payment: Decimal, present: Decimal = _ZERO, when: Decimal = _ZERO
) -> Decimal:
    """The value after all periods."""
    with localcontext(PRECISION):
        growth = (1 + rate) ** periods
        return -(present * growth + payment * (1 + rate * when) * _annuity(rate, periods))


def pv(
    rate: Decimal, periods: Decimal, payment: Decimal, future: Decimal = _ZERO, when: Decimal = _ZERO
) -> Decimal:
    """The value today."""
    with localcontext(PRECISION):
        worth = future + payment * (1 + rate * when) * _annuity(rate, periods)
        return -worth / (1 + rate) ** periods


def nper(
    rate: Decimal, payment: Decimal, present: Decimal, future: Decimal = _ZERO, when: Decimal = _ZERO
) -> Decimal:
    """The number of periods, seldom whole; ValueError if the payment never repays."""
    with localcontext(PRECISION):
        if rate == 0:
            return -(present + future) / payment
        perpetual = payment * (1 + rate * when) / rate
        growth = (perpetual - future) / (perpetual + present)
        if growth <= 0:
            raise ValueError("the payment never repays the loan")
        return growth.ln() / (1 + rate).ln()


def rate(
    periods: Decimal, payment: Decimal, present: Decimal, future: Decimal = _ZERO, when: Decimal = _ZERO
) -> Decimal:
    """The rate of a period, the one nearest to zero."""

    def worth(tried: Decimal) -> Decimal:
        growth = (1 + tried) ** periods
        return present * growth + payment * (1 + tried * when) * _annuity(tried, periods) + future

    with localcontext(PRECISION):
        return rate_nearest_zero(worth)


def ipmt(
    rate: Decimal,
    period: Decimal,
    periods: Decimal,
    present: Decimal,
    future: Decimal = _ZERO,
    when: Decimal = _ZERO,
) -> Decimal:
    """The interest in the payment of a period counted from 1; in advance the first payment holds none."""
    payment = pmt(rate, periods, present, future, when)
    if when and period == 1:
        return _ZERO
    with localcontext(PRECISION):
        interest = fv(rate, period - 1, payment, present, when) * rate
        return interest / (1 + rate) if when else interest


def ppmt(
    rate: Decimal,
    period: Decimal,
    periods: Decimal,
    present: Decimal,
    future: Decimal = _ZERO,
    when: Decimal = _ZERO,
) -> Decimal:
    """The principal in the payment of a period counted from 1."""
    with localcontext(PRECISION):
        payment = pmt(rate, periods, present, future, when)
        return payment - ipmt(rate, period, periods, present, future, when)


def cumipmt(
    rate: Decimal, periods: Decimal, present: Decimal, first: Decimal, last: Decimal, when: Decimal = _ZERO
) -> Decimal:
    """The interest in the payments from ``first`` to ``last``."""
    numbers = range(int(first), int(last) + 1)
    return sum((ipmt(rate, Decimal(number), periods, present, _ZERO, when) for number in numbers), _ZERO)


def cumprinc(
    rate: Decimal, periods: Decimal, present: Decimal, first: Decimal, last: Decimal, when: Decimal = _ZERO
) -> Decimal:
    """The principal in the payments from ``first`` to ``last``."""
    numbers = range(int(first), int(last) + 1)
    return sum((ppmt(rate, Decimal(number), periods, present, _ZERO, when) for number in numbers), _ZERO)


def ispmt(rate: Decimal, period: Decimal, periods: Decimal, present: Decimal) -> Decimal:
    """The interest of a period counted from 0 when the principal is repaid in equal parts."""
    return present * rate * (period / periods - 1)


def effect(nominal_rate: Decimal, times_a_year: Decimal) -> Decimal:
    """The effective annual rate of a nominal one."""
    with localcontext(PRECISION):
        return (1 + nominal_rate / times_a_year) ** times_a_year - 1


def nominal(effective_rate: Decimal, times_a_year: Decimal) -> Decimal:
    """The nominal annual rate of an effective one."""
    with localcontext(PRECISION):
        return ((1 + effective_rate) ** (1 / times_a_year) - 1) * times_a_year


def npv(rate: Decimal, *amounts: Decimal) -> Decimal:
    """The value today of amounts at the end of each period."""
    with localcontext(PRECISION):
        return present_value([Flow(Decimal(at), amount) for at, amount in enumerate(amounts, 1)], rate)


def xnpv(rate: Decimal, amounts: Sequence[Decimal], days: Sequence[date]) -> Decimal:
    """The value on the first day of dated amounts, days / 365."""
    with localcontext(PRECISION):
        times = [Decimal((day - days[0]).days) / 365 for day in days]
        return present_value([Flow(at, amount) for at, amount in zip(times, amounts, strict=True)], rate)


def mirr(amounts: Sequence[Decimal], finance_rate: Decimal, reinvest_rate: Decimal) -> Decimal:
    """The internal rate when losses are financed at one rate and gains reinvested at another."""
    with localcontext(PRECISION):
        count = len(amounts)
        gains = [Flow(Decimal(at), max(amount, _ZERO)) for at, amount in enumerate(amounts)]
        losses = [Flow(Decimal(at), min(amount, _ZERO)) for at, amount in enumerate(amounts)]
        grown = present_value(gains, reinvest_rate) * (1 + reinvest_rate) ** (count - 1)
        return (grown / -present_value(losses, finance_rate)) ** (1 / Decimal(count - 1)) - 1


def rri(periods: Decimal, present: Decimal, future: Decimal) -> Decimal:
    """The rate of a period at which one value grows to another."""
    with localcontext(PRECISION):
        return (future / present) ** (1 / periods) - 1


def pduration(rate: Decimal, present: Decimal, future: Decimal) -> Decimal:
    """The periods in which one value grows to another."""
    with localcontext(PRECISION):
        return (future / present).ln() / (1 + rate).ln()


def irr_of(*amounts: Decimal) -> Decimal:
    """The internal rate a period of amounts one period apart."""
    return internal_rate([Flow(Decimal(at), amount) for at, amount in enumerate(amounts)])


FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "PMT": pmt,
    "FV": fv,
    "PV": pv,
    "NPER": nper,
    "RATE": rate,
    "IPMT": ipmt,
    "PPMT": ppmt,
    "CUMIPMT": cumipmt,
    "CUMPRINC": cumprinc,
    "ISPMT": ispmt,
    "EFFECT": effect,
    "NOMINAL": nominal,
    "NPV": npv,
    "RRI": rri,
    "PDURATION": pduration,
}
"""The functions of numbers alone, by the name a spreadsheet gives them."""


def whole_periods(exact: Decimal) -> int:
    """The instalments that a number of periods needs: the next whole number.

    >>> whole_periods(nper(Decimal("0.007"), Decimal(-14000), Decimal(280000)))
    22
    """
    return int(exact.to_integral_value(rounding=ROUND_CEILING))


def _annuity(rate: Decimal, periods: Decimal) -> Decimal:
    return periods if rate == 0 else ((1 + rate) ** periods - 1) / rate
