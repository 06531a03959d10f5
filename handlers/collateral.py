"""Topics of the mortgage: which comes first, the registration step by step, custody, and what it tells the pay-out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from company import outbox
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.following import start_case
from handlers.mornings import morning_of
from handlers.register import TOPICS
from lending import (
    applications,
    approvals,
    collateral,
    contracts,
    custody,
    customers,
    dealers,
    exposure,
    insurance,
    loans,
    vehicles,
)
from lending.collateral import CollateralStatus, MortgageHappening, MortgageOrder
from lending.custody import CustodyItem, Movement
from lending.insurance import InsurancePolicy, PolicyKind


@TOPICS.facts("mortgage-order-facts")
def mortgage_order_facts(call: Call, loan_no: str) -> dict[str, object]:
    """What decides which comes first: kind of car, and the dealer's grade, undertaking and rest of his limit."""
    loan = loans.get(call.session, loan_no)
    dealer = dealers.get(call.session, loan.dealer_id)
    until = dealer.undertaking_until
    left = dealer.unsecured_limit - exposure.unsecured(call.session, dealer.id)
    return {
        "vehicle_kind": vehicles.get(call.session, loan.vehicle_id).kind.value,
        "dealer_grade": dealer.grade.value,
        "undertaking_holds": until is not None and until >= call.business_date,
        "within_limit": loan.principal <= left,
    }


@TOPICS.topic("open-collateral")
def open_collateral(call: Call, application_no: str, mortgage_order: str) -> dict[str, object]:
    """Enter the car into the register of collateral; one that secures another loan is refused.

    ``mortgage_awaited``: whether the pay-out waits for the mortgage, also when it is taken up again later.
    Raises lending.collateral.AlreadyCollateral and VehicleSealed.
    """
    application = applications.get(call.session, application_no)
    record = collateral.open_for(
        call.session,
        call.world.vault,
        application,
        MortgageOrder(mortgage_order),
        on=call.business_date,
        now=call.clock_now,
    )
    first = record.mortgage_order is MortgageOrder.MORTGAGE_FIRST
    return {"mortgage_due_on": record.due_on, "mortgage_awaited": first and record.registered_on is None}


@TOPICS.topic("start-registration")
def start_registration(call: Call) -> dict[str, object]:
    """Let the registration of the mortgage begin, as a case of its own; after the pay-out its days begin."""
    record = collateral.get(call.session, call.business_key)
    if record.mortgage_order is MortgageOrder.PAYMENT_FIRST:
        collateral.count_from(call.session, record, call.business_date)
    start_case(call, "collateral_registration")
    return {}


@TOPICS.topic("call-off-registration")
def call_off_registration(call: Call, application_no: str, mortgage_order: str) -> dict[str, object]:
    """The loan will not be paid out: the registration that it waited for, a case of its own, ends as withdrawn."""
    if MortgageOrder(mortgage_order) is MortgageOrder.MORTGAGE_FIRST:
        key = f"registration_called_off:{application_no}"
        message = {"name": "CustomerWithdrew", "key": application_no, "payload": {}, "message_id": key}
        outbox.put(call.session, "message", key, message, call.clock_now)
    return {}


@TOPICS.topic("open-registration")
def open_registration(call: Call, application_no: str) -> dict[str, object]:
    """What the officer sees of the car, its owner and the day by which the mortgage must stand."""
    record = collateral.get(call.session, application_no)
    vehicle = vehicles.get(call.session, record.vehicle_id)
    return {
        "borrower_name": customers.get(call.session, record.owner_id).name,
        "contract_no": contracts.of_application(call.session, application_no).contract_no,
        "model_name": vehicle.model_name,
        "vin": vehicle.vin,
        "plate_no": vehicle.plate_no,
        "vehicle_kind": vehicle.kind.value,
        "mortgage_order": record.mortgage_order.value,
        "mortgage_due_on": record.due_on,
        "office_remark": None,
    }


