"""FEEL's own dates, times and durations: years to nine digits, fractions of a second to nine.

Python's temporal types end at the year 9999 and at the microsecond, DMN's do not (DMN 1.5, 10.3.2.3.4 to
10.3.2.3.8). Inside this package only the types of this module are values; `from_python` and `to_python` of
`engine.feel.values` stand at the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

NANOS = 1_000_000_000
DAY_SECONDS = 86_400
DAY_NANOS = DAY_SECONDS * NANOS
YEAR_MAX = 999_999_999
MONTHS_MAX = 12 * YEAR_MAX
NANOS_MAX = 2 * YEAR_MAX * 366 * DAY_NANOS
"""The longest days and time duration: from the first day of the calendar to its last, and some."""

_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EPOCH_DAY = 719_468
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097


def is_leap(year: int) -> bool:
    """Say whether the (proleptic Gregorian) year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Return the number of days of a month."""
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


@dataclass(frozen=True, slots=True, order=True)
class FeelDate:
    """A date; make it with `date_of`, which checks it."""

    year: int
    month: int
    day: int

    @property
    def number(self) -> int:
        """Return the days since 1970-01-01, by counting years from March on."""
        year = self.year - (self.month <= 2)
        era, year_of_era = divmod(year, _CYCLE_YEARS)
        day_of_year = (153 * ((self.month + 9) % 12) + 2) // 5 + self.day - 1
        day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
        return era * _CYCLE_DAYS + day_of_era - _EPOCH_DAY

    @property
    def weekday(self) -> int:
        """Return the day of the week, Monday being 1."""
        return (self.number + 3) % 7 + 1

    @property
    def year_day(self) -> int:
        """Return the day of the year, from 1."""
        return self.number - FeelDate(self.year, 1, 1).number + 1


def date_of(year: int, month: int, day: int) -> FeelDate | None:
    """Return the date, or None where the calendar has no such day."""
    if not (-YEAR_MAX <= year <= YEAR_MAX and 1 <= month <= 12 and 1 <= day <= month_length(year, month)):
        return None
    return FeelDate(year, month, day)


def date_of_number(number: int) -> FeelDate | None:
    """Return the date of so many days since 1970-01-01; None beyond the calendar's years."""
    era, day_of_era = divmod(number + _EPOCH_DAY, _CYCLE_DAYS)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = era * _CYCLE_YEARS + year_of_era + (month <= 2)
    return date_of(year, month, day_of_year - (153 * shifted + 2) // 5 + 1)


@dataclass(frozen=True, slots=True)
class FeelTime:
    """A time of day in nanoseconds since midnight, with or without a zone."""

    nanos: int
    zone: tzinfo | None = None

    @property
    def hour(self) -> int:
        """Return the hour, 0 to 23."""
        return self.nanos // (3600 * NANOS)

    @property
    def minute(self) -> int:
        """Return the minute, 0 to 59."""
        return self.nanos // (60 * NANOS) % 60

    @property
    def second_nanos(self) -> int:
        """Return the seconds and their fraction, in nanoseconds."""
        return self.nanos % (60 * NANOS)

    @property
    def offset(self) -> int | None:
        """Return the zone's offset in nanoseconds, a named zone's standard one; None without a zone."""
        return None if self.zone is None else _offset(datetime(1970, 1, 1, tzinfo=self.zone))

    @property
    def utc_nanos(self) -> int:
        """Return the nanoseconds since midnight in UTC (below 0 or above a day); without a zone the local."""
        return self.nanos - (self.offset or 0)


@dataclass(frozen=True, slots=True)
class FeelDateTime:
    """A date with a time."""

    date: FeelDate
    time: FeelTime

    @property
    def zone(self) -> tzinfo | None:
        """Return the zone, None without one."""
        return self.time.zone

    @property
    def local_nanos(self) -> int:
        """Return the nanoseconds since 1970-01-01 on the clock as it shows."""
        return self.date.number * DAY_NANOS + self.time.nanos

    @property
    def offset(self) -> int | None:
        """Return the zone's offset on that day in nanoseconds, None without a zone."""
        return self.offset_in(self.zone) if self.zone else None

    def offset_in(self, zone: tzinfo) -> int:
        """Return the offset in nanoseconds that `zone` has when its clocks show this."""
        day, time = self.date, self.time
        return _offset(
            datetime(_likely_year(day.year), day.month, day.day, time.hour, time.minute, tzinfo=zone)
        )

    def utc_nanos(self, zone: tzinfo | None = None) -> int:
        """Return the nanoseconds since 1970-01-01 UTC, one without a zone read as in `zone` or UTC."""
        read_in = self.zone or zone
        return self.local_nanos - (self.offset_in(read_in) if read_in else 0)


@dataclass(frozen=True, slots=True, order=True)
class DaysTime:
    """A days and time duration in nanoseconds (negative ones run backwards)."""

    nanos: int


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration, as a number of months (negative ones run backwards)."""

    months: int

    def __neg__(self) -> YearsMonths:
        return YearsMonths(-self.months)

    def __add__(self, other: YearsMonths) -> YearsMonths:
        return YearsMonths(self.months + other.months)

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        sign = "-" if self.months < 0 else ""
        if not years:
            return f"{sign}P{months}M"
        return f"{sign}P{years}Y" + (f"{months}M" if months else "")


def days_time(nanos: int) -> DaysTime | None:
    """Return the duration, None where it is longer than the calendar."""
    return DaysTime(nanos) if abs(nanos) <= NANOS_MAX else None


def years_months(months: int) -> YearsMonths | None:
    """Return the duration, None where it is longer than the calendar."""
    return YearsMonths(months) if abs(months) <= MONTHS_MAX else None


def date_time_of(local_nanos: int, zone: tzinfo | None) -> FeelDateTime | None:
    """Return the date and time of so many nanoseconds since 1970-01-01 on the zone's clocks."""
    number, nanos = divmod(local_nanos, DAY_NANOS)
    day = date_of_number(number)
    return None if day is None else FeelDateTime(day, FeelTime(nanos, zone))


def in_zone(utc_nanos: int, zone: tzinfo) -> FeelDateTime | None:
    """Return what the clocks of `zone` show at an instant."""
    utc = date_time_of(utc_nanos, UTC)
    if utc is None:
        return None
    day, time = utc.date, utc.time
    instant = datetime(_likely_year(day.year), day.month, day.day, time.hour, time.minute, tzinfo=UTC)
    offset = instant.astimezone(zone).utcoffset() or timedelta(0)
    return date_time_of(utc_nanos + _nanos(offset), zone)


def _likely_year(year: int) -> int:
    """Return a year whose calendar and zone rules are those of `year`, and that Python knows."""
    return year if 2 <= year <= 9998 else 2000 + year % _CYCLE_YEARS


def _offset(clock: datetime) -> int:
    return _nanos(clock.utcoffset() or timedelta(0))


def _nanos(length: timedelta) -> int:
    return ((length.days * DAY_SECONDS + length.seconds) * 1_000_000 + length.microseconds) * 1000
