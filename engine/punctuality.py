"""How late timers fire: one row for each that has, kept for a time, and what operations read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Index, String, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from engine.starts import StartTimer
from engine.tasks import RowId, table_of
from engine.waits import TimerJob, WorkStatus

KEPT = timedelta(days=90)
LATE = timedelta(seconds=2)  # later than this is not the poll's second any more
_PRUNED_MAX = 1_000


class TimerFiring(Base):
    """A timer that has fired: ``late_ms`` after it was due; a start timer has the instance it started, or none."""

    __tablename__ = "timer_firing"
    __table_args__ = (Index("ix_timer_firing_fired_at", "fired_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    instance_id: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[datetime] = mapped_column(Instant)
    fired_at: Mapped[datetime] = mapped_column(Instant)
    late_ms: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True)
class Punctuality:
    """Of a stretch of time: how many timers fired, how late half of them, 99 of 100 and the last, in milliseconds.

    ``waiting`` are due and have not fired; the oldest of them is due since ``waiting_since``.
    """

    fired: int
    late: int
    p50_ms: int
    p99_ms: int
    latest_ms: int
    waiting: int
    waiting_since: datetime | None


def firing(timer: TimerJob | StartTimer, instance_id: int | None, now: datetime) -> dict[str, object]:
    """The row of a timer that fires ``now``; take it before the timer goes on to its next time."""
    return {
        "process_id": timer.process_id,
        "element_id": timer.element_id,
        "instance_id": instance_id,
        "due_at": timer.due_at,
        "fired_at": now,
        "late_ms": max(int((now - timer.due_at) / timedelta(milliseconds=1)), 0),
    }


def record(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Write the rows of timers that fired."""
    if rows:
        session.execute(insert(table_of(TimerFiring)), list(rows))


def since(session: Session, begin: datetime, now: datetime) -> Punctuality:
    """The punctuality from ``begin`` to ``now``."""
    within = (TimerFiring.fired_at > begin, TimerFiring.fired_at <= now)
    limit_ms = int(LATE / timedelta(milliseconds=1))
    fired, latest = session.execute(select(func.count(), func.max(TimerFiring.late_ms)).where(*within)).one()
    late = session.scalar(select(func.count()).where(*within, TimerFiring.late_ms > limit_ms)) or 0

    def quantile(hundredths: int) -> int:
        place = max((fired * hundredths + 99) // 100 - 1, 0)
        ordered = select(TimerFiring.late_ms).where(*within).order_by(TimerFiring.late_ms)
        return session.scalar(ordered.offset(place).limit(1)) or 0

    waiting, oldest = 0, None
    for table in (TimerJob, StartTimer):
        count, first = session.execute(
            select(func.count(), func.min(table.due_at)).where(
                table.status == WorkStatus.OPEN.value, table.due_at <= now - LATE
            )
        ).one()
        waiting += count
        oldest = min(filter(None, (oldest, first)), default=None)
    return Punctuality(fired, late, quantile(50), quantile(99), latest or 0, waiting, oldest)


def is_older(than: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Which rows were written before an instant."""
    return TimerFiring.fired_at < than


def has_old(session: Session, now: datetime) -> bool:
    """Whether there are rows older than is kept."""
    return session.scalar(select(TimerFiring.id).where(is_older(now - KEPT)).limit(1)) is not None


def prune(session: Session, now: datetime) -> int:
    """Drop up to a thousand rows older than is kept; returns how many."""
    old = select(TimerFiring.id).where(is_older(now - KEPT)).limit(_PRUNED_MAX)
    dropped = session.scalars(
        delete(TimerFiring).where(TimerFiring.id.in_(old)).returning(TimerFiring.id),
        execution_options={"synchronize_session": False},
    )
    return len(dropped.all())
