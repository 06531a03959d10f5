"""When something is due."""

from datetime import UTC, date, datetime, timedelta

import pytest

from company.calendar import WorkingCalendar
from engine.attributes import names_in, value_of
from engine.bpmn.retries import pauses
from engine.instants import DueTimeUnreadable, due_at

FRIDAY_NOON = datetime(2026, 1, 9, 4, 0, tzinfo=UTC)
WEEKDAYS = WorkingCalendar({})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("PT5M", datetime(2026, 1, 9, 4, 5, tzinfo=UTC)),
        ("P1M", datetime(2026, 2, 9, 4, 0, tzinfo=UTC)),
        ("5.5wh", datetime(2026, 1, 12, 2, 0, tzinfo=UTC)),  # 4.5 h on Friday afternoon, 1 h on Monday
        ("2wd", datetime(2026, 1, 13, 4, 0, tzinfo=UTC)),
        ("2026-02-01", datetime(2026, 1, 31, 16, 0, tzinfo=UTC)),
        (date(2026, 2, 1), datetime(2026, 1, 31, 16, 0, tzinfo=UTC)),
        ("2026-02-01T09:00:00", datetime(2026, 2, 1, 1, 0, tzinfo=UTC)),
        (timedelta(hours=1), datetime(2026, 1, 9, 5, 0, tzinfo=UTC)),
    ],
)
def test_durations_dates_and_working_time_are_read(value, expected):
    assert due_at(value, FRIDAY_NOON, WEEKDAYS) == expected


@pytest.mark.parametrize("text", ["", "soon", "P", "PT", "-P1D", "5 w", "P99999999999D", "2026-13-01"])
def test_what_names_no_time_is_refused_showing_the_text(text):
    with pytest.raises(DueTimeUnreadable) as refused:
        due_at(text, FRIDAY_NOON, WEEKDAYS)
    assert refused.value.facts["text"] == text


def test_pauses_between_tries_are_the_houses_or_the_diagrams():
    minutes = [timedelta(minutes=each) for each in (1, 5, 30)]
    assert list(pauses(None, FRIDAY_NOON)) == minutes
    assert list(pauses("R2/PT10M", FRIDAY_NOON)) == [timedelta(minutes=10)] * 2
    assert list(pauses("R/PT10M", FRIDAY_NOON)) == [timedelta(minutes=10)] * 3
    assert list(pauses("PT1M,PT5M , PT30M", FRIDAY_NOON)) == minutes


def test_attributes_are_literal_unless_they_begin_with_an_equals_sign():
    data = {"boss": "zhang", "team": ["li", "wang"], "nobody": None}

    assert value_of("boss", data) == "boss"
    assert value_of("=boss", data) == "zhang"
    assert value_of(None, data) is None
    assert names_in(("a", "=boss", "=team", "=nobody", None, "a"), data) == ["a", "zhang", "li", "wang"]
