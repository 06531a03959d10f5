"""What each automatic step of the diagrams does: one module a business area, one function a topic."""

from __future__ import annotations

from engine.topics import Topics
from handlers import (
    applications,
    appraisals,
    bookings,
    bureau,
    collateral,
    committee,
    contracts,
    credit_lines,
    data_requests,
    debits,
    disbursements,
    fraud,
    fund_use,
    identity,
    intake_documents,
    investigations,
    notices,
    offers,
    outcomes,
    overdue,
    parties,
    policy,
    prepayments,
    receipts,
    reception,
    reconsiderations,
    releases,
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
    "bureau",
    "collateral",
    "committee",
    "contracts",
    "credit_lines",
    "data_requests",
    "debits",
    "disbursements",
    "fraud",
    "fund_use",
    "identity",
    "intake_documents",
    "investigations",
    "notices",
    "offers",
    "outcomes",
    "overdue",
    "parties",
    "policy",
    "prepayments",
    "receipts",
    "reception",
    "reconsiderations",
    "registry",
    "releases",
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
