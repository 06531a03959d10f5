"""What running cases wait for beside people: jobs, timers and messages; and the incidents of those that failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Delete,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.dml import ReturningDelete

from company.database import Base, Instant, Tagged
from company.people import Actor
from engine.bpmn.expressions import ExpressionInvalid, value_of
from engine.bpmn.model import Data, Element, Kind
from engine.errors import PriorityUnreadable
from engine.feel import FeelError
from engine.spiff import Waiting
from engine.tasks import Instance, RowId, table_of

PRIORITY_MAX = 1_000_000_000


class WorkStatus(StrEnum):
    """Due work is open, or stands still at an incident until an operator retries it."""

    OPEN = "open"
    INCIDENT = "incident"


class _Waits:
    """The columns of everything that belongs to one waiting token."""

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_id: Mapped[int] = mapped_column(Integer)
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    at_boundary: Mapped[bool]  # it waits beside a step, not in the way of the case
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))


class Due:
    """The columns of due work: ``attempts`` counts the runs begun, the highest ``priority`` goes first."""

    due_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(10), default=WorkStatus.OPEN.value)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    retry_cycle: Mapped[str | None] = mapped_column(String(100))
    priority: Mapped[int] = mapped_column(Integer, default=0)


class Job(_Waits, Due, Base):
    """A step that runs outside a person's command.

    ``lease_version`` grows with each worker that takes it, ``lease_owner`` is the one that has it, ``begun_at`` when it
    began. Of the ``exclusive`` jobs of a case one runs at a time.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "status", "due_at"),
        UniqueConstraint("instance_id", "token_id"),
    )

    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    lease_version: Mapped[int] = mapped_column(Integer, default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    exclusive: Mapped[bool] = mapped_column(default=True)


class TimerJob(_Waits, Due, Base):
    """A timer event that waits for its instant; ``calendar_mark``: by which calendar its working time was counted."""

    __tablename__ = "timer_job"
    __table_args__ = (
        Index("ix_timer_job_due", "status", "due_at"),
        Index("ix_timer_job_instance_id", "instance_id"),
        Index("ix_timer_job_calendar_mark", "calendar_mark"),
    )

    calendar_mark: Mapped[str | None] = mapped_column(String(16))


class MessageSubscription(_Waits, Base):
    """A token that waits for a message of this name and key."""

    __tablename__ = "message_subscription"
    __table_args__ = (
        Index("ix_message_subscription_name_key", "message_name", "correlation_key"),
        Index("ix_message_subscription_instance_id", "instance_id"),
    )

    message_name: Mapped[str] = mapped_column(String(100))
    correlation_key: Mapped[str] = mapped_column(String(100))


class SignalSubscription(_Waits, Base):
    """A token that waits for a signal of this name."""

    __tablename__ = "signal_subscription"
    __table_args__ = (
        Index("ix_signal_subscription_signal_name", "signal_name"),
        Index("ix_signal_subscription_instance_id", "instance_id"),
    )

    signal_name: Mapped[str] = mapped_column(String(100))


class Message(Base):
    """A message that came in, known by its id for ever; kept for a time while nobody waits for it.

    Once it has expired its payload is gone.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_message_buffered", "name", "correlation_key", "consumed_at"),
        Index("ix_message_expiry", "consumed_at", "expired_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    message_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))
    correlation_key: Mapped[str] = mapped_column(String(100))
    payload: Mapped[Any] = mapped_column(Tagged)
    received_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)
    expired_at: Mapped[datetime | None] = mapped_column(Instant)
    receivers: Mapped[int] = mapped_column(Integer, default=0)


class Incident(Base):
    """Work that failed as often as it may be tried. ``inputs`` are process data: ids and sealed references only.

    What was to start a case has none: no ``instance_id``, no business key, token 0.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_resolved_at", "resolved_at"),
        Index("ix_incident_instance_id", "instance_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"))
    business_key: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    timer_job_id: Mapped[int | None] = mapped_column(BigInteger)
    start_timer_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    token_id: Mapped[int] = mapped_column(Integer)
    cause: Mapped[str] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(300))
    inputs: Mapped[Any | None] = mapped_column(Tagged)
    attempts: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by_name: Mapped[str | None] = mapped_column(String(100))


# What a case waits for: by kind and token, the waits of that token (an event gateway has several).
WaitKey = tuple[str, int]
Waits = dict[WaitKey, tuple[Waiting, ...]]
_UNSYNCHRONISED = {"synchronize_session": False}


def by_token(waiting: Iterable[Waiting]) -> Waits:
    """Group the waits of a case."""
    grouped: defaultdict[WaitKey, list[Waiting]] = defaultdict(list)
    for each in waiting:
        grouped[each.kind, each.token.id].append(each)
    return {key: tuple(each) for key, each in grouped.items()}


