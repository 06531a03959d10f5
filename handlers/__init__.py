"""What each automatic step of the diagrams does: one module a business area, one function a topic."""

from __future__ import annotations

from engine.topics import Topics
from handlers import (
    applications,
    appraisals,
    collateral,
    contracts,
    disbursements,
    investigations,
    reminding,
    reviews,
    watch_lists,
)
from handlers.register import TOPICS

__all__ = [
    "TOPICS",
    "applications",
    "appraisals",
    "collateral",
    "contracts",
    "disbursements",
    "investigations",
    "registry",
    "reminding",
    "reviews",
    "watch_lists",
]


def registry() -> Topics:
    """All handlers and facts handlers, by topic; what the engine is given."""
    return TOPICS
