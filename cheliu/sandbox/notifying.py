"""What the simulated bank tells its customer of its own accord, repeated until it is taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu.sandbox.debits import Notification

TRIES_MAX = 60


def note(
    session: Session, event_id: str, callback_url: str, told: Mapping[str, object], due_at: datetime
) -> None:
    """Owe a notification from an instant on, once an event."""
    if session.get(Notification, event_id) is None:
        body = json.dumps({"event_id": event_id, **told}, ensure_ascii=False)
        made = Notification(
            event_id=event_id, callback_url=callback_url, body=body, due_at=due_at, tries=0, taken=False
        )
        session.add(made)


def owed(session: Session) -> list[tuple[str, str, Mapping[str, object]]]:
    """What is due to be told: id, address, contents; oldest first."""
    rows = session.scalars(
        select(Notification)
        .where(
            Notification.taken.is_(False),
            Notification.due_at <= datetime.now(UTC),
            Notification.tries < TRIES_MAX,
        )
        .order_by(Notification.due_at)
        .limit(50)
    )
    return [(row.event_id, row.callback_url, json.loads(row.body)) for row in rows]


def note_try(session: Session, event_id: str, *, taken: bool) -> None:
    """Note that it was told; not taken, it is due again later."""
    found = session.get_one(Notification, event_id)
    found.tries += 1
    found.taken = taken
    found.due_at = datetime.now(UTC) + timedelta(seconds=min(60, 2**found.tries))
