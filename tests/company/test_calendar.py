"""Working time."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from company import calendar
from company.calendar import ZONE, CalendarDay, WorkingCalendar
from company.database import Database

# The first half of October 2026: 1-7 holiday, Saturday 10 worked instead.
OCTOBER = WorkingCalendar(
    {date(2026, 10, day): day == 10 for day in (1, 2, 3, 4, 5, 6, 7, 10)}
    | {date(2026, 9, 30): True, date(2026, 10, 11): False}
)

SEPTEMBER_25 = datetime(2026, 9, 25, tzinfo=UTC)


def shanghai(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (("2026-09-28", "09:00"), "3", ("2026-09-28", "12:00")),
        (("2026-09-28", "09:00"), "3.5", ("2026-09-28", "14:00")),
        (("2026-09-28", "12:30"), "1", ("2026-09-28", "14:30")),
        (("2026-09-28", "07:00"), "0.5", ("2026-09-28", "09:30")),
        (("2026-09-28", "17:00"), "8", ("2026-09-29", "17:30")),
        (("2026-09-28", "21:00"), "7.5", ("2026-09-29", "18:00")),
        (("2026-09-30", "17:00"), "2", ("2026-10-08", "10:00")),
        (("2026-10-09", "17:30"), "1", ("2026-10-10", "09:30")),
        (("2026-10-10", "17:30"), "1", ("2026-10-12", "09:30")),
        (("2026-09-28", "21:00"), "0", ("2026-09-28", "21:00")),
    ],
)
def test_working_hours_pass_only_while_people_work(
    start: tuple[str, str], hours: str, end: tuple[str, str]
) -> None:
    begin, expected = (shanghai(date.fromisoformat(day), clock) for day, clock in (start, end))

    found = OCTOBER.add_working_hours(begin, Decimal(hours))

    assert found == expected
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-10-03", 0, "2026-10-08"),
        ("2026-10-08", 0, "2026-10-08"),
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-10-12", -1, "2026-10-10"),
    ],
)
def test_working_days_are_counted_over_the_holiday(day: str, count: int, expected: str) -> None:
    assert OCTOBER.add_working_days(date.fromisoformat(day), count) == date.fromisoformat(expected)


def test_a_naive_instant_and_hours_backwards_are_refused() -> None:
    with pytest.raises(ValueError, match="forward"):
        OCTOBER.add_working_hours(SEPTEMBER_25.replace(tzinfo=None), Decimal(1))
    with pytest.raises(ValueError, match="forward"):
        OCTOBER.add_working_hours(shanghai(date(2026, 9, 28), "09:00"), Decimal(-1))


instants = st.integers(0, 25 * 86_400).map(lambda seconds: SEPTEMBER_25 + timedelta(seconds=seconds))
amounts = st.integers(0, 4000).map(lambda hundredths: Decimal(hundredths) / 100)


@given(instants, amounts, amounts)
def test_hours_added_in_two_steps_are_hours_added_at_once(
    start: datetime, first: Decimal, second: Decimal
) -> None:
    in_steps = OCTOBER.add_working_hours(OCTOBER.add_working_hours(start, first), second)

    assert in_steps == OCTOBER.add_working_hours(start, first + second)


@given(instants, st.integers(0, 10**6), amounts)
def test_who_starts_later_is_not_due_earlier(start: datetime, seconds: int, hours: Decimal) -> None:
    later = start + timedelta(seconds=seconds)

    assert OCTOBER.add_working_hours(start, hours) <= OCTOBER.add_working_hours(later, hours)


@given(st.dates(date(2026, 9, 1), date(2026, 11, 1)), st.integers(1, 40))
def test_a_day_counted_forward_is_working_and_counted_back_again(day: date, count: int) -> None:
    there = OCTOBER.add_working_days(day, count)

    assert OCTOBER.is_working_day(there)
    assert OCTOBER.add_working_days(there, -count) <= day
    assert OCTOBER.add_working_days(OCTOBER.add_working_days(there, -count), count) == there


def test_published_years_know_holidays_and_the_saturdays_worked_instead(database: Database) -> None:
    with database.read() as session:
        known = WorkingCalendar(session)

    assert not known.is_working_day(date(2026, 10, 1))
    assert known.is_working_day(date(2026, 10, 10))
    assert not known.is_working_day(date(2027, 2, 8))
    assert known.is_published(2027)
    assert not known.is_published(2028)
    assert known.is_working_day(date(2028, 5, 1)), "an ordinary Monday until 2028 is published"


def test_a_day_an_administrator_set_survives_the_next_publication(database: Database) -> None:
    with database.write() as session:
        calendar.set_day(session, date(2027, 2, 12), is_working=False, name="春节")
        calendar.set_day(session, date(2029, 1, 1), is_working=False)
        calendar.publish(session, 2027)
        calendar.publish(session, 2029)

    with database.read() as session:
        edited = session.scalars(select(CalendarDay.day).where(CalendarDay.source == "edited")).all()
        known = WorkingCalendar(session)
        days_2029 = session.scalars(select(CalendarDay).where(CalendarDay.day >= date(2029, 1, 1))).all()
    assert set(edited) == {date(2027, 2, 12), date(2029, 1, 1)}
    assert not known.is_working_day(date(2027, 2, 12))
    assert len(days_2029) == 365


def test_the_calendar_kept_in_the_process_follows_an_edit_once_it_is_committed(database: Database) -> None:
    friday = date(2026, 11, 20)
    with database.read() as session:
        kept = calendar.current(session)
        assert calendar.current(session) is kept
        assert kept.is_working_day(friday)

    with database.write() as session:
        calendar.set_day(session, friday, is_working=False)

    with database.read() as session:
        assert not calendar.current(session).is_working_day(friday)
