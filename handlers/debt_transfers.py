"""Topics of a change of debtor: who takes over, may it be, the consents, the car passed on, the new debtor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from company import outbox
from engine.topics import Call
from handlers.applications import register_applicant
from handlers.attachments import attach_all
from handlers.burden import debt_to_income
from handlers.register import TOPICS
from lending import (
    applications,
    approvals,
    callback_facts,
    callbacks,
    collateral,
    consents,
    dealers,
    debt_transfers,
    loan_changes,
    loans,
    vehicle_history,
    vehicles,
    watch_lists,
)
from lending.applications import ApplicationStatus, RejectionReason
from lending.callback_kinds import CallbackStatus, PlanReason
from lending.collateral import MortgageHappening
from lending.consents import CORE
from lending.debt_transfers import DebtAbovePrice, Passed
from lending.identifiers import plate
from lending.life import beginning, changes, progress
from lending.loans import Loan
from lending.products import Product
from lending.transfer_records import TransferReason, TransferRefusal
from lending.vehicle_history import VehicleHappening
from lending.vehicles import VehicleUse
from lending.watch_lists import Colour

_PERCENT = Decimal("0.01")
_LOAN_ENDED = "LoanEnded"
_REASON_OF = {
    TransferRefusal.LISTED: RejectionReason.LISTED,
    TransferRefusal.SEALED: RejectionReason.VEHICLE,
    TransferRefusal.VEHICLE: RejectionReason.VEHICLE,
    TransferRefusal.SCREENED: RejectionReason.POLICY,
    TransferRefusal.UNKNOWN: RejectionReason.DOCUMENTS,
}


@TOPICS.topic("open-debt-transfer")
def open_debt_transfer(call: Call, application_no: str, loan_no: str) -> dict[str, object]:
    """Open the request; the loan, its car and its terms left, which the new debtor takes over as they are."""
    loan, on = loans.get(call.session, loan_no, to_change=True), call.business_date
    beginning.begin(call.session, loan_no, now=call.clock_now)
    paid, left = _instalments(call, loan)
    principal = callback_facts.principal_of(call.session, loan)
    transfer = debt_transfers.begin(
        call.session,
        loan,
        application_no,
        principal=principal,
        instalments_paid=paid,
        on=on,
        by=call.actor.employee_id,
    )
    vehicle = vehicles.get(call.session, loan.vehicle_id)
    product = _product_of(call, loan)
    call.describe(subtitle="债务转移")
    return {
        "transfer_no": transfer.transfer_no,
        "pack_principal": principal,
        "pack_days_past_due": callback_facts.interval_facts(call.session, loan, on)["days_past_due"],
        "instalments_paid": paid,
        "amount": principal,
        "term_months": left,
        "offered_rate": loan.annual_rate,
        "method": loan.method.value,
        "product_code": product.code,
        "dealer_id": loan.dealer_id,
        "model_name": vehicle.model_name,
        "vin": vehicle.vin,
        "vehicle_kind": vehicle.kind.value,
        "energy": vehicle.energy.value,
        "first_registered_on": vehicle.first_registered_on,
        "identity_method": "two_elements",
        "overruled": [],
        "list_treatment": "none",
        "transfer_refusal": None,
        "transfer_approved": False,
        "investigation_result": None,
    }


def _product_of(call: Call, loan: Loan) -> Product:
    application = applications.get(call.session, loan.application_no)
    return call.session.get_one(Product, application.product_id)


def _instalments(call: Call, loan: Loan) -> tuple[int, int]:
    """How many instalments are wholly paid, and how many are still to fall due."""
    reading = changes.reading_of(call.session, loan.loan_no, call.business_date)
    if reading is None:
        return 0, 0
    return progress.instalments_paid(reading), len(reading.state.parts) - reading.state.due


@TOPICS.topic("submit-debt-transfer")
def submit_debt_transfer(
    call: Call,
    *,
    application_no: str,
    loan_no: str,
    transfer_no: str,
    transfer_reason: str,
    monthly_income: Decimal,
    monthly_debt: Decimal,
    vehicle_price: Decimal,
    published_price: Decimal,
    vehicle_use: str,
) -> dict[str, object]:
    """File the new debtor, submit the application for what is left of the loan, with the consents that were signed.

    Raises :class:`lending.debt_transfers.DebtAbovePrice`, and what an application for the same terms would: beyond
    product, law or the waiting time after a rejection.
    """
    loan = loans.get(call.session, loan_no)
    transfer = debt_transfers.get(call.session, transfer_no, to_change=True)
    if transfer.principal > vehicle_price:
        raise DebtAbovePrice(amount=transfer.principal, price=vehicle_price)
    customer = register_applicant(call, application_no)
    _paid, left = _instalments(call, loan)
    vehicle = vehicles.get(call.session, loan.vehicle_id)
    product = _product_of(call, loan)
    application = applications.submit(
        call.session,
        application_no,
        customer=customer,
        vehicle=vehicle,
        dealer=dealers.get(call.session, loan.dealer_id),
        product=product,
        amount=transfer.principal,
        term_months=left,
        annual_rate=loan.annual_rate,
        method=loan.method,
        vehicle_use=VehicleUse(vehicle_use),
        vehicle_price=vehicle_price,
        published_price=published_price,
        on=call.business_date,
    )
    by, now = call.actor.employee_id, call.clock_now
    consents.record(call.session, application_no, customer.id, set(CORE), by=by, now=now, asked=CORE)
    transfer.to_customer_id, transfer.reason = customer.id, TransferReason(transfer_reason)
    attach_all(call)
    call.describe(title=customer.name, subtitle=vehicle.model_name, amount=transfer.principal)
    burden = debt_to_income(call, application, monthly_income, monthly_debt)
    return {
        "customer_id": customer.id,
        "vehicle_id": vehicle.id,
        "ltv_percent": (application.loan_to_value * 100).quantize(_PERCENT),
        "dti_percent": (burden * 100).quantize(_PERCENT),
    }


@TOPICS.facts("transfer-facts")
def transfer_facts(call: Call, application_no: str, loan_no: str, transfer_no: str) -> dict[str, object]:
    """What the table of eligibility asks: lists, a seal, who it is, arrears, a plan kept, instalments paid."""
    loan, on = loans.get(call.session, loan_no), call.business_date
    transfer = debt_transfers.get(call.session, transfer_no)
    application = applications.get(call.session, application_no)
    hits = watch_lists.hits(call.session, call.world.vault, application, on)
    return {
        **debt_transfers.facts_of(call.session, loan, on),
        "black": any(hit.colour is Colour.BLACK for hit in hits),
        "same_debtor": transfer.to_customer_id == loan.customer_id,
        "instalments_paid": transfer.instalments_paid,
    }


@TOPICS.topic("ask-transfer-consents")
def ask_transfer_consents(call: Call, loan_no: str, marital: str) -> dict[str, object]:
    """Who has to agree: whoever secures the loan or owes it jointly, and the new debtor's spouse."""
    loan = loans.get(call.session, loan_no)
    asked = [{"label": each.label(), "value": each.place} for each in loan_changes.bound(call.session, loan)]
    return {"party_options": asked, "spouse_asked": marital == "married"}


