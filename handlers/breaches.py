"""Topics of a breach that a callback found: recorded, decided by law, its cure checked."""

from __future__ import annotations

from company import outbox
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.register import TOPICS
from lending import breaches, loans
from lending.breaches import BreachDecision
from lending.callback_kinds import CallbackOutcome

_PURSUED = (BreachDecision.ACCELERATE, BreachDecision.LITIGATE)


@TOPICS.topic("open-breach")
def open_breach(call: Call, callback_no: str, loan_no: str, found_outcome: str) -> dict[str, object]:
    """Record the finding."""
    found = CallbackOutcome(found_outcome)
    breaches.open_for(call.session, callback_no, loan_no, found, on=call.business_date)
    call.describe(subtitle=found.zh)
    return {"cure_note": None, "breach_comment": None}


@TOPICS.topic("decide-breach")
def decide_breach(
    call: Call,
    *,
    callback_no: str,
    loan_no: str,
    breach_decision: str,
    breach_comment: str,
    cure_days: int | None = None,
) -> dict[str, object]:
    """Keep the decision and its evidence; the risk committee learns of what is pursued."""
    attach_all(call)
    decision = BreachDecision(breach_decision)
    days = int(cure_days or 0) if decision is BreachDecision.CURE else None
    breach = breaches.decide(
        call.session,
        callback_no,
        decision,
        comment=breach_comment,
        cure_days=days,
        on=call.business_date,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    if decision in _PURSUED:
        payload = {
            "template": "breach_pursued",
            "role_id": "risk_committee",
            "unit_id": loans.get(call.session, loan_no).unit_id,
            "application_no": call.business_key,
            "loan_no": loan_no,
            "decision": decision.value,
        }
        key = f"breach_pursued:{callback_no}:{call.clock_now.isoformat()}"
        outbox.put(call.session, "notify", key, payload, call.clock_now)
    return {"cure_after": f"P{days or 1}D", "cure_until": breach.cure_until}


@TOPICS.topic("close-cure")
def close_cure(call: Call, callback_no: str, cure_result: str) -> dict[str, object]:
    """Whether the breach was cured in time; if not, law decides anew."""
    breaches.get(call.session, callback_no).cured = cure_result == "cured"
    call.session.flush()
    return {}
