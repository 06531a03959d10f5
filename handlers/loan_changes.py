"""Topics of a change that a customer asks for: request, limits, inspection, consents, decision, booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from company.people import actor
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.register import TOPICS
from lending import callback_facts, loan_changes, loans
from lending.life import bookings
from lending.life.bookings import Booking
from lending.life.extending import extendable
from lending.life.replaying import schedule_now
from lending.loan_changes import ChangeKind, LoanChange, RefusedFor
from lending.loans import Loan
from lending.maths.due_dates import months_after

LTV_APPRAISED_ABOVE = Decimal("0.90")
_YEAR_MONTHS = 12
_PERCENT = Decimal(100)


@TOPICS.topic("open-loan-change")
def open_loan_change(call: Call, loan_no: str, change_kind: str) -> dict[str, object]:
    """Open the request; what its form shows of the loan and the limit."""
    loan, on = loans.get(call.session, loan_no, to_change=True), call.business_date
    kind = ChangeKind(change_kind)
    change = loan_changes.begin(call.session, loan, kind, on=on, by=call.actor.employee_id)
    change.months_max = extendable(call.session, loan, change.told(on))
    call.describe(subtitle=kind.zh)
    facts = callback_facts.interval_facts(call.session, loan, on)
    return {
        "change_no": change.change_no,
        "pack_principal": callback_facts.principal_of(call.session, loan),
        "pack_days_past_due": facts["days_past_due"],
        "maturity_on": loan.maturity_date,
        "months_max": change.months_max,
        "inspection_result": None,
    }


@TOPICS.topic("record-loan-change")
def record_loan_change(
    call: Call,
    *,
    change_no: str,
    change_months: int,
    change_reason: str,
    change_holiday: int = 0,
    is_hardship: bool = False,
) -> dict[str, object]:
    """Keep what was asked for and its evidence."""
    attach_all(call)
    change = loan_changes.get(call.session, change_no, to_change=True)
    change.months, change.holiday = int(change_months), int(change_holiday)
    change.reason = change_reason.strip()
    change.is_hardship = is_hardship or change.kind is ChangeKind.HARDSHIP
    change.asked_by = call.actor.employee_id
    call.session.flush()
    return {"is_hardship": change.is_hardship}


@TOPICS.facts("change-limit-facts")
def change_limit_facts(call: Call, loan_no: str, change_no: str) -> dict[str, object]:
    """What the tables of limits ask: arrears, days to the end, months asked and possible, an earlier plan."""
    loan, on = loans.get(call.session, loan_no), call.business_date
    change = loan_changes.get(call.session, change_no)
    since = months_after(on, -_YEAR_MONTHS, due_day=on.day)
    return {
        "days_past_due": callback_facts.interval_facts(call.session, loan, on)["days_past_due"],
        "days_to_maturity": ((loan.maturity_date or on) - on).days,
        "months": change.months,
        "months_max": extendable(call.session, loan, change.told(on)),
        "adjusted_within_year": loan_changes.adjusted_since(call.session, loan_no, since),
    }


@TOPICS.topic("record-change-inspection")
def record_change_inspection(
    call: Call, loan_no: str, change_no: str, inspection_result: str, inspection_note: str
) -> dict[str, object]:
    """Keep the inspection; the car is appraised where the loan is close to its value or above."""
    loan = loans.get(call.session, loan_no)
    change = loan_changes.get(call.session, change_no, to_change=True)
    change.inspection = inspection_note
    ltv = callback_facts.loan_to_value(call.session, loan)
    call.session.flush()
    return {
        "inspection_ltv": ltv * _PERCENT,
        "appraisal_needed": ltv == 0 or ltv > LTV_APPRAISED_ABOVE,
        "party_options": [
            {"label": each.label(), "value": each.place} for each in loan_changes.bound(call.session, loan)
        ],
    }


@TOPICS.topic("record-change-consents")
def record_change_consents(
    call: Call, loan_no: str, change_no: str, consents_state: str, consents_given: Sequence[str] = ()
) -> dict[str, object]:
    """Keep who agreed. "complete" while somebody has not is ConsentsMissing."""
    attach_all(call)
    change = loan_changes.get(call.session, change_no, to_change=True)
    asked = loan_changes.bound(call.session, loans.get(call.session, loan_no))
    given = set(consents_given or ())
    by, now = call.actor.employee_id, call.clock_now
    loan_changes.record_consents(call.session, change, asked, given, by=by, now=now)
    if consents_state == "complete":
        loan_changes.require_consents(call.session, change, asked)
    return {}


@TOPICS.facts("change-authority-facts")
def change_authority_facts(call: Call, loan_no: str, change_no: str) -> dict[str, object]:
    """What the table of authority asks; the principal in yuan, the ratio a fraction."""
    loan, change = loans.get(call.session, loan_no), loan_changes.get(call.session, change_no)
    return {
        "is_hardship": change.is_hardship,
        "loan_to_value": callback_facts.loan_to_value(call.session, loan),
        "principal": callback_facts.principal_of(call.session, loan),
        "months": change.months,
    }


@TOPICS.topic("record-change-review")
def record_change_review(
    call: Call, loan_no: str, change_no: str, review_decision: str, review_comment: str
) -> dict[str, object]:
    """Keep who decided; an approved change is reckoned, for its agreement and its cost sheet."""
    change = loan_changes.get(call.session, change_no, to_change=True)
    change.decided_by, change.comment = call.actor.employee_id, review_comment
    call.session.flush()
    if review_decision != "approve":
        return {}
    return _reckon(call, loans.get(call.session, loan_no), change)


def _booking(loan: Loan, change: LoanChange, on: date) -> Booking:
    return Booking(loan.loan_no, change.told(on), change.change_no)


def _day(text: date | str | None) -> date | None:
    """A date of the process data."""
    return date.fromisoformat(text) if isinstance(text, str) else text


def _reckon(call: Call, loan: Loan, change: LoanChange) -> dict[str, object]:
    """The new schedule and cost by doing it and taking it back; refused as the booking itself would be."""
    on = call.business_date
    foreseen = bookings.rehearse(
        call.session, _booking(loan, change, on), booked_on=on, now=call.clock_now, by=change.asked_by
    )
    plan = schedule_now(foreseen.after.ground, foreseen.after.state)
    change.rows = loan_changes.rows_of(plan)
    call.session.flush()
    return {
        "new_instalment": foreseen.next_amount,
        "new_maturity": plan.rows[-1].due_date,
        "new_count": foreseen.instalments,
        "new_cost": f"{loan_changes.annualised(call.session, loan, plan):.3%}",
        "reckoned_on": on,
    }


@TOPICS.topic("book-loan-change")
def book_loan_change(
    call: Call, loan_no: str, change_no: str, reckoned_on: date | str | None = None
) -> dict[str, object]:
    """Change the schedule: asked for by the maker, approved by the reviewer, with the consents as they stand.

    What was signed is what is booked: the plan as it was reckoned, from the day on which it was, however much later
    it is signed. :class:`lending.loan_changes.PlanHasChanged` where the loan has changed since.
    """
    attach_all(call)
    loan, change = loans.get(call.session, loan_no), loan_changes.get(call.session, change_no, to_change=True)
    loan_changes.require_consents(call.session, change, loan_changes.bound(call.session, loan))
    done = bookings.carry_out(
        call.session,
        _booking(loan, change, _day(reckoned_on) or call.business_date),
        booked_on=call.business_date,
        now=call.clock_now,
        maker_id=change.asked_by,
        checker=actor(call.session, change.decided_by or 0),
    )
    loan_changes.require_plan(change, schedule_now(done.reading.ground, done.reading.state))
    loan_changes.finish(call.session, change_no, done.event.reference, on=call.business_date)
    return {"change_told": "made"}


@TOPICS.topic("refuse-loan-change")
def refuse_loan_change(
    call: Call, change_no: str, change_refusal: str, review_comment: str | None = None
) -> dict[str, object]:
    """End the request without a change."""
    loan_changes.refuse(
        call.session,
        change_no,
        RefusedFor(change_refusal),
        comment=review_comment,
        on=call.business_date,
    )
    return {"change_told": "refused"}
