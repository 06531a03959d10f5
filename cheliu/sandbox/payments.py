"""The simulated bank's own store: payments it accepted, the answers it still owes, and its switches."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, String, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from company.database import Fen, Instant

ANSWER_TRIES_MAX = 30
ANSWER_RETRY_FIRST = timedelta(seconds=1)
ANSWER_RETRY_LAST = timedelta(seconds=30)


class SandboxBase(DeclarativeBase):
    """Tables of the simulator; none of them is part of the product's database."""


class PaymentStatus(StrEnum):
    """What became of a payment."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Payment(SandboxBase):
    """One payment instruction; the request id makes it unique however often it is sent."""

    __tablename__ = "payment"
    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Fen)
    payee_name: Mapped[str] = mapped_column(String(200))
    payee_account: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(200))
    callback_url: Mapped[str | None] = mapped_column(String(500))
    value_date: Mapped[date]
    status: Mapped[PaymentStatus] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(200), default="")
    received_at: Mapped[datetime] = mapped_column(Instant)
    settle_at: Mapped[datetime] = mapped_column(Instant)
    times_sent: Mapped[int] = mapped_column(default=1)
    answers: Mapped[int] = mapped_column(default=1)


class Answer(SandboxBase):
    """A result that the bank owes to its customer, repeated until the customer has taken it."""

    __tablename__ = "answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("payment.request_id"))
    event_id: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    taken: Mapped[bool] = mapped_column(default=False)


class Switches(SandboxBase):
    """How the bank misbehaves; ``*_every`` n means each n-th new payment, 0 never, 1 always."""

    __tablename__ = "switches"
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    down: Mapped[bool] = mapped_column(default=False)
    delay_ms: Mapped[int] = mapped_column(default=0)
    settle_ms: Mapped[int] = mapped_column(default=500)
    refuse_next: Mapped[int] = mapped_column(default=0)
    refuse_every: Mapped[int] = mapped_column(default=0)
    lose_answer_every: Mapped[int] = mapped_column(default=0)
    double_answer_every: Mapped[int] = mapped_column(default=0)
    silent_every: Mapped[int] = mapped_column(default=0)
    refuse_debit_every: Mapped[int] = mapped_column(default=0)


SWITCH_NAMES = tuple(column.key for column in Switches.__table__.columns if column.key != "id")


class RequestIdReused(Exception):
    """The same request id came with another amount or payee: a real bank refuses that, and so does this one."""


def switches(session: Session) -> Switches:
    """The one row of switches."""
    found = session.get(Switches, 1)
    if found is None:
        found = Switches(
            id=1,
            down=False,
            delay_ms=0,
            settle_ms=500,
            refuse_next=0,
            refuse_every=0,
            lose_answer_every=0,
            double_answer_every=0,
            silent_every=0,
            refuse_debit_every=0,
        )
        session.add(found)
        session.flush()
    return found


def _each(nth: int, count: int) -> bool:
    return nth > 0 and count % nth == 0


def accept(
    session: Session,
    *,
    request_id: str,
    amount: Decimal,
    payee_name: str,
    payee_account: str,
    purpose: str,
    callback_url: str | None,
    value_date: date,
) -> tuple[Payment, bool]:
    """Take a payment instruction once; returns the payment and whether the HTTP answer to it shall be lost.

    Sending the same request id again changes nothing and gives the first payment back; with another amount or payee
    it raises :class:`RequestIdReused`.
    """
    now = datetime.now(UTC)
    known = session.get(Payment, request_id)
    if known is not None:
        if (known.amount, known.payee_account, known.payee_name) != (amount, payee_account, payee_name):
            raise RequestIdReused(request_id)
        known.times_sent += 1
        return known, False
    rule = switches(session)
    count = (session.scalar(select(func.count()).select_from(Payment)) or 0) + 1
    refused = rule.refuse_next > 0 or _each(rule.refuse_every, count)
    if rule.refuse_next > 0:
        session.execute(update(Switches).values(refuse_next=Switches.refuse_next - 1))
    payment = Payment(
        request_id=request_id,
        amount=amount,
        payee_name=payee_name,
        payee_account=payee_account,
        purpose=purpose,
        callback_url=callback_url,
        value_date=value_date,
        status=PaymentStatus.PROCESSING,
        reason="收款账户状态异常" if refused else "",
        received_at=now,
        settle_at=now + timedelta(milliseconds=rule.settle_ms),
        times_sent=1,
        answers=0 if _each(rule.silent_every, count) else 2 if _each(rule.double_answer_every, count) else 1,
    )
    session.add(payment)
    return payment, _each(rule.lose_answer_every, count)


def settle_due(session: Session) -> int:
    """Decide the payments whose time has come and note the answers owed for them; returns how many."""
    now = datetime.now(UTC)
    due = session.scalars(
        select(Payment).where(Payment.status == PaymentStatus.PROCESSING, Payment.settle_at <= now)
    ).all()
    for payment in due:
        payment.status = PaymentStatus.FAILED if payment.reason else PaymentStatus.SUCCEEDED
        if payment.callback_url:
            for _ in range(payment.answers):
                session.add(
                    Answer(
                        request_id=payment.request_id,
                        event_id=f"{payment.request_id}:{payment.status}",
                        due_at=now,
                        tries=0,
                        taken=False,
                    )
                )
    return len(due)


def owed_answers(session: Session) -> list[tuple[Answer, Payment]]:
    """Answers whose next try is due, oldest first."""
    rows = session.execute(
        select(Answer, Payment)
        .join(Payment, Payment.request_id == Answer.request_id)
        .where(Answer.taken.is_(False), Answer.due_at <= datetime.now(UTC), Answer.tries < ANSWER_TRIES_MAX)
        .order_by(Answer.id)
        .limit(50)
    )
    return [(answer, payment) for answer, payment in rows]


def note_try(session: Session, answer_id: int, *, taken: bool) -> None:
    """Note that an answer was sent; one not taken is due again, later each time."""
    answer = session.get_one(Answer, answer_id)
    answer.tries += 1
    answer.taken = taken
    answer.due_at = datetime.now(UTC) + min(ANSWER_RETRY_LAST, ANSWER_RETRY_FIRST * 2 ** min(answer.tries, 6))
