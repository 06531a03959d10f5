"""How far a callback lies from the one before: the ladder of intervals, its steps, and the day they lead to.

Months as Decimal, 0.25 being a week. Only the decision tables say which interval holds; this is their arithmetic.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from lending.maths.due_dates import months_after

LADDER = tuple(Decimal(each) for each in ("0.25", "0.5", "1", "2", "3", "6", "12"))
"""The intervals in use, in months."""
_DAYS_A_MONTH = 30


def stepped(months: Decimal, steps: int) -> Decimal:
    """An interval so many steps of the ladder longer (shorter if negative), never off its ends.

    One that is not on the ladder counts as the longest that is not above it.

    >>> stepped(Decimal("3"), -1), stepped(Decimal("0.25"), -2), stepped(Decimal("12"), 1)
    (Decimal('2'), Decimal('0.25'), Decimal('12'))
    """
    at = max((index for index, each in enumerate(LADDER) if each <= months), default=0)
    return LADDER[min(max(at + steps, 0), len(LADDER) - 1)]


def multiplied(months: Decimal, factor: Decimal) -> Decimal:
    """An interval times a factor, between a week and a year.

    >>> multiplied(Decimal("3"), Decimal("1.5")), multiplied(Decimal("12"), Decimal("2"))
    (Decimal('4.5'), Decimal('12'))
    """
    return min(max(months * factor, LADDER[0]), LADDER[-1])


def after(day: date, months: Decimal) -> date:
    """The day an interval later: whole months by the calendar, what is left of one as thirtieths, whole days.

    >>> after(date(2026, 1, 31), Decimal("1")), after(date(2026, 1, 15), Decimal("0.25"))
    (datetime.date(2026, 2, 28), datetime.date(2026, 1, 22))
    """
    whole = int(months)
    return months_after(day, whole, due_day=day.day) + timedelta(days=int((months - whole) * _DAYS_A_MONTH))


def months_between(first: date, last: date) -> int:
    """How many whole months have passed.

    >>> months_between(date(2026, 1, 15), date(2026, 7, 14)), months_between(date(2026, 1, 15), date(2026, 7, 15))
    (5, 6)
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(months - (last.day < first.day), 0)
