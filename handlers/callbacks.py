"""Topics of a callback: its pack and its way, attempts, what the checklist says, quality, and giving it up."""

from __future__ import annotations

from datetime import timedelta

from company.calendar import ZONE
from engine.decision_tables import english_notes
from engine.topics import Call, OutsideCall
from handlers.register import TOPICS
from handlers.world import IdentityAnswer, World
from lending import (
    callback_contacts,
    callback_facts,
    callback_links,
    callbacks,
    contact_gate,
    customers,
    deliveries,
    identity_checks,
    loans,
)
from lending.callback_contacts import CallbackContactRefused
from lending.callback_kinds import AttemptResult, CallbackMethod
from lending.callback_link_records import LinkEnd
from lending.deliveries import Told
from lending.identity_checks import CheckMethod, IdentityResult
from lending.vehicles import VehicleUse

CHANGING = ("address_state", "phone_state", "job_state", "income_state")
_ENDING = (AttemptResult.DECLINED, AttemptResult.DECEASED)


@TOPICS.topic("build-callback-pack")
def build_callback_pack(call: Call, loan_no: str) -> dict[str, object]:
    """What whoever calls should know, and nothing of an earlier checklist."""
    loan = loans.get(call.session, loan_no)
    empty = dict.fromkeys(
        ("contact_state", "attempt_result", "third_identity", "third_court", "callback_note")
    )
    return {
        **callback_facts.pack(call.session, loan, call.business_date),
        **empty,
        "attempts_made": 0,
        "info_changed": False,
        "quality_sampled": False,
    }


@TOPICS.facts("liquidity-facts")
def liquidity_facts(call: Call, loan_no: str) -> dict[str, object]:
    """The facts of the table of liquidity."""
    return callback_facts.liquidity_facts(call.session, loans.get(call.session, loan_no), call.business_date)


@TOPICS.facts("callback-method-facts")
def callback_method_facts(call: Call, loan_no: str) -> dict[str, object]:
    """The facts of the table of ways."""
    loan = loans.get(call.session, loan_no)
    return {
        **callback_facts.method_facts(call.session, loan, call.business_date),
        "self_service": callback_links.is_possible(call.session, loan, call.clock_now),
    }


@TOPICS.topic("send-callback-link")
def send_callback_link(call: Call, callback_no: str, loan_no: str) -> dict[str, object]:
    """Let the customer have the link; the day from which it opens no more."""
    world: World = call.world
    link = callback_links.issue(
        call.session, world.vault, callback_no, today=call.business_date, now=call.clock_now
    )
    until = callback_links.last_day(link)
    facts = {"link_id": link.id, "link": callback_links.SHOWN_AS, "until": until}
    told = Told(callback_links.TEMPLATE, callback_no, loan_no, link.customer_id, facts)
    deliveries.queue(call.session, told, now=call.clock_now)
    return {"link_ends_on": until + timedelta(days=1)}


@TOPICS.topic("end-callback-link")
def end_callback_link(call: Call, callback_no: str) -> dict[str, object]:
    """No answer came: the customer is called as others are."""
    callback_links.expire(call.session, callback_no, call.clock_now)
    return {"visit_method": CallbackMethod.PHONE.value}


@TOPICS.topic("record-link-answers")
def record_link_answers(call: Call, callback_no: str) -> dict[str, object]:
    """The customer has answered: as if he had been reached, by nobody of the staff. Raises LinkGone."""
    callback_links.use(call.session, callback_no, call.clock_now)
    callbacks.prepared(call.session, callback_no, CallbackMethod.LINK)
    changed = any(call.data.get(name) == "changed" for name in CHANGING)
    return {
        "contact_state": "reached",
        "attempt_result": AttemptResult.REACHED.value,
        "info_changed": changed,
    }


@TOPICS.topic("ask-third-party")
def ask_third_party(call: Call, callback_no: str, loan_no: str) -> dict[str, object]:
    """Keep what the party said of the borrower's name, number and court records with the callback."""
    outcome: tuple[str, IdentityAnswer] | None = call.outcome
    if outcome is None:
        return {}
    request_id, answer = outcome
    loan = loans.get(call.session, loan_no)
    court = {None: "unknown", True: "listed", False: "none"}[answer.court_listed]
    found: dict[str, object] = {
        "third_identity": "agrees" if answer.agrees else "differs",
        "third_court": court,
    }
    visit = callbacks.under_way(call.session, callback_no)
    visit.third_party = {**found, "request_id": request_id, "on": call.business_date}
    identity_checks.record(
        call.session,
        loan.application_no,
        method=CheckMethod.TWO_ELEMENTS,
        result=IdentityResult.VERIFIED if answer.agrees else IdentityResult.FAILED,
        customer_id=loan.customer_id,
        request_id=request_id,
        court_listed=answer.court_listed,
        now=call.clock_now,
    )
    return found


