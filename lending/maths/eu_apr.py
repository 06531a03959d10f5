"""The annual percentage rate of charge of the European Union: an effective rate, with its own way to count time.

Source: Directive 2008/48/EC Annex I (so 2014/17/EU, 2023/2225), remark (c), and Commission SWD(2012)128 4.1.1: whole
months, weeks or years are counted backwards from the payment; the days left over are divided by 365, or 366, the length
of the year that ends on the last of them. sum C / (1 + X) ** t = sum D / (1 + X) ** s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lending.maths.cash_flows import Flow, internal_rate
from lending.maths.choices import Unit
from lending.maths.daycounts import year_before
from lending.maths.due_dates import months_after

_A_YEAR = {Unit.WEEK: 52, Unit.MONTH: 12, Unit.YEAR: 1}


@dataclass(frozen=True)
class Interval:
    """The time between two dates: whole periods, the days left over, and the length of the year these belong to."""

    whole: int
    days: int
    days_in_year: int
    years: Decimal


def interval(start: date, end: date, unit: Unit = Unit.MONTH) -> Interval:
    """The time from ``start`` to ``end`` in whole units (weeks, months, years) and days.

    >>> found = interval(date(2013, 1, 12), date(2013, 2, 15))
    >>> found.whole, found.days, found.days_in_year, round(found.years, 10)
    (1, 3, 366, Decimal('0.0915300546'))
    """
    if unit is Unit.DAY:
        whole, left_end = 0, end
    else:
        whole = _upper_bound(start, end, unit)
        while (left_end := _back(end, whole, unit)) < start:
            whole -= 1
    days = (left_end - start).days
    length = (left_end - year_before(left_end)).days
    years = Decimal(whole) / _A_YEAR.get(unit, 1) + Decimal(days) / length
    return Interval(whole, days, length, years)


def effective_rate(advances: Sequence[Flow], payments: Sequence[Flow]) -> Decimal:
    """The effective annual rate, a fraction, at which ``payments`` are worth ``advances``; times in years.

    >>> round(effective_rate([Flow(Decimal(0), Decimal(1000))], [Flow(Decimal(1), Decimal(1200))]), 6)
    Decimal('0.200000')
    """
    return internal_rate([*advances, *(Flow(flow.time, -flow.amount) for flow in payments)])


def _upper_bound(start: date, end: date, unit: Unit) -> int:
    if unit is Unit.WEEK:
        return (end - start).days // 7
    months = (end.year - start.year) * 12 + end.month - start.month
    return months // 12 if unit is Unit.YEAR else months


def _back(end: date, count: int, unit: Unit) -> date:
    if unit is Unit.WEEK:
        return end - timedelta(weeks=count)
    return months_after(end, -count * (12 if unit is Unit.YEAR else 1), due_day=end.day)
