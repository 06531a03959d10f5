"""Work that failed: when it is tried again, when it becomes an incident, and how an operator sets it going again."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import outbox
from company.logs import redact
from company.messages import Refusal
from company.people import SYSTEM, Actor, may
from engine import history
from engine.bpmn import times
from engine.bpmn.model import Element
from engine.context import Context
from engine.errors import FingerprintMismatch, IncidentUnknown, NotAllowed
from engine.history import Happening
from engine.tasks import Instance
from engine.waits import Incident, Job, TimerJob, WorkStatus, resolve_incidents

BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
_MESSAGE_CHARACTERS_MAX = 1000
# Identity, phone, card and account numbers are runs of digits at least this long; business keys have shorter ones.
_LONG_NUMBER = re.compile(r"\d{7,}[Xx]?")
_HOUSE = Path(__file__).resolve().parent.parent


def back_off(retry_cycle: str | None, now: datetime) -> tuple[timedelta, ...]:
    """The pauses before each further try: 1, 5 and 30 minutes, or what camunda:failedJobRetryTimeCycle says.

    >>> from datetime import UTC
    >>> [str(pause) for pause in back_off("R2/PT10M", datetime(2026, 1, 5, tzinfo=UTC))]
    ['0:10:00', '0:10:00']
    >>> [str(pause) for pause in back_off("PT1M, PT1H", datetime(2026, 1, 5, tzinfo=UTC))]
    ['0:01:00', '1:00:00']
    """
    if not retry_cycle:
        return BACK_OFF
    if retry_cycle.startswith("R"):
        count, interval = times.parse_cycle(retry_cycle)
        return (times.after(now, interval) - now,) * (len(BACK_OFF) if count is None else count)
    return tuple(times.after(now, text.strip()) - now for text in retry_cycle.split(","))


def note_failure(
    session: Session,
    context: Context,
    work: Job | TimerJob,
    error: BaseException,
    element: Element,
    inputs: Mapping[str, Any] | None,
) -> Incident | None:
    """Plan the next try of locked ``work``, whose ``attempts`` count this one; after the last, raise an incident."""
    now = context.clock.now()
    pauses = back_off(work.retry_cycle, now)
    if isinstance(work, Job):
        work.lease_until = None
    if work.attempts <= len(pauses) and not isinstance(error, FingerprintMismatch):
        work.due_at = now + pauses[work.attempts - 1]
        session.flush()
        return None
    work.status = WorkStatus.INCIDENT.value
    instance = session.get_one(Instance, work.instance_id)
    incident = Incident(
        instance_id=instance.id,
        business_key=instance.business_key,
        process_id=element.process_id,
        element_id=element.id,
        name=element.name or element.id,
        job_id=work.id if isinstance(work, Job) else None,
        timer_job_id=work.id if isinstance(work, TimerJob) else None,
        token_id=work.token_id,
        cause=_cause(error),
        message=_without_numbers(str(error)),
        place=_place(error),
        inputs=dict(inputs) if inputs else None,
        attempts=work.attempts,
        at=now,
    )
    session.add(incident)
    session.flush()
    note = f"{incident.cause}: {incident.message}"
    row = history.row(
        instance, Happening.INCIDENT, SYSTEM, now, element=element, token_id=work.token_id, note=note
    )
    history.write(session, [row])
    payload = {"template": "incident", "role_id": "admin", "incident_id": incident.id, "name": incident.name}
    outbox.put(session, "notify", f"incident:{incident.id}", payload, now)
    return incident


def retry_incident(context: Context, session: Session, incident_id: int, actor: Actor) -> None:
    """Let the worker try again at once, with all its tries. NotAllowed, IncidentUnknown."""
    if actor is not SYSTEM and not may(actor, "incident", "X"):
        raise NotAllowed(command="retry_incident")
    incident = session.scalars(select(Incident).where(Incident.id == incident_id).with_for_update()).first()
    if incident is None or incident.resolved_at is not None:
        raise IncidentUnknown(incident_id=incident_id)
    work: Job | TimerJob | None
    if incident.job_id is not None:
        work = session.get(Job, incident.job_id)
    else:
        work = session.get(TimerJob, incident.timer_job_id)
    if work is None:
        raise IncidentUnknown(incident_id=incident_id)
    now = context.clock.now()
    work.status, work.attempts, work.due_at = WorkStatus.OPEN.value, 0, now
    session.flush()
    resolve_incidents(session, incident.instance_id, [incident.token_id], actor, now)
    instance = session.get_one(Instance, incident.instance_id)
    row = history.row(instance, Happening.RETRIED, actor, now, note=incident.cause)
    row |= {
        "process_id": incident.process_id,
        "element_id": incident.element_id,
        "name": incident.name,
        "token_id": incident.token_id,
    }
    history.write(session, [row])
    context.audited(session, actor, "incident.retry", "incident", incident.id, cause=incident.cause)


def open_incidents(session: Session, limit: int = 200) -> list[Incident]:
    """What stands still, newest first."""
    return list(
        session.scalars(
            select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id.desc()).limit(limit)
        )
    )


def _cause(error: BaseException) -> str:
    return error.code if isinstance(error, Refusal) else type(error).__name__


def _without_numbers(text: str) -> str:
    """The message without what could be a person's number."""
    return _LONG_NUMBER.sub("…", redact(text))[:_MESSAGE_CHARACTERS_MAX]


def _place(error: BaseException) -> str:
    """Where in the house the error arose, by the innermost of our own frames."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_HOUSE)] or frames
    if not ours:
        return ""
    frame = ours[-1]
    path = Path(frame.filename)
    name = path.relative_to(_HOUSE) if path.is_relative_to(_HOUSE) else path.name
    return f"{name}:{frame.lineno} {frame.name}"[:300]
