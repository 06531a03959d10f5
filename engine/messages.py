"""Messages to waiting cases: found by name and key, taken once by their id, kept for a time while nobody waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, ColumnElement, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from company import parameters
from company.calendar import ZONE
from engine.bpmn.model import Element, Kind
from engine.spiff import Case, Waiting
from engine.tasks import Instance
from engine.waits import Message, MessageSubscription, Waits

if TYPE_CHECKING:
    from engine.turn import Turn

KEPT_DAYS = "message_kept_days"  # the parameter: how long a message is kept while nobody waits for it
_BATCH = 100


def receive(
    session: Session, name: str, key: str, payload: Mapping[str, Any], message_id: str, now: datetime
) -> tuple[Message, bool]:
    """Note the message; the second value is False if the same id came before. ParameterMissing."""
    kept_days = int(parameters.value(session, KEPT_DAYS, now.astimezone(ZONE).date()))
    dialect_insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    inserted = session.scalar(
        dialect_insert(Message)
        .values(
            message_id=message_id,
            name=name,
            correlation_key=key,
            payload=dict(payload),
            received_at=now,
            expires_at=now + timedelta(days=kept_days),
            receivers=0,
        )
        .on_conflict_do_nothing(index_elements=["message_id"])
        .returning(Message.id)
    )
    message = session.scalars(select(Message).where(Message.message_id == message_id)).one()
    return message, inserted is not None


def waiting_instances(session: Session, name: str, key: str) -> list[int]:
    """The ids of the instances that wait for the message, ascending: the order in which they are locked."""
    return list(
        session.scalars(
            select(MessageSubscription.instance_id)
            .where(MessageSubscription.message_name == name, MessageSubscription.correlation_key == key)
            .distinct()
            .order_by(MessageSubscription.instance_id)
        )
    )


def hand_to(turn: Turn, message: Message) -> bool:
    """Give the message to every token of the instance that waits for it; a token it takes away gets none."""
    case = turn.load()
    tokens = [each.token.id for each in case.waiting() if _fits(each, message, turn.instance)]
    if not tokens:
        return False

    def act(case: Case) -> None:
        for token_id in tokens:
            if any(each.token.id == token_id and each.kind == "message" for each in case.waiting()):
                case.deliver(token_id, dict(message.payload))
                case.advance()

    turn.run(case, act)
    return True


def take_buffered(turn: Turn, case: Case, *, known: Waits) -> None:
    """Give a case what came in before it began to wait."""
    asked = {key for key in known if key[0] == "message"}
    while True:
        fresh = [
            each
            for each in case.waiting()
            if each.kind == "message" and (each.kind, each.token.id) not in asked
        ]
        if not fresh:
            return
        asked.update((each.kind, each.token.id) for each in fresh)
        for message in _buffered(turn, fresh):
            waiting = next((each for each in case.waiting() if _fits(each, message, turn.instance)), None)
            if waiting is not None:
                case.deliver(waiting.token.id, dict(message.payload))
                case.advance()
                message.consumed_at, message.receivers = turn.at, 1


def forget_kept(session: Session, name: str, key: str, now: datetime) -> None:
    """Let what was kept of a message expire at once: it told of what is over, whoever waits from now on."""
    session.execute(
        update(Message)
        .where(
            Message.name == name,
            Message.correlation_key == key,
            Message.consumed_at.is_(None),
            Message.expired_at.is_(None),
        )
        .values(expires_at=now, expired_at=now, payload={}),
        execution_options={"synchronize_session": False},
    )


def is_waited_for() -> ColumnElement[bool]:
    """Which messages somebody waits for."""
    return and_(
        MessageSubscription.message_name == Message.name,
        MessageSubscription.correlation_key == Message.correlation_key,
    )


def is_kept(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Which messages nobody has taken so far."""
    return (Message.consumed_at.is_(None), Message.expires_at > now)


def overlooked(session: Session, now: datetime, limit: int) -> list[Message]:
    """Kept messages for which somebody waits: two commands crossed, the one buffering, the other subscribing."""
    asked = select(Message).join(MessageSubscription, is_waited_for()).where(*is_kept(now))
    return list(session.scalars(asked.distinct().limit(limit)))


def element_that_waits(session: Session, instance: Instance, message: Message) -> Element:
    """The element of a case that waits for the message, as far as its row tells."""
    process_id, element_id = session.execute(
        select(MessageSubscription.process_id, MessageSubscription.element_id)
        .where(
            MessageSubscription.instance_id == instance.id,
            MessageSubscription.message_name == message.name,
            MessageSubscription.correlation_key == message.correlation_key,
        )
        .order_by(MessageSubscription.id)
        .limit(1)
    ).one()
    return Element(element_id, element_id, Kind.RECEIVE_TASK, process_id)


def have_expired(session: Session, now: datetime) -> bool:
    """Whether kept messages are past their time."""
    return session.scalar(select(Message.id).where(*is_past(now)).limit(1)) is not None


def expire(session: Session, now: datetime, limit: int) -> None:
    """Empty up to ``limit`` messages that nobody has taken in their time; their ids stay known."""
    past = select(Message.id).where(*is_past(now)).limit(limit)
    session.execute(
        update(Message).where(Message.id.in_(past)).values(expired_at=now, payload={}),
        execution_options={"synchronize_session": False},
    )


def is_past(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Which messages have been kept long enough."""
    return (Message.consumed_at.is_(None), Message.expired_at.is_(None), Message.expires_at <= now)


def _buffered(turn: Turn, waiting: list[Waiting]) -> list[Message]:
    wanted: list[ColumnElement[bool]] = [
        and_(
            Message.name == each.message_name,
            Message.correlation_key == (each.correlation_key or turn.instance.business_key),
        )
        for each in waiting
    ]
    return list(
        turn.session.scalars(
            select(Message)
            .where(or_(*wanted), Message.consumed_at.is_(None), Message.expires_at > turn.at)
            .order_by(Message.id)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
    )


def _fits(waiting: Waiting, message: Message, instance: Instance) -> bool:
    return (
        waiting.kind == "message"
        and waiting.message_name == message.name
        and (waiting.correlation_key or instance.business_key) == message.correlation_key
    )
