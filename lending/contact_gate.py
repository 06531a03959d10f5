"""The gate that every contact with a customer passes: who may be reached how and when, by one table, all logged.

Source of the rules: 中国银行业协会《金融机构个人消费类贷款催收工作指引（试行）》(2026-01).
The table is ``may_contact`` in processes/decisions; an administrator may deploy a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ForeignKey, Index, LargeBinary, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.calendar import ZONE
from company.database import Base, Instant, Tagged
from company.vault import Vault
from lending.columns import worded
from lending.contact_circumstances import Circumstance, stand
from lending.contacts import Complaint
from lending.errors import NotFound
from lending.labels import Labelled

ALLOW = "allow"
DECISION = "may_contact"
NO_ANSWER_IN_A_ROW = 3
_WEEK = timedelta(days=7)


class Channel(Labelled):
    """How a person is reached."""

    CALL = "call", "电话", "Call"
    SMS = "sms", "短信", "SMS"
    VISIT = "visit", "上门", "Visit"
    LETTER = "letter", "信函", "Letter"
    EMAIL = "email", "电子邮件", "E-mail"


class Purpose(Labelled):
    """What for."""

    SERVICE = "service", "服务通知", "Service"
    REMINDER = "reminder", "还款提醒", "Reminder"
    COLLECTION = "collection", "催收", "Collection"
    CALLBACK = "callback", "回访", "Callback"
    ACCESS = "access", "客户索取的验证码", "Code that the customer asks for"


ASKED_BY_STAFF = tuple(purpose for purpose in Purpose if purpose is not Purpose.ACCESS)
"""What staff reach a customer for; a code goes out because the customer has just asked for it."""


class Person(Labelled):
    """Whom."""

    BORROWER = "borrower", "借款人", "Borrower"
    CO_BORROWER = "co_borrower", "共同借款人", "Co-borrower"
    GUARANTOR = "guarantor", "保证人", "Guarantor"
    RELATED = "related", "关联第三人（如配偶）", "Related person, a spouse for instance"
    UNRELATED = "unrelated", "无关第三人", "Unrelated person"


class Result(Labelled):
    """What came of an attempt."""

    CONNECTED = "connected", "已接通", "Reached"
    SENT = "sent", "已发送", "Sent"
    NOT_SENT = "not_sent", "未发出", "Not sent"
    NO_ANSWER = "no_answer", "无人接听", "No answer"
    BUSY = "busy", "占线", "Busy"
    SWITCHED_OFF = "switched_off", "关机", "Switched off"
    INVALID_NUMBER = "invalid_number", "号码无效", "Invalid number"
    WRONG_PERSON = "wrong_person", "非本人", "Wrong person"


_REACHED = (Result.CONNECTED, Result.SENT)


@dataclass(frozen=True)
class Contact:
    """One contact that somebody wants: whom of a customer's people, how, what for, under which number and loan."""

    customer_id: int
    channel: Channel
    purpose: Purpose
    person: Person = Person.BORROWER
    number: str = ""
    loan_no: str | None = None


@dataclass(frozen=True)
class Ruling:
    """What the table says: ``allow`` or the code of the rule that forbids it, and what is noted at the row."""

    rule: str
    note: str


Decides = Callable[[Session, Mapping[str, object]], Ruling]
"""Asks the table ``may_contact`` in force with the facts."""


class ContactAttempt(Base):
    """One contact let through or refused. The number is kept as a digest, the facts as they were decided on."""

    __tablename__ = "contact_attempt"
    __table_args__ = (
        Index("ix_contact_attempt_number", "number_index", "at"),
        Index("ix_contact_attempt_refused", "allowed", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    loan_no: Mapped[str | None] = mapped_column(String(24), index=True)
    channel: Mapped[Channel] = mapped_column(worded(Channel))
    purpose: Mapped[Purpose] = mapped_column(worded(Purpose))
    person: Mapped[Person] = mapped_column(worded(Person))
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    allowed: Mapped[bool]
    rule: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, object]] = mapped_column(Tagged)
    result: Mapped[Result | None] = mapped_column(worded(Result))


def may_contact(
    session: Session,
    vault: Vault,
    contact: Contact,
    decides: Decides,
    *,
    now: datetime,
    by: int | None = None,
) -> ContactAttempt:
    """Whether the contact may be made now; allowed or refused, it is written down with the rule.

    The caller acts on ``allowed`` and, after the contact, tells the result with :func:`note_result`.
    """
    index = vault.blind_index("contact_number", contact.number) if contact.number else None
    facts = _facts(session, contact, index, now)
    ruling = decides(session, facts)
    attempt = ContactAttempt(
        customer_id=contact.customer_id,
        loan_no=contact.loan_no,
        channel=contact.channel,
        purpose=contact.purpose,
        person=contact.person,
        number_index=index,
        at=now,
        by=by,
        allowed=ruling.rule == ALLOW,
        rule=ruling.rule,
        note=ruling.note[:200],
        facts=facts,
    )
    session.add(attempt)
    session.flush()
    return attempt


def still_allowed(
    session: Session, vault: Vault, contact: Contact, decides: Decides, *, now: datetime
) -> bool:
    """Whether a contact that was let through and not made yet would be let through now; nothing is written down."""
    index = vault.blind_index("contact_number", contact.number) if contact.number else None
    return decides(session, _facts(session, contact, index, now)).rule == ALLOW


