"""The colour of a status, by what it means for whoever looks at the list."""

from __future__ import annotations

_COLOURS = {
    "draft": "grey",
    "submitted": "blue",
    "approved": "green",
    "conditionally_approved": "orange",
    "rejected": "red",
    "withdrawn": "grey",
    "closed_timeout": "grey",
    "signed": "purple",
    "lapsed": "grey",
    "pending_sign": "orange",
    "pending_disbursement": "orange",
    "active": "green",
    "cancelled": "grey",
    "registering": "orange",
    "registered": "blue",
    "in_custody": "green",
    "proposed": "orange",
    "refused": "grey",
    "removed": "grey",
}


def status_colour(status: str) -> str:
    """The colour of an application's or a loan's status."""
    return _COLOURS.get(status, "grey")
