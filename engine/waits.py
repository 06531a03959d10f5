"""What running cases wait for beside people: jobs, timers and messages; and the incidents of those that failed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from company.database import Base, Instant, Tagged
from engine.tasks import RowId


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

    @declared_attr
    def instance_id(cls) -> Mapped[int]:  # noqa: N805 - declared_attr hands in the class
        """The case that waits."""
        return mapped_column(ForeignKey("instance.id"))


class _Tried(_Waits):
    """The columns of work that is tried again: ``attempts`` counts the runs begun."""

    due_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(10), default=WorkStatus.OPEN.value)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    retry_cycle: Mapped[str | None] = mapped_column(String(100))


class Job(_Tried, Base):
    """A service task that runs outside a person's command. ``lease_version`` grows with each worker that takes it."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "status", "due_at"),
        UniqueConstraint("instance_id", "token_id"),
    )

    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    lease_version: Mapped[int] = mapped_column(Integer, default=0)


class TimerJob(_Tried, Base):
    """A timer event that waits for its instant."""

    __tablename__ = "timer_job"
    __table_args__ = (
        Index("ix_timer_job_due", "status", "due_at"),
        UniqueConstraint("instance_id", "token_id", "element_id"),
    )


class MessageSubscription(_Waits, Base):
    """A token that waits for a message of this name and key."""

    __tablename__ = "message_subscription"
    __table_args__ = (
        Index("ix_message_subscription_name_key", "message_name", "correlation_key"),
        Index("ix_message_subscription_instance_id", "instance_id"),
    )

    message_name: Mapped[str] = mapped_column(String(100))
    correlation_key: Mapped[str] = mapped_column(String(100))


class Message(Base):
    """A message that came in, known by its id for ever; kept for a time while nobody waits for it."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_message_buffered", "name", "correlation_key", "consumed_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    message_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))
    correlation_key: Mapped[str] = mapped_column(String(100))
    payload: Mapped[Any] = mapped_column(Tagged)
    received_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)
    receivers: Mapped[int] = mapped_column(Integer, default=0)


class Incident(Base):
    """Work that failed as often as it may be tried. ``inputs`` are process data: ids and sealed references only."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_resolved_at", "resolved_at"),
        Index("ix_incident_instance_id", "instance_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    business_key: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    timer_job_id: Mapped[int | None] = mapped_column(BigInteger)
    token_id: Mapped[int] = mapped_column(Integer)
    cause: Mapped[str] = mapped_column(String(100))
    message: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(300))
    inputs: Mapped[Any | None] = mapped_column(Tagged)
    attempts: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by_name: Mapped[str | None] = mapped_column(String(100))
