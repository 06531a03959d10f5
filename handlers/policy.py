"""Topics around the reviewers: what they are shown, the policy check, the supplement they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.topics import Call
from handlers.applications import ages
from handlers.attachments import attach_all
from handlers.burden import debt_to_income
from handlers.register import TOPICS
from handlers.screening import complete
from lending import (
    applications,
    approvals,
    customers,
    dealers,
    encumbrance,
    prescreens,
    vehicles,
    watch_lists,
)
from lending.overrides import HardRule
from lending.prescreens import PrescreenOutcome, PrescreenReason
from lending.vehicles import VehicleKind
from lending.watch_lists import Colour


@TOPICS.topic("prepare-review")
def prepare_review(call: Call, application_no: str) -> dict[str, object]:
    """What reviewers choose from and are told: the list of conditions, and what the pre-screening referred to them."""
    listed = approvals.listed(call.session, call.business_date)
    referred = _referred(call, application_no)
    return {
        "condition_options": [{"label": one.zh, "label_en": one.en, "value": one.written} for one in listed],
        "prescreen_text": "；".join(reason.zh for reason in referred),
        "supplement_result": None,
    }


def _referred(call: Call, application_no: str) -> list[PrescreenReason]:
    """The reasons for which the last pre-screening of each stage referred the application to a person."""
    last = {one.stage: one for one in prescreens.of_application(call.session, application_no)}
    codes = [code for one in last.values() if one.outcome is PrescreenOutcome.REFER for code in one.reasons]
    return [PrescreenReason(code) for code in dict.fromkeys(codes)]


def is_referred(call: Call, application_no: str) -> bool:
    """Whether the pre-screening left something for a person to look at."""
    return bool(_referred(call, application_no))


@TOPICS.facts("policy-facts")
def policy_facts(
    call: Call,
    *,
    application_no: str,
    monthly_income: Decimal | None = None,
    monthly_debt: Decimal | None = None,
    accepted_income: Decimal | None = None,
) -> dict[str, object]:
    """What the policy check asks, on the income that the investigation accepted where there was one.

    Raises RuleInputMissing for what is unknown: a rule that is not asked has not passed.
    """
    application = applications.get(call.session, application_no)
    vehicle = vehicles.get(call.session, application.vehicle_id or 0)
    customer = customers.get(call.session, application.customer_id or 0)
    income = accepted_income or monthly_income
    burden = None
    if income and monthly_debt is not None:
        burden = debt_to_income(call, application, income, monthly_debt)
    hits = watch_lists.hits(call.session, call.world.vault, application, call.business_date)
    used = vehicle.kind is VehicleKind.USED
    facts = complete(
        {
            "dti": burden,
            "blacklisted": any(hit.colour is Colour.BLACK for hit in hits),
            "vin_financed": encumbrance.pledged_to(call.session, application) is not None,
            "dealer_active": dealers.get(call.session, application.dealer_id or 0).active,
            "first_registered_on": vehicle.first_registered_on or not used or None,
        }
    )
    del facts["first_registered_on"]  # asked for only because the tables that follow count the years from it
    return {**facts, **ages(call, application, customer)}


@TOPICS.topic("reject-by-policy")
def reject_by_policy(call: Call, policy_stops: Sequence[str]) -> dict[str, object]:
    """No reviewer may decide otherwise: the rejection with its headings, the rules in plain words as the note."""
    rules = [HardRule(code) for code in policy_stops]
    return {
        "review_decision": "reject",
        "rejection_reasons": list(dict.fromkeys(rule.as_rejection.value for rule in rules)),
        "review_comment": "；".join(rule.zh for rule in rules),
        "granted_amount": None,
        "granted_term_months": None,
        "granted_conditions": [],
    }


@TOPICS.topic("return-incomplete")
def return_incomplete(call: Call) -> dict[str, object]:
    """A rule could not be asked: the application goes back to be completed, it neither passes nor fails."""
    return {
        "review_decision": "return",
        "rejection_reasons": [],
        "review_comment": "判定依据不全（收入、负债或首次登记日期），请补全后重新提交",
        "granted_amount": None,
        "granted_term_months": None,
        "granted_conditions": [],
    }


@TOPICS.topic("file-materials")
def file_materials(call: Call, materials_note: str = "") -> dict[str, object]:
    """The papers that the customer brought become documents of the case; the reviewers begin anew with them."""
    attach_all(call)
    return {"materials_note": materials_note, "doc_other": None, "l1_decision": None, "l2_decision": None}


@TOPICS.topic("give-up-waiting")
def give_up_waiting(call: Call) -> dict[str, object]:
    """The customer brought nothing in time: nothing is decided, the caller closes the application."""
    return {"review_result": "timeout", "review_outcome": "timeout"}