@TOPICS.topic("record-transfer-consents")
def record_transfer_consents(
    call: Call,
    *,
    loan_no: str,
    transfer_no: str,
    consents_state: str,
    spouse_asked: bool,
    consents_given: Sequence[str] | None = None,
    spouse_consent: bool | None = None,
) -> dict[str, object]:
    """Keep who agreed. "complete" while somebody has not is TransferConsentsMissing."""
    attach_all(call)
    transfer = debt_transfers.get(call.session, transfer_no, to_change=True)
    asked = loan_changes.bound(call.session, loans.get(call.session, loan_no))
    by, now = call.actor.employee_id, call.clock_now
    debt_transfers.record_consents(call.session, transfer, asked, set(consents_given or ()), by=by, now=now)
    if consents_state == "complete":
        debt_transfers.require_consents(call.session, transfer, asked)
        if spouse_asked and spouse_consent is not True:
            raise debt_transfers.TransferConsentsMissing(names=["新债务人的配偶"])
    return {}


@TOPICS.topic("check-transfer-approval")
def check_transfer_approval(
    call: Call, application_no: str, transfer_no: str, review_result: str
) -> dict[str, object]:
    """Whether the whole debt was approved: a part of it cannot be taken over."""
    transfer = debt_transfers.get(call.session, transfer_no)
    approval = approvals.find(call.session, application_no)
    whole = approval is not None and approval.amount >= transfer.principal
    return {"transfer_approved": review_result == "approved" and whole}


