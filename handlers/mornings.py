"""When something that belongs to a day is told: in its morning, where the company works."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_HOME, _MORNING = ZoneInfo("Asia/Shanghai"), time(9)


def morning_of(day: date, *, not_before: datetime) -> datetime:
    """Nine in the morning of a business day, as an instant; ``not_before`` if that has passed."""
    return max(not_before, datetime.combine(day, _MORNING, _HOME).astimezone(UTC))
