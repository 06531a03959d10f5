"""Topics of the investigation: who does it and how far it goes, what each road found, the report and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import outbox
from company.organisation import Unit, unit_of
from company.people import Employee, EmployeeRole
from engine.tasks import TaskStatus, UserTask
from engine.topics import Call
from handlers.attachments import attach_all
from handlers.burden import debt_to_income
from handlers.register import TOPICS
from lending import applications, customers, investigations, vehicles, watch_lists
from lending.applications import Application
from lending.customers import CustomerKind
from lending.investigations import InvestigationStatus, Place, Severity, VerifiedBy

_PERCENT = Decimal("0.01")
_RATIO = Decimal("0.0001")
_NOTHING_PROVEN = Decimal(99)
_STATUS = {
    "completed": InvestigationStatus.COMPLETED,
    "returned": InvestigationStatus.RETURNED,
    "timeout": InvestigationStatus.RETURNED,
    "fraud": InvestigationStatus.FRAUD,
}


@TOPICS.topic("assign-investigation")
def assign_investigation(call: Call, application_no: str) -> dict[str, object]:
    """Open the investigation and give it to the investigator of the place with the fewest open tasks, if any."""
    application = applications.get(call.session, application_no)
    chosen = _least_busy(call.session, application)
    investigation = investigations.begin(
        call.session, application_no, chosen.id if chosen else None, now=call.clock_now
    )
    return {
        "investigation_id": investigation.id,
        "investigator": chosen.username if chosen else None,
        "phone_attempts": 0,
        "mismatch_count": 0,
        "severe_count": 0,
        "mismatch_items": [],
        "quality_gaps": [],
        "accepted_income": None,
        "accepted_dti_percent": None,
        "interview_finding": None,
        "visit_finding": None,
        "video_interview": False,
        "report_opinion": None,
        "appraised_value": None,
        "proposed_amount": None,
        "proposed_term_months": None,
    }


def _least_busy(session: Session, application: Application) -> Employee | None:
    """Who works in the unit itself goes before who only helps out there; who took the application in does not count."""
    unit = unit_of(session, application.unit_id)
    above = [int(part) for part in unit.path.strip("/").split("/")]
    load = (
        select(func.count())
        .where(UserTask.assignee_id == Employee.id, UserTask.status == TaskStatus.OPEN)
        .scalar_subquery()
    )
    return session.scalar(
        select(Employee)
        .join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
        .join(Unit, Unit.id == EmployeeRole.unit_id)
        .where(
            EmployeeRole.role_id == "investigator",
            Employee.active,
            EmployeeRole.unit_id.in_(above),
            Employee.id != (application.owner_id or 0),
        )
        .order_by(Employee.unit_id != application.unit_id, load, Employee.id)
        .limit(1)
    )


@TOPICS.facts("service-path-facts")
def service_path_facts(call: Call, application_no: str) -> dict[str, object]:
    """By what customers are served differently: person or company, new or used car, its energy."""
    application = applications.get(call.session, application_no)
    vehicle = vehicles.get(call.session, application.vehicle_id or 0)
    return {
        "customer_kind": customers.get(call.session, application.customer_id or 0).kind.value,
        "vehicle_kind": vehicle.kind.value,
        "energy": vehicle.energy.value,
    }


@TOPICS.facts("scope-facts")
def scope_facts(
    call: Call,
    *,
    application_no: str,
    monthly_income: Decimal,
    monthly_debt: Decimal,
    service_path: str,
    list_treatment: str = "none",
) -> dict[str, object]:
    """What decides how far the investigation goes; debt to income as a fraction."""
    application = applications.get(call.session, application_no)
    return {
        "listed": list_treatment,
        "path": service_path,
        "amount": application.amount,
        "dti": debt_to_income(call, application, monthly_income, monthly_debt),
    }


@TOPICS.topic("record-desk-check", repeatable=True)
def record_desk_check(
    call: Call,
    *,
    application_no: str,
    investigation_id: int,
    desk_result: str,
    monthly_income: Decimal,
    monthly_debt: Decimal,
    proven_income: Decimal | None = None,
    bureau_debt: Decimal | None = None,
) -> dict[str, object]:
    """Keep what the sources say; the income accepted is the lower of what is declared and what is proven."""
    if desk_result != "complete":
        return {}
    investigation = investigations.get(call.session, investigation_id)
    named = ("contract_price", "down_payment_payer", "employer_match", "address_match", "desk_note")
    findings = {"proven_income": proven_income, "bureau_debt": bureau_debt}
    findings |= {name: call.data.get(name) for name in named}
    investigations.record_items(
        call.session,
        investigation,
        VerifiedBy.DESK,
        findings,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    accepted = min(monthly_income, proven_income or Decimal(0))
    application = applications.get(call.session, application_no)
    debt = max(monthly_debt, bureau_debt or Decimal(0))
    burden = debt_to_income(call, application, accepted, debt) if accepted else None
    return {
        "accepted_income": accepted,
        "accepted_dti_percent": None if burden is None else (burden * 100).quantize(_PERCENT),
    }


@TOPICS.facts("cross-facts")
def cross_facts(
    call: Call,
    *,
    monthly_income: Decimal,
    monthly_debt: Decimal,
    vehicle_price: Decimal,
    proven_income: Decimal,
    bureau_debt: Decimal,
    contract_price: Decimal,
    down_payment_payer: str,
    employer_match: str,
    address_match: str,
    phone_in_own_name: bool,
    court_record: bool,
) -> dict[str, object]:
    """What each pair of sources says; the ratio of incomes is 99 when none is proven."""
    ratio = (monthly_income / proven_income).quantize(_RATIO) if proven_income else _NOTHING_PROVEN
    return {
        "income_ratio": ratio,
        "debt_gap": bureau_debt - monthly_debt,
        "price_gap": abs(vehicle_price - contract_price),
        "payer": down_payment_payer,
        "employer": employer_match,
        "address": address_match,
        "own_phone": phone_in_own_name,
        "court": court_record,
    }


@TOPICS.topic("record-mismatches", repeatable=True)
def record_mismatches(
    call: Call, investigation_id: int, mismatches: Sequence[Mapping[str, str]]
) -> dict[str, object]:
    """Keep the mismatches; how many, how many severe, and which."""
    investigation = investigations.get(call.session, investigation_id)
    rows = investigations.record_mismatches(call.session, investigation, mismatches, now=call.clock_now)
    return {
        "mismatch_count": len(rows),
        "severe_count": sum(row.severity is Severity.MAJOR for row in rows),
        "mismatch_items": [row.item.value for row in rows],
    }


@TOPICS.topic("record-phone-verification", repeatable=True)
def record_phone_verification(
    call: Call,
    *,
    investigation_id: int,
    investigation_scope: Mapping[str, object],
    phone_attempts: int,
    phone_result: str,
    phone_finding: str | None = None,
    phone_parties: Sequence[str] | None = None,
    video_interview: bool | None = False,
) -> dict[str, object]:
    """Keep what was said, or count one more call that nobody answered.

    Where the scope is simplified, an interview held by video in the same call stands for one of its own.
    """
    investigation = investigations.get(call.session, investigation_id)
    spoken = "、".join(phone_parties or ())
    findings = {"result": phone_result, "parties": spoken, "finding": phone_finding}
    investigations.record_items(
        call.session,
        investigation,
        VerifiedBy.PHONE,
        findings,
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    return {
        "phone_attempts": phone_attempts + (phone_result != "reached"),
        "interviewed_by_video": investigation_scope["scope"] == "simplified" and bool(video_interview),
    }


@TOPICS.facts("visit-facts")
def visit_facts(
    call: Call,
    investigation_scope: Mapping[str, object],
    severe_count: int,
    mismatch_count: int,
    phone_doubt: bool | None = False,
) -> dict[str, object]:
    """Whether the scope asks for a visit, how much does not agree, whether the call left doubts."""
    return {
        "visit": bool(investigation_scope["visit"]),
        "severe": severe_count,
        "disagreeing": mismatch_count,
        "doubt": bool(phone_doubt),
    }


@TOPICS.topic("record-visit", repeatable=True)
def record_visit(
    call: Call,
    *,
    investigation_id: int,
    visit_places: Sequence[str],
    visit_photo_count: Decimal,
    visit_finding: str,
    visit_latitude: Decimal | None = None,
    visit_longitude: Decimal | None = None,
) -> dict[str, object]:
    """Keep the visit to each place, with the position of the photos."""
    attach_all(call)
    investigation = investigations.get(call.session, investigation_id)
    for place in visit_places:
        investigations.record_visit(
            call.session,
            investigation,
            Place(place, visit_latitude, visit_longitude),
            photo_count=int(visit_photo_count),
            finding=visit_finding,
            by=call.actor.employee_id,
            now=call.clock_now,
        )
    return {}


@TOPICS.topic("record-interview", repeatable=True)
def record_interview(
    call: Call, investigation_id: int, interview_mode: str, interview_finding: str
) -> dict[str, object]:
    """Keep the interview."""
    attach_all(call)
    investigations.record_items(
        call.session,
        investigations.get(call.session, investigation_id),
        VerifiedBy.INTERVIEW,
        {"mode": interview_mode, "finding": interview_finding},
        by=call.actor.employee_id,
        now=call.clock_now,
    )
    return {}


@TOPICS.topic("save-investigation-report", repeatable=True)
def save_investigation_report(
    call: Call,
    *,
    application_no: str,
    investigation_id: int,
    report_opinion: str,
    accepted_income: Decimal,
    report_income: str | None = None,
    report_purpose: str | None = None,
    report_mismatches: str | None = None,
    report_stability: str | None = None,
    proposed_amount: Decimal | None = None,
    proposed_term_months: Decimal | None = None,
) -> dict[str, object]:
    """Write the report with its opinion and the terms it proposes."""
    parts = (report_income, report_purpose, report_mismatches, report_stability)
    investigations.write_report(
        investigations.get(call.session, investigation_id),
        opinion=report_opinion,
        asked=applications.get(call.session, application_no).amount or Decimal(0),
        amount=proposed_amount,
        term_months=None if proposed_term_months is None else int(proposed_term_months),
        accepted_income=accepted_income,
        text="\n".join(part for part in parts if part),
    )
    return {}


@TOPICS.facts("quality-facts")
def quality_facts(
    call: Call,
    *,
    mismatch_count: int,
    interviewed_by_video: bool,
    report_income: str | None = None,
    report_purpose: str | None = None,
    report_mismatches: str | None = None,
    interview_finding: str | None = None,
) -> dict[str, object]:
    """How much was written on each subject, and whether the interview took place."""
    return {
        "income_written": len(report_income or ""),
        "purpose_written": len(report_purpose or ""),
        "disagreeing": mismatch_count,
        "mismatches_written": len(report_mismatches or ""),
        "interviewed": interviewed_by_video or bool(interview_finding),
    }


@TOPICS.topic("record-countersign", repeatable=True)
def record_countersign(call: Call, investigation_id: int, countersign_decision: str) -> dict[str, object]:
    """Keep who looked at the report as the second person."""
    investigation = investigations.get(call.session, investigation_id)
    investigation.second_investigator_id = call.actor.employee_id
    return {"countersigned": countersign_decision == "agree"}


@TOPICS.topic("propose-blacklisting")
def propose_blacklisting(call: Call, fraud_comment: str) -> dict[str, object]:
    """Start a change of the black list with the applicant filled in; a person completes and another approves it."""
    application = applications.get(call.session, call.business_key)
    number = watch_lists.next_number(call.session, call.business_date.year)
    payload = {
        "process_id": "blacklist_change",
        "business_key": number,
        "data": {
            "entry_no": number,
            "list_comment": None,
            "list_action": "add",
            **_named(call),
            "list_colour": "black",
            "list_reason": fraud_comment,
            "list_source": call.business_key,
        },
        "title": number,
        "subtitle": call.business_key,
        "unit_id": application.unit_id,
        "owner_id": call.actor.employee_id,
    }
    outbox.put(
        call.session, "start_process", f"blacklist_change:{call.business_key}", payload, call.clock_now
    )
    return {}


def _named(call: Call) -> dict[str, object]:
    """Who applies, as an entry of a list names him: a company by its credit code, a person by a sealed number."""
    if call.data.get("customer_kind") == CustomerKind.CORPORATE.value:
        return {"list_subject": "company", "list_credit_code": call.data["credit_code"]}
    return {"list_subject": "person", "list_number": call.data["identity_no"]}


@TOPICS.topic("conclude-investigation")
def conclude_investigation(
    call: Call, investigation_id: int, outcome: str, comment: str | None = None
) -> dict[str, object]:
    """End the investigation: ``completed``, ``returned`` to the customer manager, ``timeout`` or ``fraud``."""
    investigation = investigations.get(call.session, investigation_id)
    investigations.close(call.session, investigation, _STATUS[outcome], now=call.clock_now)
    is_returned = outcome == "returned"
    return {
        "investigation_result": outcome,
        "investigation_comment": comment,
        "review_result": "returned" if is_returned else None,
        "review_comment": comment if is_returned else None,
    }
