"""Day counts: what part of a year lies between two dates. The first day counts, the last does not (算头不算尾).

Sources: 2006 ISDA Definitions 4.16 (30/360 in its three forms, actual/actual split at 1 January, actual/360, /365);
ISDA, "EMU and Market Conventions" 1999 (ICMA, AFB); actual/364 is that of weekly products (52 weeks of 7 days).
"""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import date, timedelta
from decimal import Decimal

from lending.maths.choices import DayCount

_FIXED = {
    DayCount.ACT_360: Decimal(360),
    DayCount.ACT_364: Decimal(364),
    DayCount.ACT_365: Decimal(365),
    DayCount.ACT_366: Decimal(366),
    DayCount.ACT_365_25: Decimal("365.25"),
    DayCount.NO_LEAP_365: Decimal(365),
}
_THIRTY = {
    DayCount.BOND_30_360,
    DayCount.US_30U_360,
    DayCount.EURO_30E_360,
    DayCount.ISDA_30E_360,
}


def days_between(count: DayCount, start: date, end: date, *, last: date | None = None) -> int:
    """The days that ``count`` sees from ``start`` to ``end``; ``last`` is the final day of the loan (30E/360 ISDA).

    >>> days_between(DayCount.BOND_30_360, date(2007, 2, 28), date(2007, 8, 31))
    183
    >>> days_between(DayCount.ISDA_30E_360, date(2007, 2, 28), date(2007, 8, 31))
    180
    """
    if count in _THIRTY:
        return _thirty_days(count, start, end, last)
    days = (end - start).days
    return days - _leap_days(start, end) if count is DayCount.NO_LEAP_365 else days


def year_fraction(
    count: DayCount, start: date, end: date, *, pay_out: date | None = None, last: date | None = None
) -> Decimal:
    """The part of a year from ``start`` to ``end``, not rounded.

    ``pay_out`` is the day of the pay-out (its year decides in ACT_PAY_OUT_YEAR; ``start`` if not given).

    >>> round(year_fraction(DayCount.ACT_360, date(2026, 1, 10), date(2026, 2, 20)) * 360, 9)
    Decimal('41.000000000')
    >>> round(year_fraction(DayCount.ACT_ACT_ISDA, date(2003, 11, 1), date(2004, 5, 1)), 12)
    Decimal('0.497724380567')

    ValueError for PART_OF_PERIOD, which needs the period.
    """
    days = Decimal(days_between(count, start, end, last=last))
    if count in _FIXED:
        return days / _FIXED[count]
    if count in _THIRTY:
        return days / 360
    if count is DayCount.ACT_365L:
        return days / _year_days(end.year)
    if count is DayCount.ACT_PAY_OUT_YEAR:
        return days / _year_days((pay_out or start).year)
    if count is DayCount.ACT_ACT_AFB:
        return _afb(start, end)
    if count is DayCount.PART_OF_PERIOD:
        raise ValueError("the part of a period is known only to its period")
    return _split(start, end, first_day=count is DayCount.ACT_ACT_ISDA)


def icma_fraction(
    start: date, end: date, *, reference_start: date, reference_end: date, periods_a_year: int
) -> Decimal:
    """Actual/actual (ICMA) within one reference period: days / (days of that period x periods a year).

    >>> found = icma_fraction(date(1999, 2, 1), date(1999, 7, 1), reference_start=date(1998, 7, 1),
    ...     reference_end=date(1999, 7, 1), periods_a_year=1)
    >>> round(found, 11)
    Decimal('0.41095890411')
    """
    length = (reference_end - reference_start).days * periods_a_year
    return Decimal((end - start).days) / length


def year_before(day: date, years: int = 1) -> date:
    """The same day ``years`` earlier; 29 February becomes 28 February."""
    year = day.year - years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def _thirty_days(count: DayCount, start: date, end: date, last: date | None) -> int:
    first, second = start.day, end.day
    if count is DayCount.ISDA_30E_360:
        first = 30 if _ends_month(start) else first
        second = 30 if _ends_month(end) and not (end.month == 2 and end == last) else second
    elif count is DayCount.EURO_30E_360:
        first, second = min(first, 30), min(second, 30)
    else:
        if count is DayCount.US_30U_360 and start.month == 2 and _ends_month(start):
            second = 30 if end.month == 2 and _ends_month(end) else second
            first = 30
        first = min(first, 30)
        second = 30 if second == 31 and first == 30 else second
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + second - first


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _year_days(year: int) -> int:
    return 366 if isleap(year) else 365


def _leap_days(start: date, end: date) -> int:
    return sum(isleap(year) and start <= date(year, 2, 29) < end for year in range(start.year, end.year + 1))


def _split(start: date, end: date, *, first_day: bool) -> Decimal:
    """Days over the length of the calendar year they lie in; the years meet at 1 January or at 31 December."""
    total, at = Decimal(0), start
    for year in range(start.year, end.year):
        border = date(year + 1, 1, 1) if first_day else date(year, 12, 31)
        total += Decimal((border - at).days) / _year_days(year)
        at = border
    return total + Decimal((end - at).days) / _year_days(end.year)


def _afb(start: date, end: date) -> Decimal:
    """Whole years back from the end; the rest over 366 if it contains a 29 February, else over 365."""
    years, rest_end = 0, end
    while (before := _afb_year_before(end, years + 1)) >= start:
        years, rest_end = years + 1, before
    length = 366 if _leap_days(start, rest_end) else 365
    return years + Decimal((rest_end - start).days) / length


def _afb_year_before(end: date, years: int) -> date:
    before = year_before(end, years)
    return (
        date(before.year, 2, 29) if (before.month, before.day) == (2, 28) and isleap(before.year) else before
    )
