"""Topics of what collectors and legal did: contacts with their results, letters, decisions on recovery, evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from company.calendar import ZONE
from engine import decision_tables
from engine.topics import Call, OutsideCall
from handlers.attachments import attach_all
from handlers.register import TOPICS
from handlers.world import World
from lending import contact_gate, loans
from lending.collections import cases, contact_log, letters, recovery, results
from lending.collections.contact_log import Came
from lending.collections.kinds import IN_COURT, Action, Recovery, ResultCode
from lending.collections.letters import SentBy
from lending.collections.results import Promised
from lending.life import arrears


@TOPICS.topic("record-collection-result")
def record_collection_result(
    call: Call,
    *,
    case_no: str,
    result_code: str,
    promise_amount: Decimal | None = None,
    promise_on: date | str | None = None,
    contact_minutes: int | None = None,
    recording_ref: str | None = None,
    contact_note: str | None = None,
    companion: str | None = None,
) -> dict[str, object]:
    """Write the contact down with its promise or its hold; whether the money is awaited, and until when.

    Raises what :func:`lending.collections.contact_log.require` and :func:`lending.collections.results.record` refuse.
    """
    found = cases.get(call.session, case_no, to_change=True)
    by, result = call.actor.employee_id, ResultCode(result_code)
    in_english = decision_tables.english_notes(call.session, contact_gate.DECISION)
    kind = _KINDS[call.element.id]
    contact_log.require(call.session, found, kind, in_english, by=by, now=call.clock_now)
    came = Came(
        result,
        contact_note or "",
        None if contact_minutes is None else int(contact_minutes),
        recording_ref,
        results.colleague(call.session, companion),
    )
    promised = _promised(promise_amount, promise_on) if result is ResultCode.PROMISE else None
    made = results.record(
        call.session,
        call.world.vault,
        found,
        came,
        promised,
        by=by,
        now=call.clock_now,
        books_at=call.business_date,
    )
    attach_all(call, to=loans.get(call.session, found.loan_no).application_no)
    if made is None:
        return {"promised": False}
    return {"promised": True, "promise_judged_on": made.check_on + timedelta(days=1)}


_KINDS = {
    "Task_RecordResult": contact_log.CALL,
    "Task_RecordGuarantor": contact_log.GUARANTOR_CALL,
    "Task_RecordVisit": contact_log.VISIT,
}
"""What the gate has to have let through, by the step that writes it down."""


def _promised(amount: Decimal | None, on: date | str | None) -> Promised:
    day = on if isinstance(on, date) else date.fromisoformat(str(on))
    return Promised(Decimal(str(amount)), day)


@dataclass(frozen=True)
class _Printed:
    """A letter that lies in the file store."""

    letter_no: str
    sha256: str
    amount: Decimal
    on: date


@TOPICS.topic("make-demand-letter")
def make_demand_letter(call: Call, case_no: str) -> dict[str, object]:
    """Keep the letter that was printed; its PDF is on the page of the case."""
    printed: _Printed = call.outcome
    found = cases.get(call.session, case_no, to_change=True)
    letters.keep(call.session, found, printed.letter_no, printed.sha256, printed.amount, on=printed.on)
    return {"letter_no": printed.letter_no}


@make_demand_letter.outside
def _print_letter(call: OutsideCall, case_no: str) -> _Printed:
    """Print the letter of the day and put it into the file store."""
    world: World = call.world
    with world.database.read() as session:
        found = cases.get(session, case_no)
        on = call.clock_now.astimezone(ZONE).date()
        letter_no = letters.next_number(session, found)
        data = letters.print_one(session, found, letter_no, on=on)
        stands = arrears.of_loan(
            session, found.loan_no, on
        )  # what the letter says, not what the strategy read
        amount = stands.overdue if stands else found.overdue
    return _Printed(letter_no, world.files.put(data).sha256, amount, on)


@TOPICS.topic("record-demand-letter")
def record_demand_letter(
    call: Call,
    *,
    letter_no: str,
    sent_by: str,
    tracking_no: str | None = None,
    delivered_on: date | str | None = None,
) -> dict[str, object]:
    """Note how the letter was sent. Raises what :func:`lending.collections.letters.send` refuses."""
    arrived = date.fromisoformat(str(delivered_on)) if delivered_on else None
    letters.send(
        call.session,
        letters.get(call.session, letter_no),
        SentBy(sent_by),
        tracking_no or "",
        arrived,
        today=call.clock_now.astimezone(ZONE).date(),
        by=call.actor.employee_id,
    )
    return {}


@TOPICS.topic("record-recovery")
def record_recovery(
    call: Call, *, case_no: str, recovery_choice: str, recovery_ground: str, handed_to: str | None = None
) -> dict[str, object]:
    """Keep what legal decided. Raises what :func:`lending.collections.recovery.decide` refuses."""
    found = cases.get(call.session, case_no, to_change=True)
    choice = Recovery(recovery_choice)
    recovery.decide(
        call.session,
        found,
        choice,
        recovery_ground,
        handed_to or "",
        needs_receiver=choice in IN_COURT,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    if found.action is Action.LEGAL:
        found.due_on = None
    return {}


@TOPICS.topic("build-evidence-pack")
def build_evidence_pack(call: Call, case_no: str) -> dict[str, object]:
    """Keep the hash of the pack with the decision that it belongs to."""
    found = cases.get(call.session, case_no, to_change=True)
    recovery.of_case(call.session, found.id)[0].pack_sha256 = call.outcome
    call.session.flush()
    return {}


@build_evidence_pack.outside
def _pack(call: OutsideCall, case_no: str) -> str:
    """Gather the evidence and put it into the file store."""
    world: World = call.world
    with world.database.read() as session:
        made = recovery.pack(
            session, world.files, cases.get(session, case_no), on=call.clock_now.astimezone(ZONE).date()
        )
    return world.files.put(made.content).sha256
