"""The ends of the processes after the pay-out: read from the diagrams, and from the pages on which they are seen."""

import json
from functools import cache

from installation import ROOT
from lxml import etree

AFTER_PAY_OUT = (
    "repayment",
    "overdue_handling",
    "direct_debit",
    "prepayment",
    "loan_extension",
    "restructuring",
    "debt_transfer",
    "claim_assignment",
    "callback_visit",
    "breach_review",
    "collections",
    "collateral_release",
)


@cache
def _diagram(process_id):
    return etree.parse(ROOT / "processes" / process_id / f"{process_id}.bpmn")


def ends_of(process_id):
    """Every end event of a process, those inside its sub-processes too, as ``process/event``."""
    return {f"{process_id}/{each.get('id')}" for each in _diagram(process_id).iter("{*}endEvent")}


@cache
def name_of(process_id):
    """What the tab of a process is called on the page of a case."""
    return next(_diagram(process_id).iter("{*}process")).get("name")


def passed(staff, key, process_id):
    """The steps that the page of a case shows as done in the newest run of the process under the number."""
    first = staff.case(key)
    runs = [tab for tab in first.select(".tabs a") if first.text_of(tab) == name_of(process_id)]
    if not runs:
        return set()
    newest = runs[-1]  # the page tells them oldest first
    sheet = first if newest.get("aria-current") else staff.visit(newest.get("href"))
    drawn = sheet.select("[data-positions]")
    return {step for each in drawn for step in json.loads(each.get("data-positions"))["done"]}
