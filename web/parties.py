"""What the case page shows of the parties: who they are, what each undertakes, owners, the credit line, signatures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from company.masking import mask_identity
from lending import (
    contract_sets,
    contracts,
    corporates,
    credit_lines,
    customers,
    drawings,
    exposure,
    guarantees,
    parties,
    queries,
    relations,
)
from lending.applications import Application
from lending.corporates import CorporateProfile, Figures
from lending.credit_lines import CreditLine, LineUse
from lending.customers import Customer, CustomerKind
from lending.queries import MaskedCustomer
from web import summary
from web.access import allowed
from web.language import current
from web.language import translate as _
from web.wiring import wired


@dataclass(frozen=True)
class PartyRow:
    """One party as shown: its place, its masked numbers, and in words what it undertakes."""

    place: str
    name: str
    identity: str
    phone: str
    undertakes: str


@dataclass(frozen=True)
class OwnerRow:
    """One beneficial owner; the share as a percentage."""

    name: str
    identity: str
    share: str
    basis: str


@dataclass(frozen=True)
class Company:
    """What is known of a company that applies."""

    profile: CorporateProfile
    representative: str
    owners: list[OwnerRow]
    figures: Figures | None


@dataclass(frozen=True)
class SignatureRow:
    """One signature that the set asks for; ``signed_on`` None while it is missing or was refused."""

    document: str
    number: str
    name: str
    signed_on: date | None


def rows_of(session: Session, application: Application) -> list[PartyRow]:
    """The parties beside the applicant, for who may read customers."""
    if not allowed("customer"):
        return []
    undertakings = {
        party.id: guarantee
        for party, guarantee in guarantees.of_application(session, application.application_no)
    }
    rows = []
    for party in parties.of_application(session, application.application_no):
        shown = _masked(session, customers.get(session, party.customer_id))
        guarantee = undertakings.get(party.id)
        words = [party.represented_by or ""]
        if guarantee is not None:
            words.append(f"{guarantee.kind.label(current())} · {_('{n} 个月', n=guarantee.period_months)}")
        rows.append(
            PartyRow(
                party.place.label(current()),
                shown.name,
                shown.identity,
                shown.phone,
                " · ".join(filter(None, words)),
            )
        )
    return rows


def _masked(session: Session, customer: Customer) -> MaskedCustomer:
    return queries.masked_customer(session, wired().vault, customer)


def company_of(session: Session, application: Application) -> Company | None:
    """The company that applies, for who may read customers; None for a person."""
    customer = session.get(Customer, application.customer_id) if application.customer_id else None
    return None if customer is None else company(session, customer)


def company(session: Session, customer: Customer) -> Company | None:
    """A company with its licence, owners and newest figures, for who may read customers; None for a person."""
    if customer.kind is not CustomerKind.CORPORATE or not allowed("customer"):
        return None
    profile = session.get(CorporateProfile, customer.id)
    if profile is None:
        return None
    owners = [
        OwnerRow(
            owner.name,
            mask_identity(corporates.identity_of(session, wired().vault, owner)),
            f"{owner.share:.2%}",
            owner.basis.label(current()),
        )
        for owner in corporates.owners_of(session, customer.id)
    ]
    representative = customers.get(session, profile.representative_id).name
    return Company(profile, representative, owners, corporates.newest_figures(session, customer.id))


def group_facts(session: Session, application: Application) -> summary.Facts:
    """How many customers make one risk with the applicant, and what they owe and ask for together; empty if alone."""
    if application.customer_id is None or not allowed("customer"):
        return []
    together = relations.group(session, application.customer_id)
    if len(together) == 1:
        return []
    owed = exposure.of_customers(session, together)
    return [(_("关联客户"), str(len(together))), (_("关联敞口"), f"¥ {owed:,.2f}")]


def line_of(session: Session, application: Application) -> tuple[CreditLine, LineUse] | None:
    """The credit line that an application draws on, and how it stands."""
    if application.credit_line_id is None:
        return None
    line = session.get_one(credit_lines.CreditLine, application.credit_line_id)
    return line, drawings.use_of(session, line)


def signatures_of(session: Session, application: Application) -> list[SignatureRow]:
    """Every signature that the set of the contract in force asks for, for who may read contracts."""
    contract = contracts.find_open(session, application.application_no)
    if contract is None or not allowed("contract"):
        return []
    signed = {
        (each.document_no, each.customer_id): each.signed_on
        for each in contract_sets.signatures_of(session, contract.contract_no)
    }
    return [
        SignatureRow(
            one.kind.label(current()),
            one.document_no,
            summary.person_name(one.customer.name),
            signed.get((one.document_no, one.customer.id)),
        )
        for one in contract_sets.signings(session, contract.contract_no, application.application_no)
    ]