@TOPICS.topic("record-mortgage-papers")
def record_mortgage_papers(
    call: Call,
    *,
    application_no: str,
    papers_ready: Sequence[str],
    plate_no: str | None,
    insurer: str,
    policy_no: str,
    policy_from: date,
    policy_until: date,
    lender_first: bool,
) -> dict[str, object]:
    """Keep the papers that are ready, the plate of a car registered by now, and the policy with its beneficiary."""
    attach_all(call)
    record = collateral.get(call.session, application_no)
    vehicles.give_plate(call.session, record.vehicle_id, plate_no)
    policy = insurance.record(
        call.session,
        application_no,
        record.vehicle_id,
        kind=PolicyKind.COMMERCIAL,
        insurer=insurer,
        policy_no=policy_no,
        valid_from=policy_from,
        valid_until=policy_until,
        lender_first=bool(lender_first),
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    _watch_policy(call, policy)
    _note(call, application_no, MortgageHappening.PREPARED, call.business_date, "、".join(papers_ready))
    return {}


def _watch_policy(call: Call, policy: InsurancePolicy) -> None:
    """Have it told, in the morning, that the policy ends in a month, and that it has ended; not if renewed by then."""
    for occasion, day in (
        ("soon", policy.valid_until - insurance.EXPIRY_NOTICE),
        ("ended", policy.valid_until + timedelta(days=1)),
    ):
        outbox.put(
            call.session,
            "insurance_ends",
            f"insurance_ends:{policy.id}:{policy.valid_until}:{occasion}",
            {"policy_id": policy.id, "valid_until": policy.valid_until},
            call.clock_now,
            due_at=morning_of(day, not_before=call.clock_now),
        )


@TOPICS.topic("record-mortgage-application")
def record_mortgage_application(
    call: Call, application_no: str, applied_on: date, acceptance_no: str
) -> dict[str, object]:
    """Owner and mortgagee have applied together (机动车登记规定 第三十二条); the office's receipt."""
    _note(call, application_no, MortgageHappening.APPLIED, applied_on, acceptance_no)
    return {"office_decision": None, "office_remark": None}


@TOPICS.topic("record-mortgage")
def record_mortgage(
    call: Call,
    *,
    application_no: str,
    office_decision: str,
    registered_on: date | None = None,
    certificate_no: str | None = None,
    acceptance_no: str = "",
    office_remark: str | None = None,
) -> dict[str, object]:
    """The office's word: registered, which the pay-out may be waiting for, or the papers came back."""
    record = collateral.get(call.session, application_no)
    if office_decision != "registered" or registered_on is None:
        _note(call, application_no, MortgageHappening.REJECTED, call.business_date, office_remark or "")
        return {}
    attach_all(call)
    collateral.register(
        call.session,
        record,
        registered_on=registered_on,
        certificate_no=certificate_no or "",
        receipt_no=acceptance_no,
        by=call.actor.employee_id,
        on=call.business_date,
        now=call.clock_now,
    )
    _note(call, application_no, MortgageHappening.CONFIRMED, call.business_date, "")
    approvals.meet_conditions(
        call.session,
        application_no,
        ["mortgage_registered"],
        by=call.actor.employee_id,
        now=call.clock_now,
        note=certificate_no or "",
    )
    key = f"mortgage_registered:{application_no}"
    message = {
        "name": "MortgageRegistered",
        "key": application_no,
        "payload": {"mortgage_registered_on": registered_on},
        "message_id": key,
    }
    outbox.put(call.session, "message", key, message, call.clock_now)
    return {"mortgage_registered_on": registered_on}


@TOPICS.topic("record-custody")
def record_custody(
    call: Call,
    *,
    application_no: str,
    custody_slot: str,
    handed_by: str,
    items_received: Sequence[str],
) -> dict[str, object]:
    """Take certificate, keys and policy into custody; the certificate must be among them for the file to be whole."""
    record = collateral.get(call.session, application_no)
    for item in items_received:
        custody.hand_over(
            call.session,
            application_no,
            CustodyItem(item),
            Movement.IN,
            slot=custody_slot,
            handed_by=handed_by,
            received_by=call.actor.name,
            by=call.actor.employee_id,
            now=call.clock_now,
        )
    if CustodyItem.REGISTRATION_CERTIFICATE not in custody.held(call.session, application_no):
        raise custody.CertificateMissing()
    collateral.put_in_custody(call.session, record)
    _note(call, application_no, MortgageHappening.CERTIFIED, call.business_date, custody_slot)
    return {}


@TOPICS.topic("warn-mortgage-late")
def warn_mortgage_late(call: Call, application_no: str, mortgage_due_on: date) -> dict[str, object]:
    """Tell officer, risk and branch manager that the mortgage does not stand on its day."""
    record = collateral.get(call.session, application_no)
    for role_id in ("contract_officer", "reviewer_l2", "branch_manager"):
        payload = {
            "template": "mortgage_late",
            "role_id": role_id,
            "unit_id": record.unit_id,
            "application_no": application_no,
            "due_on": mortgage_due_on,
        }
        key = f"mortgage_late:{application_no}:{role_id}"
        outbox.put(call.session, "notify", key, payload, call.clock_now)
    return {}


@TOPICS.topic("cancel-registration")
def cancel_registration(call: Call, application_no: str) -> dict[str, object]:
    """The application fell: the car is free again unless the office has registered it, which needs a release."""
    collateral.cancel(call.session, application_no, on=call.business_date, now=call.clock_now)
    record = collateral.find(call.session, application_no)
    standing = record is not None and record.status is not CollateralStatus.CANCELLED
    return {"release_needed": standing}


def _note(call: Call, application_no: str, happening: MortgageHappening, on: date, text: str) -> None:
    record = collateral.get(call.session, application_no)
    collateral.note(
        call.session, record, happening, on=on, by=call.actor.employee_id, now=call.clock_now, text=text
    )
