"""Messages to be delivered and what became of each: queued once an occasion, sent outside, tried again, kept for ever.

A message is written in the transaction of what it tells of; the worker takes it later, asks the contact gate, sends it
with no transaction open, and notes the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import BindParameter, ColumnElement, ForeignKey, Index, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.calendar import ZONE
from company.database import Base, Instant, Tagged
from lending import message_templates
from lending.columns import worded
from lending.debtors import debtor_on
from lending.labels import Labelled
from lending.loans import Loan
from lending.message_templates import Way

BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
LEASE = timedelta(minutes=2)
OCCASION_MAX = 160


class DeliveryStatus(Labelled):
    """What became of a message."""

    QUEUED = "queued", "待发送", "Queued"
    SENDING = "sending", "发送中", "Being sent"
    SENT = "sent", "已发送", "Sent"
    FAILED = "failed", "发送失败", "Failed"
    REFUSED = "refused", "规则不允许", "Refused by a rule"
    DROPPED = "dropped", "已无须发送", "Not needed any more"


_S = DeliveryStatus
OPEN = (_S.QUEUED, _S.SENDING)


class Delivery(Base):
    """One message over one channel. ``text`` is what was sent; before that the template and the facts make it.

    ``reason``: why it waits, failed or was refused, in a word.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_due", "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(String(OCCASION_MAX), unique=True)
    template: Mapped[str] = mapped_column(String(40))
    template_version: Mapped[int | None]
    way: Mapped[Way] = mapped_column(worded(Way))
    loan_no: Mapped[str | None] = mapped_column(String(24), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    facts: Mapped[dict[str, object]] = mapped_column(Tagged)
    status: Mapped[DeliveryStatus] = mapped_column(worded(DeliveryStatus))
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    text: Mapped[str | None] = mapped_column(String(600))
    reason: Mapped[str] = mapped_column(String(200), default="")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact_attempt.id"))
    queued_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True)
class Told:
    """Something that is told: the template, the occasion that it is told once for, and what fills it.

    ``customer_id`` is None of what the staff is told, ``loan_no`` of what is about none.
    """

    template: str
    occasion: str
    loan_no: str | None
    customer_id: int | None
    facts: Mapping[str, object] = field(default_factory=dict)


def queue(session: Session, told: Told, *, now: datetime, due_at: datetime | None = None) -> int:
    """Write a message down for every channel of its template; told again nothing is written. Returns how many."""
    return queue_all(session, [told], now=now, due_at=due_at)


def queue_all(
    session: Session, told: Sequence[Told], *, now: datetime, due_at: datetime | None = None
) -> int:
    """Write many down at once, all due at the same instant; returns how many rows were meant."""
    ways = {key: message_templates.newest(session, key).ways for key in {each.template for each in told}}
    rows = [
        {
            "occasion": f"{each.template}:{each.occasion}:{way.value}"[:OCCASION_MAX],
            "template": each.template,
            "way": way,
            "loan_no": each.loan_no,
            "customer_id": each.customer_id,
            "facts": dict(each.facts),
            "status": _S.QUEUED,
            "due_at": due_at or now,
            "attempts": 0,
            "reason": "",
            "queued_at": now,
        }
        for each in told
        for way in ways[each.template]
    ]
    if rows:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.execute(insert(Delivery).on_conflict_do_nothing(index_elements=["occasion"]), rows)
    return len(rows)


def tell(
    session: Session,
    loan_no: str,
    template: str,
    occasion: str,
    facts: Mapping[str, object],
    *,
    now: datetime,
    owed_on: date | None = None,
) -> int:
    """Tell the customer of a loan something, now, who owes it or who owed it on a day; over how many channels."""
    loan = session.scalars(select(Loan).where(Loan.loan_no == loan_no)).one()
    customer_id = loan.customer_id if owed_on is None else debtor_on(session, loan, owed_on)
    return queue(session, Told(template, occasion, loan_no, customer_id, dict(facts)), now=now)


def morning_after(session: Session, day: date) -> datetime:
    """When the reminders of the day after a day-end go out (parameter ``contact_hours``)."""
    at = time.fromisoformat(parameters.value(session, "contact_hours", day)["reminders_at"])
    return datetime.combine(day + timedelta(days=1), at, ZONE)


def is_due(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Which messages are to be sent."""
    return (Delivery.status.in_(OPEN), Delivery.due_at <= now)


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """The ids of up to ``limit`` messages that are due, oldest first."""
    asked = select(Delivery.id).where(*is_due(now))
    return list(session.scalars(asked.order_by(Delivery.due_at, Delivery.id).limit(limit)))


def take(session: Session, delivery_id: int, now: datetime) -> Delivery | None:
    """The message for this attempt alone, leased for a while; None if it is not due any more."""
    asked = select(Delivery).where(Delivery.id == delivery_id, *is_due(now))
    found = session.scalar(asked.with_for_update(skip_locked=True))
    if found is not None:
        found.status, found.due_at = _S.SENDING, now + LEASE
    return found


def postpone(found: Delivery, until: datetime, reason: str) -> None:
    """It waits, without an attempt counted."""
    found.status, found.due_at, found.reason = _S.QUEUED, until, reason


def try_again(found: Delivery, now: datetime, reason: str) -> bool:
    """It could not be sent: again later, or failed for good after the last pause; whether it is tried again."""
    found.reason = reason[:200]
    if found.attempts > len(BACK_OFF):
        end(found, _S.FAILED, now, reason)
        return False
    found.status, found.due_at = _S.QUEUED, now + BACK_OFF[max(found.attempts, 1) - 1]
    return True


def end(found: Delivery, status: DeliveryStatus, now: datetime, reason: str = "") -> None:
    """What became of it, for good."""
    found.status, found.reason, found.ended_at = status, reason[:200], now


def send_again(session: Session, found: Delivery, now: datetime) -> None:
    """Let a failed message be tried anew, with all its tries."""
    if found.status is _S.FAILED:
        found.status, found.due_at, found.attempts, found.ended_at = _S.QUEUED, now, 0, None
        session.flush()


def latest(
    session: Session,
    *,
    limit: int,
    status: DeliveryStatus | None = None,
    loan_no: str | None = None,
    customer_id: int | None = None,
) -> list[Delivery]:
    """The log, newest first."""
    asked = select(Delivery)
    if status is not None:
        asked = asked.where(Delivery.status == status)
    if loan_no is not None:
        asked = asked.where(Delivery.loan_no == loan_no)
    if customer_id is not None:
        asked = asked.where(Delivery.customer_id == customer_id)
    return list(session.scalars(asked.order_by(Delivery.id.desc()).limit(limit)))
