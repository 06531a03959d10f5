"""What each automatic step of the diagrams does: one module a business area, one function a topic."""

from __future__ import annotations

from engine.topics import Topics
from handlers import applications, committee, contracts, disbursements, reviews
from handlers.register import TOPICS

__all__ = ["TOPICS", "applications", "committee", "contracts", "disbursements", "registry", "reviews"]


def registry() -> Topics:
    """All handlers and facts handlers, by topic; what the engine is given."""
    return TOPICS