def difference(before: Waits, after: Waits) -> tuple[set[WaitKey], list[Waiting]]:
    """The keys whose rows must go, and the waits to be written; a changed wait is both."""
    gone = {key for key, each in before.items() if _specs(each) != _specs(after.get(key, ()))}
    new = [
        waiting
        for key, each in after.items()
        if _specs(each) != _specs(before.get(key, ()))
        for waiting in each
    ]
    return gone, new


def _specs(waiting: Sequence[Waiting]) -> list[tuple[Any, ...]]:
    return [(each.due_at, each.message_name, each.correlation_key, each.signal_name) for each in waiting]


def _dropping(table: Table) -> Delete | ReturningDelete[str]:
    """Deletes what tokens of an instance wait for; kept, since building a statement costs more than running it."""
    statement = delete(table).where(
        table.c.instance_id == bindparam("instance_id"),
        table.c.token_id.in_(bindparam("token_ids", expanding=True)),
    )
    return statement.returning(table.c.status) if "status" in table.c else statement


_TRIED = ("job", "timer")
_DROPPING = {
    "job": _dropping(table_of(Job)),
    "timer": _dropping(table_of(TimerJob)),
    "message": _dropping(table_of(MessageSubscription)),
    "signal": _dropping(table_of(SignalSubscription)),
}


def drop(session: Session, instance_id: int, gone: Iterable[WaitKey], actor: Actor, now: datetime) -> None:
    """Delete the rows of jobs, timers and messages that nobody waits for any more, and close their incidents."""
    tokens: defaultdict[str, list[int]] = defaultdict(list)
    for kind, token_id in gone:
        tokens[kind].append(token_id)
    stuck = False
    for kind, statement in _DROPPING.items():
        if tokens[kind]:
            which = {"instance_id": instance_id, "token_ids": tokens[kind]}
            deleted = session.connection().execute(statement, which)
            stuck = (kind in _TRIED and WorkStatus.INCIDENT.value in deleted.scalars().all()) or stuck
    if stuck:
        resolve_incidents(session, instance_id, tokens["job"] + tokens["timer"], actor, now)


def resolve_incidents(
    session: Session, instance_id: int, token_ids: Sequence[int], actor: Actor, now: datetime
) -> None:
    """Close the open incidents of these tokens."""
    session.execute(
        update(Incident)
        .where(
            Incident.instance_id == instance_id,
            Incident.token_id.in_(token_ids),
            Incident.resolved_at.is_(None),
        )
        .values(resolved_at=now, resolved_by_name=actor.name),
        execution_options=_UNSYNCHRONISED,
    )


_NOT_LEASED = {"lease_until": None, "lease_version": 0, "lease_owner": None, "begun_at": None}


def priority(element: Element, data: Data, now: datetime) -> int:
    """How soon a job or timer of the element goes among those that are due: the highest number first, 0 by itself."""
    if element.job_priority is None:
        return 0
    try:
        value = value_of(element.job_priority, data, now=now)
        return max(-PRIORITY_MAX, min(PRIORITY_MAX, int(value)))
    except (FeelError, ExpressionInvalid, TypeError, ValueError, OverflowError) as error:
        raise PriorityUnreadable(element=element.name or element.id, text=element.job_priority) from error


def put(
    session: Session, instance: Instance, new: Iterable[Waiting], now: datetime, *, calendar_mark: str | None
) -> None:
    """Insert the rows of the jobs, timers and messages a case now waits for: one statement a table.

    ``calendar_mark`` is that of the calendar by which working time was counted. Raises PriorityUnreadable.
    """
    rows: defaultdict[type[Base], list[dict[str, Any]]] = defaultdict(list)
    for waiting in new:
        element = waiting.token.element
        row: dict[str, Any] = {
            "instance_id": instance.id,
            "token_id": waiting.token.id,
            "process_id": element.process_id,
            "element_id": element.id,
            "at_boundary": element.kind in (Kind.BOUNDARY, Kind.START),
        }
        if waiting.kind == "message":
            row["message_name"] = waiting.message_name
            row["correlation_key"] = waiting.correlation_key or instance.business_key
            rows[MessageSubscription].append(row)
        elif waiting.kind == "signal":
            rows[SignalSubscription].append({**row, "signal_name": waiting.signal_name})
        elif waiting.kind in ("job", "timer"):
            row["due_at"] = waiting.due_at or now
            row["status"] = WorkStatus.OPEN.value
            row["attempts"] = 0
            row["retry_cycle"] = element.retry_cycle
            row["priority"] = priority(element, waiting.token.data, now)
            if waiting.kind == "job":
                rows[Job].append({**row, **_NOT_LEASED, "exclusive": element.exclusive})
            else:
                mark = calendar_mark if waiting.in_working_time else None
                rows[TimerJob].append({**row, "calendar_mark": mark})
    for table, its_rows in rows.items():
        session.connection().execute(insert(table_of(table)), its_rows)
