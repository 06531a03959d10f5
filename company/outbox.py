"""The outbox: what must happen after a command, written in its own transaction and carried out later, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Index, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant, Tagged

BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


class OutboxKeyTaken(CompanyError):
    """The same key was put before with another kind or payload."""

    code = "outbox_key_taken"
    zh = "消息 {key} 已登记过不同的内容，不能重复使用同一编号。"
    en = "The message {key} was put before with other contents; a key names one message only."


class OutboxMessage(Base):
    """One thing to do. The consumer's effect and ``done_at`` commit together."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_due", "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(Tagged)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


def put(
    session: Session,
    kind: str,
    key: str,
    payload: Mapping[str, object],
    now: datetime,
    *,
    due_at: datetime | None = None,
) -> OutboxMessage:
    """Write the message, due at once unless told; the same message put twice is one message.

    The same key with another kind or payload raises :class:`OutboxKeyTaken`.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {
        "key": key,
        "kind": kind,
        "payload": dict(payload),
        "created_at": now,
        "due_at": due_at or now,
        "attempts": 0,
    }
    session.execute(insert(OutboxMessage).values(values).on_conflict_do_nothing(index_elements=["key"]))
    message = session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one()
    if message.kind != kind or message.payload != dict(payload):
        raise OutboxKeyTaken(key=key)
    return message


def put_all(session: Session, kind: str, messages: Mapping[str, Mapping[str, object]], now: datetime) -> None:
    """Write many messages of one kind, payloads by key, due at once; a key that is known already stays as it is."""
    if not messages:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [
        {
            "key": key,
            "kind": kind,
            "payload": dict(payload),
            "created_at": now,
            "due_at": now,
            "attempts": 0,
        }
        for key, payload in messages.items()
    ]
    session.execute(insert(OutboxMessage).on_conflict_do_nothing(index_elements=["key"]), rows)


def is_due(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Which messages are to be carried out."""
    return (OutboxMessage.done_at.is_(None), OutboxMessage.due_at <= now)


def due(session: Session, now: datetime, limit: int) -> list[OutboxMessage]:
    """Up to ``limit`` messages to carry out, oldest first; whoever carries one out takes it with :func:`take`."""
    query = (
        select(OutboxMessage)
        .where(*is_due(now))
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def is_on_its_way(session: Session, prefix: str) -> bool:
    """Whether a message whose key begins so waits for its first try."""
    asked = select(OutboxMessage.id).where(
        OutboxMessage.key.startswith(prefix, autoescape=True),
        OutboxMessage.done_at.is_(None),
        OutboxMessage.attempts == 0,
    )
    return session.scalar(asked.limit(1)) is not None


def take(session: Session, message_id: int) -> OutboxMessage | None:
    """The message for this transaction alone; None when it is done, or another worker has it in hand."""
    query = select(OutboxMessage).where(OutboxMessage.id == message_id, OutboxMessage.done_at.is_(None))
    return session.scalar(query.with_for_update(skip_locked=True))


def done(session: Session, message: OutboxMessage, now: datetime) -> None:
    """The consumer's effect is written in this same transaction: never again."""
    message.done_at = now
    session.flush()


def postpone(session: Session, message_id: int, now: datetime) -> int:
    """After a failed and rolled-back attempt: count it and try again later. Returns the attempts made."""
    message = session.get_one(OutboxMessage, message_id, with_for_update=True)
    message.due_at = now + BACK_OFF[min(message.attempts, len(BACK_OFF) - 1)]
    message.attempts += 1
    session.flush()
    return message.attempts
