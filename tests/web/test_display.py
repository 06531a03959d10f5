"""How deadlines and values read, in Shanghai."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lending.money import written
from web.display import deadline, near, percent, span, yuan

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


@pytest.mark.parametrize(
    ("away", "text", "tone"),
    [
        (timedelta(hours=-2, minutes=-30), "逾期 2时", "late"),
        (timedelta(days=-3), "逾期 3天", "late"),
        (timedelta(minutes=35), "剩 35分", "soon"),
        (timedelta(hours=3), "今天 13:00", "soon"),
        (timedelta(hours=8), "今天 18:00", "calm"),
        (timedelta(hours=26), "明天 12:00", "calm"),
        (timedelta(days=4), "11-27 10:00", "calm"),
    ],
)
def test_a_deadline_is_told_from_now_and_coloured_by_its_urgency(
    away: timedelta, text: str, tone: str
) -> None:
    told = deadline(NOW + away, NOW)

    assert told is not None
    assert (told.text, told.tone) == (text, tone)


def test_a_task_without_deadline_shows_none() -> None:
    assert deadline(None, NOW) is None


def test_the_day_of_an_instant_is_that_of_shanghai() -> None:
    late_in_the_evening_utc = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)

    assert near(late_in_the_evening_utc, NOW) == "今天 01:00"


def test_a_span_shorter_than_a_minute_is_one_minute() -> None:
    assert span(timedelta(seconds=20)) == "1分"


def test_amounts_and_rates_keep_every_figure() -> None:
    assert yuan(Decimal("9323.36")) == "¥9,323.36"
    assert yuan(Decimal("100000.50"), fen=False) == "¥100,000.50"
    assert percent(Decimal("0.05885")) == "5.885%"


def test_nothing_is_never_negative() -> None:
    assert (yuan(Decimal("-0.00")), yuan(Decimal("-0.001")), yuan(Decimal("-0.01"))) == (
        "¥0.00",
        "¥0.00",
        "-¥0.01",
    )
    assert (written(Decimal("-0.00")), written(-1 * Decimal("0.00"))) == ("0.00", "0.00")
