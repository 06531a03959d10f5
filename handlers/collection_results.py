"""Topics of what collectors and legal did: contacts with their results, letters, decisions on recovery, evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from company import outbox
from company.calendar import ZONE
from company.people import Employee
from engine.topics import Call, OutsideCall
from handlers.attachments import attach_all
from handlers.collections import tell_supervisor
from handlers.register import TOPICS
from handlers.world import World
from lending import contact_circumstances, customers, loans
from lending.collections import cases, contact_log, letters, promises, recovery
from lending.collections.cases import CollectionCase
from lending.collections.contact_log import Came
from lending.collections.kinds import IN_COURT, Action, CaseStatus, Recovery, ResultCode
from lending.collections.letters import SentBy
from lending.contact_circumstances import Circumstance
from lending.contact_gate import ContactAttempt, Person

_HOLDS = {
    ResultCode.DECEASED: (Circumstance.DECEASED, "催收联系中被告知已故"),
    ResultCode.DISPUTE: (Circumstance.DISPUTE, "催收联系中对债务提出异议"),
    ResultCode.HARDSHIP: (Circumstance.HARDSHIP, "催收联系中申请困难协助"),
}
"""What a result says of the customer: collection is on hold until it is lifted."""


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

    Raises what :mod:`lending.collections.contact_log` and :mod:`lending.collections.promises` refuse.
    """
    found = cases.get(call.session, case_no, to_change=True)
    result = ResultCode(result_code)
    came = Came(
        result,
        contact_note or "",
        None if contact_minutes is None else int(contact_minutes),
        recording_ref,
        _employee(call, companion),
    )
    made = contact_log.note(
        call.session, call.world.vault, found, came, by=call.actor.employee_id, now=call.clock_now
    )
    of_guarantor = call.session.get_one(ContactAttempt, made.attempt_id).person is Person.GUARANTOR
    attach_all(call, to=loans.get(call.session, found.loan_no).application_no)
    if result is ResultCode.PROMISE:
        return _promise(call, found, promise_amount, promise_on)
    if result in _HOLDS and not of_guarantor:  # what befalls a guarantor holds up nothing of the borrower's
        _hold(call, found, result)
    return {"promised": False}


def _employee(call: Call, username: str | None) -> int | None:
    if not username:
        return None
    return call.session.scalar(
        select(Employee.id).where(Employee.username == username.strip(), Employee.active.is_(True))
    )


def _promise(
    call: Call, found: CollectionCase, amount: Decimal | None, on: date | str | None
) -> dict[str, object]:
    day = on if isinstance(on, date) else date.fromisoformat(str(on))
    made = promises.make(
        call.session,
        found,
        Decimal(str(amount)),
        day,
        today=call.clock_now.astimezone(ZONE).date(),
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    found.status, found.due_on = CaseStatus.PROMISED, made.check_on
    return {"promised": True, "promise_judged_on": made.check_on + timedelta(days=1)}


def _hold(call: Call, found: CollectionCase, result: ResultCode) -> None:
    """Note what the contact told of the customer: of a death for all his loans, else for this one; tell who decides."""
    kind, words = _HOLDS[result]
    contact_circumstances.note(
        call.session,
        found.customer_id,
        kind,
        f"{words}（{found.case_no}）",
        loan_no=None if kind is Circumstance.DECEASED else found.loan_no,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    loan = loans.get(call.session, found.loan_no)
    tell_supervisor(call, found, loan, "collection_held", f"{kind.value}:{call.clock_now:%Y%m%d%H%M%S}")
    if kind is Circumstance.HARDSHIP:
        payload = {
            "process_id": "restructuring",
            "business_key": loan.application_no,
            "data": {"application_no": loan.application_no, "loan_no": loan.loan_no},
            "title": customers.get(call.session, loan.customer_id).name,
            "subtitle": loan.loan_no,
            "unit_id": loan.unit_id,
            "owner_id": loan.owner_id,
        }
        key = f"restructuring:{found.case_no}:{call.instance_id}:{call.clock_now:%Y%m%d%H%M%S}"
        outbox.put(call.session, "start_process", key, payload, call.clock_now)


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
        amount = found.overdue
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
