"""Signals as they are thrown: one throw reaches every case that waits for the name now, and every process it starts.

The throw writes one outbox message a receiver in its own transaction; :mod:`engine.signals` carries each out later in
one of its own, so that a receiver which fails holds up neither the thrower nor the others. Nobody who begins to wait
afterwards gets it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import outbox
from engine import starts
from engine.bpmn.model import Data, Trigger
from engine.waits import SignalSubscription

KIND = "signal"  # of the outbox messages


def broadcast(
    session: Session,
    name: str,
    payload: Data,
    signal_id: str,
    now: datetime,
    *,
    thrower_id: int | None = None,
) -> int:
    """Let the signal reach everybody; returns how many receivers there are, the thrown-from instance apart.

    ``signal_id`` names this one throw, 100 characters at most: the same again reaches nobody twice.
    """
    waiting = select(SignalSubscription.instance_id).where(SignalSubscription.signal_name == name).distinct()
    if thrower_id is not None:
        waiting = waiting.where(SignalSubscription.instance_id != thrower_id)
    told: dict[str, dict[str, object]] = {
        f"signal:{signal_id}:{instance_id}": {"instance_id": instance_id}
        for instance_id in session.scalars(waiting.order_by(SignalSubscription.instance_id))
    }
    for start in starts.of_name(session, Trigger.SIGNAL, name):
        told[f"signal:{signal_id}:start:{start.id}"] = {"process_id": start.process_id}
    common = {"name": name, "payload": dict(payload), "signal_id": signal_id}
    outbox.put_all(session, KIND, {key: common | receiver for key, receiver in told.items()}, now)
    return len(told)
