"""Pre-screening (DT-01): the facts of both tables, what their hits come to, and the human word on a rejection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from company import parameters
from engine.topics import Call
from handlers import terms
from handlers.applications import months_later
from handlers.register import TOPICS
from lending import (
    applicants,
    applications,
    customers,
    dealers,
    encumbrance,
    identity_checks,
    prescreens,
    valuation,
    watch_lists,
)
from lending.identifiers import mobile, resident_id, vin
from lending.prescreens import PrescreenOutcome, PrescreenReason, RuleInputMissing, Stage
from lending.watch_lists import Colour, Subject

_LINK_DAYS = timedelta(days=30)
_DAYS_A_YEAR = Decimal("365.25")
# What a person may read of a fact that is missing.
_WORDS = {
    "id_valid": "证件有效期",
    "identity_result": "身份核验结果",
    "court_listed": "法院名单",
    "has_record": "征信记录",
    "overdue_days": "当前逾期天数",
    "overdue_amount": "当前逾期金额",
    "worst_overdue_days": "最长逾期天数",
    "overdue_times": "逾期次数",
    "overdue_consecutive": "连续逾期",
    "enquiries": "查询次数",
    "debt_to_monthly_income": "信用负债或收入",
    "dti": "收入或债务",
}


def complete(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts, if each of them is known (:class:`lending.prescreens.RuleInputMissing`)."""
    missing = [_WORDS.get(name, name) for name, value in facts.items() if value is None]
    if missing:
        raise RuleInputMissing(missing=missing)
    return dict(facts)


@TOPICS.facts("prescreen-before-facts")
def prescreen_before_facts(
    call: Call,
    *,
    application_no: str,
    vehicle_use: str,
    vehicle_status: str,
    dealer_id: int,
    occupation: str,
    identity_result: str | None = None,
    identity_valid_until: date | str | None = None,
    court_listed_by_hand: str | None = None,
) -> dict[str, object]:
    """What DT-01a asks; everything must be known."""
    customer = customers.get(call.session, call.data["customer_id"])
    identity = customers.identity_of(call.session, call.world.vault, customer)
    asked = terms.asked(call)
    listed = identity_checks.court_listed(call.session, application_no)
    if court_listed_by_hand is not None:
        listed = court_listed_by_hand == "yes"
    until = _day(identity_valid_until)
    restricted = parameters.value(call.session, "restricted_occupations", call.business_date)
    return complete(
        {
            "id_valid": None
            if until is None
            else resident_id.is_valid(identity) and until >= call.business_date,
            "age": resident_id.age_on(identity, call.business_date),
            "age_at_maturity": resident_id.age_on(
                identity, months_later(call.business_date, asked.term_months)
            ),
            "vehicle_use": vehicle_use,
            "listed": _listed(call, identity, dealer_id),
            "identity_result": identity_result,
            "court_listed": listed,
            "vin_financed": encumbrance.is_financed(call.session, call.data["vin"], application_no),
            "vehicle_status": vehicle_status,
            "dealer_active": dealers.get(call.session, dealer_id).active,
            "occupation_restricted": occupation in restricted,
            "amount": asked.amount,
            "linked_applications": applicants.same_contact(
                call.session, customer, call.clock_now - _LINK_DAYS
            ),
        }
    )


def _listed(call: Call, identity: str, dealer_id: int) -> str:
    """black, grey or none: the worst list on which person, phone, car or dealer stands."""
    named = {
        Subject.PERSON: identity,
        Subject.PHONE: mobile.validate(call.reveal(call.data["mobile"])),
        Subject.VEHICLE: vin.validate(call.data["vin"]),
        Subject.DEALER: dealers.get(call.session, dealer_id).social_credit_code,
    }
    hits = watch_lists.naming(call.session, call.world.vault, named, call.business_date)
    colours = {hit.colour for hit in hits}
    return next((colour.value for colour in (Colour.BLACK, Colour.GREY) if colour in colours), "none")


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


