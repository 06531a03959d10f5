"""How long a person's data are kept, and what is done when that time is over: the person's own key is destroyed.

What was sealed under the key, identity number, phone, address, card, bureau reports, what was said, can then be read by
nobody, in no later backup either; bookings and contracts stay, under a number instead of a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from company import parameters
from company.calendar import ZONE
from company.vault import PersonKey, Vault
from lending import applications, callback_link_records, consents, restrictions
from lending.applications import Application, ApplicationStatus
from lending.consents import Consent, ConsentPurpose
from lending.customers import Customer, records_of
from lending.debtors import gone_since
from lending.errors import LendingError
from lending.life.events import LoanEvent
from lending.life.kinds import EventKind
from lending.loans import Loan, LoanStatus
from lending.maths.due_dates import months_after
from lending.parties import ApplicationParty
from lending.portal import sessions as portal_sessions
from lending.transfer_records import DebtTransfer, TransferStatus

_UNDER_WAY = applications.OPEN | {ApplicationStatus.DRAFT}
# A claim that was written off is still a claim; one that was sold is the buyer's.
_ENDED = (LoanStatus.SETTLED, LoanStatus.CANCELLED, LoanStatus.TRANSFERRED)


class StillToBeKept(LendingError):
    """Nothing is deleted before its time is over."""

    code = "still_to_be_kept"
    zh = "客户 {customer_id} 的资料须保存至 {until}（{source}），不能删除，只能限制处理。"
    en = "The data of customer {customer_id} are kept until {until} ({source}); their use can be restricted instead."


class AlreadyErased(LendingError):
    """A person is erased once."""

    code = "already_erased"
    zh = "客户 {customer_id} 的个人信息已删除。"
    en = "The data of customer {customer_id} are erased already."


@dataclass(frozen=True)
class Keep:
    """Until when a person's data are kept: ``until`` None while business runs; ``source`` is the rule's."""

    until: date | None
    kind: str
    source: str

    def is_over(self, on: date) -> bool:
        """Whether the data may be erased on a day."""
        return self.until is not None and self.until <= on

    @property
    def words(self) -> str:
        """Why the data are kept, in Chinese, for the record and the customer."""
        if self.until is None:
            return f"业务尚未结束，结束后依法保存（{self.source}）"
        return f"须保存至 {self.until}（{self.source}）"


def keep_of(session: Session, customer: Customer, on: date) -> Keep:
    """What the retention rules of the day say of a person, all merged records together.

    The time counts from the end of the last loan that the person is bound by: its last event, the day since which
    somebody else owes it, or the day on which the claim was sold.
    """
    rules = {row["kind"]: row for row in parameters.value(session, "retention_rules", on)}
    records = records_of(customer.id)
    # Who answers for a loan, or signed beside who applied, is kept as long as who owes it.
    beside = select(ApplicationParty.application_no).where(ApplicationParty.customer_id.in_(records))
    taken_over = select(DebtTransfer.loan_no).where(
        DebtTransfer.application_no.in_(beside), DebtTransfer.status == TransferStatus.DONE
    )
    bound = or_(Loan.customer_id.in_(records), Loan.application_no.in_(beside), Loan.loan_no.in_(taken_over))
    loans = session.scalars(select(Loan).where(bound)).all()
    gone = gone_since(session, customer.id)
    still = {loan.loan_no for loan in loans}
    freed = [since for loan_no, since in gone.items() if loan_no not in still]
    lent = [loan for loan in loans if loan.status is not LoanStatus.CANCELLED]
    kind = "customer" if lent or freed else "rejected_application"
    months, source = rules[kind]["months"], rules[kind]["source"]
    running = session.scalar(
        select(Application.id)
        .where(
            or_(Application.customer_id.in_(records), Application.application_no.in_(beside)),
            _is_under_way(),
        )
        .limit(1)
    )
    if running is not None or any(loan.status not in _ENDED for loan in loans):
        return Keep(None, kind, source)
    last = max((*(_end_of(session, loan) for loan in lent), *freed), default=None)
    if last is None:
        asked = select(func.max(Application.created_at)).where(
            or_(Application.customer_id.in_(records), Application.application_no.in_(beside))
        )
        last = (session.scalar(asked) or customer.created_at).astimezone(ZONE).date()
    return Keep(months_after(last, months, due_day=last.day), kind, source)


def _is_under_way() -> ColumnElement[bool]:
    """The condition on Application that business runs in it: what was lent on one that was signed tells for itself."""
    lent = exists().where(
        Loan.application_no == Application.application_no, Loan.status != LoanStatus.CANCELLED
    )
    took_over = exists().where(
        DebtTransfer.application_no == Application.application_no, DebtTransfer.status == TransferStatus.DONE
    )
    signed = Application.status == ApplicationStatus.SIGNED
    return Application.status.in_(_UNDER_WAY) & not_(signed & or_(lent, took_over))


def _end_of(session: Session, loan: Loan) -> date:
    """The last day of a loan's life; of a claim that was sold the day of the sale."""
    asked = select(func.max(LoanEvent.on)).where(LoanEvent.loan_no == loan.loan_no)
    if loan.status is LoanStatus.TRANSFERRED:
        asked = asked.where(LoanEvent.kind == EventKind.ASSIGNMENT, LoanEvent.reversed_by_id.is_(None))
    last = session.scalar(asked)
    return last or loan.maturity_date or loan.opened_at.astimezone(ZONE).date()


