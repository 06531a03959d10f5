"""One loan of an existing book: customer, car, application and contract on record, and its opening entry."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from company.messages import Refusal
from company.people import Actor
from company.vault import Vault
from lending import accounts, applications, contract_numbers, customers, funding, vehicles
from lending.applications import Application, ApplicationStatus
from lending.contract_numbers import NumberKind
from lending.contracts import Contract, ContractStatus, SigningMethod
from lending.ledger import Line
from lending.life import beginning
from lending.life.happenings import vat_in
from lending.life.replaying import ground_of
from lending.life.state import Ground, Reading, State
from lending.loans import Loan, LoanStatus
from lending.maths.convention import Convention
from lending.money import ZERO
from lending.opening.states import opening_state
from lending.opening.template import CellError, LoanRow
from lending.vehicles import VehicleUse


def take_over(
    session: Session,
    vault: Vault,
    row: LoanRow,
    *,
    unit_id: int,
    dealer_id: int,
    on: date,
    actor: Actor,
    now: datetime,
) -> str | CellError:
    """The number of the loan that the row became, or what is wrong with the row; then nothing of it is kept."""
    if row.value_date > on:
        zh, en = f"晚于转入日 {on}，请核对", f"it is after the day of the take-over, {on}; check it"
        return CellError(row.row, "value_date", zh, en)
    aside = session.begin_nested()
    try:
        loan = _on_record(session, vault, row, unit_id, dealer_id, actor, now)
        ground = ground_of(loan)
        state = opening_state(ground, row, on)
        if not isinstance(state, CellError):
            state = _as_told(ground, state, row, on)
        if isinstance(state, CellError):
            aside.rollback()
            return state
        lines = _lines(ground, state, on, loan.loan_no)
        beginning.take_over(session, loan.loan_no, state, on=on, lines=lines, now=now, by=actor.employee_id)
    except Refusal as refusal:
        aside.rollback()
        return CellError(row.row, None, refusal.text("zh"), refusal.text("en"))
    aside.commit()
    return loan.loan_no


def _as_told(ground: Ground, state: State, row: LoanRow, on: date) -> State | CellError:
    """The state, if it owes the penalty of the row: within the days of grace there is none."""
    penalty = Reading(ground, state, on).penalty_earned
    if penalty == row.penalty:
        return state
    zh = f"按条款此时的罚息为 {penalty:,.2f} 元（宽限期内不计罚息），请核对"
    return CellError(
        row.row, "penalty", zh, f"the terms give {penalty:,.2f} (none within the grace); check it"
    )


def _on_record(
    session: Session, vault: Vault, row: LoanRow, unit_id: int, dealer_id: int, actor: Actor, now: datetime
) -> Loan:
    """The active loan with customer, car, application and signed contract behind it."""
    application = _application(session, vault, row, unit_id, dealer_id, now)
    number = contract_numbers.take(
        session,
        NumberKind.LOAN,
        unit_id=unit_id,
        year=row.value_date.year,
        application_no=application.application_no,
        now=now,
    )
    terms = {
        "term_months": row.term_months,
        "annual_rate": row.annual_rate,
        "method": row.method,
        "due_day": row.due_day,
        "penalty_multiplier": row.penalty_multiplier,
        "prepayment_fee_rate": row.fee_rate,
        "grace_days": row.grace_days,
        "convention_data": Convention().as_data(),
        "signed_on": row.value_date,
        "application_no": application.application_no,
        "unit_id": unit_id,
    }
    contract = Contract(
        contract_no=number,
        status=ContractStatus.SIGNED,
        amount=row.principal,
        planned_value_date=row.value_date,
        generated_at=now,
        generated_by=actor.employee_id,
        signed_at=now,
        signing_method=SigningMethod.PAPER,
        **terms,
    )
    loan = Loan(
        loan_no=number,
        customer_id=application.customer_id,
        vehicle_id=application.vehicle_id,
        dealer_id=dealer_id,
        funding_party_id=funding.own(session).id,
        status=LoanStatus.ACTIVE,
        principal=row.principal,
        value_date=row.value_date,
        opened_at=now,
        activated_at=now,
        **terms,
    )
    session.add(contract)
    session.flush()
    session.add(loan)
    session.flush()
    return loan


def _application(
    session: Session, vault: Vault, row: LoanRow, unit_id: int, dealer_id: int, now: datetime
) -> Application:
    """The application of a loan that was signed elsewhere, with its customer and its car."""
    customer = customers.register(
        session,
        vault,
        name=row.customer,
        identity=row.identity,
        phone=row.phone,
        unit_id=unit_id,
        owner_id=None,
        now=now,
    )
    vehicle = vehicles.register(
        session, vin_text=row.vin, model_name=row.model, kind=row.vehicle_kind, energy=row.energy, now=now
    )
    made = applications.open_draft(session, unit_id=unit_id, owner_id=None, year=row.value_date.year, now=now)
    made.status = ApplicationStatus.SIGNED
    made.customer_id, made.vehicle_id, made.dealer_id = customer.id, vehicle.id, dealer_id
    made.vehicle_use, made.method = VehicleUse.SELF, row.method
    made.amount, made.term_months, made.annual_rate = row.principal, row.term_months, row.annual_rate
    return made


def _lines(ground: Ground, state: State, on: date, loan_no: str) -> list[Line]:
    """What the loan owes on the books, with the VAT that is pending in it, against the clearing account."""
    reading = Reading(ground, state, on)
    penalty = reading.penalty_earned
    pending = vat_in(reading.interest_earned) - vat_in(reading.interest_due) + vat_in(penalty)
    debits: tuple[tuple[str, Decimal], ...] = (
        (accounts.LOANS, state.principal),
        (accounts.INTEREST_RECEIVABLE, reading.interest_open),
        (accounts.PENALTY_RECEIVABLE, penalty),
        (accounts.OUTPUT_VAT_PENDING, -pending),
        (accounts.SUSPENSE, -state.suspense),
    )
    rest = sum((amount for _account, amount in debits), ZERO)
    return [
        Line(account, max(amount, ZERO), max(-amount, ZERO), loan_no)
        for account, amount in (*debits, (accounts.OPENING_BALANCES, -rest))
        if amount
    ]
