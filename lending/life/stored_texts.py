"""The texts of a stored state: of a value, and back to days and amounts.

The loans of a book share their due dates, and most instalments the zero of what is not paid yet: both are kept.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache


def text_of(value: object) -> str:
    """A value as it is stored; nothing for None."""
    return "" if value is None else str(value)


@lru_cache(maxsize=20_000)
def day_of(text: str) -> date:
    """The day of a stored text."""
    return date.fromisoformat(text)


@lru_cache(maxsize=20_000)
def amount_of(text: str) -> Decimal:
    """The amount of a stored text."""
    return Decimal(text)
