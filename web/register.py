"""Looking things up across the registers: what a search word matches, and what belongs to an application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from lending import documents
from lending.applications import Application
from lending.contract_numbers import ContractNumber
from lending.customers import Customer, find_by_last_four, find_by_phone
from lending.documents import Document
from lending.loans import Loan
from lending.parties import PartyPlace
from lending.vehicles import Vehicle
from web.access import allowed
from web.language import current
from web.wiring import wired

_KIB = 1024
_PHONE_LENGTH, _TAIL_LENGTH = 11, 4


@dataclass(frozen=True)
class Paper:
    """One document as a list shows it."""

    id: int
    filename: str
    kind: str
    version: int
    size: str
    at: datetime


def names_a_person(wanted: str) -> bool:
    """Whether a search word may be a phone, or the end of an identity number, phone or card: no address may hold it."""
    return (wanted.isdigit() and len(wanted) == _PHONE_LENGTH) or _is_tail(wanted)


def _is_tail(wanted: str) -> bool:
    return len(wanted) == _TAIL_LENGTH and wanted[:3].isdigit()


def matches(session: Session, wanted: str, *, by_number: bool = False) -> ColumnElement[bool]:
    """The condition on applications (joined with customer and vehicle) that a search word describes them.

    ``by_number``: what :func:`names_a_person` is looked up as well, if it was not sent in an address.
    """
    numbers = select(ContractNumber.application_no).where(
        ContractNumber.contract_no.icontains(wanted, autoescape=True)
    )
    conditions = [
        Application.application_no.icontains(wanted, autoescape=True),
        Application.application_no.in_(numbers),
        Vehicle.vin.icontains(wanted, autoescape=True),
        Vehicle.plate_no.icontains(wanted, autoescape=True),
    ]
    if allowed("customer"):
        conditions.append(Customer.name.contains(wanted, autoescape=True))
        if by_number:
            conditions.append(Customer.id.in_([customer.id for customer in _by_number(session, wanted)]))
    return or_(*conditions)


def _by_number(session: Session, wanted: str) -> list[Customer]:
    vault = wired().vault
    if _is_tail(wanted):
        return [
            customer
            for kind in ("identity", "phone", "card")
            for customer in find_by_last_four(session, vault, kind, wanted.upper())
        ]
    if len(wanted) == _PHONE_LENGTH and wanted.isdigit():
        return find_by_phone(session, vault, wanted)
    return []


def documents_of(session: Session, business_key: str) -> list[Paper]:
    """The newest version of each document of a case, for who may read customers."""
    if not allowed("customer"):
        return []
    return [
        Paper(
            each.id,
            each.filename,
            _whose(each) + each.kind.label(current()),
            each.version,
            size_text(each.size),
            each.attached_at,
        )
        for each in documents.current(session, business_key)
    ]


def _whose(document: Document) -> str:
    return f"{PartyPlace(document.place).label(current())} · " if document.place else ""


def size_text(size_bytes: int) -> str:
    """A size in KB below one MB, else in MB."""
    if size_bytes < _KIB * _KIB:
        return f"{max(1, round(size_bytes / _KIB))} KB"
    return f"{size_bytes / _KIB / _KIB:.1f} MB"


def numbers_of(session: Session, application: Application) -> list[ContractNumber]:
    """The contract numbers an application has taken, the voided ones too, for who may read contracts."""
    if not allowed("contract"):
        return []
    return list(
        session.scalars(
            select(ContractNumber)
            .where(ContractNumber.application_no == application.application_no)
            .order_by(ContractNumber.contract_no)
        )
    )


def loans_of(session: Session, application: Application) -> list[Loan]:
    """The loans under an application, newest first."""
    return list(
        session.scalars(
            select(Loan).where(Loan.application_no == application.application_no).order_by(Loan.id.desc())
        )
    )
