"""What each automatic step of the diagrams does: one module a business area, one function a topic."""

from __future__ import annotations

from engine.topics import Topics
from handlers import (
    applications,
    appraisals,
    bookings,
    breaches,
    bureau,
    callback_results,
    callbacks,
    change_papers,
    collateral,
    committee,
    contracts,
    credit_lines,
    disbursements,
    fraud,
    identity,
    intake_documents,
    investigations,
    loan_changes,
    notices,
    offers,
    outcomes,
    parties,
    policy,
    reception,
    reconsiderations,
    reminding,
    reviews,
    scoring,
    screening,
    supplements,
    watch_lists,
)
from handlers.register import TOPICS

__all__ = [
    "TOPICS",
    "applications",
    "appraisals",
    "bookings",
    "breaches",
    "bureau",
    "callback_results",
    "callbacks",
    "change_papers",
    "collateral",
    "committee",
    "contracts",
    "credit_lines",
    "disbursements",
    "fraud",
    "identity",
    "intake_documents",
    "investigations",
    "loan_changes",
    "notices",
    "offers",
    "outcomes",
    "parties",
    "policy",
    "reception",
    "reconsiderations",
    "registry",
    "reminding",
    "reviews",
    "scoring",
    "screening",
    "supplements",
    "watch_lists",
]


def registry() -> Topics:
    """All handlers and facts handlers, by topic; what the engine is given."""
    return TOPICS
