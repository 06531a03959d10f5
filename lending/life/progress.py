"""How far a loan has come by its plan: the instalments paid, and when so many of them will be."""

from __future__ import annotations

from datetime import date

from lending.life.state import Reading


def instalments_paid(reading: Reading) -> int:
    """How many instalments have fallen due and are paid in full."""
    return sum(
        not (part.principal_open or part.interest_open) for part in reading.state.parts[: reading.state.due]
    )


def day_when_paid(reading: Reading, count: int) -> date | None:
    """The due date by which ``count`` instalments are paid if each is paid from now on; None if there are too few."""
    at = reading.state.due + count - instalments_paid(reading) - 1
    return reading.state.parts[at].due_date if 0 <= at < len(reading.state.parts) else None


def falling_due(reading: Reading, until: date) -> int:
    """How many further instalments fall due by a day, that day included."""
    return sum(part.due_date <= until for part in reading.state.parts[reading.state.due :])
