"""Starting cases: by a person on the plain start event, by a message, a signal or a timer on theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from company.people import SYSTEM, Actor
from engine import starts
from engine.bpmn.expressions import ExpressionInvalid, value_of
from engine.bpmn.model import Data, Element, Trigger
from engine.context import Context
from engine.deployments import LoadedDefinition, load_definition, newest
from engine.errors import AlreadyRunning, BusinessKeyUnreadable, NotAllowed, StartedBefore, StartEventMissing
from engine.feel import FeelError
from engine.tasks import CaseFacts, Instance, InstanceStatus
from engine.turn import Turn

if TYPE_CHECKING:
    from engine.waits import Message

KEY_CHARACTERS_MAX = 64
# Kept, since building a statement costs more than running it.
_RUNNING = select(Instance.id).where(
    Instance.process_id == bindparam("process_id"),
    Instance.business_key == bindparam("business_key"),
    Instance.status == InstanceStatus.RUNNING.value,
)
_ONCE = select(Instance.id).where(
    Instance.process_id == bindparam("process_id"), Instance.once_key == bindparam("business_key")
)


def by_person(
    context: Context,
    session: Session,
    process_id: str,
    business_key: str,
    *,
    data: Data,
    actor: Actor,
    facts: CaseFacts,
) -> Instance:
    """Start a case on the newest definition's plain start event and run it to its first wait state."""
    definition = newest(session, process_id)
    starters = definition.compiled.model.candidate_starter_groups
    if actor is not SYSTEM and starters and not actor.groups.intersection(starters):
        raise NotAllowed(command=f"start {process_id}")
    if definition.compiled.container.first is None:
        raise StartEventMissing(process_id=process_id)
    return _start(context, session, definition, business_key, data, actor, facts, at=None)


def by_message(context: Context, session: Session, message: Message, actor: Actor) -> int:
    """Start a case of each process with a start event for the message, and return how many.

    None of a process that runs for the key already: for that case the message is kept.
    """
    started = 0
    for start in starts.of_name(session, Trigger.MESSAGE, message.name):
        definition = load_definition(session, start.definition_id)
        element = definition.compiled.model.elements[start.element_id]
        payload: Mapping[str, object] = message.payload
        key = _business_key(element, payload, message.correlation_key, context.clock.now())
        if not _is_free(session, definition, key):
            continue
        by_event(context, session, definition, element, key, payload, actor)
        started += 1
    return started


def of_process(
    context: Context,
    session: Session,
    process_id: str,
    name: str,
    payload: Data,
    otherwise: str,
    actor: Actor,
) -> Instance:
    """Start a case of one process at its start event for a message, whoever else may wait for that message.

    ``otherwise`` is the business key where the start event names none. Raises :class:`StartEventMissing`,
    :class:`AlreadyRunning`, :class:`StartedBefore`, :class:`BusinessKeyUnreadable`.
    """
    for start in starts.of_name(session, Trigger.MESSAGE, name):
        if start.process_id == process_id:
            definition = load_definition(session, start.definition_id)
            element = definition.compiled.model.elements[start.element_id]
            key = _business_key(element, payload, otherwise, context.clock.now())
            return by_event(context, session, definition, element, key, payload, actor)
    raise StartEventMissing(process_id=process_id)


def by_event(
    context: Context,
    session: Session,
    definition: LoadedDefinition,
    element: Element,
    business_key: str,
    data: Data,
    actor: Actor = SYSTEM,
) -> Instance:
    """Start a case at a start event that has happened; it is called by its process until a handler describes it."""
    facts = CaseFacts(definition.name)
    return _start(context, session, definition, business_key, data, actor, facts, at=element.id)


def key_of_timer(element: Element, due_at: datetime, now: datetime) -> str:
    """The business key of the case that a timer starts: what its property ``businessKey`` says, or process and instant.

    >>> from engine.bpmn.model import Kind
    >>> instant = datetime(2026, 1, 5, 1, tzinfo=UTC)
    >>> key_of_timer(Element("s", "", Kind.START, "day_end"), instant, instant)
    'day_end:20260105T010000Z'
    """
    return _business_key(
        element, {}, f"{element.process_id[:46]}:{due_at.astimezone(UTC):%Y%m%dT%H%M%SZ}", now
    )


def key_of_signal(element: Element, payload: Data, signal_id: str, now: datetime) -> str:
    """The business key of the case that a signal starts: what ``businessKey`` says, or process and signal."""
    return _business_key(element, payload, f"{element.process_id}:{signal_id}"[-KEY_CHARACTERS_MAX:], now)


def _business_key(element: Element, data: Data, otherwise: str, now: datetime) -> str:
    text = element.properties.get("businessKey")
    if not text:
        return otherwise
    try:
        key = value_of(text, data, now=now)
    except (FeelError, ExpressionInvalid) as error:
        raise BusinessKeyUnreadable(element=element.name or element.id, reason=str(error)) from error
    if key is None or not 0 < len(str(key)) <= KEY_CHARACTERS_MAX:
        reason = f"{text} = {key!r}, not 1 to {KEY_CHARACTERS_MAX} characters"
        raise BusinessKeyUnreadable(element=element.name or element.id, reason=reason)
    return str(key)


def _is_free(session: Session, definition: LoadedDefinition, business_key: str) -> bool:
    asked = {"process_id": definition.process_id, "business_key": business_key}
    if session.scalar(_RUNNING, asked) is not None:
        return False
    return not _takes_once(definition) or session.scalar(_ONCE, asked) is None


def _takes_once(definition: LoadedDefinition) -> bool:
    return definition.compiled.model.properties.get("uniqueBusinessKey") == "always"


def _start(
    context: Context,
    session: Session,
    definition: LoadedDefinition,
    business_key: str,
    data: Data,
    actor: Actor,
    facts: CaseFacts,
    *,
    at: str | None,
) -> Instance:
    process_id = definition.process_id
    asked = {"process_id": process_id, "business_key": business_key}
    if session.scalar(_RUNNING, asked) is not None:
        raise AlreadyRunning(**asked)
    once = _takes_once(definition)
    if once and session.scalar(_ONCE, asked) is not None:
        raise StartedBefore(**asked)
    instance = Instance(
        business_key=business_key,
        process_id=process_id,
        definition_id=definition.id,
        state=b"",
        status=InstanceStatus.RUNNING.value,
        started_by_id=actor.employee_id,
        started_at=context.clock.now(),
        once_key=business_key if once else None,
        **asdict(facts),
    )
    session.add(instance)
    try:
        session.flush()
    except IntegrityError:
        raise AlreadyRunning(**asked) from None
    Turn(context, session, instance, definition, actor).start(data, at=at)
    context.audited(
        session, actor, "instance.start", "instance", instance.id, process=process_id, key=business_key
    )
    return instance
