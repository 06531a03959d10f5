"""What was said between the house and a customer after the pay-out or about it: callbacks made, complaints received.

A complaint is to be decided within fifteen days (银保监会令 2020 年第 3 号); who is complained of does not answer. What
was said is sealed under the key of the customer of whom it tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, Integer, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.vault import Vault
from lending.collections import cases
from lending.columns import worded
from lending.customers import Customer
from lending.debtors import owed_by
from lending.errors import LendingError
from lending.labels import Labelled
from lending.loans import Loan

TEXT_MAX = 1000
DECIDED_WITHIN = timedelta(days=15)


class ContactWay(Labelled):
    """How the two met."""

    PHONE = "phone", "电话", "Telephone"
    VISIT = "visit", "上门", "Visit"
    COUNTER = "counter", "柜面", "At the counter"
    ONLINE = "online", "线上", "Online"
    LETTER = "letter", "信函", "Letter"
    AUTHORITY = "authority", "监管转办", "Passed on by an authority"
    PORTAL = "portal", "客户门户", "Customer portal"


TOLD_BY_STAFF = tuple(way for way in ContactWay if way is not ContactWay.PORTAL)
"""The ways of what the staff record: by the portal only the customer himself speaks."""


class ContactUnexplained(LendingError):
    """A contact without a word on what it was about helps nobody."""

    code = "contact_unexplained"
    zh = "请填写内容，最多 {text_max} 字。"
    en = "Write what it was about, in {text_max} characters at the most."


class ContactInFuture(LendingError):
    """What is recorded has happened."""

    code = "contact_in_future"
    zh = "日期 {on} 晚于今天，请更正。"
    en = "The day {on} lies after today; correct it."


class LoanOfAnother(LendingError):
    """The loan is not this customer's, and never was."""

    code = "loan_of_another"
    zh = "贷款 {loan_no} 不是该客户的，请核对编号。"
    en = "The loan {loan_no} is not this customer's; check the number."


class ComplaintAnswered(LendingError):
    """A complaint is answered once."""

    code = "complaint_answered"
    zh = "该投诉已于 {on} 答复，不能重复答复。"
    en = "This complaint was answered on {on} and is not answered again."


class ComplainedOf(LendingError):
    """Who is complained of does not answer."""

    code = "complained_of"
    zh = "投诉涉及您本人，须由他人答复。"
    en = "The complaint is about you; somebody else answers it."


class Complaint(Base):
    """A complaint; ``answered_at`` None while it is open. ``person_key_id``: of whom it tells, also after a merge.

    ``recorded_by`` is None of one that the customer made himself.
    """

    __tablename__ = "complaint"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    loan_no: Mapped[str | None] = mapped_column(String(32))
    way: Mapped[ContactWay] = mapped_column(worded(ContactWay))
    received_on: Mapped[date] = mapped_column(Date)
    decide_by: Mapped[date] = mapped_column(Date, index=True)
    person_key_id: Mapped[int] = mapped_column(ForeignKey("person_key.id"))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    about_id: Mapped[int | None] = mapped_column(Integer)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class CallbackRecord(Base):
    """A callback that was made, whether or not the customer was reached."""

    __tablename__ = "callback_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    loan_no: Mapped[str | None] = mapped_column(String(32))
    way: Mapped[ContactWay] = mapped_column(worded(ContactWay))
    held_on: Mapped[date] = mapped_column(Date)
    reached: Mapped[bool]
    person_key_id: Mapped[int] = mapped_column(ForeignKey("person_key.id"))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    next_on: Mapped[date | None] = mapped_column(Date)
    recorded_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Said:
    """What both have in common: which loan if any, how, on which day, and what was said."""

    loan_no: str | None
    way: ContactWay
    on: date
    text: str


