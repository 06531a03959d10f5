"""Every contact of a collection case: the gate is asked before, what came of it is written down after.

What was said is sealed under the key of the customer of whom it tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.messages import Language
from company.vault import Vault
from lending import contact_gate, customers, guarantees, loans
from lending.collections.cases import CollectionCase
from lending.collections.kinds import ResultCode
from lending.columns import worded
from lending.contact_gate import Channel, Contact, ContactAttempt, Decides, Person, Purpose, Result
from lending.customers import Customer
from lending.errors import LendingError
from lending.identifiers import mobile

NOTE_MAX = 1000
MINUTES_MAX = 600
RESULT_WITHIN = timedelta(hours=24)
GATE_RESULTS = {
    ResultCode.PROMISE: Result.CONNECTED,
    ResultCode.REFUSED: Result.CONNECTED,
    ResultCode.HARDSHIP: Result.CONNECTED,
    ResultCode.DISPUTE: Result.CONNECTED,
    ResultCode.WRONG_PERSON: Result.WRONG_PERSON,
    ResultCode.NO_ANSWER: Result.NO_ANSWER,
    ResultCode.BUSY: Result.BUSY,
    ResultCode.SWITCHED_OFF: Result.SWITCHED_OFF,
    ResultCode.INVALID_NUMBER: Result.INVALID_NUMBER,
    ResultCode.DECEASED: Result.WRONG_PERSON,
    ResultCode.MESSAGE_LEFT: Result.NO_ANSWER,
}
"""What the gate counts: a message left on a machine has reached nobody."""


class NotAskedBefore(LendingError):
    """A contact passes the gate before it is made."""

    code = "contact_not_asked"
    zh = "没有待登记结果的联系：请先在催收页面点“拨号前检查”，获准联系后再登记结果。"
    en = "No contact awaits its result: ask the gate on the collection page first, and record after the contact."


class ContactOfAnotherKind(LendingError):
    """What was let through is done: a call that may be made is no visit, a borrower no guarantor."""

    code = "contact_of_another_kind"
    zh = "这里登记的是{wanted_zh}，获准的是{given_zh}，不能代替；请先登记已获准的联系，再就{wanted_zh}做拨号前检查。"
    en = (
        "This is the result of a {wanted_en}; what was let through is a {given_en}. "
        "Record that contact first, then ask the gate for the {wanted_en}."
    )


class ContactWasRefused(LendingError):
    """What the gate refused was not to be done, and has no result."""

    code = "contact_was_refused"
    zh = "最近一次检查的结论是不得联系（{wanted_zh}）：{why_zh}。获准后才能登记结果。"
    en = "The gate has refused this contact ({wanted_en}): {why_en}. Only what was let through has a result."


class MinutesRefused(LendingError):
    """A contact takes some minutes."""

    code = "contact_minutes"
    zh = "用时应为 0 到 {most} 分钟的整数。"
    en = "The minutes are a whole number from 0 to {most}."


class ContactsEarlierOpen(LendingError):
    """One contact at a time: the result of the one before comes first."""

    code = "contact_result_missing"
    zh = "上一次联系还没有登记结果，请先登记再继续联系。"
    en = "The contact before has no result yet; record it before the next one."


class ContactNoteTooLong(LendingError):
    """A note has a limit."""

    code = "contact_note_too_long"
    zh = "说明最多 {most} 字。"
    en = "The note may have {most} characters at the most."


class VisitNeedsTwo(LendingError):
    """Two people with their identity cards make a visit."""

    code = "visit_needs_two"
    zh = "上门须两人同行并出示工作证，请填写同行人（另一名员工）的用户名。"
    en = "Two people visit, with their cards; enter the user name of the colleague who comes along."


class NumberMissing(LendingError):
    """Whom nobody has a number of cannot be called."""

    code = "contact_number_missing"
    zh = "没有该联系人的电话，请填写号码。"
    en = "There is no number of this person; enter it."


class CollectionContact(Base):
    """One contact made, with its result. ``companion_id`` came along on a visit."""

    __tablename__ = "collection_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("collection_case.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("contact_attempt.id"), unique=True)
    result: Mapped[ResultCode] = mapped_column(worded(ResultCode))
    minutes: Mapped[int | None]
    recording_ref: Mapped[str | None] = mapped_column(String(80))
    companion_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    person_key_id: Mapped[int] = mapped_column(ForeignKey("person_key.id"))
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Kind:
    """What a task asks for: a channel and, where it matters, whom; none of ``people`` is anybody."""

    channel: Channel
    people: tuple[Person, ...] = ()

    def covers(self, attempt: ContactAttempt) -> bool:
        """Whether a contact that was let through is one of this kind."""
        return attempt.channel is self.channel and (not self.people or attempt.person in self.people)

    def words(self, language: Language) -> str:
        """The kind in words."""
        called = self.channel.label(language)
        whom = ("或" if language == "zh" else " or ").join(each.label(language) for each in self.people)
        return f"{called}·{whom}" if whom else called


CALL, VISIT = Kind(Channel.CALL, (Person.BORROWER, Person.CO_BORROWER)), Kind(Channel.VISIT)
GUARANTOR_CALL = Kind(Channel.CALL, (Person.GUARANTOR,))


@dataclass(frozen=True)
class Came:
    """What came of a contact."""

    result: ResultCode
    note: str = ""
    minutes: int | None = None
    recording_ref: str | None = None
    companion_id: int | None = None


def ask(
    session: Session,
    vault: Vault,
    found: CollectionCase,
    decides: Decides,
    *,
    channel: Channel,
    person: Person,
    number: str,
    now: datetime,
    by: int,
) -> ContactAttempt:
    """Ask the gate before a contact of a case; allowed or refused, it is written down with its rule.

    Without ``number`` the borrower's or the first guarantor's own one is used. Raises :class:`ContactsEarlierOpen`,
    :class:`NumberMissing`, and :mod:`lending.identifiers.mobile`'s refusals of a number.
    """
    if awaited(session, found, by, now) is not None:
        raise ContactsEarlierOpen()
    called = mobile.validate(number) if number else own_number(session, vault, found, person)
    if not called and channel in (Channel.CALL, Channel.SMS) and person is not Person.UNRELATED:
        raise NumberMissing()
    contact = Contact(found.customer_id, channel, Purpose.COLLECTION, person, called, found.loan_no)
    return contact_gate.may_contact(session, vault, contact, decides, now=now, by=by)


def own_number(session: Session, vault: Vault, found: CollectionCase, person: Person) -> str:
    """The number on file of the borrower or of his first guarantor; empty for anybody else."""
    if person is Person.BORROWER:
        return customers.phone_of(session, vault, customers.get(session, found.customer_id))
    if person is Person.GUARANTOR:
        return next((number for _name, number in guarantors(session, vault, found)), "")
    return ""


def guarantors(session: Session, vault: Vault, found: CollectionCase) -> list[tuple[str, str]]:
    """Name and number of each guarantor of the case's loan."""
    application_no = loans.get(session, found.loan_no).application_no
    people = [
        session.get_one(Customer, party.customer_id)
        for party, _guarantee in guarantees.of_application(session, application_no)
    ]
    return [(each.name, customers.phone_of(session, vault, each)) for each in people]


