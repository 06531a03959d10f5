"""Sessions of customers: begun by a code, short, and over when the customer's number is another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.vault import PersonErased, Vault
from lending import customers
from lending.customers import Customer
from lending.portal.acts import PortalAct

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=2)
# How stale the time of the last request may be: each note of it is a write.
SEEN_EVERY = timedelta(minutes=2)
TAIL = 6


class PortalSession(Base):
    """One sign-in of a customer, at the number of that time."""

    __tablename__ = "portal_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    remote: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))


def people_of(session: Session, vault: Vault, phone: str) -> list[Customer]:
    """Who has this mobile number and is not erased, the oldest record first."""
    found = []
    for customer in customers.find_by_phone(session, vault, phone):
        try:
            customers.phone_of(session, vault, customer)
        except PersonErased:
            continue
        found.append(customer)
    return found


def one_of(session: Session, vault: Vault, people: Sequence[Customer], tail: str) -> Customer | None:
    """The one of several people behind a number whose identity number or credit code ends in these six."""
    wanted = tail.strip().upper()
    if len(wanted) != TAIL:
        return None
    fitting = [one for one in people if customers.identity_of(session, vault, one)[-TAIL:] == wanted]
    return fitting[0] if len(fitting) == 1 else None


def open_one(
    session: Session, customer: Customer, now: datetime, *, remote: str, browser: str
) -> PortalSession:
    """Note a sign-in."""
    opened = PortalSession(
        customer_id=customer.id,
        phone_index=customer.phone_index,
        opened_at=now,
        seen_at=now,
        remote=remote[:64],
        browser=browser[:200],
    )
    session.add(opened)
    session.flush()
    return opened


def standing(session: Session, session_id: int, now: datetime) -> tuple[PortalSession, Customer] | None:
    """The session and its customer, while neither has ended."""
    found = session.get(PortalSession, session_id)
    if found is None or found.ended_at is not None:
        return None
    if now >= found.seen_at + IDLE + SEEN_EVERY or now >= found.opened_at + LONGEST:
        return None
    customer = session.get(Customer, found.customer_id)
    if customer is None or customer.merged_into_id is not None:
        return None
    return (found, customer) if customer.phone_index == found.phone_index else None


def seen(session: Session, session_id: int, now: datetime) -> None:
    """Note that a request came."""
    session.get_one(PortalSession, session_id).seen_at = now


def end(session: Session, session_id: int, now: datetime) -> None:
    """The customer has signed out: a copy of the cookie is void."""
    session.get_one(PortalSession, session_id).ended_at = now


def erase(session: Session, customer_ids: Sequence[int], now: datetime) -> None:
    """The person is erased: sessions end, and from where they and each act came is not kept."""
    of_sessions, of_acts = (
        PortalSession.customer_id.in_(customer_ids),
        PortalAct.customer_id.in_(customer_ids),
    )
    session.execute(update(PortalSession).where(of_sessions).values(ended_at=now, remote="", browser=""))
    session.execute(update(PortalAct).where(of_acts).values(remote=""))
