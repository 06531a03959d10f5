"""Topics of the credit application: preparing the entry, submitting, rejecting, withdrawing, going on to signing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from company.organisation import Unit, branch_of
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.burden import debt_to_income
from handlers.following import start_case
from handlers.party_files import file_applicant
from handlers.register import TOPICS
from lending import (
    applications,
    ceilings,
    customers,
    dealers,
    drawings,
    encumbrance,
    fraud_links,
    products,
    restrictions,
    vehicles,
    withdrawal,
)
from lending.applications import Application
from lending.customers import Customer, CustomerKind
from lending.identifiers import resident_id
from lending.maths.convention import Method
from lending.printing import coverage
from lending.vehicles import Energy, Vehicle, VehicleKind, VehicleUse

_PERCENT = Decimal("0.01")


@TOPICS.topic("prepare-entry")
def prepare_entry(call: Call, application_no: str) -> dict[str, Any]:
    """Offer the branch's dealers and the products on sale; a returned application becomes a draft again.

    ``ltv_limits`` (fractions by kind of car) and ``product_limits`` let the form tell while it is filled in whether the
    wish can be granted; what counts is what the rules say at submission.
    """
    application = applications.hand_back(call.session, application_no)
    on_sale = products.offered(call.session)
    return {
        "ltv_limits": {
            one.value: share for one, share in ceilings.in_force(call.session, call.business_date).items()
        },
        "product_limits": {
            one.code: {
                "amount": f"{one.amount_min:,.0f}–{one.amount_max:,.0f}",
                "term": f"{one.term_months_min}–{one.term_months_max}",
            }
            for one in on_sale
        },
        "dealer_options": dealer_options(call, application.unit_id),
        "product_options": [
            {
                "label": f"{one.name} {one.rate_usual:.2%}",
                "label_en": f"{one.name_en} {one.rate_usual:.2%}",
                "value": one.code,
                "cars": one.vehicle_kinds,
            }
            for one in on_sale
        ],
    }


def dealer_options(call: Call, unit_id: int) -> list[dict[str, object]]:
    """The active dealers of the branch a unit belongs to, as choices of a form."""
    branch = branch_of(call.session, unit_id)
    units = list(call.session.scalars(select(Unit.id).where(Unit.path.startswith(branch.path))))
    return [{"label": one.name, "value": one.id} for one in dealers.listed(call.session, units)]


@TOPICS.topic("submit-application")
def submit_application(
    call: Call,
    *,
    application_no: str,
    dealer_id: int,
    product_code: str,
    amount: Decimal,
    term_months: int,
    method: str,
    vehicle_use: str,
    vehicle_price: Decimal,
    published_price: Decimal,
    monthly_income: Decimal,
    monthly_debt: Decimal,
    offered_rate: Decimal | None = None,
    line_no: str | None = None,
    applicant_device: str | None = None,
) -> dict[str, Any]:
    """Register customer and car, submit the application, attach its documents; tell what the reviewers look at.

    ``offered_rate``: the rate that the front desk offered, in place of the product's usual one; ``line_no``: the credit
    line that the customer draws on; ``applicant_device``: the IMEI of the customer's phone.
    """
    product = products.get(call.session, product_code)
    customer, vehicle = register_applicant(call, application_no), register_vehicle(call, application_no)
    application = applications.submit(
        call.session,
        application_no,
        customer=customer,
        vehicle=vehicle,
        dealer=dealers.get(call.session, dealer_id),
        product=product,
        amount=amount,
        term_months=term_months,
        annual_rate=product.rate_usual if offered_rate is None else offered_rate,
        method=Method(method),
        vehicle_use=VehicleUse(vehicle_use),
        vehicle_price=vehicle_price,
        published_price=published_price,
        on=call.business_date,
    )
    drawings.draw_on(call.session, application, line_no or None, call.business_date)
    fraud_links.trace(
        call.session,
        call.world.vault,
        application,
        device=call.reveal(applicant_device) if applicant_device else None,
        now=call.clock_now,
    )
    attach_all(call)
    call.describe(title=customer.name, subtitle=vehicle.model_name, amount=amount)
    burden = debt_to_income(call, application, monthly_income, monthly_debt)
    return {
        "customer_id": customer.id,
        "vehicle_id": vehicle.id,
        "ltv_percent": (application.loan_to_value * 100).quantize(_PERCENT),
        "dti_percent": (burden * 100).quantize(_PERCENT),
    }


def register_applicant(call: Call, application_no: str) -> Customer:
    """The customer as the answers so far name him; raises what :func:`lending.customers.register` refuses."""
    application = applications.get(call.session, application_no)
    _refuse_unprintable(call)
    if call.data.get("customer_kind") == CustomerKind.CORPORATE.value:
        return file_applicant(call, application)
    customer = customers.register(
        call.session,
        call.world.vault,
        name=call.data["customer_name"],
        identity=call.reveal(call.data["identity_no"]),
        phone=call.reveal(call.data["mobile"]),
        address=call.reveal(call.data["address"]),
        unit_id=application.unit_id,
        owner_id=application.owner_id,
        now=call.clock_now,
    )
    restrictions.require_free(call.session, customer)
    return customer


def _refuse_unprintable(call: Call) -> None:
    """What the contract will print must be in its fonts: better said now than after the approval.

    Raises CharactersNotPrintable, which repeats nothing of a sealed text but the characters themselves.
    """
    coverage.check(call.data.get("customer_name") or "")
    coverage.check(call.data.get("model_name", ""))
    missing = coverage.outside(call.reveal(call.data["address"]))
    if missing:
        raise coverage.CharactersNotPrintable(text=missing, characters=missing)


def register_vehicle(call: Call, application_no: str) -> Vehicle:
    """The car; what only a used one has is not kept of a new one, and what another open case entered stays."""
    kind, energy = VehicleKind(call.data["vehicle_kind"]), Energy(call.data["energy"])
    held = encumbrance.held_elsewhere(
        call.session, call.data["vin"], application_no, kind=kind, energy=energy
    )
    if held is not None:
        return held
    is_used = kind is VehicleKind.USED
    return vehicles.register(
        call.session,
        vin_text=call.data["vin"],
        model_name=call.data["model_name"],
        kind=kind,
        energy=energy,
        plate_text=call.data.get("plate_no") if is_used else None,
        first_registered_on=call.data.get("first_registered_on") if is_used else None,
        on=call.business_date,
        now=call.clock_now,
    )


@TOPICS.facts("entry-facts")
def entry_facts(
    call: Call,
    *,
    application_no: str,
    monthly_income: Decimal,
    monthly_debt: Decimal,
    documents_missing: Decimal = Decimal(0),
) -> dict[str, Any]:
    """Age now and at maturity in full years, debt to income as a fraction, the number of missing documents.

    A company has no age.
    """
    application = applications.get(call.session, application_no)
    customer = customers.get(call.session, application.customer_id or 0)
    return {
        **ages(call, application, customer),
        "dti": debt_to_income(call, application, monthly_income, monthly_debt),
        "documents_missing": documents_missing,
    }


def ages(call: Call, application: Application, customer: Customer) -> dict[str, int | None]:
    """Age today and at maturity, in whole years; a company has none."""
    if customer.kind is CustomerKind.CORPORATE:
        return {"age": None, "age_at_maturity": None}
    identity = customers.identity_of(call.session, call.world.vault, customer)
    maturity = months_later(call.business_date, application.term_months or 0)
    return {
        "age": resident_id.age_on(identity, call.business_date),
        "age_at_maturity": resident_id.age_on(identity, maturity),
    }


def months_later(day: date, months: int) -> date:
    """The first day of the month after the one in which ``months`` end: a maturity is never later."""
    years, month = divmod(day.month + months, 12)
    return date(day.year + years, month + 1, 1)


@TOPICS.topic("reject-application")
def reject_application(
    call: Call, application_no: str, reason_codes: Sequence[str], rejection_note: str = ""
) -> dict[str, Any]:
    """Close the application with reasons the customer may be told."""
    application = applications.reject(
        call.session, application_no, reason_codes=reason_codes, on=call.business_date, note=rejection_note
    )
    return {"rejection_reasons": application.reason_codes}


@TOPICS.topic("withdraw-application")
def withdraw_application(
    call: Call, application_no: str, withdrawal_reason: str = "客户要求撤回"
) -> dict[str, Any]:
    """Undo all that was prepared: application, contracts with their numbers, unpaid loan, registered payment."""
    withdrawal.withdraw(
        call.session,
        application_no,
        reason=withdrawal_reason,
        by=call.actor.employee_id,
        on=call.business_date,
        now=call.clock_now,
    )
    return {}


@TOPICS.topic("close-unanswered")
def close_unanswered(call: Call, application_no: str) -> dict[str, object]:
    """Close an application for which the customer brought nothing in fifteen days."""
    applications.close_timeout(call.session, application_no, on=call.business_date)
    return {}


@TOPICS.topic("start-signing")
def start_signing(call: Call) -> dict[str, Any]:
    """Let the signing of the approved application begin, as a case of its own."""
    start_case(call, "contract_signing")
    return {}
