"""What holds of a customer when somebody wants to reach him: a death, a hold, a lost contact, other hours agreed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending import callback_link_records
from lending.collections import cases
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.labels import Labelled

NOTE_MAX = 300


class Circumstance(Labelled):
    """What is known."""

    DECEASED = "deceased", "已身故", "Deceased"
    COURT_ORDER = "court_order", "破产或法院裁定", "Bankruptcy or court order"
    IDENTITY_THEFT = "identity_theft", "主张身份被冒用", "Claims identity theft"
    DISPUTE = "dispute", "对债务有争议", "Disputes the debt"
    HARDSHIP = "hardship", "困难申请办理中", "Hardship request open"
    CONTACT_LOST = "contact_lost", "失联", "Contact lost"
    HOURS_AGREED = "hours_agreed", "书面同意其他联系时间", "Other hours agreed in writing"


AGAINST_MESSAGES = frozenset(
    {
        Circumstance.DECEASED,
        Circumstance.COURT_ORDER,
        Circumstance.IDENTITY_THEFT,
        Circumstance.DISPUTE,
        Circumstance.CONTACT_LOST,
    }
)
"""With these a customer is spoken to, if at all, by a person: a link that was sent opens no more."""


class CircumstanceUnexplained(LendingError):
    """Whoever holds contact up, or allows more of it, says why."""

    code = "circumstance_unexplained"
    zh = "请写明依据，最多 {most} 字。"
    en = "Say on what ground, in {most} characters at the most."


class LiftUnexplained(LendingError):
    """Whoever lets collection and contact go on says why."""

    code = "circumstance_lift_unexplained"
    zh = "请写明解除理由，2 到 {most} 字。"
    en = "Say why it is lifted, in 2 to {most} characters."


class ContactCircumstance(Base):
    """One of them, for all loans of a customer or for one; it holds until it is lifted."""

    __tablename__ = "contact_circumstance"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    loan_no: Mapped[str | None] = mapped_column(String(24))
    kind: Mapped[Circumstance] = mapped_column(worded(Circumstance))
    note: Mapped[str] = mapped_column(String(NOTE_MAX))
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    noted_at: Mapped[datetime] = mapped_column(Instant)
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)


def note(
    session: Session,
    customer_id: int,
    kind: Circumstance,
    text: str,
    *,
    loan_no: str | None = None,
    by: int | None,
    now: datetime,
) -> ContactCircumstance:
    """Write it down, on its ground (:class:`CircumstanceUnexplained`)."""
    words = text.strip()
    if not 2 <= len(words) <= NOTE_MAX:
        raise CircumstanceUnexplained(most=NOTE_MAX)
    made = ContactCircumstance(
        customer_id=customer_id, loan_no=loan_no, kind=kind, note=words, noted_by=by, noted_at=now
    )
    session.add(made)
    session.flush()
    cases.tell_changed(session, customer_id, f"noted:{made.id}", now)
    if kind in AGAINST_MESSAGES:
        callback_link_records.revoke_of(session, customer_id, now, loan_no=loan_no)
    return made


def lift(
    session: Session, customer_id: int, found_id: int, why: str, *, by: int | None, now: datetime
) -> ContactCircumstance:
    """It holds no more, for a reason that the caller keeps in the audit log; a second time changes nothing.

    Raises :class:`LiftUnexplained`, :class:`NotFound` for none of the customer's.
    """
    if not 2 <= len(why.strip()) <= NOTE_MAX:
        raise LiftUnexplained(most=NOTE_MAX)
    found = session.get(ContactCircumstance, found_id)
    if found is None or found.customer_id != customer_id:
        raise NotFound(what_zh="联系限制", what_en="circumstance", key=found_id)
    if found.lifted_at is None:
        found.lifted_by, found.lifted_at = by, now
        session.flush()
        cases.tell_changed(session, customer_id, f"lifted:{found.id}", now)
    return found


def of_customer(session: Session, customer_id: int) -> list[ContactCircumstance]:
    """All that hold, the latest first."""
    asked = select(ContactCircumstance).where(
        ContactCircumstance.customer_id == customer_id, ContactCircumstance.lifted_at.is_(None)
    )
    return list(session.scalars(asked.order_by(ContactCircumstance.id.desc())))


def stand(session: Session, customer_id: int, loan_no: str | None, now: datetime) -> set[Circumstance]:
    """Which hold now for a loan of the customer."""
    asked = select(ContactCircumstance.kind).where(
        ContactCircumstance.customer_id == customer_id,
        ContactCircumstance.noted_at <= now,
        ContactCircumstance.lifted_at.is_(None),
        or_(ContactCircumstance.loan_no.is_(None), ContactCircumstance.loan_no == loan_no),
    )
    return set(session.scalars(asked))
