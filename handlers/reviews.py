"""Topics of the loan review: what the tables are asked, what reviewers decided, the written decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from company import outbox
from engine.topics import Call
from handlers.burden import debt_to_income
from handlers.mornings import morning_of
from handlers.policy import is_referred
from handlers.register import TOPICS
from lending import (
    applications,
    approvals,
    ceilings,
    encumbrance,
    overrides,
    reconsiderations,
    reviews,
    vehicles,
)
from lending.approvals import Approval
from lending.errors import LendingError
from lending.products import REFINANCING, Product
from lending.reconsiderations import ReconsiderationStatus
from lending.reviews import Decision, ReviewDecision, ReviewLevel
from lending.vehicles import Vehicle, VehicleUse

_AGREES = frozenset({Decision.APPROVE, Decision.CONDITIONAL})
_DAYS_A_YEAR = Decimal("365.25")


@TOPICS.facts("review-facts")
def review_facts(
    call: Call,
    *,
    application_no: str,
    monthly_income: Decimal,
    monthly_debt: Decimal,
    related_party: bool,
    grade: str | None = None,
    ltv_limit: Decimal | None = None,
    exceptions: Sequence[str] = (),
) -> dict[str, Any]:
    """Everything the four tables of the review ask: fractions for ratios, years for the age of the car, yuan."""
    application = applications.get(call.session, application_no)
    vehicle = vehicles.get(call.session, application.vehicle_id or 0)
    product = call.session.get_one(Product, application.product_id)
    return {
        "amount": application.amount,
        "annual_rate": application.annual_rate,
        "rate_usual": product.rate_usual,
        "ltv": application.loan_to_value,
        "dti": debt_to_income(call, application, monthly_income, monthly_debt),
        "vehicle_kind": vehicle.kind.value,
        "vehicle_use": application.vehicle_use.value if application.vehicle_use else None,
        "energy": vehicle.energy.value,
        "vehicle_age_years": _age(vehicle, call.business_date),
        "vin_doubtful": vehicle.vin_doubtful,
        "vin_elsewhere": bool(encumbrance.others(call.session, vehicle.id, application_no)),
        "related_party": related_party,
        "grade": grade,
        "refinance": product.code == REFINANCING,
        "ltv_ceiling": ceilings.of_car(
            call.session,
            kind=vehicle.kind,
            use=application.vehicle_use or VehicleUse.SELF,
            energy=vehicle.energy,
            on=application.submitted_on or call.business_date,
        ),
        # No row of the table lends nothing (DT-03), and nothing known is never a pass.
        "ltv_limit": Decimal(0) if ltv_limit is None else ltv_limit,
        "exceptions": list(exceptions),
        "prescreen_referred": is_referred(call, application_no),
        "reconsidered": _reconsidered(call, application_no),
    }


def _reconsidered(call: Call, application_no: str) -> str:
    """Who had rejected an application that was taken up again; "none" where none was."""
    found = reconsiderations.find(call.session, application_no)
    if found is None or found.status is not ReconsiderationStatus.REOPENED:
        return "none"
    return found.rejected_by.value


def _age(vehicle: Vehicle, on: date) -> Decimal:
    if vehicle.first_registered_on is None:
        return Decimal(0)
    return (Decimal((on - vehicle.first_registered_on).days) / _DAYS_A_YEAR).quantize(Decimal("0.01"))


@TOPICS.topic("record-review")
def record_review(
    call: Call,
    *,
    application_no: str,
    level: str,
    decision: str,
    comment: str,
    amount: Decimal | None,
    term_months: Decimal | None,
    conditions: Sequence[str] | None,
    reason_codes: Sequence[str] | None,
    override_reason: str | None,
    override_words: str | None = None,
    other_condition: str | None = None,
    materials: str | None = None,
    exceptions: Sequence[str] = (),
    review_route: str = "l1",
    granted_conditions: Sequence[str] = (),
) -> dict[str, object]:
    """Keep one reviewer's decision; what it says stands until another reviewer decides.

    The conditions of the reviewer before are no exception: a plain approval keeps them, and only a conditional one,
    which lists its own, replaces them. Who agrees to a case with exceptions says why he sets each of them aside.
    """
    listed = [*(conditions or ()), *filter(None, [(other_condition or "").strip()])]
    row = reviews.record_decision(
        call.session,
        application_no,
        level=ReviewLevel(level),
        decision=Decision(decision),
        reviewer_id=call.actor.employee_id,
        now=call.clock_now,
        comment=comment,
        amount=amount,
        term_months=None if term_months is None else int(term_months),  # FEEL knows no integers
        conditions=listed,
        reason_codes=list(reason_codes or ()),
        override_reason=override_reason,
    )
    if row.decision in _AGREES:
        overrides.record(
            call.session,
            row,
            exceptions,
            route=ReviewLevel(review_route),
            reason=override_reason,
            words=override_words or "",
            now=call.clock_now,
        )
    return _standing(row, granted_conditions) | {
        f"{level}_agrees": row.decision in _AGREES,
        "materials_asked": materials,
    }


def _standing(row: ReviewDecision, granted_conditions: Sequence[str]) -> dict[str, object]:
    """What the review says after this decision."""
    kept = list(granted_conditions) if row.decision is Decision.APPROVE else row.conditions
    stands = Decision.CONDITIONAL if kept and row.decision in _AGREES else row.decision
    return {
        "review_decision": stands.value,
        "granted_amount": row.amount,
        "granted_term_months": row.term_months,
        "granted_conditions": kept,
        "conditions_text": "；".join(map(approvals.named, kept)),
        "rejection_reasons": row.reason_codes,
        "review_comment": row.comment,
    }


@TOPICS.topic("write-review-decision")
def write_review_decision(
    call: Call,
    *,
    application_no: str,
    review_decision: str,
    granted_amount: Decimal | None,
    granted_term_months: int | None,
    granted_conditions: Sequence[str],
    rejection_reasons: Sequence[str],
    review_comment: str,
    exceptions: Sequence[str] = (),
    review_route: str = "l1",
) -> dict[str, Any]:
    """Write the approval with its conditions, or the rejection with its reasons; a return leaves the case open.

    ``review_outcome`` tells four ends apart, ``review_result`` the caller's three.
    """
    decision = Decision(review_decision)
    if decision is Decision.RETURN:
        return {"review_outcome": "returned", "review_result": "returned"}
    if decision is Decision.REJECT:
        applications.reject(
            call.session,
            application_no,
            reason_codes=rejection_reasons,
            on=call.business_date,
            note=review_comment,
        )
        return {"review_outcome": "rejected", "review_result": "rejected"}
    overrides.require(call.session, application_no, exceptions, route=ReviewLevel(review_route))
    application = applications.get(call.session, application_no)
    if granted_amount is None or granted_term_months is None:
        raise GrantedTermsMissing(application_no=application_no)
    if application.annual_rate is None or application.method is None:
        raise GrantedTermsMissing(application_no=application_no)
    applications.approve(
        call.session,
        application_no,
        amount=granted_amount,
        term_months=granted_term_months,
        annual_rate=application.annual_rate,
        method=application.method,
        conditions=granted_conditions,
        by=call.actor.employee_id,
        on=call.business_date,
        now=call.clock_now,
    )
    _watch_conditions(call, approvals.get(call.session, application_no))
    call.describe(amount=granted_amount)
    outcome = "conditional" if decision is Decision.CONDITIONAL else "approved"
    return {"review_outcome": outcome, "review_result": "approved"}


def _watch_conditions(call: Call, approval: Approval) -> None:
    """Have it told, in the morning after its last day, that a condition is still open; not if met by then."""
    for due_on in sorted({each.due_on for each in approval.conditions if each.due_on is not None}):
        outbox.put(
            call.session,
            "conditions_late",
            f"conditions_late:{approval.application_no}:{approval.id}:{due_on}",
            {"approval_id": approval.id, "due_on": due_on},
            call.clock_now,
            due_at=morning_of(due_on + timedelta(days=1), not_before=call.clock_now),
        )


class GrantedTermsMissing(LendingError):
    """An approval says what is granted."""

    code = "granted_terms_missing"
    zh = "申请 {application_no} 的批准缺少核定金额或期限，请补充。"
    en = "The approval of {application_no} lacks the amount or the term granted; complete it."
