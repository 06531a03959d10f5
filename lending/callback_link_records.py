"""The rows of the links by which customers answer callbacks themselves, and how a link ends without an answer.

Only the keyed digest of a token is kept; the token itself is sealed until the message that carries it has gone out. A
link that ends without an answer lets its case go on with an ordinary call.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import outbox
from company.database import Base, Instant
from lending.callbacks import CallbackVisit
from lending.columns import worded
from lending.labels import Labelled
from lending.locks import held

VOID = "CallbackLinkVoid"
"""The message by which a case is told that no answer will come."""


class LinkEnd(Labelled):
    """How a link ended."""

    ANSWERED = "answered", "已答复", "Answered"
    EXPIRED = "expired", "已过期", "Expired"
    REVOKED = "revoked", "已作废", "Revoked"
    LOCKED = "locked", "多次核对不符，已锁定", "Locked after wrong tries"
    NOT_SENT = "not_sent", "未能发出", "Could not be sent"


class CallbackLink(Base):
    """The link of one callback. ``token_sealed`` goes once the message was sent; ``end`` is None while it opens."""

    __tablename__ = "callback_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("callback_visit.id"), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    token_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end: Mapped[LinkEnd | None] = mapped_column("ended_as", worded(LinkEnd))


def close(link: CallbackLink, end: LinkEnd, now: datetime) -> None:
    """It opens no more."""
    link.end, link.ended_at, link.token_sealed = end, now, None


def void(session: Session, link: CallbackLink, end: LinkEnd, now: datetime) -> None:
    """It opens no more, and its case goes on with a call as soon as the outbox is worked off."""
    close(link, end, now)
    callback_no = session.get_one(CallbackVisit, link.visit_id).callback_no
    message_id = f"{VOID}:{callback_no}"
    payload = {"name": VOID, "key": callback_no, "payload": {}, "message_id": message_id}
    outbox.put(session, "message", message_id, payload, now)
    session.flush()


def open_of(session: Session, customer_id: int, loan_no: str | None = None) -> Sequence[CallbackLink]:
    """The customer's links that have not ended, of one loan or of all, held until the transaction ends."""
    asked = select(CallbackLink).where(CallbackLink.customer_id == customer_id, CallbackLink.end.is_(None))
    if loan_no is not None:
        of_loan = select(CallbackVisit.id).where(CallbackVisit.loan_no == loan_no)
        asked = asked.where(CallbackLink.visit_id.in_(of_loan))
    return session.scalars(held(asked.order_by(CallbackLink.id))).all()


def revoke_of(session: Session, customer_id: int, now: datetime, *, loan_no: str | None = None) -> None:
    """The customer may not be written to, of one loan or at all, or the data not be used any more: open links end.

    Their cases learn it.
    """
    for link in open_of(session, customer_id, loan_no):
        void(session, link, LinkEnd.REVOKED, now)


def of_visit(session: Session, visit_id: int) -> CallbackLink | None:
    """The link of a callback, if it had one."""
    return session.scalar(select(CallbackLink).where(CallbackLink.visit_id == visit_id))
