"""Topics of the reconsideration: may it be asked for, what is new, who decides, and the application taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from company import outbox
from engine.history import ActivityHistory, Happening
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.reception import plain
from handlers.register import TOPICS
from handlers.reminding import tell_owner
from lending import applications, reconsiderations, reviews
from lending.reconsiderations import RejectedBy

# The forms whose answers the application begins with when it is taken up again, the later process first.
_ENTRIES = {
    "credit_application": ("Task_EnterApplication",),
    "front_desk_intake": ("Task_RegisterCustomer", "Task_AssessNeeds"),
}


@TOPICS.topic("open-reconsideration")
def open_reconsideration(call: Call, application_no: str) -> dict[str, object]:
    """What was rejected, by whom and why, and until when it may be asked for.

    Raises the refusals of :func:`lending.reconsiderations.check`.
    """
    application, rejected_by, until = reconsiderations.check(call.session, application_no, call.business_date)
    _process, answers = _entered(call)
    words = filter(None, [reconsiderations.plain_words(application.reason_codes), application.closing_note])
    return {
        "customer_name": answers.get("customer_name"),
        "mobile": answers.get("mobile"),
        "rejected_by": rejected_by.value,
        "rejected_on": application.closed_on,
        "rejection_text": "\n".join(words),
        "reconsider_until": until,
    }


@TOPICS.topic("record-new-facts")
def record_new_facts(
    call: Call, application_no: str, new_facts: Sequence[str], reconsideration_grounds: str
) -> dict[str, object]:
    """Keep what the customer brings forward, with its papers. Raises NewFactsMissing."""
    attach_all(call)
    reconsiderations.ask(
        call.session,
        application_no,
        new_facts=new_facts,
        grounds=reconsideration_grounds,
        by=call.actor.employee_id,
        on=call.business_date,
    )
    return {}


@TOPICS.facts("reconsideration-facts")
def reconsideration_facts(call: Call, application_no: str) -> dict[str, object]:
    """Who rejected the application."""
    return {"rejected_by": reconsiderations.get(call.session, application_no).rejected_by.value}


@TOPICS.topic("decide-reconsideration")
def decide_reconsideration(
    call: Call, application_no: str, reconsideration: str, reconsideration_comment: str
) -> dict[str, object]:
    """The word of the higher level; a reviewer who rejected it himself is refused (SameReviewer)."""
    row = reconsiderations.get(call.session, application_no)
    if row.rejected_by is not RejectedBy.RULES:
        reviews.refuse_same_person(call.session, application_no, call.actor.employee_id)
    reconsiderations.decide(
        call.session,
        application_no,
        reopen=reconsideration == "overrule",
        comment=reconsideration_comment,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    tell_owner(
        call,
        "reconsideration_decided",
        str(call.instance_id),
        outcome=reconsideration,
        comment=reconsideration_comment,
    )
    return {}


@TOPICS.topic("drop-reconsideration")
def drop_reconsideration(call: Call, application_no: str, withdrawal_reason: str = "") -> dict[str, object]:
    """The customer gives up what he asked for: the rejection stands."""
    if reconsiderations.find(call.session, application_no) is not None:
        reconsiderations.decide(
            call.session,
            application_no,
            reopen=False,
            comment=withdrawal_reason or "客户放弃复核",
            by=call.actor.employee_id,
            now=call.clock_now,
        )
    return {}


@TOPICS.topic("take-up-again")
def take_up_again(call: Call, application_no: str) -> dict[str, object]:
    """Start the process that had rejected anew, its first form filled with the answers given then."""
    application = applications.get(call.session, application_no)
    process_id, answers = _entered(call)
    payload = {
        "process_id": process_id,
        "business_key": call.business_key,
        "data": {**plain(answers), "application_no": application_no},
        "title": str(answers.get("customer_name") or application_no),
        "subtitle": str(answers.get("model_name") or ""),
        "amount": answers.get("amount"),
        "unit_id": application.unit_id,
        "owner_id": application.owner_id,
    }
    outbox.put(call.session, "start_process", f"again:{call.business_key}", payload, call.clock_now)
    return {}


def _entered(call: Call) -> tuple[str, Mapping[str, object]]:
    """The process that took the application in last, and what its first forms were answered."""
    for process_id, steps in _ENTRIES.items():
        rows = call.session.scalars(
            select(ActivityHistory.results)
            .where(
                ActivityHistory.business_key == call.business_key,
                ActivityHistory.process_id == process_id,
                ActivityHistory.element_id.in_(steps),
                ActivityHistory.kind == Happening.USER.value,
            )
            .order_by(ActivityHistory.id)
        ).all()
        answers = {name: value for row in rows for name, value in (row or {}).items()}
        if answers:
            return process_id, answers
    return "credit_application", {}