def due(session: Session, on: date, *, after: int = 0, limit: int = 100) -> list[tuple[Customer, Keep]]:
    """Customers whose time is over on a day, by id, ``limit`` at a time; those erased already are left out."""
    asked = (
        select(Customer)
        .join(PersonKey, PersonKey.id == Customer.person_key_id)
        .where(Customer.id > after, Customer.merged_into_id.is_(None), PersonKey.destroyed_at.is_(None))
        .where(*_may_be_over(session, on))
        .order_by(Customer.id)
    )
    found: list[tuple[Customer, Keep]] = []
    for customer in session.scalars(asked):
        keep = keep_of(session, customer, on)
        if keep.is_over(on):
            found.append((customer, keep))
            if len(found) == limit:
                break
    return found


def _may_be_over(session: Session, on: date) -> Iterator[ColumnElement[bool]]:
    """What the database can tell at once of whom no rule can let go yet, so that few are looked at one by one."""
    rules = {row["kind"]: row["months"] for row in parameters.value(session, "retention_rules", on)}
    lent, unlent = (_instant(on, rules[kind]) for kind in ("customer", "rejected_application"))
    yield Customer.created_at <= max(lent, unlent)
    applied = select(Application.customer_id).where(
        Application.customer_id.is_not(None),
        or_(_is_under_way(), Application.created_at > max(lent, unlent)),
    )
    yield Customer.id.not_in(applied)
    yield Customer.id.not_in(
        select(Loan.customer_id).where(or_(Loan.status.not_in(_ENDED), Loan.activated_at > lent))
    )


def _instant(on: date, months: int) -> datetime:
    """The end of the day so many months before."""
    first = months_after(on, -months, due_day=on.day)
    return datetime.combine(first + timedelta(days=1), time(), ZONE).astimezone(UTC)


def require_over(session: Session, customer: Customer, on: date) -> Keep:
    """That a person may be erased: :class:`StillToBeKept`, :class:`AlreadyErased`."""
    keep = keep_of(session, customer, on)
    if not keep.is_over(on):
        raise StillToBeKept(customer_id=customer.id, until=keep.until or "—", source=keep.source)
    if session.get_one(PersonKey, customer.person_key_id).destroyed_at is not None:
        raise AlreadyErased(customer_id=customer.id)
    return keep


def erase(session: Session, vault: Vault, customer: Customer, *, on: date, now: datetime) -> Keep:
    """Destroy the keys of a person whose time is over; :class:`StillToBeKept`, :class:`AlreadyErased`.

    The name gives way to the number of the record, and the sealed answers of the person's applications go.
    """
    keep = require_over(session, customer, on)
    records = session.scalars(select(Customer).where(Customer.id.in_(records_of(customer.id)))).all()
    for record in records:
        vault.destroy_person_key(session, record.person_key_id, now)
        record.name = f"#{record.id}"
    ids = [record.id for record in records]
    numbers = select(Application.application_no).where(Application.customer_id.in_(ids))
    for number in session.scalars(numbers):
        vault.erase(session, number)
    portal_sessions.erase(session, ids, now)
    session.flush()
    return keep


def erase_or_restrict(
    session: Session,
    vault: Vault,
    customer: Customer,
    *,
    request_no: str,
    on: date,
    by: int | None,
    now: datetime,
) -> Keep:
    """Answer a wish to be deleted: erase where no rule asks to keep, else stop the use; marketing ends either way."""
    given = select(Consent).where(
        Consent.customer_id == customer.id,
        Consent.purpose == ConsentPurpose.MARKETING,
        Consent.given.is_(True),
        Consent.withdrawn_at.is_(None),
    )
    for consent in session.scalars(given).all():
        consents.withdraw(session, consent.id, by=by, now=now)
    keep = keep_of(session, customer, on)
    if keep.is_over(on):
        return erase(session, vault, customer, on=on, now=now)
    if restrictions.standing(session, customer.id) is None:
        restrictions.restrict(session, customer, reason=keep.words, request_no=request_no, by=by, now=now)
        callback_link_records.revoke_of(session, customer.id, now)
    return keep