@ask_third_party.outside
def _ask(call: OutsideCall, loan_no: str) -> tuple[str, IdentityAnswer] | None:
    """Ask by name and number; a company has no such record."""
    world: World = call.world
    with world.database.read() as session:
        customer = customers.get(session, loans.get(session, loan_no).customer_id)
        if customer.kind is customers.CustomerKind.CORPORATE:
            return None
        number = customers.identity_of(session, world.vault, customer)
    answer = world.parties.identity.check(
        request_id=call.idempotency_key,
        name=customer.name,
        identity_no=number,
        method=CheckMethod.TWO_ELEMENTS.value,
    )
    return call.idempotency_key, answer


@TOPICS.topic("record-callback-plan")
def record_callback_plan(call: Call, callback_no: str, visit_method: str) -> dict[str, object]:
    """The way that was chosen; the customer may be called from now on."""
    callbacks.prepared(call.session, callback_no, CallbackMethod(visit_method))
    return {}


@TOPICS.topic("record-callback-attempt")
def record_callback_attempt(
    call: Call, callback_no: str, attempt_result: str, attempt_note: str | None = None
) -> dict[str, object]:
    """Keep the attempt; whether the customer was reached, is tried again, was tried three times, or it is over.

    It was let through by the gate when it was asked, else the gate is asked now. Raises CallbackContactRefused. That
    the customer has died may be written down always: it ends the callback.
    """
    result = AttemptResult(attempt_result)
    _let_through(call, callback_no, result)
    made = callbacks.attempt(
        call.session,
        callback_no,
        result,
        note=attempt_note,
        on=call.clock_now.astimezone(ZONE).date(),
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    state = "again" if made.number < callbacks.ATTEMPTS_MAX else "tried_out"
    if result is AttemptResult.REACHED:
        state = "reached"
    elif result in _ENDING:
        state = "ended"
    return {"contact_state": state, "attempts_made": made.number}


def _let_through(call: Call, callback_no: str, result: AttemptResult) -> None:
    """Note the result with the contact that the gate let through."""
    visit = callbacks.under_way(call.session, callback_no)
    loan, by = loans.get(call.session, visit.loan_no), call.actor.employee_id
    contact = callback_contacts.allowed_today(call.session, visit, loan, now=call.clock_now, by=by)
    if contact is None and result is not AttemptResult.DECEASED:
        world: World = call.world
        contact = callback_contacts.ask(
            call.session, world.vault, visit, loan, world.contact_rules, now=call.clock_now, by=by
        )
        if not contact.allowed:
            english = english_notes(call.session, contact_gate.DECISION)
            raise CallbackContactRefused(why=contact.note, why_en=english.get(contact.note, contact.note))
    if contact is not None:
        callback_contacts.note_result(contact, result)


@TOPICS.facts("callback-finding-facts")
def callback_finding_facts(
    call: Call,
    *,
    contact_state: str,
    attempt_result: str,
    use_found: str | None = None,
) -> dict[str, object]:
    """What the checklist says, as the table of outcomes asks; without one only how the contact went."""
    data = call.data
    agreed = data.get("pack_use") == VehicleUse.COMMERCIAL.value
    return {
        "contact_state": contact_state,
        "attempt_result": attempt_result,
        "third_party_claim": data.get("third_party_claim"),
        "use_differs": use_found not in (None, "private") and not agreed,
        "vehicle_damaged": data.get("vehicle_state") == "damaged",
        "difficulty": data.get("difficulty"),
        "can_pay_soon": data.get("can_pay_soon") is True,
        "has_complaint": bool(data.get("complaint_text")),
        "info_changed": data.get("info_changed") is True,
    }


@TOPICS.facts("callback-outcome-facts")
def callback_outcome_facts(call: Call, loan_no: str, callback_outcome_found: str) -> dict[str, object]:
    """The outcome, and how many callbacks in a row were good with this one."""
    good = callbacks.good_in_a_row(call.session, loan_no)
    return {
        "outcome": callback_outcome_found,
        "good_in_a_row": good + 1 if callback_outcome_found == "good" else 0,
    }


@TOPICS.facts("callback-interval-facts")
def callback_interval_facts(call: Call, loan_no: str) -> dict[str, object]:
    """The facts of the table of intervals."""
    return callback_facts.interval_facts(call.session, loans.get(call.session, loan_no), call.business_date)


@TOPICS.facts("callback-modifier-facts")
def callback_modifier_facts(call: Call, loan_no: str) -> dict[str, object]:
    """The facts of what shortens the interval."""
    return callback_facts.modifier_facts(call.session, loans.get(call.session, loan_no))


@TOPICS.topic("cancel-callback")
def cancel_callback(call: Call, callback_no: str, loan_no: str) -> dict[str, object]:
    """The loan has ended: nobody is called any more."""
    loan = loans.get(call.session, loan_no)
    callback_links.expire(call.session, callback_no, call.clock_now, LinkEnd.REVOKED)
    callbacks.cancel(call.session, callback_no, on=call.business_date, note=loan.status.zh)
    return {}


@TOPICS.topic("record-callback-quality")
def record_callback_quality(
    call: Call, callback_no: str, quality_score: str, quality_note: str | None = None
) -> dict[str, object]:
    """What a second person found of the callback."""
    callbacks.check_quality(
        call.session,
        callback_no,
        score=int(quality_score),
        note=quality_note,
        by=call.actor.employee_id,
    )
    return {}
