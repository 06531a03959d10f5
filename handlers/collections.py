"""Topics of collections: the case opened, its strategy, who is given it, how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from company import calendar, outbox
from company.calendar import ZONE
from engine.topics import Call
from handlers.register import TOPICS
from lending import customers, guarantees, loans
from lending.collections import agencies, assignment, cases, promises, strategy
from lending.collections.cases import CollectionCase, Plan
from lending.collections.kinds import IN_SPITE_OF_A_PROMISE, Action, CaseStatus, PlacementEnd
from lending.loans import Loan, LoanStatus

_ESCALATES_AFTER_DAYS = 2
_ENDS = {
    LoanStatus.SETTLED: CaseStatus.SETTLED,
    LoanStatus.WRITTEN_OFF: CaseStatus.WRITTEN_OFF,
    LoanStatus.TRANSFERRED: CaseStatus.SOLD,
}


@TOPICS.topic("open-collection-case")
def open_collection_case(call: Call, loan_no: str, days_past_due: int) -> dict[str, object]:
    """Open the case of an overdue loan, or find the one that is open."""
    loan = loans.get(call.session, loan_no)
    found = cases.open_case(call.session, loan, days_past_due, on=call.business_date)
    call.describe(
        title=customers.get(call.session, loan.customer_id).name, subtitle=loan_no, unit_id=loan.unit_id
    )
    return {"case_no": found.case_no}


@TOPICS.facts("collection-facts")
def collection_facts(call: Call, case_no: str) -> dict[str, object]:
    """What DT-08 reads, brought to the day."""
    found = cases.get(call.session, case_no, to_change=True)
    # the promise's own timer may have been taken away with the step that made it
    promises.judge_awaited(call.session, found, now=call.clock_now, books_at=call.business_date)
    strategy.refresh(call.session, found, loans.get(call.session, found.loan_no), today=call.business_date)
    return strategy.facts(call.session, found, now=call.clock_now)


@TOPICS.topic("plan-collection-step")
def plan_collection_step(call: Call, case_no: str, strategy: Mapping[str, object]) -> dict[str, object]:
    """Note what the strategy asks for, move the stage, give the case to whoever suits it, and tell him."""
    found = cases.get(call.session, case_no, to_change=True)
    loan = loans.get(call.session, found.loan_no)
    action, owner = Action(str(strategy["action"])), str(strategy["owner"])
    working = calendar.current(call.session)
    today = _today(call)
    due_days, repeat_days = int(str(strategy["due_days"])), int(str(strategy["repeat_days"]))
    due_on = working.add_working_days(today, due_days) if due_days else None
    promise = promises.pending(call.session, found.loan_no)
    waits = promise is not None and action not in IN_SPITE_OF_A_PROMISE
    _note(call, found, Plan(action, due_on, owner, str(strategy["script"]), 0))
    if promise is not None and waits:
        found.status, found.due_on = CaseStatus.PROMISED, promise.check_on
    elif strategy["person_acts"] is True and action is not Action.AGENCY:
        _assign(call, found, loan, owner, action)
    call.describe(amount=found.overdue, owner_id=found.collector_id)
    placement = agencies.placement_of(call.session, found.id)
    back_on = (
        call.session.get_one(agencies.AgencyBatch, placement.batch_id).expires_on if placement else today
    )
    look_on = working.add_working_days(today, max(repeat_days, 1))
    if promise is not None and waits:
        look_on = promise.check_on + timedelta(days=1)
        strategy = {**strategy, "action": Action.MESSAGE.value, "with_letter": False, "person_acts": False}
    return {
        "strategy": dict(strategy),
        "collector": str(found.collector_id or ""),
        "has_guarantor": bool(guarantees.of_application(call.session, loan.application_no)),
        "next_look_on": look_on,
        "placement_back_on": back_on + timedelta(days=1),
        "escalate_after": f"{due_days + _ESCALATES_AFTER_DAYS}wd",
        "promised": False,
        "promise_judged_on": look_on,
        **dict.fromkeys(_ANSWERS),
    }


_ANSWERS = (
    "result_code",
    "promise_amount",
    "promise_on",
    "contact_minutes",
    "recording_ref",
    "contact_note",
    "recovery_choice",
    "recovery_ground",
    "handed_to",
    "sent_by",
    "tracking_no",
    "delivered_on",
)
"""What the forms of a step answer: the next step begins with none of it."""


def _note(call: Call, found: CollectionCase, chosen: Plan) -> None:
    """The plan with its priority, the stage with its broken promises, the ground of a hold."""
    broken = promises.broken(call.session, found.id)
    stage = strategy.stage_with_promises(found.days_past_due, broken)
    cases.stand_at(call.session, found, stage, on=call.business_date)
    ranked = Plan(
        chosen.action,
        chosen.due_on,
        chosen.owner_role,
        chosen.script,
        strategy.priority_of(found, broken),
    )
    held_for = strategy.hold_of(call.session, found, call.clock_now)
    cases.plan(call.session, found, ranked, held_for)


def _assign(call: Call, found: CollectionCase, loan: Loan, owner: str, action: Action) -> None:
    """Give the case to whoever suits the step, unless who has it does, and tell him once a step."""
    wanted = assignment.skills_for(owner, visit=action is Action.VISIT)
    before = found.collector_id
    chosen = assignment.keep_or_choose(call.session, found, loan, wanted)
    if chosen is None:
        occasion = str(call.business_date)
        cases.tell_supervisors(call.session, found, loan, "collection_unassigned", occasion, call.clock_now)
        return
    for each in cases.open_of_customer(call.session, found.customer_id):
        each.collector_id = chosen
    if chosen != before:
        payload = {
            "template": "collection_assigned",
            "case_no": found.case_no,
            "loan_no": found.loan_no,
            "due_on": found.due_on,
            "employee_id": chosen,
        }
        key = f"collection_assigned:{found.case_no}:{chosen}:{call.business_date}:{found.escalations}"
        outbox.put(call.session, "notify", key, payload, call.clock_now)


@TOPICS.topic("escalate-collection")
def escalate_collection(call: Call, case_no: str) -> dict[str, object]:
    """Nobody did in time what was asked: tell the supervisor, and give the case to another collector."""
    found = cases.get(call.session, case_no, to_change=True)
    loan = loans.get(call.session, found.loan_no)
    found.escalations += 1
    occasion = str(found.escalations)
    cases.tell_supervisors(call.session, found, loan, "collection_unhandled", occasion, call.clock_now)
    wanted = assignment.skills_for(found.owner_role, visit=found.action is Action.VISIT)
    other = assignment.choose(call.session, found, loan, wanted, besides=found.collector_id)
    if other is not None and other != found.collector_id:
        for each in cases.open_of_customer(call.session, found.customer_id):
            each.collector_id = other
    call.session.flush()
    return {}


@TOPICS.topic("judge-promise")
def judge_promise(call: Call, case_no: str) -> dict[str, object]:
    """The day after the promise has come: it is kept or not, by what was received."""
    found = cases.get(call.session, case_no, to_change=True)
    promises.judge_awaited(call.session, found, now=call.clock_now, books_at=call.business_date)
    return {}


@TOPICS.topic("end-placement")
def end_placement(call: Call, case_no: str) -> dict[str, object]:
    """The last day of the placement is over: the case comes back."""
    found = cases.get(call.session, case_no, to_change=True)
    placement = agencies.placement_of(call.session, found.id)
    if placement is not None:
        agencies.bring_back(call.session, placement, PlacementEnd.EXPIRED, on=call.business_date)
    return {}


@TOPICS.topic("close-collection")
def close_collection(call: Call, case_no: str) -> dict[str, object]:
    """End the case as its loan stands: cured, settled, written off, sold, or owed by somebody else by now.

    Its placement and its promise end with it: nobody waits for what somebody promised who does not owe it any more.
    """
    found = cases.get(call.session, case_no, to_change=True)
    loan = loans.get(call.session, found.loan_no)
    status = _ENDS.get(loan.status, CaseStatus.CURED)
    if loan.customer_id != found.customer_id:
        status = CaseStatus.PASSED_ON
        promises.lapse(call.session, found.loan_no, on=_today(call))
    promise = promises.pending(call.session, found.loan_no)
    if promise is not None:
        promises.judge(call.session, promise, on=_today(call))
    placement = agencies.placement_of(call.session, found.id)
    if placement is not None:
        cured = status is CaseStatus.CURED or status is CaseStatus.SETTLED
        why = PlacementEnd.CURED if cured else PlacementEnd.ENDED
        agencies.bring_back(call.session, placement, why, on=call.business_date)
    cases.close(call.session, found, status, on=call.business_date)
    call.describe(amount=Decimal("0.00"))
    return {}


def _today(call: Call) -> date:
    """The day on the clock: timers run by it, also between midnight and the day-end."""
    return call.clock_now.astimezone(ZONE).date()
