"""What the pages read: lists and whole records, within the reader's scope and without clear numbers.

A record outside the scope does not exist for the reader: :class:`lending.errors.NotFound`, like a wrong number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from company.masking import mask_address, mask_card, mask_identity, mask_phone
from company.people import Actor, in_scope, may
from company.vault import Vault
from lending import (
    applications,
    approvals,
    contracts,
    customers,
    disbursements,
    documents,
    loans,
    reviews,
)
from lending.applications import Application, ApplicationStatus
from lending.approvals import Approval
from lending.contracts import Contract
from lending.customers import Customer
from lending.dealers import Dealer
from lending.disbursements import Disbursement
from lending.disclosure import DisclosureSheet
from lending.documents import Document
from lending.errors import NotFound
from lending.fund_journal import FundMovement
from lending.funding import FundingParty
from lending.loans import Loan, LoanStatus, ScheduleVersion
from lending.products import Product
from lending.reviews import ReviewDecision, Vote
from lending.vehicles import Vehicle

PAGE_SIZE = 50


@dataclass(frozen=True)
class LoanRow:
    """A line of the list of loans."""

    loan: Loan
    customer_name: str
    model_name: str


@dataclass(frozen=True)
class ApplicationRow:
    """A line of the list of applications; a draft may have no customer and no car yet."""

    application: Application
    customer_name: str | None
    model_name: str | None


@dataclass(frozen=True)
class LoanList:
    """One page of the list and how many lines there are in all."""

    rows: tuple[LoanRow, ...]
    total: int


@dataclass(frozen=True)
class ApplicationList:
    """One page of the list and how many lines there are in all."""

    rows: tuple[ApplicationRow, ...]
    total: int


@dataclass(frozen=True)
class MaskedCustomer:
    """A customer as everybody in scope may see him: the name, and the numbers with their middles hidden."""

    name: str
    identity: str
    phone: str
    address: str | None
    card: str | None


@dataclass(frozen=True)
class ApplicationSummary:
    """An application with whatever has come of it so far."""

    application: Application
    product: Product | None
    customer: Customer | None
    vehicle: Vehicle | None
    dealer: Dealer | None
    approval: Approval | None
    decisions: tuple[ReviewDecision, ...]
    votes: tuple[Vote, ...]
    contract: Contract | None
    sheet: DisclosureSheet | None
    loan: Loan | None
    disbursement: Disbursement | None
    documents: tuple[Document, ...]


@dataclass(frozen=True)
class LoanRecord:
    """A loan with its schedule in force, its movements of money and its documents."""

    loan: Loan
    customer: Customer
    vehicle: Vehicle
    dealer: Dealer
    funding_party: FundingParty
    contract: Contract
    sheet: DisclosureSheet
    schedule: ScheduleVersion | None
    movements: tuple[FundMovement, ...]
    disbursement: Disbursement | None
    documents: tuple[Document, ...]


def list_loans(
    session: Session,
    actor: Actor,
    *,
    statuses: Sequence[LoanStatus] = (),
    search: str = "",
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> LoanList:
    """The loans in scope, newest first; ``search`` finds a part of the number, the name or the car."""
    visible = in_scope(may(actor, "contract", "R"), Loan.unit_id, Loan.owner_id.expression)
    asked = (
        select(Loan, Customer.name, Vehicle.model_name)
        .join(Customer, Customer.id == Loan.customer_id)
        .join(Vehicle, Vehicle.id == Loan.vehicle_id)
        .where(visible)
    )
    if statuses:
        asked = asked.where(Loan.status.in_(statuses))
    if search.strip():
        wanted = search.strip()
        asked = asked.where(
            Loan.loan_no.icontains(wanted, autoescape=True)
            | Loan.application_no.icontains(wanted, autoescape=True)
            | Customer.name.contains(wanted, autoescape=True)
            | Vehicle.model_name.icontains(wanted, autoescape=True)
        )
    total = session.scalar(select(func.count()).select_from(asked.subquery())) or 0
    found = session.execute(asked.order_by(Loan.id.desc()).limit(page_size).offset((page - 1) * page_size))
    return LoanList(tuple(LoanRow(loan, name, model) for loan, name, model in found), total)


def list_applications(
    session: Session,
    actor: Actor,
    *,
    statuses: Sequence[ApplicationStatus] = (),
    search: str = "",
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> ApplicationList:
    """The applications in scope, newest first; ``search`` finds a part of the number, the name or the car."""
    visible = in_scope(may(actor, "application", "R"), Application.unit_id, Application.owner_id.expression)
    asked = (
        select(Application, Customer.name, Vehicle.model_name)
        .outerjoin(Customer, Customer.id == Application.customer_id)
        .outerjoin(Vehicle, Vehicle.id == Application.vehicle_id)
        .where(visible)
    )
    if statuses:
        asked = asked.where(Application.status.in_(statuses))
    if search.strip():
        wanted = search.strip()
        asked = asked.where(
            Application.application_no.icontains(wanted, autoescape=True)
            | Customer.name.contains(wanted, autoescape=True)
            | Vehicle.model_name.icontains(wanted, autoescape=True)
        )
    total = session.scalar(select(func.count()).select_from(asked.subquery())) or 0
    found = session.execute(
        asked.order_by(Application.id.desc()).limit(page_size).offset((page - 1) * page_size)
    )
    return ApplicationList(tuple(ApplicationRow(one, name, model) for one, name, model in found), total)


def loan_record(session: Session, actor: Actor, loan_no: str) -> LoanRecord:
    """Everything the page of a loan shows, if the loan lies in the reader's scope."""
    visible = in_scope(may(actor, "contract", "R"), Loan.unit_id, Loan.owner_id.expression)
    loan = session.scalar(select(Loan).where(Loan.loan_no == loan_no, visible))
    if loan is None:
        raise NotFound(what_zh="贷款", what_en="loan", key=loan_no)
    schedule = session.scalar(
        select(ScheduleVersion)
        .where(ScheduleVersion.loan_no == loan_no)
        .order_by(ScheduleVersion.version.desc())
        .limit(1)
        .options(selectinload(ScheduleVersion.instalments))
    )
    movements = session.scalars(
        select(FundMovement).where(FundMovement.loan_no == loan_no).order_by(FundMovement.id)
    )
    return LoanRecord(
        loan=loan,
        customer=session.get_one(Customer, loan.customer_id),
        vehicle=session.get_one(Vehicle, loan.vehicle_id),
        dealer=session.get_one(Dealer, loan.dealer_id),
        contract=contracts.get(session, loan_no),
        sheet=session.scalars(select(DisclosureSheet).where(DisclosureSheet.contract_no == loan_no)).one(),
        funding_party=session.get_one(FundingParty, loan.funding_party_id),
        schedule=schedule,
        movements=tuple(movements),
        disbursement=disbursements.find(session, loan_no),
        documents=tuple(documents.current(session, loan.application_no)),
    )


