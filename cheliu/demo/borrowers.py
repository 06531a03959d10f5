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
    SELLS = "sells"


class Fate(StrEnum):
    """What becomes of a loan whose borrower stops paying."""

    WRITTEN_OFF = "written_off"
    COURT = "court"
    AGENCY = "agency"
    SOLD = "sold"
    DECEASED = "deceased"
    DISPUTE = "dispute"
    PAYS = "pays"
    HARDSHIP = "hardship"


# Of a hundred borrowers so many; the first ones of a small demo already show most of them.
_OF_A_HUNDRED = {
    Habit.DEBIT: 56,
    Habit.TRANSFER: 10,
    Habit.LATE: 10,
    Habit.SLOW: 5,
    Habit.STOPS: 4,
    Habit.PART: 3,
    Habit.FULL: 5,
    Habit.EXTENDS: 2,
    Habit.HARDSHIP: 2,
    Habit.STRANGER: 1,
    Habit.SELLS: 2,
}
_STOP = Habit.STOPS
_FIRST = (
    *(Habit.SELLS, _STOP, _STOP, _STOP, _STOP, Habit.STRANGER, Habit.FULL, _STOP, _STOP, Habit.LATE, _STOP),
    *(Habit.DEBIT, Habit.EXTENDS, Habit.TRANSFER, Habit.SLOW, Habit.PART, Habit.HARDSHIP, _STOP),
)
_BY_TRANSFER = frozenset({Habit.TRANSFER, Habit.LATE, Habit.SLOW, Habit.STOPS, Habit.STRANGER, Habit.SELLS})
# Some instalments are paid before a part is repaid early.
_TURNS_AFTER_MONTHS, _TURNS_BEFORE_MONTHS = 1, 15
_LEAST_MONTHS = {Habit.PART: 7, Habit.SELLS: 6}
_FIRST_TURN = {Habit.STOPS: 0}  # among the first, so that a small demo sees how it ends
_PAYS_AFTER_DAYS = (12, 50, 75)
_COMPLAINS_OF_A_HUNDRED, _COMPLAINS_FROM_DAY, _COMPLAINS_WITHIN_DAYS = 7, 20, 400
_FIRST_COMPLAINT = {Fate.AGENCY: 130, Fate.COURT: 70}
# Of a hundred transfers so many name no loan, and so many come back after some days.
_UNNAMED_OF_A_HUNDRED, _RETURNED_OF_A_HUNDRED = 3, 2
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

    @property
    def fate(self) -> Fate:
        """What becomes of his loan once he has stopped paying."""
        stopped = [number for number, habit in enumerate(_FIRST) if habit is Habit.STOPS]
        fates = list(Fate)
        if self.number in stopped:
            return fates[stopped.index(self.number) % len(fates)]
        return self.by_chance("fate").choice(fates)

    @property
    def complains_after_days(self) -> int | None:
        """How many days after the pay-out he complains, if he does."""
        if self._is_first and self.habit is Habit.STOPS:
            return _FIRST_COMPLAINT.get(self.fate)
        lots = self.by_chance("complaint")
        after = lots.randrange(_COMPLAINS_FROM_DAY, _COMPLAINS_WITHIN_DAYS)
        return after if lots.randrange(100) < _COMPLAINS_OF_A_HUNDRED else None

    @property
    def _is_first(self) -> bool:
        return self.number < len(_FIRST)

    def names_loan(self, day: date) -> bool:
        """Whether his transfer of a day says for which loan it is."""
        if self._is_first and self.habit is Habit.STRANGER:
            return day.month % 2 == 1
        return self.by_chance(f"unnamed:{day}").randrange(100) >= _UNNAMED_OF_A_HUNDRED

    def is_returned(self, day: date) -> bool:
        """Whether the bank takes his transfer of a day back."""
        if self._is_first and self.habit is Habit.LATE:
            return day.month % 2 == 0
        return self.by_chance(f"returned:{day}").randrange(100) < _RETURNED_OF_A_HUNDRED

    def by_chance(self, occasion: str) -> Random:
        """The lots of one occasion in this borrower's life."""
        return Random(f"{self.seed}:{self.number}:{occasion}")

    def sends_money(self, day: date, due: date, months: int) -> bool:
        """Whether he pays on a day what fell due on ``due``, the instalment of his ``months``-th month."""
        if self.habit is Habit.STOPS and months > self.turn_months:
            after = self.by_chance("pays").choice(_PAYS_AFTER_DAYS)
            return self.fate is Fate.PAYS and (day - due).days >= after
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
    least = _LEAST_MONTHS.get(habit, _TURNS_AFTER_MONTHS)
    turn = lots.randrange(least, _TURNS_BEFORE_MONTHS)
    if number < len(_FIRST):
        turn = _FIRST_TURN.get(habit, least)
    return Borrower(seed, number, asked, habit, turn)


def yuan(amount: Decimal) -> str:
    """An amount as a form or the bank writes it."""
    return f"{amount:.2f}"
