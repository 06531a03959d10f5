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
from company.database import IDS_END
from company.logs import redact
from company.messages import Refusal
from company.people import SYSTEM, Actor, may
from engine import history
from engine.bpmn import retries
from engine.bpmn.model import Element, Kind
from engine.context import Context
from engine.deployments import load_definition
from engine.errors import FingerprintMismatch, IncidentUnknown, NotAllowed
from engine.history import Happening
from engine.spiff import BpmnInvalid
from engine.starts import StartTimer
from engine.tasks import Instance
from engine.waits import Incident, Job, Message, TimerJob, WorkStatus, resolve_incidents

_MESSAGE_CHARACTERS_MAX = 1000
MESSAGE_AGAIN = timedelta(days=1)  # how long a message is kept at least after a retry
# Identity, phone, card and account numbers are runs of digits at least this long; business keys have shorter ones.
_LONG_NUMBER = re.compile(r"\d{7,}[Xx]?")
_HOUSE = Path(__file__).resolve().parent.parent


def note_failure(
    session: Session,
    context: Context,
    work: Job | TimerJob | StartTimer,
    error: BaseException,
    element: Element,
    inputs: Mapping[str, Any] | None,
) -> Incident | None:
    """Plan the next try of locked ``work``, whose ``attempts`` count this one; after the last, raise an incident."""
    now = context.clock.now()
    pauses = retries.pauses(work.retry_cycle, now)
    if isinstance(work, Job):
        work.lease_until = work.lease_owner = work.begun_at = None
    if work.attempts <= len(pauses) and not isinstance(error, FingerprintMismatch):
        work.due_at = now + pauses[work.attempts - 1]
        session.flush()
        return None
    work.status = WorkStatus.INCIDENT.value
    instance = None if isinstance(work, StartTimer) else session.get_one(Instance, work.instance_id)
    incident = _incident(instance, element, error, now)
    incident.job_id = work.id if isinstance(work, Job) else None
    incident.timer_job_id = work.id if isinstance(work, TimerJob) else None
    incident.start_timer_id = work.id if isinstance(work, StartTimer) else None
    incident.token_id = 0 if isinstance(work, StartTimer) else work.token_id
    incident.inputs = dict(inputs) if inputs else None
    incident.attempts = work.attempts
    _raise(session, incident, instance, element, now)
    return incident


def note_undelivered(
    session: Session,
    context: Context,
    message: Message,
    instance: Instance,
    element: Element,
    error: Exception,
) -> None:
    """Raise an incident for a message that its case cannot take; once, however often it is handed out."""
    known = select(Incident.id).where(
        Incident.message_id == message.id,
        Incident.instance_id == instance.id,
        Incident.resolved_at.is_(None),
    )
    if session.scalar(known) is not None:
        return
    incident = _incident(instance, element, error, context.clock.now())
    incident.message_id, incident.token_id, incident.attempts = message.id, 0, 1
    _raise(session, incident, instance, element, context.clock.now())


def _incident(instance: Instance | None, element: Element, error: BaseException, now: datetime) -> Incident:
    return Incident(
        instance_id=instance.id if instance else None,
        business_key=instance.business_key if instance else "",
        process_id=element.process_id,
        element_id=element.id,
        name=element.name or element.id,
        cause=cause_of(error),
        message=_without_numbers(str(error)),
        place=_place(error),
        at=now,
    )


def _raise(
    session: Session, incident: Incident, instance: Instance | None, element: Element, now: datetime
) -> None:
    """Write the incident, into the case's history too, and tell the administrators."""
    session.add(incident)
    session.flush()
    if instance is not None:
        note = f"{incident.cause}: {incident.message}"
        token_id = incident.token_id or None
        row = history.row(
            instance, Happening.INCIDENT, SYSTEM, now, element=element, token_id=token_id, note=note
        )
        history.write(session, [row])
    payload = {"template": "incident", "role_id": "admin", "incident_id": incident.id, "name": incident.name}
    outbox.put(session, "notify", f"incident:{incident.id}", payload, now)