def note_result(session: Session, attempt_id: int, result: Result) -> None:
    """What came of an attempt that was let through; :class:`NotFound` for any other."""
    attempt = session.get(ContactAttempt, attempt_id)
    if attempt is None or not attempt.allowed:
        raise NotFound(what_zh="联系记录", what_en="contact", key=attempt_id)
    attempt.result = result
    session.flush()


def opening(session: Session, now: datetime) -> datetime:
    """When the permitted hours begin next: ``now`` within them."""
    begin, end = hours(session, now.astimezone(ZONE).date())
    local = now.astimezone(ZONE)
    if begin <= local.time() < end:
        return now
    day = local.date() if local.time() < begin else local.date() + timedelta(days=1)
    return datetime.combine(day, begin, ZONE).astimezone(now.tzinfo)


def hours(session: Session, on: date) -> tuple[time, time]:
    """From when until when, local time, a customer may be reached on a day (parameter ``contact_hours``)."""
    setting: dict[str, str] = parameters.value(session, "contact_hours", on)
    return time.fromisoformat(setting["from"]), time.fromisoformat(setting["to"])


def refused(session: Session, *, limit: int) -> list[ContactAttempt]:
    """The contacts that were refused, the latest first."""
    asked = select(ContactAttempt).where(ContactAttempt.allowed.is_(False))
    return list(session.scalars(asked.order_by(ContactAttempt.id.desc()).limit(limit)))


def of_customer(session: Session, customer_id: int, *, limit: int) -> list[ContactAttempt]:
    """The contacts of a customer, let through or refused, the latest first."""
    asked = select(ContactAttempt).where(ContactAttempt.customer_id == customer_id)
    return list(session.scalars(asked.order_by(ContactAttempt.id.desc()).limit(limit)))


def _facts(session: Session, contact: Contact, index: bytes | None, now: datetime) -> dict[str, object]:
    """What the table reads."""
    begin, end = hours(session, now.astimezone(ZONE).date())
    standing = stand(session, contact.customer_id, contact.loan_no, now)
    midnight = datetime.combine(now.astimezone(ZONE).date(), time(), ZONE)
    return {
        "channel": contact.channel.value,
        "purpose": contact.purpose.value,
        "person": contact.person.value,
        "within_hours": begin <= now.astimezone(ZONE).time() < end,
        # Who asks for a code at this minute agrees to the hour.
        "hours_agreed": Circumstance.HOURS_AGREED in standing or contact.purpose is Purpose.ACCESS,
        "deceased": Circumstance.DECEASED in standing,
        "hold": _hold(standing),
        "complaint_open": _complaint_open(session, contact),
        "contact_lost": Circumstance.CONTACT_LOST in standing or _lost(session, contact.customer_id),
        "unanswered_today": 0 if index is None else _unanswered(session, index, midnight),
        "messages_today": _count(session, contact, Channel.SMS, midnight),
        "visits_this_week": _count(session, contact, Channel.VISIT, now - _WEEK),
    }


_HOLDS = (Circumstance.COURT_ORDER, Circumstance.IDENTITY_THEFT, Circumstance.DISPUTE, Circumstance.HARDSHIP)


def _hold(standing: set[Circumstance]) -> str:
    """The gravest hold, empty without one."""
    return next((each.value for each in _HOLDS if each in standing), "")


def _complaint_open(session: Session, contact: Contact) -> bool:
    """Whether a complaint about this debt, or about none in particular, waits for its answer."""
    asked = select(Complaint.id).where(
        Complaint.customer_id == contact.customer_id,
        Complaint.answered_at.is_(None),
        or_(Complaint.loan_no.is_(None), Complaint.loan_no == contact.loan_no),
    )
    return session.scalar(asked.limit(1)) is not None


def _lost(session: Session, customer_id: int) -> bool:
    """Whether the borrower's number is invalid, or three calls in a row reached nobody."""
    calls = session.scalars(
        select(ContactAttempt.result)
        .where(
            ContactAttempt.customer_id == customer_id,
            ContactAttempt.person == Person.BORROWER,
            ContactAttempt.channel == Channel.CALL,
            ContactAttempt.result.is_not(None),
        )
        .order_by(ContactAttempt.id.desc())
        .limit(NO_ANSWER_IN_A_ROW)
    ).all()
    in_vain = len(calls) == NO_ANSWER_IN_A_ROW and not any(each in _REACHED for each in calls)
    return in_vain or (bool(calls) and calls[0] is Result.INVALID_NUMBER)


def _unanswered(session: Session, index: bytes, since: datetime) -> int:
    """How many calls to the number were let through since then and reached nobody, or have no result yet."""
    asked = select(func.count()).where(
        ContactAttempt.number_index == index,
        ContactAttempt.channel == Channel.CALL,
        ContactAttempt.allowed,
        ContactAttempt.at >= since,
        or_(ContactAttempt.result.is_(None), ContactAttempt.result.not_in(_REACHED)),
    )
    return session.scalar(asked) or 0


def _count(session: Session, contact: Contact, channel: Channel, since: datetime) -> int:
    """How many reminders and collection contacts of a channel the customer had since then."""
    asked = select(func.count()).where(
        ContactAttempt.customer_id == contact.customer_id,
        ContactAttempt.channel == channel,
        ContactAttempt.purpose.in_((Purpose.REMINDER, Purpose.COLLECTION)),
        ContactAttempt.allowed,
        ContactAttempt.at >= since,
        or_(ContactAttempt.result.is_(None), ContactAttempt.result != Result.NOT_SENT),
    )
    return session.scalar(asked) or 0
