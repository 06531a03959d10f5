"""Black, grey and white lists of people, cars and dealers: what was found out, until when it counts, what it hits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.masking import mask_identity, mask_phone
from company.messages import Language
from company.vault import Vault
from lending import corporates, customers, dealers, parties, sequences, vehicles
from lending.applications import Application
from lending.columns import worded
from lending.customers import Customer, CustomerKind
from lending.errors import LendingError, NotFound
from lending.identifiers import mobile, resident_id, uscc, vin
from lending.labels import Labelled


class Colour(Labelled):
    """What an entry means for an application."""

    BLACK = "black", "黑名单", "Black list"
    GREY = "grey", "灰名单", "Grey list"
    WHITE = "white", "白名单", "White list"


class Subject(Labelled):
    """What an entry names, by which number."""

    PERSON = "person", "个人（身份证号）", "Person (identity number)"
    PHONE = "phone", "手机号码", "Mobile number"
    VEHICLE = "vehicle", "车辆（车架号）", "Car (VIN)"
    DEALER = "dealer", "经销商（信用代码）", "Dealer (credit code)"
    COMPANY = "company", "企业（信用代码）", "Company (credit code)"


class EntryStatus(Labelled):
    """How far an entry is."""

    PROPOSED = "proposed", "待审批", "Proposed"
    ACTIVE = "active", "生效", "In force"
    REFUSED = "refused", "未批准", "Refused"
    REMOVED = "removed", "已移出", "Removed"


class AlreadyListed(LendingError):
    """The same number stands on the same list."""

    code = "already_listed"
    zh = "{shown} 已在{colour}上（{number}），不能重复列入；如需变更请先移出。"
    en = "{shown} is on the {colour} already ({number}); remove that entry first."


class NotListed(LendingError):
    """What is to be removed stands on no list."""

    code = "not_listed"
    zh = "{shown} 不在{colour}上，无法移出；请核对号码。"
    en = "{shown} is not on the {colour}; check the number."


class ListEndPassed(LendingError):
    """An entry counts for some time to come."""

    code = "list_end_passed"
    zh = "名单有效期至 {valid_until} 不晚于今天，请填写以后的日期。"
    en = "The entry would end on {valid_until}, which is not after today; enter a later day."


class ListEntry(Base):
    """One number on one list. The number is kept as a blind index; ``shown`` is how people see it, masked."""

    __tablename__ = "watch_list_entry"
    __table_args__ = (Index("ix_watch_list_entry_subject", "subject", "number_index"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_no: Mapped[str] = mapped_column(String(32), unique=True)
    subject: Mapped[Subject] = mapped_column(worded(Subject))
    number_index: Mapped[bytes] = mapped_column(LargeBinary)
    shown: Mapped[str] = mapped_column(String(60))
    colour: Mapped[Colour] = mapped_column(worded(Colour))
    status: Mapped[EntryStatus] = mapped_column(worded(EntryStatus))
    reason: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_note: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Hit:
    """An entry that names something of an application."""

    subject: Subject
    colour: Colour
    shown: str
    reason: str
    entry_no: str

    def label(self, language: Language) -> str:
        """What is listed and why, in a sentence."""
        if language == "zh":
            return f"{self.subject.label(language)} {self.shown} 在{self.colour.label(language)}上：{self.reason}"
        return f"{self.subject.label(language)} {self.shown} is on the {self.colour.label(language)}: {self.reason}"


def next_number(session: Session, year: int) -> str:
    """The number of the next proposal, which is the business key of its case: ``LIST-<year>-<running number>``."""
    return f"LIST-{year}-{sequences.take(session, f'list:{year}'):06d}"


def propose(
    session: Session,
    vault: Vault,
    entry_no: str,
    *,
    subject: Subject,
    number: str,
    colour: Colour,
    reason: str,
    source: str,
    valid_until: date,
    by: int | None,
    on: date,
    now: datetime,
) -> ListEntry:
    """Write down a proposal, or correct it after it came back; it has no effect until another person approves it.

    Raises :class:`AlreadyListed`, :class:`ListEndPassed` and the refusals of malformed numbers.
    """
    plain = _plain(subject, number)
    if valid_until <= on:
        raise ListEndPassed(valid_until=valid_until)
    index = _index(vault, subject, plain)
    known = _active(session, subject, index, colour, on)
    if known is not None:
        raise AlreadyListed(shown=known.shown, colour=colour, number=known.entry_no)
    entry = session.scalar(select(ListEntry).where(ListEntry.entry_no == entry_no))
    if entry is None:
        entry = ListEntry(entry_no=entry_no, status=EntryStatus.PROPOSED, created_at=now)
        session.add(entry)
    entry.subject, entry.number_index, entry.shown = subject, index, _shown(subject, plain)
    entry.colour, entry.reason, entry.source = colour, reason, source
    entry.valid_until, entry.proposed_by = valid_until, by
    session.flush()
    return entry


def get(session: Session, entry_no: str) -> ListEntry:
    """The entry, or :class:`NotFound`; held until the transaction ends."""
    found = session.scalar(select(ListEntry).where(ListEntry.entry_no == entry_no).with_for_update())
    if found is None:
        raise NotFound(what_zh="名单", what_en="list entry", key=entry_no)
    return found


def find_active(
    session: Session, vault: Vault, *, subject: Subject, number: str, colour: Colour, on: date
) -> ListEntry:
    """The entry in force for a number (:class:`NotListed`)."""
    plain = _plain(subject, number)
    found = _active(session, subject, _index(vault, subject, plain), colour, on)
    if found is None:
        raise NotListed(shown=_shown(subject, plain), colour=colour)
    return found


def decide(
    session: Session, entry: ListEntry, to: EntryStatus, *, by: int | None, on: date, now: datetime, note: str
) -> ListEntry:
    """Put an entry into force, refuse it, or take it off; what happened before stays written."""
    entry.status, entry.decided_by, entry.decided_at = to, by, now
    entry.decision_note = note[:500] or None
    if to is EntryStatus.ACTIVE:
        entry.valid_from = on
    session.flush()
    return entry


def hits(session: Session, vault: Vault, application: Application, on: date) -> list[Hit]:
    """Every entry in force on a day that names the car, the dealer or any party of an application; black ones first.

    Parties are who applies, who acts or is liable beside him, and the beneficial owners of the companies among them.
    """
    found = naming(
        session,
        vault,
        {
            Subject.VEHICLE: vehicles.get(session, application.vehicle_id or 0).vin,
            Subject.DEALER: dealers.get(session, application.dealer_id or 0).social_credit_code,
        },
        on,
    )
    applicant = customers.get(session, application.customer_id or 0)
    named = {one.id: one for one in (applicant, *parties.people(session, application.application_no))}
    for customer in named.values():
        found += naming(session, vault, numbers_of(session, vault, customer), on)
        for owner in corporates.owners_of(session, customer.id):
            number = corporates.identity_of(session, vault, owner)
            found += naming(session, vault, {Subject.PERSON: number}, on)
    order = list(Colour)
    by_entry = {hit.entry_no: hit for hit in found}
    return sorted(by_entry.values(), key=lambda hit: order.index(hit.colour))


def numbers_of(session: Session, vault: Vault, customer: Customer) -> dict[Subject, str]:
    """The numbers by which a list may name a customer, in their normal form."""
    is_company = customer.kind is CustomerKind.CORPORATE
    return {
        Subject.COMPANY if is_company else Subject.PERSON: customers.identity_of(session, vault, customer),
        Subject.PHONE: customers.phone_of(session, vault, customer),
    }


def naming(session: Session, vault: Vault, named: Mapping[Subject, str], on: date) -> list[Hit]:
    """Every entry in force on a day that names one of these numbers, each in its normal form; black ones first."""
    asked = [
        (ListEntry.subject == subject) & (ListEntry.number_index == _index(vault, subject, number))
        for subject, number in named.items()
    ]
    found = session.scalars(
        select(ListEntry)
        .where(or_(*asked), ListEntry.status == EntryStatus.ACTIVE, ListEntry.valid_until >= on)
        .order_by(ListEntry.id)
    )
    order = list(Colour)
    return sorted(
        (Hit(row.subject, row.colour, row.shown, row.reason, row.entry_no) for row in found),
        key=lambda hit: order.index(hit.colour),
    )


def colours_naming(
    session: Session, vault: Vault, numbers: dict[Subject, str], on: date
) -> frozenset[Colour]:
    """The lists on which any of the numbers, in their normal form, stands on a day."""
    asked = [
        (ListEntry.subject == subject) & (ListEntry.number_index == _index(vault, subject, number))
        for subject, number in numbers.items()
    ]
    if not asked:
        return frozenset()
    found = select(ListEntry.colour).where(
        or_(*asked), ListEntry.status == EntryStatus.ACTIVE, ListEntry.valid_until >= on
    )
    return frozenset(session.scalars(found))


def _active(session: Session, subject: Subject, index: bytes, colour: Colour, on: date) -> ListEntry | None:
    return session.scalar(
        select(ListEntry).where(
            ListEntry.subject == subject,
            ListEntry.number_index == index,
            ListEntry.colour == colour,
            ListEntry.status == EntryStatus.ACTIVE,
            ListEntry.valid_until >= on,
        )
    )


_READERS = {
    Subject.PERSON: resident_id.validate,
    Subject.PHONE: mobile.validate,
    Subject.VEHICLE: vin.validate,
    Subject.DEALER: uscc.validate,
    Subject.COMPANY: uscc.validate,
}


def _plain(subject: Subject, number: str) -> str:
    return _READERS[subject](number)


def _index(vault: Vault, subject: Subject, number: str) -> bytes:
    return vault.blind_index(f"list_{subject.value}", number)


def _shown(subject: Subject, number: str) -> str:
    if subject is Subject.PERSON:
        return mask_identity(number)
    return mask_phone(number) if subject is Subject.PHONE else number
