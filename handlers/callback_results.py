"""Topics of what a callback found: the checklist kept, the next day planned, others told, further cases started."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from company import outbox, parameters
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.callbacks import CHANGING
from handlers.following import start_later
from handlers.register import TOPICS
from lending import (
    callback_plans,
    callbacks,
    contacts,
    customer_changes,
    customers,
    loan_changes,
    loans,
    personal_profiles,
    vehicles,
)
from lending.callback_kinds import CallbackMethod, CallbackOutcome, PlanReason, WarningLevel
from lending.callback_plans import Next
from lending.callbacks import CallbackVisit, Found
from lending.contacts import ContactWay, Said
from lending.customer_changes import CustomerField
from lending.customers import Customer, CustomerKind
from lending.errors import LendingError
from lending.loans import Loan, LoanStatus
from lending.personal_profiles import Circumstances, Employment, MaritalStatus

ITEMS_MIN = 2
RESTRUCTURING = "restructuring"
_REMINDED_AFTER = timedelta(days=30)
ANSWERS = (
    "verified_items",
    *CHANGING,
    "family_change",
    "driver",
    "parked_at",
    "mileage_km",
    "use_found",
    "vehicle_state",
    "damage_note",
    "vin_seen",
    "visit_latitude",
    "visit_longitude",
    "payments_state",
    "account_state",
    "difficulty",
    "can_pay_soon",
    "other_debts",
    "certificate_at",
    "mortgage_state",
    "third_party_claim",
    "insured_until",
    "gps_state",
    "nps",
    "recording_consent",
)
"""What of the checklist is kept with the callback; new numbers and addresses go to the customer's file only."""
_TOLD = {
    WarningLevel.YELLOW: ("postloan_manager",),
    WarningLevel.RED: ("postloan_manager", "legal", "risk_committee", "branch_manager"),
}
_WAYS = {
    CallbackMethod.PHONE: ContactWay.PHONE,
    CallbackMethod.ON_SITE: ContactWay.VISIT,
    CallbackMethod.LINK: ContactWay.ONLINE,
}


class VerifiedTooFew(LendingError):
    """Who is spoken with is verified by two items at least."""

    code = "verified_too_few"
    zh = "只核对了 {count} 项身份信息，至少核对两项后才能谈贷款。"
    en = "Only {count} items were verified; verify two before the loan is spoken of."


class AnotherCarSeen(LendingError):
    """The car that was looked at is the one that secures the loan."""

    code = "another_car_seen"
    zh = "现场所见车架号 {seen} 不是本贷款抵押的车辆；请核对，未见到车辆的请按“出借”或“已转让”登记。"
    en = "The VIN seen, {seen}, is not that of the car; look again, or record the car as lent or passed on."


@TOPICS.topic("check-callback-answers")
def check_callback_answers(
    call: Call, loan_no: str, verified_items: Sequence[str] = (), vin_seen: str | None = None
) -> dict[str, object]:
    """The checklist holds together: the person was verified, the car is the right one; its photos are filed.

    Raises :class:`VerifiedTooFew`, :class:`AnotherCarSeen`.
    """
    if len(verified_items) < ITEMS_MIN:
        raise VerifiedTooFew(count=len(verified_items))
    car = vehicles.get(call.session, loans.get(call.session, loan_no).vehicle_id)
    if vin_seen and vin_seen != car.vin:
        raise AnotherCarSeen(seen=vin_seen)
    attach_all(call)
    return {"info_changed": any(call.data.get(name) == "changed" for name in CHANGING)}


