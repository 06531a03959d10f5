"""Topics of the requests of data subjects: who asks, what the law says of keeping, carrying out, telling, reminding."""

from __future__ import annotations

from company import outbox
from engine.topics import Call
from handlers.register import TOPICS
from lending import customer_changes, customers, deliveries, personal_requests, retention
from lending.customer_changes import CustomerField
from lending.deliveries import Told
from lending.personal_requests import (
    DataSubjectRequest,
    RequestChannel,
    RequestKind,
    RequestOutcome,
)

# What a second person agrees to before it is done.
_CHANGES_RECORD = (RequestKind.CORRECT, RequestKind.DELETE)


@TOPICS.topic("record-requester")
def record_requester(
    call: Call, request_no: str, identity_proven: str, identity_how: str
) -> dict[str, object]:
    """Note who has made sure that it is the person; say what of the data must be kept and until when."""
    request = personal_requests.get(call.session, request_no)
    if identity_proven == "yes":
        personal_requests.identify(call.session, request, how=identity_how, by=call.actor.employee_id)
    customer = customers.get(call.session, request.customer_id)
    keep = retention.keep_of(call.session, customer, call.business_date)
    return {"keep_note": keep.words, "changes_record": request.kind in _CHANGES_RECORD}


@TOPICS.topic("close-unproven-request")
def close_unproven_request(
    call: Call, request_no: str, identity_proven: str, identity_how: str
) -> dict[str, object]:
    """End a request of somebody who could not show who he is, or who took it back."""
    withdrawn = identity_proven == "withdrawn"
    outcome = RequestOutcome.WITHDRAWN if withdrawn else RequestOutcome.UNIDENTIFIED
    _end(call, personal_requests.get(call.session, request_no), outcome, identity_how)
    return {}


@TOPICS.topic("carry-out-request")
def carry_out_request(
    call: Call, request_no: str, request_decision: str, request_answer: str
) -> dict[str, object]:
    """Do what was decided: correct the record, erase or restrict, or only answer; the request ends."""
    request = personal_requests.get(call.session, request_no)
    outcome, answer = RequestOutcome.FULFILLED, request_answer
    if request_decision != "fulfil":
        outcome = RequestOutcome.REFUSED
    elif request.kind is RequestKind.CORRECT:
        _correct(call, request)
    elif request.kind is RequestKind.DELETE:
        keep = retention.erase_or_restrict(
            call.session,
            call.world.vault,
            customers.get(call.session, request.customer_id),
            request_no=request_no,
            on=call.business_date,
            by=call.actor.employee_id,
            now=call.clock_now,
        )
        if not keep.is_over(call.business_date):
            outcome, answer = RequestOutcome.RESTRICTED, f"{request_answer}（{keep.words}）"
    _end(call, request, outcome, answer)
    return {"request_outcome": outcome.value}


def _correct(call: Call, request: DataSubjectRequest) -> None:
    customer_changes.correct(
        call.session,
        call.world.vault,
        customers.get(call.session, request.customer_id),
        CustomerField(str(call.data["correct_field"])),
        call.reveal(str(call.data["correct_value"])),
        reason=f"{request.request_no} {request.wish}"[:200],
        by=call.actor.employee_id,
        now=call.clock_now,
    )


def _end(call: Call, request: DataSubjectRequest, outcome: RequestOutcome, answer: str) -> None:
    personal_requests.end(
        call.session, request, outcome, answer=answer, by=call.actor.employee_id, now=call.clock_now
    )


@TOPICS.topic("tell-requester")
def tell_requester(call: Call, request_no: str) -> dict[str, object]:
    """Tell who took the request in how it ended, so that the person is answered on the same way.

    Who asked by the portal is told by SMS that the answer stands there.
    """
    request = personal_requests.get(call.session, request_no)
    if request.channel is RequestChannel.PORTAL:
        told = Told(
            "data_request_answered", request_no, None, request.customer_id, {"request_no": request_no}
        )
        deliveries.queue(call.session, told, now=call.clock_now)
    if request.recorded_by is not None and request.outcome is not None:
        payload = {
            "template": "data_request_ended",
            "employee_id": request.recorded_by,
            "request_no": request_no,
            "customer_id": request.customer_id,
            "outcome": request.outcome.value,
        }
        outbox.put(call.session, "notify", f"data_request_ended:{request_no}", payload, call.clock_now)
    return {}


@TOPICS.topic("remind-request")
def remind_request(call: Call, request_no: str) -> dict[str, object]:
    """Three working days are left for the answer: tell everybody who may give it."""
    request = personal_requests.get(call.session, request_no)
    payload = {
        "template": "data_request_due",
        "role_id": "legal",
        "request_no": request_no,
        "customer_id": request.customer_id,
        "due": request.answer_by,
    }
    outbox.put(call.session, "notify", f"data_request_due:{request_no}", payload, call.clock_now)
    return {}