def awaited(session: Session, found: CollectionCase, by: int | None, now: datetime) -> ContactAttempt | None:
    """The latest contact of the case that ``by`` was let make and that has no result yet, of the last day."""
    asked = select(ContactAttempt).where(
        ContactAttempt.customer_id == found.customer_id,
        ContactAttempt.loan_no == found.loan_no,
        ContactAttempt.purpose == Purpose.COLLECTION,
        ContactAttempt.allowed,
        ContactAttempt.result.is_(None),
        ContactAttempt.by == by,
        ContactAttempt.channel.in_((Channel.CALL, Channel.VISIT)),
        ContactAttempt.at > now - RESULT_WITHIN,
    )
    return session.scalar(asked.order_by(ContactAttempt.id.desc()).limit(1))


def require(
    session: Session,
    found: CollectionCase,
    kind: Kind,
    in_english: Mapping[str, str],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """That ``by`` was let make a contact of a kind, whose result is missing; ``in_english``: what the rules note.

    Raises :class:`ContactWasRefused` with the rule if the gate said no last, else :class:`ContactOfAnotherKind` if it
    let something else through, else :class:`NotAskedBefore`.
    """
    attempt = awaited(session, found, by, now)
    if attempt is not None and kind.covers(attempt):
        return
    words = {"wanted_zh": kind.words("zh"), "wanted_en": kind.words("en")}
    last = select(ContactAttempt).where(
        ContactAttempt.customer_id == found.customer_id,
        ContactAttempt.loan_no == found.loan_no,
        ContactAttempt.purpose == Purpose.COLLECTION,
        ContactAttempt.channel == kind.channel,
        ContactAttempt.by == by,
        ContactAttempt.at > now - RESULT_WITHIN,
    )
    if kind.people:
        last = last.where(ContactAttempt.person.in_(kind.people))
    asked = session.scalar(last.order_by(ContactAttempt.id.desc()).limit(1))
    if asked is not None and not asked.allowed:
        raise ContactWasRefused(why_zh=asked.note, why_en=in_english.get(asked.note, asked.note), **words)
    if attempt is None:
        raise NotAskedBefore()
    given = Kind(attempt.channel, (attempt.person,))
    raise ContactOfAnotherKind(given_zh=given.words("zh"), given_en=given.words("en"), **words)


def note(
    session: Session, vault: Vault, found: CollectionCase, came: Came, *, by: int | None, now: datetime
) -> CollectionContact:
    """Write down what came of the contact that was let through.

    Raises :class:`NotAskedBefore`, :class:`VisitNeedsTwo`, :class:`MinutesRefused`, :class:`ContactNoteTooLong`.
    """
    attempt = awaited(session, found, by, now)
    if attempt is None:
        raise NotAskedBefore()
    if attempt.channel is Channel.VISIT and came.companion_id in (None, by):
        raise VisitNeedsTwo()
    if came.minutes is not None and not 0 <= came.minutes <= MINUTES_MAX:
        raise MinutesRefused(most=MINUTES_MAX)
    words = came.note.strip()
    if len(words) > NOTE_MAX:
        raise ContactNoteTooLong(most=NOTE_MAX)
    contact_gate.note_result(session, attempt.id, GATE_RESULTS[came.result])
    customer = customers.get(session, found.customer_id)
    made = CollectionContact(
        case_id=found.id,
        attempt_id=attempt.id,
        result=came.result,
        minutes=came.minutes,
        recording_ref=came.recording_ref,
        companion_id=came.companion_id if attempt.channel is Channel.VISIT else None,
        person_key_id=customer.person_key_id,
        note_sealed=vault.seal_for(session, customer.person_key_id, words) if words else None,
        made_by=by,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made


def of_customer(
    session: Session, customer_id: int, limit: int
) -> list[tuple[ContactAttempt, CollectionContact | None]]:
    """The collection contacts of a customer, refused ones too, the newest first."""
    asked = (
        select(ContactAttempt, CollectionContact)
        .outerjoin(CollectionContact, CollectionContact.attempt_id == ContactAttempt.id)
        .where(ContactAttempt.customer_id == customer_id, ContactAttempt.purpose == Purpose.COLLECTION)
        .order_by(ContactAttempt.id.desc())
        .limit(limit)
    )
    return [(attempt, made) for attempt, made in session.execute(asked)]


def words_of(session: Session, vault: Vault, made: CollectionContact) -> str:
    """What was noted of a contact, opened; company.vault.PersonErased."""
    if made.note_sealed is None:
        return ""
    return vault.open_for(session, made.person_key_id, made.note_sealed)