@TOPICS.topic("record-callback")
def record_callback(
    call: Call,
    *,
    callback_no: str,
    loan_no: str,
    callback_outcome_found: str,
    follow: Mapping[str, object],
    interval_months: Decimal,
    interval_steps: Decimal | None = None,
    complaint_text: str | None = None,
) -> dict[str, object]:
    """End the callback, plan the next, tell who must know, start what follows.

    Says whether it is in the quality sample, and whether somebody has to see to what a customer answered himself.
    """
    loan = loans.get(call.session, loan_no)
    outcome, warning = CallbackOutcome(callback_outcome_found), WarningLevel(str(follow["warning"]))
    if warning is WarningLevel.NONE and call.data.get("payments_state") == "differ":
        warning = WarningLevel.YELLOW
    by = _maker(call, callback_no)
    visit = callbacks.conclude(
        call.session, callback_no, _found(call, outcome, warning), on=call.business_date, by=by
    )
    coming = _next(call, loan, follow, interval_months, interval_steps)
    if outcome is not CallbackOutcome.DECEASED and loan.status is LoanStatus.ACTIVE:
        callbacks.plan(call.session, loan, coming.on, coming.reason, coming.basis, now=call.clock_now)
    _keep_contact(call, visit, loan, coming.on, by)
    if complaint_text:
        _receive_complaint(call, visit, loan, call.reveal(complaint_text), by)
    _tell(call, visit, loan)
    if outcome is CallbackOutcome.HARDSHIP_MINOR:
        _remind(call, visit, loan)
    process_id = str(follow["follow_up"])
    if process_id == RESTRUCTURING and loan_changes.open_of(call.session, loan_no) is not None:
        process_id = "none"  # the request that is under way is the answer to the hardship
    if process_id != "none":
        data = {"loan_no": loan_no, "callback_no": callback_no, "found_outcome": outcome.value}
        start_later(call, process_id, callback_no, data)
    visit.sampled = _is_sampled(call, callback_no) and callbacks.was_reached(call.session, visit)
    call.describe(subtitle=outcome.zh)
    answered_alone = visit.method is CallbackMethod.LINK
    return {
        "quality_sampled": visit.sampled,
        "next_callback_on": coming.on,
        "follow_up_wanted": answered_alone and outcome is not CallbackOutcome.GOOD,
        **_known(call, loan),
    }


@TOPICS.topic("record-callback-follow-up")
def record_callback_follow_up(
    call: Call, callback_no: str, loan_no: str, follow_up_note: str
) -> dict[str, object]:
    """What somebody of the staff made of the customer's own answers."""
    callbacks.note_follow_up(call.session, callback_no, follow_up_note, by=call.actor.employee_id)
    return _known(call, loans.get(call.session, loan_no))


def _maker(call: Call, callback_no: str) -> int | None:
    """Who made it: who filled the checklist in, else who tried last."""
    made = callbacks.attempts_of(call.session, callbacks.get(call.session, callback_no))
    return call.actor.employee_id or (made[-1].made_by if made else None)


def _found(call: Call, outcome: CallbackOutcome, warning: WarningLevel) -> Found:
    data = call.data
    answers = {name: data[name] for name in ("pack_grade", *ANSWERS) if data.get(name) is not None}
    minutes = data.get("duration_minutes")
    return Found(
        outcome,
        warning,
        answers,
        minutes=int(minutes) if minutes is not None else None,
        recording_ref=data.get("recording_ref"),
        note=data.get("callback_note") or data.get("attempt_note"),
    )


def _next(
    call: Call, loan: Loan, follow: Mapping[str, object], months: Decimal, steps: Decimal | None
) -> Next:
    """The day that the outcome fixes, else the table's interval from today, changed by the outcome's factor."""
    today = call.business_date
    facts = {"outcome": call.data["callback_outcome_found"]}
    if follow["fixed_days"] is not None:
        on = today + timedelta(days=int(str(follow["fixed_days"])))
        return Next(on, PlanReason.OUTCOME, {**facts, "table_months": months, "since": today})
    if follow["fixed_months"] is not None:
        fixed = Decimal(str(follow["fixed_months"]))
        coming = callback_plans.by_interval(facts, fixed, 0, Decimal(1), since=today)
        return Next(coming.on, PlanReason.OUTCOME, coming.basis | {"table_months": months})
    factor = Decimal(str(follow["factor"]))
    return callback_plans.by_interval(facts, Decimal(months), int(steps or 0), factor, since=today)


def _keep_contact(call: Call, visit: CallbackVisit, loan: Loan, next_on: date, by: int | None) -> None:
    """The customer's page shows the callback among what was said with the customer."""
    if by is None:
        return
    outcome = visit.outcome or CallbackOutcome.GOOD
    said = Said(
        loan.loan_no,
        _WAYS.get(visit.method or CallbackMethod.PHONE, ContactWay.PHONE),
        call.business_date,
        "：".join(filter(None, (outcome.zh, visit.note)))[: contacts.TEXT_MAX],
    )
    contacts.record_callback(
        call.session,
        call.world.vault,
        customers.get(call.session, loan.customer_id),
        said,
        reached=callbacks.was_reached(call.session, visit),
        next_on=next_on,
        by=by,
        today=call.business_date,
        now=call.clock_now,
    )


def _receive_complaint(call: Call, visit: CallbackVisit, loan: Loan, text: str, by: int | None) -> None:
    """What the customer complains of goes to the complaints officers; who heard it does not answer for others."""
    way = _WAYS.get(visit.method or CallbackMethod.PHONE, ContactWay.PHONE)
    contacts.receive(
        call.session,
        call.world.vault,
        customers.get(call.session, loan.customer_id),
        Said(loan.loan_no, way, call.business_date, text),
        about_id=None,
        by=by,
        today=call.business_date,
        now=call.clock_now,
    )


