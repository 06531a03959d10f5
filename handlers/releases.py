"""Topics of the release of a mortgage: the balance, custody, the office, the customer's receipt."""

from __future__ import annotations

from datetime import date

from engine import messages
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.customer_messages import tell_customer
from handlers.register import TOPICS
from lending import collateral, custody, customers, loans, releases, settlement, vehicles
from lending.collateral import MortgageHappening
from lending.custody import CustodyItem
from lending.life import settling
from lending.releases import ReleaseState


@TOPICS.topic("check-release")
def check_release(call: Call, loan_no: str, application_no: str) -> dict[str, object]:
    """Whether the mortgage may be released, and what the officers see of the loan and its car.

    That the loan was owed again before it was settled stops this release no more.
    """
    messages.forget_kept(call.session, settling.REOPENED, application_no, call.clock_now)
    found = releases.check(call.session, loan_no, application_no, on=call.business_date, now=call.clock_now)
    facts: dict[str, object] = {
        "release_state": found.state.value,
        "release_owed": found.owed,
        "release_suspense": found.suspense,
        "office_remark": None,
    }
    record = collateral.find(call.session, application_no)
    if found.state is ReleaseState.NONE or record is None:
        return facts
    vehicle = vehicles.get(call.session, record.vehicle_id)
    owner = customers.get(call.session, record.owner_id)
    loan = loans.get(call.session, loan_no)
    call.describe(
        title=owner.name,
        subtitle=vehicle.model_name,
        amount=loan.principal,
        unit_id=loan.unit_id,
        owner_id=loan.owner_id,
    )
    if found.state is ReleaseState.CLEAR:
        facts["settled_on"] = settlement.settled(call.session, loan_no, call.business_date).settled_on
    slots = custody.held(call.session, application_no)
    return facts | {
        "borrower_name": owner.name,
        "model_name": vehicle.model_name,
        "vin": vehicle.vin,
        "certificate_no": record.certificate_no,
        "custody_slot": slots.get(CustodyItem.REGISTRATION_CERTIFICATE, "—"),
    }


@TOPICS.topic("record-taken-out")
def record_taken_out(
    call: Call, *, application_no: str, certificate_state: str, handed_to: str, lost_note: str | None = None
) -> dict[str, object]:
    """Hand the papers to the officer who goes to the registration office; a lost certificate is noted."""
    taken = releases.take_out(
        call.session,
        application_no,
        handed_by=call.actor.name,
        handed_to=handed_to,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    words = "、".join(item.zh for item in taken) or "无在库物件"
    lost = f"；证书遗失：{lost_note}" if certificate_state == "lost" else ""
    _note(call, application_no, MortgageHappening.PREPARED, call.business_date, f"解押出库：{words}{lost}")
    return {}


@TOPICS.topic("record-release-application")
def record_release_application(
    call: Call, application_no: str, release_applied_on: date, release_acceptance_no: str
) -> dict[str, object]:
    """Owner and mortgagee have applied together (机动车登记规定 第三十三条)."""
    attach_all(call)
    _note(call, application_no, MortgageHappening.APPLIED, release_applied_on, release_acceptance_no)
    return {"office_decision": None, "office_remark": None}


@TOPICS.topic("record-release")
def record_release(
    call: Call,
    *,
    loan_no: str,
    application_no: str,
    office_decision: str,
    release_applied_on: date,
    release_acceptance_no: str,
    released_on: date | None = None,
    office_remark: str | None = None,
) -> dict[str, object]:
    """The office's word: released, and the car is free everywhere, or the papers came back."""
    record = collateral.get(call.session, application_no)
    if office_decision != "released" or released_on is None:
        _note(call, application_no, MortgageHappening.REJECTED, call.business_date, office_remark or "")
        return {}
    releases.release(
        call.session,
        loan_no,
        record,
        released_on=released_on,
        applied_on=release_applied_on,
        note=release_acceptance_no,
        by=call.actor.employee_id,
        on=call.business_date,
        now=call.clock_now,
    )
    return {}


@TOPICS.topic("conclude-release")
def conclude_release(
    call: Call,
    *,
    loan_no: str,
    application_no: str,
    returned_to: str,
    returned_on: date,
) -> dict[str, object]:
    """The customer has seen the free car's certificate and signed for it; it is told to him once more."""
    releases.require_released(call.session, application_no)
    attach_all(call)
    text = f"证书交还 {returned_to}"
    _note(call, application_no, MortgageHappening.RELEASED, returned_on, text)
    tell_customer(call, loan_no, "mortgage_released", application_no, on=returned_on)
    return {}


@TOPICS.topic("stop-release")
def stop_release(call: Call, application_no: str) -> dict[str, object]:
    """A receipt was reversed: the mortgage stands as before."""
    releases.stop(call.session, application_no)
    return {}


def _note(call: Call, application_no: str, happening: MortgageHappening, on: date, text: str) -> None:
    record = collateral.get(call.session, application_no)
    collateral.note(
        call.session, record, happening, on=on, by=call.actor.employee_id, now=call.clock_now, text=text
    )
