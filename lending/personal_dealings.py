"""What was done with a person about his loans, for his package: contacts, promises, callbacks, transfers, sales.

Of a loan that passed from one debtor to another each has what lies in his own days. Of anybody else there is a role or
a masked name, no number and no words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from company.calendar import ZONE
from company.masking import mask_name
from lending.callback_link_records import CallbackLink
from lending.callbacks import CallbackVisit
from lending.claim_records import ClaimItem, ClaimNotice, ClaimPackage
from lending.collections.cases import CollectionCase
from lending.collections.contact_log import CollectionContact
from lending.collections.promises import PromiseToPay
from lending.contact_gate import ContactAttempt
from lending.customers import Customer
from lending.loans import Loan
from lending.personal_sections import Section, Value
from lending.transfer_records import DebtTransfer, LoanDebtor

_Rows = list[Mapping[str, Value]]


@dataclass(frozen=True)
class Owing:
    """A loan and the days on which the person owed it, to the day before ``until``; an open end is None."""

    loan_no: str
    since: date | None
    until: date | None

    def covers(self, on: date) -> bool:
        """Whether a day is among them."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


def sections(session: Session, ids: Sequence[int]) -> list[Section]:
    """The sections of a person known by these records."""
    owed = owings(session, ids)
    return [
        Section("contact_attempts", ("联系记录", "Contacts"), _attempts(session, ids)),
        Section("collections", ("催收案件", "Collection cases"), _cases(session, ids)),
        Section("promises", ("还款承诺", "Promises to pay"), _promises(session, ids, owed)),
        Section("callbacks", ("贷款回访", "Callbacks on loans"), _visits(session, owed)),
        Section("callback_links", ("自助回访链接", "Links of callbacks"), _links(session, ids)),
        Section("debt_transfers", ("债务转让", "Changes of debtor"), _transfers(session, ids)),
        Section("sold_claims", ("债权转让", "Claims sold"), _sold(session, ids, owed)),
    ]


def owings(session: Session, ids: Sequence[int]) -> list[Owing]:
    """Which loans the person owes or owed, and when; a loan that never passed on is its borrower's from the start."""
    known = session.scalars(select(LoanDebtor).where(LoanDebtor.customer_id.in_(ids)))
    found = [Owing(each.loan_no, each.since, each.until) for each in known]
    passed = select(LoanDebtor.loan_no)
    asked = select(Loan.loan_no).where(Loan.customer_id.in_(ids), Loan.loan_no.not_in(passed))
    return found + [Owing(loan_no, None, None) for loan_no in session.scalars(asked)]


def _attempts(session: Session, ids: Sequence[int]) -> _Rows:
    asked = (
        select(ContactAttempt, CollectionContact.result)
        .outerjoin(CollectionContact, CollectionContact.attempt_id == ContactAttempt.id)
        .where(ContactAttempt.customer_id.in_(ids), ContactAttempt.allowed)
        .order_by(ContactAttempt.id)
    )
    return [
        {
            "on": each.at,
            "kind": each.channel,
            "purpose": each.purpose,
            "person": each.person,
            "number": each.loan_no,
            "result": collected or each.result,
        }
        for each, collected in session.execute(asked)
    ]


def _cases(session: Session, ids: Sequence[int]) -> _Rows:
    asked = select(CollectionCase).where(CollectionCase.customer_id.in_(ids)).order_by(CollectionCase.id)
    return [
        {"number": each.case_no, "status": each.status, "on": each.opened_on, "until": each.closed_on}
        for each in session.scalars(asked)
    ]


def _promises(session: Session, ids: Sequence[int], owed: Iterable[Owing]) -> _Rows:
    """What was promised in the person's own cases, on days on which he owed the loan."""
    mine = list(owed)
    asked = (
        select(PromiseToPay)
        .join(CollectionCase, CollectionCase.id == PromiseToPay.case_id)
        .where(CollectionCase.customer_id.in_(ids))
        .order_by(PromiseToPay.id)
    )
    return [
        {"number": each.loan_no, "amount": each.amount, "on": each.on, "status": each.status}
        for each in session.scalars(asked)
        if _is_of(mine, each.loan_no, each.made_at)
    ]


def _is_of(owed: Iterable[Owing], loan_no: str, at: datetime) -> bool:
    """Whether somebody owed a loan at a moment."""
    return any(each.loan_no == loan_no and each.covers(at.astimezone(ZONE).date()) for each in owed)


def _visits(session: Session, owed: Iterable[Owing]) -> _Rows:
    rows: _Rows = []
    for owing in owed:
        asked = select(CallbackVisit).where(CallbackVisit.loan_no == owing.loan_no)
        for each in session.scalars(asked.order_by(CallbackVisit.id)):
            on = each.ended_on or each.started_on or each.planned_on
            if owing.covers(on):
                rows.append(
                    {
                        "number": each.callback_no,
                        "on": on,
                        "kind": each.method,
                        "status": each.status,
                        "result": each.outcome,
                    }
                )
    return rows


def _links(session: Session, ids: Sequence[int]) -> _Rows:
    asked = (
        select(CallbackLink, CallbackVisit.callback_no)
        .join(CallbackVisit, CallbackVisit.id == CallbackLink.visit_id)
        .where(CallbackLink.customer_id.in_(ids))
        .order_by(CallbackLink.id)
    )
    return [
        {"number": callback_no, "on": each.issued_at, "until": each.expires_at, "result": each.end}
        for each, callback_no in session.execute(asked)
    ]


def _transfers(session: Session, ids: Sequence[int]) -> _Rows:
    mine = or_(DebtTransfer.from_customer_id.in_(ids), DebtTransfer.to_customer_id.in_(ids))
    rows: _Rows = []
    for each in session.scalars(select(DebtTransfer).where(mine).order_by(DebtTransfer.id)):
        others = {each.from_customer_id, each.to_customer_id} - {*ids, None}
        names = session.scalars(select(Customer.name).where(Customer.id.in_(others)))
        rows.append(
            {
                "number": each.transfer_no,
                "on": each.asked_on,
                "status": each.status,
                "until": each.ended_on,
                "other": "、".join(mask_name(name) for name in names) or None,
            }
        )
    return rows


def _sold(session: Session, ids: Sequence[int], owed: Iterable[Owing]) -> _Rows:
    """The person's own loans that were sold, and when the notice reached him."""
    rows: _Rows = []
    for owing in owed:
        asked = (
            select(ClaimPackage, ClaimNotice)
            .join(ClaimItem, ClaimItem.package_id == ClaimPackage.id)
            .outerjoin(
                ClaimNotice,
                (ClaimNotice.package_id == ClaimPackage.id)
                & (ClaimNotice.loan_no == ClaimItem.loan_no)
                & ClaimNotice.customer_id.in_(ids),
            )
            .where(ClaimItem.loan_no == owing.loan_no, ClaimPackage.settled_on.is_not(None))
        )
        for package, notice in session.execute(asked):
            if package.settled_on is not None and owing.covers(package.settled_on):
                rows.append(
                    {
                        "number": owing.loan_no,
                        "on": package.settled_on,
                        "other": package.buyer_name,
                        "kind": notice.way if notice else None,
                        "until": notice.reached_on if notice else None,
                    }
                )
    return rows