@TOPICS.topic("record-vehicle-transfer")
def record_vehicle_transfer(
    call: Call,
    *,
    transfer_no: str,
    vehicle_outcome: str,
    delivered_on: date | None = None,
    vehicle_transferred_on: date | None = None,
    plate_after: str | None = None,
    new_certificate_no: str | None = None,
) -> dict[str, object]:
    """Keep what the office registered on the joint application: the new owner, and the mortgage anew."""
    attach_all(call)
    if vehicle_outcome != "transferred" or delivered_on is None or vehicle_transferred_on is None:
        return {}
    transfer = debt_transfers.get(call.session, transfer_no, to_change=True)
    number = plate.validate(plate_after or "")
    passed = Passed(delivered_on, vehicle_transferred_on, number, (new_certificate_no or "").strip())
    debt_transfers.pass_vehicle(transfer, passed, on=call.business_date)
    return {}


@TOPICS.topic("switch-debtor")
def switch_debtor(call: Call, *, loan_no: str, transfer_no: str, application_no: str) -> dict[str, object]:
    """The new debtor owes the loan from today, the car is his, the mortgage stands; the earlier one stays on record.

    Refused while a consent is missing, also one that was taken back since (TransferConsentsMissing).
    """
    transfer = debt_transfers.get(call.session, transfer_no, to_change=True)
    loan = loans.get(call.session, loan_no, to_change=True)
    debt_transfers.require_consents(call.session, transfer, loan_changes.bound(call.session, loan))
    debt_transfers.switch(call.session, transfer_no, on=call.business_date)
    applications.mark_signed(call.session, application_no)
    on = transfer.vehicle_transferred_on or call.business_date
    by, now = call.actor.employee_id, call.clock_now
    mortgage = collateral.find(call.session, loan.application_no)
    if mortgage is not None:
        mortgage.owner_id = loan.customer_id
        mortgage.certificate_no = transfer.certificate_no or mortgage.certificate_no
        text = f"{transfer.transfer_no} {transfer.certificate_no or ''}".strip()
        collateral.note(
            call.session, mortgage, MortgageHappening.REGISTERED, on=on, by=by, now=now, text=text
        )
    vehicles.give_plate(call.session, loan.vehicle_id, transfer.plate_after)
    vehicle_history.record(
        call.session,
        loan.vehicle_id,
        VehicleHappening.TRANSFERRED,
        on=on,
        now=now,
        business_key=application_no,
        note=transfer.transfer_no,
        by=by,
    )
    return {}


@TOPICS.topic("plan-transfer-callback")
def plan_transfer_callback(call: Call, loan_no: str) -> dict[str, object]:
    """The new debtor is called back in thirty days; a callback on the earlier one that is being made is given up."""
    loan, now = loans.get(call.session, loan_no), call.clock_now
    on = call.business_date + timedelta(days=callbacks.FIRST_AFTER_DAYS)
    visit = callbacks.open_of(call.session, loan_no, to_change=True)
    if visit is not None and visit.status is not CallbackStatus.PLANNED:
        callbacks.cancel(call.session, visit.callback_no, on=call.business_date, note="债务人已变更")
        occasion = f"{_LOAN_ENDED}:{visit.callback_no}"
        message = {"name": _LOAN_ENDED, "key": loan.application_no, "payload": {}, "message_id": occasion}
        outbox.put(call.session, "message", occasion, message, now)
        visit = None
    if visit is None:
        callbacks.plan(call.session, loan, on, PlanReason.TRANSFER, {}, now=now)
    else:
        callbacks.replan(visit, on, PlanReason.TRANSFER, visit.basis)
    return {}


@TOPICS.topic("refuse-debt-transfer")
def refuse_debt_transfer(
    call: Call,
    application_no: str,
    transfer_no: str,
    transfer_refusal: str,
    review_comment: str | None = None,
) -> dict[str, object]:
    """End the request without a new debtor, and the application of who was to take over."""
    why = TransferRefusal(transfer_refusal)
    on = call.business_date
    debt_transfers.refuse(call.session, transfer_no, why, comment=review_comment, on=on)
    application = applications.get(call.session, application_no, to_change=True)
    if application.status in (ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED) and why in _REASON_OF:
        applications.reject(
            call.session, application_no, reason_codes=[_REASON_OF[why].value], on=on, note=why.zh
        )
    elif application.closed_on is None:
        applications.withdraw(call.session, application_no, reason=why.zh, on=on)
    return {"transfer_refusal": why.value}