def _tell(call: Call, visit: CallbackVisit, loan: Loan) -> None:
    """Who must know of a warning: the desk after the pay-out and the owner, of a red one law, risk and branch too."""
    warning, outcome = visit.warning or WarningLevel.NONE, visit.outcome or CallbackOutcome.GOOD
    facts = {
        "template": "callback_warning",
        "application_no": loan.application_no,
        "loan_no": loan.loan_no,
        "callback_no": visit.callback_no,
        "outcome": outcome.value,
        "warning": warning.value,
    }
    told: list[dict[str, object]] = [
        {"role_id": role_id, "unit_id": loan.unit_id} for role_id in _TOLD.get(warning, ())
    ]
    if told and loan.owner_id is not None:
        told.append({"employee_id": loan.owner_id})
    for to in told:
        who = to.get("role_id", "owner")
        outbox.put(
            call.session,
            "notify",
            f"callback_warning:{visit.callback_no}:{who}",
            {**facts, **to},
            call.clock_now,
        )


def _remind(call: Call, visit: CallbackVisit, loan: Loan) -> None:
    """In thirty days the owner is reminded of what the customer promised."""
    to: dict[str, object] = (
        {"employee_id": loan.owner_id}
        if loan.owner_id
        else {"role_id": "postloan_manager", "unit_id": loan.unit_id}
    )
    payload = {
        "template": "callback_promise",
        "application_no": loan.application_no,
        "loan_no": loan.loan_no,
        "callback_no": visit.callback_no,
        **to,
    }
    outbox.put(
        call.session,
        "notify",
        f"callback_promise:{visit.callback_no}",
        payload,
        call.clock_now,
        due_at=call.clock_now + _REMINDED_AFTER,
    )


def _known(call: Call, loan: Loan) -> dict[str, object]:
    """What is on file of what the customer told anew, sealed: who approves the change compares the two."""
    customer, vault = customers.get(call.session, loan.customer_id), call.world.vault
    opens = {"phone": customers.phone_of, "address": customers.address_of}
    known = {
        name: way(call.session, vault, customer) if call.data.get(f"new_{name}") else None
        for name, way in opens.items()
    }
    return {
        f"known_{name}": vault.keep(call.session, call.business_key, f"known_{name}", text) if text else None
        for name, text in known.items()
    }


def _is_sampled(call: Call, callback_no: str) -> bool:
    """Whether a callback is in the quality sample: drawn by a digest of its number, so that nobody chooses."""
    share = parameters.value(call.session, "callback_quality_share", call.business_date)
    drawn = int.from_bytes(hashlib.sha256(callback_no.encode()).digest()[:4], "big")
    return drawn < int(share * 2**32)


@TOPICS.topic("apply-callback-changes")
def apply_callback_changes(
    call: Call, loan_no: str, callback_no: str, changes_decision: str
) -> dict[str, object]:
    """What another person approved goes to the customer's file, with the callback as its reason."""
    if changes_decision != "approve":
        return {}
    customer = customers.get(call.session, loans.get(call.session, loan_no).customer_id)
    wanted = ((CustomerField.PHONE, "new_phone"), (CustomerField.ADDRESS, "new_address"))
    for field, name in wanted:
        if call.data.get(name):
            customer_changes.correct(
                call.session,
                call.world.vault,
                customer,
                field,
                call.reveal(call.data[name]),
                reason=f"回访 {callback_no}",
                by=call.actor.employee_id,
                now=call.clock_now,
            )
    if customer.kind is CustomerKind.INDIVIDUAL:
        _file_circumstances(call, customer)
    return {}


def _file_circumstances(call: Call, customer: Customer) -> None:
    """A new filing of work and income; what was not told anew stays as it was known."""
    data = call.data
    if not data.get("new_employment"):
        return
    known = next(iter(personal_profiles.history(call.session, customer.id)), None)
    moved = bool(data.get("new_employer"))
    filed = Circumstances(
        employment=Employment(data["new_employment"]),
        employer=data.get("new_employer") or (known.employer if known else ""),
        position=data.get("new_position") or (known.position if known and not moved else ""),
        employed_since=None if moved or known is None else known.employed_since,
        monthly_income=data.get("new_income") or (known.monthly_income if known else None),
        marital_status=MaritalStatus(data["marital_status"]),
        dependants=known.dependants if known else 0,
    )
    personal_profiles.file(
        call.session,
        customer,
        filed,
        on=call.business_date,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
