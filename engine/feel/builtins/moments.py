"""Temporal functions and the clock (DMN 1.5, 10.3.4.6 and 10.3.4.7)."""

from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.comparing import identical
from engine.feel.temporal_values import FeelDate, FeelDateTime, date_of_number
from engine.feel.values import Run, Value, from_python

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


Day = FeelDate | FeelDateTime


def _date(value: Day) -> FeelDate:
    return value.date if isinstance(value, FeelDateTime) else value


@builtin("now", takes_run=True)
def _now(run: Run) -> Value:
    return from_python(run.now)


@builtin("today", takes_run=True)
def _today(run: Run) -> FeelDate | None:
    return FeelDate(run.now.year, run.now.month, run.now.day) if run.now else None


@builtin("day of year", "date: date|date and time")
def _day_of_year(day: Day) -> Decimal:
    return Decimal(_date(day).year_day)


@builtin("day of week", "date: date|date and time")
def _day_of_week(day: Day) -> str:
    return _DAYS[_date(day).weekday - 1]


@builtin("month of year", "date: date|date and time")
def _month_of_year(day: Day) -> str:
    return _MONTHS[_date(day).month - 1]


@builtin("week of year", "date: date|date and time")
def _week_of_year(day: Day) -> Decimal:
    """The week of ISO 8601: the one that holds the week's Thursday, counted from January."""
    number = _date(day).number
    thursday = date_of_number(number - (number + 3) % 7 + 3)
    return Decimal((thursday.year_day - 1) // 7 + 1) if thursday else Decimal(1)


@builtin("is", "value1: any, value2: any", takes_run=True)
def _is(run: Run, value1: Value, value2: Value) -> bool:
    return identical(value1, value2, run)