def application_record(session: Session, actor: Actor, application_no: str) -> ApplicationSummary:
    """The summary of an application, if it lies in the reader's scope."""
    visible = in_scope(may(actor, "application", "R"), Application.unit_id, Application.owner_id.expression)
    asked = select(Application.id).where(Application.application_no == application_no, visible)
    if session.scalar(asked) is None:
        raise NotFound(what_zh="申请", what_en="application", key=application_no)
    return application_summary(session, application_no)


def application_summary(session: Session, application_no: str) -> ApplicationSummary:
    """An application with whatever has come of it; for who holds a task of the case, whose right is checked there."""
    application = applications.get(session, application_no)
    contract = contracts.find_open(session, application_no)
    loan = loans.of_application(session, application_no)
    decisions = session.scalars(
        select(ReviewDecision)
        .where(ReviewDecision.application_no == application_no)
        .order_by(ReviewDecision.id)
    )
    return ApplicationSummary(
        application=application,
        product=session.get(Product, application.product_id) if application.product_id else None,
        customer=session.get(Customer, application.customer_id) if application.customer_id else None,
        vehicle=session.get(Vehicle, application.vehicle_id) if application.vehicle_id else None,
        dealer=session.get(Dealer, application.dealer_id) if application.dealer_id else None,
        approval=approvals.find(session, application_no),
        decisions=tuple(decisions),
        votes=tuple(reviews.disclosed_votes(session, application)),
        contract=contract,
        sheet=_sheet(session, contract),
        loan=loan,
        disbursement=disbursements.find(session, loan.loan_no) if loan else None,
        documents=tuple(documents.current(session, application_no)),
    )


def masked_customer(session: Session, vault: Vault, customer: Customer) -> MaskedCustomer:
    """The customer's numbers as they may be shown without a reason: opened here, masked here, never handed on clear."""
    address = customers.address_of(session, vault, customer)
    card = customers.card_of(session, vault, customer)
    return MaskedCustomer(
        name=customer.name,
        identity=mask_identity(customers.identity_of(session, vault, customer)),
        phone=mask_phone(customers.phone_of(session, vault, customer)),
        address=mask_address(address) if address else None,
        card=mask_card(card) if card else None,
    )


def _sheet(session: Session, contract: Contract | None) -> DisclosureSheet | None:
    if contract is None:
        return None
    return session.scalar(select(DisclosureSheet).where(DisclosureSheet.contract_no == contract.contract_no))
