"""What the house itself writes beside postings and payments, in the reader's language; what a person wrote stays."""

from __future__ import annotations

from lending.bank.settling import Treatment
from web.language import current
from web.language import translate as _

_OWN_WORDS = frozenset({"发放贷款", "购车贷款放款"})
_TREATMENTS = {treatment.zh: treatment for treatment in Treatment}


def booked(text: str) -> str:
    """A description or purpose as it is kept in the books, ready to be read."""
    if text in _TREATMENTS:
        return _TREATMENTS[text].label(current())
    return _(text) if text in _OWN_WORDS else text
