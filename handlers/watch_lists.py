"""Topics of the lists: whether an application is stopped by one, and how an entry is proposed, decided and told."""

from __future__ import annotations

from datetime import date

from company import outbox
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.register import TOPICS
from lending import applications, encumbrance, vehicle_history, watch_lists
from lending.watch_lists import Colour, EntryStatus, Subject

_NUMBERS = {
    "person": "list_number",
    "phone": "list_phone",
    "vehicle": "list_vin",
    "dealer": "list_credit_code",
    "company": "list_credit_code",
}


@TOPICS.facts("list-facts")
def list_facts(call: Call, application_no: str) -> dict[str, object]:
    """Which lists name something of the application, and whether its car is pledged or sealed."""
    application = applications.get(call.session, application_no)
    found = watch_lists.hits(call.session, call.world.vault, application, call.business_date)
    colours = {hit.colour for hit in found}
    return {
        "black": Colour.BLACK in colours,
        "grey": Colour.GREY in colours,
        "white": Colour.WHITE in colours,
        "pledged": encumbrance.pledged_to(call.session, application) is not None,
        "sealed": vehicle_history.sealed_since(call.session, application.vehicle_id or 0) is not None,
    }


@TOPICS.topic("explain-lists")
def explain_lists(call: Call, application_no: str) -> dict[str, object]:
    """In plain words what stops the application, for the person who must tell the customer."""
    application = applications.get(call.session, application_no)
    found = watch_lists.hits(call.session, call.world.vault, application, call.business_date)
    words = [hit.label("zh") for hit in found if hit.colour is Colour.BLACK]
    other = encumbrance.pledged_to(call.session, application)
    if other is not None:
        words.append(f"车辆已为申请 {other} 抵押，不能重复抵押")
    if not words:
        words.append("车辆被查封，不能抵押")
    return {"rejection_note": "；".join(words)}


@TOPICS.topic("record-list-proposal")
def record_list_proposal(
    call: Call,
    *,
    list_action: str,
    list_subject: str,
    list_colour: str,
    list_reason: str,
    list_source: str,
    list_until: date | None = None,
) -> dict[str, object]:
    """Write the proposal down under the case's number; to take something off, it must stand on the list.

    Raises lending.watch_lists.AlreadyListed, NotListed and the refusals of malformed numbers.
    """
    attach_all(call)
    number = str(call.data[_NUMBERS[list_subject]])
    plain = call.reveal(number) if number.startswith("sealed:") else number
    subject, colour = Subject(list_subject), Colour(list_colour)
    if list_action == "remove":
        entry = watch_lists.find_active(
            call.session,
            call.world.vault,
            subject=subject,
            number=plain,
            colour=colour,
            on=call.business_date,
        )
    else:
        entry = watch_lists.propose(
            call.session,
            call.world.vault,
            call.business_key,
            subject=subject,
            number=plain,
            colour=colour,
            reason=list_reason,
            source=list_source,
            valid_until=list_until or call.business_date,
            by=call.actor.employee_id,
            on=call.business_date,
            now=call.clock_now,
        )
    call.describe(title=entry.shown, subtitle=colour.zh)
    return {"target_entry_no": entry.entry_no, "list_shown": entry.shown, "list_proposer": call.actor.name}


@TOPICS.topic("record-list-decision")
def record_list_decision(
    call: Call, list_action: str, target_entry_no: str, list_decision: str, list_comment: str
) -> dict[str, object]:
    """Put the entry into force, take it off, or leave it without effect; the proposer is told."""
    if list_decision == "return":
        return {}
    entry = watch_lists.get(call.session, target_entry_no)
    if list_decision == "approve":
        to = EntryStatus.REMOVED if list_action == "remove" else EntryStatus.ACTIVE
    elif list_action == "add":
        to = EntryStatus.REFUSED
    else:
        return {}
    watch_lists.decide(
        call.session,
        entry,
        to,
        by=call.actor.employee_id,
        on=call.business_date,
        now=call.clock_now,
        note=list_comment,
    )
    return {}


@TOPICS.topic("tell-list-proposer")
def tell_list_proposer(call: Call, target_entry_no: str, list_decision: str) -> dict[str, object]:
    """Tell who proposed the change what became of it."""
    entry = watch_lists.get(call.session, target_entry_no)
    if entry.proposed_by is not None:
        payload = {
            "template": "list_decided",
            "employee_id": entry.proposed_by,
            "entry_no": entry.entry_no,
            "decision": list_decision,
        }
        key = f"list_decided:{call.business_key}"
        outbox.put(call.session, "notify", key, payload, call.clock_now)
    return {}


@TOPICS.topic("remind-list-decision")
def remind_list_decision(call: Call, target_entry_no: str) -> dict[str, object]:
    """Twenty days after an objection it must be answered: tell everybody who may decide."""
    payload = {"template": "list_objection_due", "role_id": "reviewer_l2", "entry_no": target_entry_no}
    key = f"list_objection_due:{call.business_key}"
    outbox.put(call.session, "notify", key, payload, call.clock_now)
    return {}
