"""Working days and working hours: an editable table, filled a year at a time from a library."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property
from time import monotonic
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
from sqlalchemy import ColumnElement, Date, Engine, String, delete, event, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base

ZONE = ZoneInfo("Asia/Shanghai")
WORKING_HOURS = ((time(9), time(12)), (time(13, 30), time(18)))
_EDITED = "edited"


class CalendarDay(Base):
    """One day of a published year. ``source``: the library that said so, or "edited" by an administrator."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[str | None] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(20))


def publish(session: Session, year: int) -> None:
    """Fill the year from chinesecalendar, or from ``holidays`` while that does not know it; edited days stay."""
    edited = set(
        session.scalars(select(CalendarDay.day).where(_in_year(year), CalendarDay.source == _EDITED))
    )
    session.execute(delete(CalendarDay).where(_in_year(year), CalendarDay.source != _EDITED))
    first = date(year, 1, 1)
    days = [first + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - first).days)]
    session.execute(insert(CalendarDay), [_look_up(day) for day in days if day not in edited])
    _changed(session)


def set_day(session: Session, day: date, *, is_working: bool, name: str | None = None) -> None:
    """An administrator's word on one day; a later publication of the year leaves it alone."""
    row = session.get(CalendarDay, day)
    if row is None:
        session.add(CalendarDay(day=day, is_working=is_working, name=name, source=_EDITED))
    else:
        row.is_working, row.name, row.source = is_working, name, _EDITED
    _changed(session)


def works(day: date, said: bool | None) -> bool:
    """Whether people work on a day of which the table says this, or nothing."""
    return day.weekday() < 5 if said is None else said


class WorkingCalendar:
    """Arithmetic on working time. Days of a year not published count as working from Monday to Friday."""

    def __init__(self, source: Session | Mapping[date, bool]) -> None:
        if isinstance(source, Session):
            rows = source.execute(select(CalendarDay.day, CalendarDay.is_working))
            source = {row.day: row.is_working for row in rows}
        self._days = dict(source)
        self._years = frozenset(day.year for day in self._days)

    def is_published(self, year: int) -> bool:
        """Whether the table speaks of the year; an instant computed in another is to be recomputed when it does."""
        return year in self._years

    @cached_property
    def mark(self) -> str:
        """Sixteen letters that change whenever a day of the table does."""
        days = "".join(f"{day}{int(is_working)}" for day, is_working in sorted(self._days.items()))
        return hashlib.sha256(days.encode()).hexdigest()[:16]

    def is_working_day(self, day: date) -> bool:
        """Whether people work on ``day``."""
        return works(day, self._days.get(day))

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day`` (before it if negative); 0: ``day`` itself or the next working."""
        if count == 0:
            return day if self.is_working_day(day) else self.add_working_days(day, 1)
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def add_working_hours(self, start: datetime, hours: Decimal) -> datetime:
        """The first instant (UTC) by which ``hours`` of working time have passed since ``start``.

        Exact to the microsecond; a naive ``start`` or negative ``hours`` is a ValueError.
        """
        if start.tzinfo is None or hours < 0:
            raise ValueError("working hours are added forward, to an aware instant")
        left = timedelta(microseconds=int(hours * 3_600_000_000))
        at = start.astimezone(ZONE)
        day = at.date()
        while left:
            for begin, end in self._spans(day, at):
                if begin + left <= end:
                    return (begin + left).astimezone(UTC)
                left -= end - begin
            day += timedelta(days=1)
        return start.astimezone(UTC)

    def _spans(self, day: date, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of working time of ``day`` that lie after ``at``."""
        if not self.is_working_day(day):
            return
        for opens, closes in WORKING_HOURS:
            begin = max(at, datetime.combine(day, opens, ZONE))
            end = datetime.combine(day, closes, ZONE)
            if begin < end:
                yield begin, end


def _in_year(year: int) -> ColumnElement[bool]:
    return CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))


def _look_up(day: date) -> dict[str, object]:
    name: str | None
    try:
        is_working = chinese_calendar.is_workday(day)
    except NotImplementedError:  # not yet released for that year
        known = _china()
        is_working, name, source = known.is_working_day(day), known.get(day), "holidays"
    else:
        (_, name), source = chinese_calendar.get_holiday_detail(day), "chinesecalendar"
    return {"day": day, "is_working": is_working, "name": name, "source": source}


@cache
def _china() -> holidays.HolidayBase:
    return holidays.country_holidays("CN", language="zh_CN")


_cache: WeakKeyDictionary[Engine, tuple[float, WorkingCalendar]] = WeakKeyDictionary()
# Another process may have edited the table: a calendar kept here is read anew after a minute.
_KEPT_SECONDS = 60


def current(session: Session) -> WorkingCalendar:
    """The calendar of the session's database, kept in this process for a minute or until it changes it itself."""
    engine = session.get_bind().engine
    kept = _cache.get(engine)
    if kept is None or monotonic() - kept[0] > _KEPT_SECONDS:
        kept = (monotonic(), WorkingCalendar(session))
        _cache[engine] = kept
    return kept[1]


def _changed(session: Session) -> None:
    session.flush()
    event.listen(session, "after_commit", lambda _: _cache.pop(session.get_bind().engine, None), once=True)