def retry_incident(context: Context, session: Session, incident_id: int, actor: Actor) -> None:
    """Let the worker try again at once, with all its tries. NotAllowed, IncidentUnknown."""
    if actor is not SYSTEM and not may(actor, "incident", "X"):
        raise NotAllowed(command="retry_incident")
    asked = select(Incident).where(Incident.id == incident_id).with_for_update()
    incident = session.scalar(asked) if 0 < incident_id < IDS_END else None
    if incident is None or incident.resolved_at is not None:
        raise IncidentUnknown(incident_id=incident_id)
    now = context.clock.now()
    _set_going(session, incident, now)
    if incident.instance_id is None or incident.message_id is not None:
        incident.resolved_at, incident.resolved_by_name = now, actor.name
    else:
        resolve_incidents(session, incident.instance_id, [incident.token_id], actor, now)
    if incident.instance_id is not None:
        _tell_retried(session, incident, incident.instance_id, actor, now)
    context.audited(session, actor, "incident.retry", "incident", incident.id, cause=incident.cause)


def _set_going(session: Session, incident: Incident, now: datetime) -> None:
    """What failed is due again; a message is handed out once more by the poll. Raises IncidentUnknown."""
    if incident.message_id is not None:
        message = session.get_one(Message, incident.message_id, with_for_update=True)
        message.consumed_at, message.expires_at = None, max(message.expires_at, now + MESSAGE_AGAIN)
        return
    work: Job | TimerJob | StartTimer | None
    if incident.job_id is not None:
        work = session.get(Job, incident.job_id)
    elif incident.timer_job_id is not None:
        work = session.get(TimerJob, incident.timer_job_id)
    else:
        work = session.get(StartTimer, incident.start_timer_id)
    if work is None:
        raise IncidentUnknown(incident_id=incident.id)
    work.status, work.attempts, work.due_at = WorkStatus.OPEN.value, 0, now
    session.flush()


def _tell_retried(
    session: Session, incident: Incident, instance_id: int, actor: Actor, now: datetime
) -> None:
    instance = session.get_one(Instance, instance_id)
    row = history.row(instance, Happening.RETRIED, actor, now, note=incident.cause)
    row |= {
        "process_id": incident.process_id,
        "element_id": incident.element_id,
        "name": incident.name,
        "token_id": incident.token_id,
    }
    history.write(session, [row])


def element_of(session: Session, instance_id: int, process_id: str, element_id: str) -> Element:
    """The element of a running case, from the diagram where that can be read, else with its id for a name."""
    definition_id = session.get_one(Instance, instance_id).definition_id
    return element_in(session, definition_id, process_id, element_id)


def element_in(session: Session, definition_id: int, process_id: str, element_id: str) -> Element:
    """The element of a definition, with its id for a name where that cannot be read."""
    try:
        elements = load_definition(session, definition_id).compiled.elements
    except (FingerprintMismatch, BpmnInvalid):
        elements = {}
    unnamed = Element(id=element_id, name=element_id, kind=Kind.SERVICE_TASK, process_id=process_id)
    return elements.get(unnamed.key, unnamed)


def open_incidents(session: Session, limit: int = 200) -> list[Incident]:
    """What stands still, newest first."""
    return list(
        session.scalars(
            select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id.desc()).limit(limit)
        )
    )


def cause_of(error: BaseException) -> str:
    """A word for what failed: the code of a refusal, else the class of the error."""
    return error.code if isinstance(error, Refusal) else type(error).__name__


def words_of(error: BaseException) -> dict[str, str]:
    """What an error says, by language, without what could be a person's number."""
    if isinstance(error, Refusal):
        return {"zh": _without_numbers(error.text("zh")), "en": _without_numbers(error.text("en"))}
    return dict.fromkeys(("zh", "en"), _without_numbers(str(error)))


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
