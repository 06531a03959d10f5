"""What the house itself writes beside postings and payments, in the reader's language; what a person wrote stays."""

from __future__ import annotations

from web.language import translate as _

_OWN_WORDS = frozenset({"发放贷款", "购车贷款放款"})


def booked(text: str) -> str:
    """A description or purpose as it is kept in the books, ready to be read."""
    return _(text) if text in _OWN_WORDS else text