@TOPICS.facts("prescreen-after-facts")
def prescreen_after_facts(
    call: Call, *, application_no: str, vehicle_kind: str, vehicle_use: str
) -> dict[str, object]:
    """What DT-01b asks, on the amount and term as they stand; ratios are fractions, ages in years."""
    asked, report = terms.asked(call), terms.report(call, application_no)
    income = terms.income(call, application_no)
    limit = parameters.of_lender(call.session, "term_limit", call.business_date)[vehicle_kind]
    unsecured = report.unsecured_debt
    return complete(
        {
            "has_record": report.has_record,
            "overdue_days": report.overdue_days,
            "overdue_amount": report.overdue_amount,
            "worst_overdue_days": report.worst_overdue_days,
            "overdue_times": report.overdue_times,
            "overdue_consecutive": report.overdue_consecutive,
            "enquiries": report.enquiries,
            "debt_to_monthly_income": None
            if not income or unsecured is None
            else (unsecured / income).quantize(Decimal("0.01")),
            "dti": terms.burden(call, asked, income, terms.other_debt(call, report)),
            "vehicle_kind": vehicle_kind,
            "vehicle_use": vehicle_use,
            "vehicle_age_at_maturity": valuation.age_years(
                first_registered(call), months_later(call.business_date, asked.term_months)
            ),
            "term_over_limit": asked.term_months - limit,
        }
    )


def first_registered(call: Call) -> date | None:
    """The day a used car was first registered; None for a new one."""
    return _day(call.data.get("first_registered_on")) if call.data["vehicle_kind"] == "used" else None


@TOPICS.topic("record-prescreen")
def record_prescreen(
    call: Call,
    *,
    application_no: str,
    stage: str,
    prescreen_hits: Sequence[dict[str, str]] | None,
    overruled: Sequence[str],
) -> dict[str, object]:
    """Any REJECT wins, then REFER, else PASS; what a person overruled counts as REFER. The reasons in plain words."""
    hits = [(hit["result"], hit["reason"]) for hit in prescreen_hits or ()]
    outcome, reasons = prescreens.conclude(hits, overruled)
    asked = terms.asked(call)
    prescreens.record(
        call.session,
        application_no,
        Stage(stage),
        outcome,
        reasons,
        overruled=overruled,
        amount=asked.amount,
        term_months=asked.term_months,
        now=call.clock_now,
    )
    told: dict[str, object] = {"prescreen_outcome": outcome.value, "prescreen_stage": stage}
    if outcome is PrescreenOutcome.REJECT:
        told["rejection_codes"] = [reason.value for reason in reasons]
        told["rejection_text"] = "\n".join(reason.zh for reason in reasons)
    return told


@TOPICS.topic("record-reconsideration")
def record_reconsideration(
    call: Call,
    *,
    reconsideration: str,
    reconsideration_comment: str,
    prescreen_stage: str,
    rejection_codes: Sequence[str],
    overruled: Sequence[str],
) -> dict[str, object]:
    """A person has decided (个人信息保护法 第二十四条). Raises ReasonStands where law or a fact binds him too."""
    if reconsideration != "overrule":
        return {"resume_at": "none", "rejection_note": reconsideration_comment}
    prescreens.check_overrulable(rejection_codes)
    return {"resume_at": prescreen_stage, "overruled": sorted({*overruled, *rejection_codes})}


@TOPICS.topic("reject-intake")
def reject_intake(
    call: Call, application_no: str, rejection_codes: Sequence[str], rejection_note: str = ""
) -> dict[str, object]:
    """Close the application under the headings of its reasons; the reasons themselves stand in the pre-screening."""
    reasons = [PrescreenReason(code) for code in rejection_codes]
    note = "；".join((*(reason.zh for reason in reasons), *filter(None, [rejection_note])))
    headings = dict.fromkeys(reason.as_rejection.value for reason in reasons)
    applications.reject(
        call.session, application_no, reason_codes=list(headings), on=call.business_date, note=note[:500]
    )
    return {"rejection_reasons": list(headings)}
