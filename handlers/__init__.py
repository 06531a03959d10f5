"""What each automatic step of the diagrams does: one module a business area, one function a topic."""

from __future__ import annotations

from engine.topics import Topics
from handlers import (
    applications,
    bureau,
    contracts,
    disbursements,
    identity,
    intake_documents,
    notices,
    offers,
    reception,
    reviews,
    scoring,
    screening,
    supplements,
)
from handlers.register import TOPICS

__all__ = [
    "TOPICS",
    "applications",
    "bureau",
    "contracts",
    "disbursements",
    "identity",
    "intake_documents",
    "notices",
    "offers",
    "reception",
    "registry",
    "reviews",
    "scoring",
    "screening",
    "supplements",
]


def registry() -> Topics:
    """All handlers and facts handlers, by topic; what the engine is given."""
    return TOPICS
