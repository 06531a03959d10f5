"""The annual percentage rate of the United States: Regulation Z, 12 CFR 1026 Appendix J, the actuarial method.

sum A / ((1 + e i) (1 + i) ** q) = sum P / ((1 + f i) (1 + i) ** t), i the rate of a unit-period, a fraction of one
bearing simple interest; the annual rate is nominal, i times the unit-periods of a year. Whole unit-periods are counted
back from the payment; an odd day is 1/30 of a month, 1/15 of half a month, 1/7 of a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext

from lending.maths.cash_flows import rate_nearest_zero
from lending.maths.choices import Unit
from lending.maths.due_dates import months_after

PRECISION = Context(prec=40)


@dataclass(frozen=True)
class UnitFlow:
    """An amount of yuan after ``whole`` unit-periods and a fraction ``part`` of one."""

    whole: int
    part: Decimal
    amount: Decimal


def actuarial_rate(
    advances: Sequence[UnitFlow], payments: Sequence[UnitFlow], *, unit_periods_a_year: Decimal
) -> Decimal:
    """The nominal annual rate, a fraction, of advances and payments.

    Appendix J (c)(1)(i): 5,000 repaid by 24 payments of 230 one month apart costs 9.69 %.

    >>> rate = actuarial_rate([UnitFlow(0, Decimal(0), Decimal(5000))],
    ...     [UnitFlow(month, Decimal(0), Decimal(230)) for month in range(1, 25)], unit_periods_a_year=Decimal(12))
    >>> round(rate, 4)
    Decimal('0.0969')
    """

    def worth(rate: Decimal) -> Decimal:
        growth = 1 + rate
        received = sum(flow.amount / ((1 + flow.part * rate) * growth**flow.whole) for flow in advances)
        paid = sum(flow.amount / ((1 + flow.part * rate) * growth**flow.whole) for flow in payments)
        return Decimal(received - paid)

    with localcontext(PRECISION):
        return rate_nearest_zero(worth) * unit_periods_a_year


def unit_periods(start: date, end: date, *, unit: Unit = Unit.MONTH, every: int = 1) -> tuple[int, Decimal]:
    """Whole unit-periods of ``every`` ``unit`` from ``start`` to ``end``, and the fraction left over.

    >>> unit_periods(date(1978, 2, 10), date(1978, 4, 1)), unit_periods(date(1978, 3, 20), date(1978, 4, 21),
    ...     unit=Unit.WEEK)
    ((1, Decimal('0.6333333333333333333333333333')), (4, Decimal('0.5714285714285714285714285714')))
    """
    if unit in (Unit.DAY, Unit.WEEK):
        length = every * (7 if unit is Unit.WEEK else 1)
        whole, days = divmod((end - start).days, length)
        return whole, Decimal(days) / length
    months = (end.year - start.year) * 12 + end.month - start.month
    while (left_end := months_after(end, -months, due_day=end.day)) < start:
        months -= 1
    days = (left_end - start).days
    step = every * (12 if unit is Unit.YEAR else 1)
    whole, rest = divmod(months, step)
    return whole, Decimal(rest * 30 + days) / (30 * step)


def half_months(start: date, end: date) -> tuple[int, Decimal]:
    """Whole half months from ``start`` to ``end``, counted back, and the days left over as fifteenths.

    >>> half_months(date(1978, 2, 23), date(1978, 3, 1))
    (0, Decimal('0.4'))
    """
    whole, at = 0, end
    while (before := _half_month_before(at)) >= start:
        whole, at = whole + 1, before
    return whole, Decimal((at - start).days) / 15


def _half_month_before(day: date) -> date:
    if day.day > 15:
        return day - timedelta(days=15)
    return months_after(day, -1, due_day=day.day + 15 if day.day > 1 else 16)
