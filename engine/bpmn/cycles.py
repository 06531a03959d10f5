"""Cycles of timers: ISO 8601 repeating intervals with their grid, and the plain cron lines that mean one.

A cycle is ``R[n]/interval``, ``R[n]/start/interval``, ``R[n]/interval/end`` or ``R[n]/start/second``. Its times lie
on a grid that begins at the start (or, without one, an interval after the cycle was armed). The interval is an ISO 8601
duration or working time (``4wh``, ``1wd``); what was missed is not made up for: the next time is the first after now.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.bpmn import times
from engine.bpmn.times import BUSINESS_ZONE, TimeNotReadable

# Adds working time, or any other text only the runtime can count, to an instant.
Adding = Callable[[datetime, str], datetime]
_ROUNDS = re.compile(r"R(?P<rounds>\d*)/(?P<rest>.+)")
_ANCHOR = datetime(2020, 1, 1, tzinfo=BUSINESS_ZONE)  # a Wednesday: where the grid of a cron line begins
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_EVERY = frozenset({"*", "?"})


@dataclass(frozen=True)
class Cycle:
    """How often (None: without end), at which interval, from when and until when (None: open)."""

    rounds: int | None
    interval: str
    start: datetime | None = None
    end: datetime | None = None

    def first(self, now: datetime, add: Adding) -> datetime | None:
        """The first time at or after ``now`` (UTC); None when the cycle has ended before."""
        if self.start is None:
            return self._within(_added(now, self.interval, add))
        if self.start >= now:
            return self._within(self.start)
        return self.following(self.start, self.start, now, add)

    def following(self, anchor: datetime, last: datetime, now: datetime, add: Adding) -> datetime | None:
        """The first time of the grid after ``last`` that lies beyond ``now`` (UTC); None after the end.

        ``anchor`` is where the grid began: months are counted from it, so that the 31st stays the last of the month.
        """
        return self._within(_following(self.interval, anchor, last, now, add))

    def _within(self, due: datetime) -> datetime | None:
        return None if self.end is not None and due > self.end else due.astimezone(UTC)


def parse(text: str) -> Cycle:
    """Read a cycle, or a cron line that means one. Raises TimeNotReadable with the remedy.

    >>> parse("R3/PT8H")
    Cycle(rounds=3, interval='PT8H', start=None, end=None)
    >>> parse("0 30 8 ? * MON").start.isoformat(), parse("0 30 8 ? * MON").interval
    ('2020-01-06T08:30:00+08:00', 'P7D')
    """
    text = text.strip()
    if len(text.split()) >= 5:
        return _of_cron(text)
    match = _ROUNDS.fullmatch(text)
    parts = match["rest"].split("/") if match else []
    if match is None or len(parts) > 2:
        raise TimeNotReadable(
            f"{text!r} is not a repeating interval such as R3/PT8H or R/2026-01-05T09:00/P1D"
        )
    rounds = int(match["rounds"]) if match["rounds"] else None
    start = end = None
    interval = parts[0].strip()
    if len(parts) == 2 and _is_interval(parts[0]):
        end = times.instant(parts[1])
    elif len(parts) == 2:
        start = times.instant(parts[0])
        interval = parts[1].strip()
        if not _is_interval(interval):
            interval = f"PT{int((times.instant(interval) - start).total_seconds())}S"
    _require_length(interval, text)
    return Cycle(rounds, interval, start, end)


def _is_interval(text: str) -> bool:
    return text.lstrip().startswith(("P", "-P")) or times.is_working_time(text)


def _require_length(interval: str, text: str) -> None:
    if times.is_working_time(interval):
        if not re.search(r"[1-9]", interval):
            raise TimeNotReadable(f"{text!r} repeats after no time at all")
        return
    months, rest = times.parse_duration(interval)
    if not months and not rest:
        raise TimeNotReadable(f"{text!r} repeats after no time at all")


def _added(start: datetime, interval: str, add: Adding) -> datetime:
    return add(start, interval) if times.is_working_time(interval) else times.after(start, interval)


def _following(interval: str, anchor: datetime, last: datetime, now: datetime, add: Adding) -> datetime:
    if times.is_working_time(interval):
        due = add(last, interval)
        while due <= now:
            due = add(due, interval)
        return due
    months, exact = times.parse_duration(interval)
    if not months:
        return last + (max((now - last) // exact, 0) + 1) * exact
    after = max(now, last)
    apart = (after.year - anchor.year) * 12 + after.month - anchor.month
    count = 0 if exact else max(apart - 1, 0) // months
    due = anchor
    while due <= after:
        count += 1
        due = times.after(anchor, f"P{count * months}M") + count * exact
    return due


def _of_cron(text: str) -> Cycle:
    """A cron line (five fields, or Quartz's six or seven with seconds first) whose times are evenly spaced."""
    fields = text.upper().split()
    if len(fields) == 5:
        fields = ["0", *fields]
    if len(fields) == 7 and fields.pop() not in _EVERY:
        raise _not_translated(text)
    if len(fields) != 6:
        raise _not_translated(text)
    second, minute, hour, day, month, weekday = fields
    if month not in _EVERY or not second.isdigit() or (day not in _EVERY and weekday not in _EVERY):
        raise _not_translated(text)
    if day in _EVERY and weekday in _EVERY:
        return _of_day(text, int(second), minute, hour)
    if not (minute.isdigit() and hour.isdigit()):
        raise _not_translated(text)
    at = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second))
    if weekday in _WEEKDAYS:
        days = (_WEEKDAYS.index(weekday) - _ANCHOR.weekday()) % 7
        return Cycle(None, "P7D", _ANCHOR + timedelta(days=days) + at)
    if day.isdigit() and 1 <= int(day) <= 28:
        return Cycle(None, "P1M", _ANCHOR.replace(day=int(day)) + at)
    raise _not_translated(text)


def _of_day(text: str, second: int, minute: str, hour: str) -> Cycle:
    """Every so many minutes or hours that divide the hour or the day, or once a day."""
    at = _ANCHOR + timedelta(seconds=second)
    if hour in _EVERY and (step := _step(minute, 60)):
        return Cycle(None, f"PT{step}M", at)
    if minute.isdigit() and int(minute) < 60:
        at += timedelta(minutes=int(minute))
        if step := _step(hour, 24):
            return Cycle(None, f"PT{step}H", at)
        if hour.isdigit() and int(hour) < 24:
            return Cycle(None, "P1D", at + timedelta(hours=int(hour)))
    raise _not_translated(text)


def _step(field: str, whole: int) -> int | None:
    """``*`` is every one, ``*/n`` and ``0/n`` every n-th where n divides the whole; None for anything else."""
    if field == "*":
        return 1
    start, slash, step = field.partition("/")
    if slash and start in ("*", "0") and step.isdigit() and int(step) and whole % int(step) == 0:
        return int(step)
    return None


def _not_translated(text: str) -> TimeNotReadable:
    return TimeNotReadable(
        f"the cron line {text!r} has no even spacing that could be translated; write a repeating interval such as "
        "R/2026-01-05T09:00/P1D (each day at nine), or R/1wd (each working day)"
    )
