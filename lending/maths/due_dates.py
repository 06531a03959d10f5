"""When instalments fall due: a fixed day of the month, with the month-end rule for the days 29 to 31."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def months_after(start: date, months: int, *, due_day: int) -> date:
    """The due day of the month that lies ``months`` after the month of ``start``; a missing day is the month's last.

    >>> months_after(date(2026, 1, 31), 1, due_day=31), months_after(date(2026, 1, 31), 2, due_day=31)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 31))
    """
    if not 1 <= due_day <= 31:
        raise ValueError(f"a due day is a day of the month, not {due_day}")
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(due_day, monthrange(year, month + 1)[1]))


def one_month_after(start: date) -> date:
    """The same day of the next month, or that month's last day."""
    return months_after(start, 1, due_day=start.day)


def first_due_date(value_date: date, due_day: int) -> date:
    """The first due day that lies at least one full month after the pay-out.

    >>> first_due_date(date(2026, 1, 10), 20), first_due_date(date(2026, 1, 10), 5)
    (datetime.date(2026, 2, 20), datetime.date(2026, 3, 5))
    """
    first = months_after(value_date, 1, due_day=due_day)
    return first if first >= one_month_after(value_date) else months_after(value_date, 2, due_day=due_day)


def due_dates(value_date: date, *, due_day: int, term_months: int) -> tuple[date, ...]:
    """The ``term_months`` due dates after a pay-out on ``value_date``."""
    first = first_due_date(value_date, due_day)
    return tuple(months_after(first, month, due_day=due_day) for month in range(term_months))
