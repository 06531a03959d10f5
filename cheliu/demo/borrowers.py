"""The borrowers of the living demo: how each of them pays over the months, and what each one asks of the company.

All of it follows from the seed, the number of the borrower and the day: the same on every machine, whatever else runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from random import Random

from cheliu.demo.script import Wish


class Habit(StrEnum):
    """How a borrower pays, or what he will want."""

    DEBIT = "debit"
    TRANSFER = "transfer"
    LATE = "late"
    SLOW = "slow"
    STOPS = "stops"
    PART = "part"
    FULL = "full"
    EXTENDS = "extends"
    HARDSHIP = "hardship"
    STRANGER = "stranger"


# Of a hundred borrowers so many; the first ones of a small demo already show most of them.
_OF_A_HUNDRED = {
    Habit.DEBIT: 58,
    Habit.TRANSFER: 10,
    Habit.LATE: 10,
    Habit.SLOW: 5,
    Habit.STOPS: 4,
    Habit.PART: 3,
    Habit.FULL: 5,
    Habit.EXTENDS: 2,
    Habit.HARDSHIP: 2,
    Habit.STRANGER: 1,
}
_FIRST = (Habit.FULL, Habit.LATE, Habit.DEBIT, Habit.STOPS, Habit.TRANSFER, Habit.EXTENDS, Habit.PART)
_BY_TRANSFER = frozenset({Habit.TRANSFER, Habit.LATE, Habit.SLOW, Habit.STOPS, Habit.STRANGER})
# Some instalments are paid before a part is repaid early.
_TURNS_AFTER_MONTHS, _PART_AFTER_MONTHS, _TURNS_BEFORE_MONTHS = 1, 7, 15
_CARD_BIN = "621700"


@dataclass(frozen=True)
class Borrower:
    """One borrower: the number in the order of the loans, what was asked for, and how he lives with it.

    ``turn_months``: after how many months he stops paying, or asks for what he wants.
    """

    seed: int
    number: int
    asked: Wish
    habit: Habit
    turn_months: int

    @property
    def pays_by_card(self) -> bool:
        """Whether the bank collects from him; the others send the money themselves."""
        return self.habit not in _BY_TRANSFER

    @property
    def card(self) -> str:
        """The account to collect from, with its check digit (ISO/IEC 7812-1)."""
        body = f"{_CARD_BIN}{self.seed % 1000:03d}{self.number:09d}"
        digits = [int(sign) for sign in reversed(body)]
        total = sum(
            sum(divmod(digit * 2, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits)
        )
        return f"{body}{-total % 10}"

    def by_chance(self, occasion: str) -> Random:
        """The lots of one occasion in this borrower's life."""
        return Random(f"{self.seed}:{self.number}:{occasion}")

    def sends_money(self, day: date, due: date, months: int) -> bool:
        """Whether he pays on a day what fell due on ``due``, the instalment of his ``months``-th month."""
        if self.habit is Habit.STOPS and months > self.turn_months:
            return False
        return (day - due).days >= self._days_late(due, months)

    def _days_late(self, due: date, months: int) -> int:
        lots = self.by_chance(due.isoformat())
        if self.habit is Habit.LATE:
            return lots.choice((0, 0, 1, 2, 4, 6, 9, 17))
        if self.habit is Habit.SLOW:
            return 35 if months % 3 == 0 else 3
        return 0


def borrower(seed: int, number: int, asked: Wish) -> Borrower:
    """The ``number``-th borrower (from 0)."""
    lots = Random(f"{seed}:{number}")
    habits, shares = zip(*_OF_A_HUNDRED.items(), strict=True)
    drawn = lots.choices(habits, shares)[0]
    habit = _FIRST[number] if number < len(_FIRST) else drawn
    least = _PART_AFTER_MONTHS if habit is Habit.PART else _TURNS_AFTER_MONTHS
    turn = least if number < len(_FIRST) else lots.randrange(least, _TURNS_BEFORE_MONTHS)
    return Borrower(seed, number, asked, habit, turn)


def yuan(amount: Decimal) -> str:
    """An amount as a form or the bank writes it."""
    return f"{amount:.2f}"