def receive(
    session: Session,
    vault: Vault,
    customer: Customer,
    said: Said,
    *,
    about_id: int | None,
    by: int | None,
    today: date,
    now: datetime,
) -> Complaint:
    """Record a complaint; ``about_id`` is the employee it is about, if it is about one. Collections hold at once.

    Raises :class:`ContactUnexplained`, :class:`ContactInFuture`, :class:`LoanOfAnother`.
    """
    _check(session, customer, said, today)
    complaint = Complaint(
        customer_id=customer.id,
        loan_no=said.loan_no,
        way=said.way,
        received_on=said.on,
        decide_by=said.on + DECIDED_WITHIN,
        person_key_id=customer.person_key_id,
        text_sealed=vault.seal_for(session, customer.person_key_id, said.text),
        about_id=about_id,
        recorded_by=by,
        recorded_at=now,
    )
    session.add(complaint)
    session.flush()
    cases.tell_changed(session, customer.id, f"complaint:{complaint.id}", now)
    return complaint


def answer(
    session: Session, vault: Vault, complaint: Complaint, text: str, *, by: int, now: datetime
) -> None:
    """Close a complaint with what the customer is told; :class:`ComplaintAnswered`, :class:`ComplainedOf`."""
    if complaint.answered_at is not None:
        raise ComplaintAnswered(on=complaint.answered_at.date())
    if complaint.about_id == by:
        raise ComplainedOf()
    complaint.answer_sealed = vault.seal_for(session, complaint.person_key_id, _text(text))
    complaint.answered_by, complaint.answered_at = by, now
    session.flush()
    cases.tell_changed(session, complaint.customer_id, f"answered:{complaint.id}", now)


def record_callback(
    session: Session,
    vault: Vault,
    customer: Customer,
    said: Said,
    *,
    reached: bool,
    next_on: date | None,
    by: int,
    today: date,
    now: datetime,
) -> CallbackRecord:
    """Record a callback that was made. Refuses as :func:`receive` does."""
    _check(session, customer, said, today)
    callback = CallbackRecord(
        customer_id=customer.id,
        loan_no=said.loan_no,
        way=said.way,
        held_on=said.on,
        reached=reached,
        person_key_id=customer.person_key_id,
        text_sealed=vault.seal_for(session, customer.person_key_id, said.text),
        next_on=next_on,
        recorded_by=by,
        recorded_at=now,
    )
    session.add(callback)
    session.flush()
    return callback


def words_of(session: Session, vault: Vault, told: Complaint | CallbackRecord) -> str:
    """What the customer said, opened; PersonErased."""
    return vault.open_for(session, told.person_key_id, told.text_sealed)


def answer_of(session: Session, vault: Vault, complaint: Complaint) -> str | None:
    """What the customer was answered, opened; None while the complaint is open."""
    sealed = complaint.answer_sealed
    return None if sealed is None else vault.open_for(session, complaint.person_key_id, sealed)


def complaints_of(session: Session, customer_id: int) -> list[Complaint]:
    """The customer's complaints, the newest first."""
    asked = select(Complaint).where(Complaint.customer_id == customer_id)
    return list(session.scalars(asked.order_by(Complaint.received_on.desc(), Complaint.id.desc())))


def callbacks_of(session: Session, customer_id: int) -> list[CallbackRecord]:
    """The callbacks made to the customer, the newest first."""
    asked = select(CallbackRecord).where(CallbackRecord.customer_id == customer_id)
    return list(session.scalars(asked.order_by(CallbackRecord.held_on.desc(), CallbackRecord.id.desc())))


def _check(session: Session, customer: Customer, said: Said, today: date) -> None:
    _text(said.text)
    if said.on > today:
        raise ContactInFuture(on=said.on)
    if said.loan_no is not None:
        his = select(Loan.id).where(Loan.loan_no == said.loan_no, owed_by(customer.id))
        if session.scalar(his) is None:
            raise LoanOfAnother(loan_no=said.loan_no)


def _text(text: str) -> str:
    if not text.strip() or len(text) > TEXT_MAX:
        raise ContactUnexplained(text_max=TEXT_MAX)
    return text.strip()
