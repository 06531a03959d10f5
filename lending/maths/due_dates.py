"""When instalments fall due: the distance, the due day with its month-end rule, and the business-day adjustment."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from lending.maths.choices import BusinessDay, MissingDay, Unit
from lending.maths.convention import Convention
from lending.maths.errors import DueDayOutOfRange, InstalmentsOutOfRange, TermNotWholePeriods

INSTALMENTS_MAX = 600
IsBusinessDay = Callable[[date], bool]
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12}


def months_after(
    start: date, months: int, *, due_day: int, missing_day: MissingDay = MissingDay.MONTH_END
) -> date:
    """The due day of the month that lies ``months`` after the month of ``start``; ``missing_day`` if it lacks one.

    >>> months_after(date(2026, 1, 31), 1, due_day=31), months_after(date(2026, 1, 31), 2, due_day=31)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 31))
    >>> months_after(date(2026, 1, 31), 1, due_day=31, missing_day=MissingDay.NEXT_MONTH)
    datetime.date(2026, 3, 1)
    """
    if not 1 <= due_day <= 31:
        raise DueDayOutOfRange(due_day=due_day)
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    if due_day > last and missing_day is MissingDay.NEXT_MONTH:
        return date(year, month + 1, last) + timedelta(days=1)
    return date(year, month + 1, min(due_day, last))


def one_month_after(start: date) -> date:
    """The same day of the next month, or that month's last day."""
    return months_after(start, 1, due_day=start.day)


def periods_after(start: date, periods: int, convention: Convention, *, due_day: int | None = None) -> date:
    """The date ``periods`` regular periods after ``start``, on ``due_day`` (the day of ``start``) of its month.

    >>> periods_after(date(2026, 1, 5), 2, Convention(every=2, unit=Unit.WEEK))
    datetime.date(2026, 2, 2)
    """
    if convention.unit in _DAYS:
        return start + timedelta(days=periods * convention.every * _DAYS[convention.unit])
    months = periods * convention.every * _MONTHS[convention.unit]
    return months_after(start, months, due_day=due_day or start.day, missing_day=convention.missing_day)


def months_of(convention: Convention) -> int | None:
    """The months between two due dates; None when they are counted in days."""
    step = _MONTHS.get(convention.unit)
    return None if step is None else convention.every * step


def first_due_date(value_date: date, due_day: int) -> date:
    """The first due day that lies at least one full month after the pay-out.

    >>> first_due_date(date(2026, 1, 10), 20), first_due_date(date(2026, 1, 10), 5)
    (datetime.date(2026, 2, 20), datetime.date(2026, 3, 5))
    """
    return _first_due_date(value_date, due_day, Convention())


def _first_due_date(value_date: date, due_day: int, convention: Convention) -> date:
    """The first due day at least one regular period after the pay-out."""
    whole = periods_after(value_date, 1, convention)
    months = months_of(convention)
    if months is None:
        return whole
    for more in range(3):
        first = months_after(value_date, months + more, due_day=due_day, missing_day=convention.missing_day)
        if first >= whole:
            return first
    raise DueDayOutOfRange(due_day=due_day)


def due_dates(
    value_date: date, *, due_day: int, term_months: int, convention: Convention | None = None
) -> tuple[date, ...]:
    """The due dates of a loan of ``term_months`` paid out on ``value_date``, not adjusted to business days.

    Raises :class:`TermNotWholePeriods` if the term is no multiple of the months between two instalments.
    """
    convention = convention or Convention()
    months = months_of(convention)
    if months is None:
        end = months_after(value_date, term_months, due_day=value_date.day)
        count = (end - value_date).days // (convention.every * _DAYS[convention.unit])
    else:
        count, rest = divmod(term_months, months)
        if rest:
            raise TermNotWholePeriods(term_months=term_months, months=months)
    check_instalments(count)
    if not 1 <= due_day <= 31:
        raise DueDayOutOfRange(due_day=due_day)
    first = _first_due_date(value_date, due_day, convention)
    return regular_dates(first, count, convention, due_day=due_day)


def regular_dates(
    first: date, count: int, convention: Convention, *, due_day: int | None = None
) -> tuple[date, ...]:
    """``count`` due dates from ``first`` on, on the ``due_day`` that the month-end rule may have moved ``first`` from.

    >>> [day.day for day in regular_dates(date(2027, 12, 31), 4, Convention())]
    [31, 31, 29, 31]
    """
    day = due_day or first.day
    origin = first
    if convention.missing_day is MissingDay.NEXT_MONTH and first.day == 1 and due_day not in (None, 1):
        origin = first - timedelta(days=1)
    return tuple(periods_after(origin, step, convention, due_day=day) for step in range(count))


def check_instalments(count: int) -> None:
    """Refuse a number of instalments outside 1 to INSTALMENTS_MAX."""
    if not 1 <= count <= INSTALMENTS_MAX:
        raise InstalmentsOutOfRange(instalments=count, low=1, high=INSTALMENTS_MAX)


def on_business_day(day: date, rule: BusinessDay, is_business_day: IsBusinessDay) -> date:
    """``day`` moved as the rule says when it is no business day.

    >>> weekday = lambda day: day.weekday() < 5
    >>> [on_business_day(date(2026, 5, 31), rule, weekday).isoformat() for rule in BusinessDay]
    ['2026-05-31', '2026-06-01', '2026-05-29', '2026-05-29']
    """
    if rule is BusinessDay.AS_IT_FALLS:
        return day
    later = _next(day, 1, is_business_day)
    if rule is BusinessDay.PRECEDING or (rule is BusinessDay.MODIFIED_FOLLOWING and later.month != day.month):
        return _next(day, -1, is_business_day)
    return later


def _next(day: date, step: int, is_business_day: IsBusinessDay) -> date:
    while not is_business_day(day):
        day += timedelta(days=step)
    return day
