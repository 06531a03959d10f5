"""Restriction instead of deletion: a person whose data must be kept is found and used for what the law requires alone.

个人信息保护法 第四十七条: while the law still asks that data are kept, processing stops but for storing and
protecting. A restricted customer stands in no list and answers no search, and no new application is taken for him; what
runs, a loan to be repaid above all, goes on. Lifted again, for example when the person asks for a new loan.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.customers import Customer
from lending.errors import LendingError

REASON_MAX = 400


class PersonRestricted(LendingError):
    """The data of this person are kept for the law's sake and not used for anything new."""

    code = "person_restricted"
    zh = "该客户已要求停止处理个人信息，资料仅依法保存，不能用于新业务；如本人重新申请，请先办理解除限制。"
    en = "This person asked to stop the use of the data, kept by law only; lift the restriction for a new loan."


class AlreadyRestricted(LendingError):
    """A person is restricted once."""

    code = "already_restricted"
    zh = "该客户的个人信息已限制处理。"
    en = "The use of this person's data is restricted already."


class NotRestricted(LendingError):
    """There is nothing to lift."""

    code = "not_restricted"
    zh = "该客户的个人信息未被限制处理。"
    en = "The use of this person's data is not restricted."


class Restriction(Base):
    """One restriction; ``lifted_at`` None while it holds. ``request_no`` is the request that led to it, if one did."""

    __tablename__ = "customer_restriction"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    request_no: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    restricted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    restricted_at: Mapped[datetime] = mapped_column(Instant)
    lifted_reason: Mapped[str | None] = mapped_column(String(REASON_MAX))
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)


def restricted() -> Select[int]:
    """The ids of the customers under a restriction, as a query."""
    return select(Restriction.customer_id).where(Restriction.lifted_at.is_(None))


def standing(session: Session, customer_id: int) -> Restriction | None:
    """The restriction that holds, if one does."""
    asked = select(Restriction).where(Restriction.customer_id == customer_id, Restriction.lifted_at.is_(None))
    return session.scalar(asked.order_by(Restriction.id.desc()).limit(1))


def require_free(session: Session, customer: Customer) -> None:
    """Refuse with :class:`PersonRestricted` what is new for a restricted person."""
    if standing(session, customer.id) is not None:
        raise PersonRestricted()


def restrict(
    session: Session,
    customer: Customer,
    *,
    reason: str,
    request_no: str | None,
    by: int | None,
    now: datetime,
) -> Restriction:
    """Stop the use of a person's data; :class:`AlreadyRestricted`."""
    if standing(session, customer.id) is not None:
        raise AlreadyRestricted()
    made = Restriction(
        customer_id=customer.id,
        request_no=request_no,
        reason=reason.strip()[:REASON_MAX],
        restricted_by=by,
        restricted_at=now,
    )
    session.add(made)
    session.flush()
    return made


def lift(session: Session, customer: Customer, *, reason: str, by: int | None, now: datetime) -> Restriction:
    """Let the data be used again; :class:`NotRestricted`."""
    found = standing(session, customer.id)
    if found is None:
        raise NotRestricted()
    found.lifted_reason, found.lifted_by, found.lifted_at = reason.strip()[:REASON_MAX], by, now
    session.flush()
    return found
