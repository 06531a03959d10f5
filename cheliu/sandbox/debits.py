"""The simulated bank's direct debits and incoming transfers: batches taken once, each n-th item refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cheliu.sandbox.payments import SandboxBase, switches
from company.database import Fen, Instant

LACKING = "余额不足"


class DebitBatch(SandboxBase):
    """A day's batch; its results are ready at ``settle_at`` and told once at ``callback_url``."""

    __tablename__ = "debit_batch"
    batch_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    collect_on: Mapped[date]
    callback_url: Mapped[str | None] = mapped_column(String(500))
    settle_at: Mapped[datetime] = mapped_column(Instant)


class DebitLine(SandboxBase):
    """One collection of a batch; ``reason`` is empty where it succeeds."""

    __tablename__ = "debit_line"
    batch_id: Mapped[str] = mapped_column(ForeignKey("debit_batch.batch_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    amount: Mapped[Decimal] = mapped_column(Fen)
    reason: Mapped[str] = mapped_column(String(200), default="")


class Notification(SandboxBase):
    """Something that the bank tells its customer until he has taken it: a batch that is done, money that moved."""

    __tablename__ = "notification"
    event_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    callback_url: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(String(2000))
    due_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    taken: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class Line:
    """One collection as it was ordered."""

    number: int
    name: str
    amount: Decimal


def take(
    session: Session, batch_id: str, collect_on: date, callback_url: str | None, lines: Sequence[Line]
) -> DebitBatch:
    """Take a batch once; sent again it changes nothing."""
    known = session.get(DebitBatch, batch_id)
    if known is not None:
        return known
    rule = switches(session)
    every = rule.refuse_debit_every
    before = session.scalar(select(func.count()).select_from(DebitLine)) or 0
    made = DebitBatch(
        batch_id=batch_id,
        collect_on=collect_on,
        callback_url=callback_url,
        settle_at=datetime.now(UTC) + timedelta(milliseconds=rule.settle_ms),
    )
    session.add(made)
    session.flush()
    for place, line in enumerate(lines, start=before + 1):
        refused = every > 0 and place % every == 0
        session.add(
            DebitLine(
                batch_id=batch_id,
                number=line.number,
                name=line.name,
                amount=line.amount,
                reason=LACKING if refused else "",
            )
        )
    return made


def decided(session: Session, batch_id: str, *, after: int, limit: int) -> list[DebitLine] | None:
    """The lines behind a number whose results are ready; None for a batch that never came."""
    batch = session.get(DebitBatch, batch_id)
    if batch is None:
        return None
    if batch.settle_at > datetime.now(UTC):
        return []
    asked = select(DebitLine).where(DebitLine.batch_id == batch_id, DebitLine.number > after)
    return list(session.scalars(asked.order_by(DebitLine.number).limit(limit)))
