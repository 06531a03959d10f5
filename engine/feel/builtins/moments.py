"""Temporal functions and the clock (DMN 1.5, 10.3.4.6 and 10.3.4.7)."""

from datetime import date, datetime
from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.comparing import identical
from engine.feel.values import Run, Value

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


@builtin("now", takes_run=True)
def _now(run: Run) -> datetime | None:
    return run.now


@builtin("today", takes_run=True)
def _today(run: Run) -> date | None:
    return run.now.date() if run.now else None


@builtin("day of year", "date: date|date and time")
def _day_of_year(day: date) -> Decimal:
    return Decimal(day.timetuple().tm_yday)


@builtin("day of week", "date: date|date and time")
def _day_of_week(day: date) -> str:
    return _DAYS[day.weekday()]


@builtin("month of year", "date: date|date and time")
def _month_of_year(day: date) -> str:
    return _MONTHS[day.month - 1]


@builtin("week of year", "date: date|date and time")
def _week_of_year(day: date) -> Decimal:
    """The week of ISO 8601."""
    return Decimal(day.isocalendar().week)


@builtin("is", "value1: any, value2: any", takes_run=True)
def _is(run: Run, value1: Value, value2: Value) -> bool:
    return identical(value1, value2, run)
