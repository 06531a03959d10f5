"""The hand-off from the front desk to the back office: when a case was submitted, and when somebody there took it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.history import ActivityHistory, Happening

_SUBMITTED = ("credit_application", "Task_EnterApplication")
_TAKEN_IN = "preloan_investigation"


@dataclass(frozen=True)
class HandOff:
    """The last submission of a case, and when the investigation first laid hands on it; None while it waits."""

    submitted_at: datetime
    taken_at: datetime | None

    def waited(self, now: datetime) -> timedelta:
        """How long the case lay between the two, up to ``now`` where nobody has taken it."""
        return (self.taken_at or now) - self.submitted_at


def of_cases(session: Session, business_keys: Collection[str]) -> dict[str, HandOff]:
    """The hand-off of each case that was submitted, by its business key."""
    asked = (
        select(
            ActivityHistory.business_key,
            ActivityHistory.process_id,
            ActivityHistory.element_id,
            ActivityHistory.kind,
            ActivityHistory.at,
        )
        .where(
            ActivityHistory.business_key.in_(business_keys),
            ActivityHistory.process_id.in_((_SUBMITTED[0], _TAKEN_IN)),
            ActivityHistory.kind.in_((Happening.USER.value, Happening.CLAIMED.value)),
        )
        .order_by(ActivityHistory.id)
    )
    found: dict[str, HandOff] = {}
    for row in session.execute(asked):
        if (row.process_id, row.element_id) == _SUBMITTED:
            if row.kind == Happening.USER.value:
                found[row.business_key] = HandOff(row.at, None)
            continue
        before = found.get(row.business_key)
        if row.process_id == _TAKEN_IN and before is not None and before.taken_at is None:
            found[row.business_key] = HandOff(before.submitted_at, row.at)
    return found
