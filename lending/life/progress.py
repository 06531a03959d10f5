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
    """The due date by which ``count`` instalments are paid if each is paid when due; None if there are too few.

    What has fallen due and is unpaid, today's own instalment above all, is among the first ``count``.
    """
    parts = reading.state.parts
    return parts[count - 1].due_date if 0 < count <= len(parts) else None


def falling_due(reading: Reading, until: date) -> int:
    """How many further instalments fall due by a day, that day included."""
    return sum(part.due_date <= until for part in reading.state.parts[reading.state.due :])
