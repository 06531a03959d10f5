"""What loans are behind with on a day: the one source of what a list, a page or a call says of arrears.

Of one loan it is read from its events, of many from their positions (:mod:`lending.life.positions`), which tell the
same as long as their lines hold; of the few whose lines end before the day the events are read, all at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lending.life import changes, events
from lending.life.course import Line
from lending.life.positions import LoanLate, LoanPosition
from lending.life.replaying import ground_of
from lending.life.state import Reading
from lending.loans import Loan
from lending.money import ZERO

_AT_ONCE = 500
_FEN = Decimal("0.01")


@dataclass(frozen=True)
class Arrears:
    """Of a loan on a day: days past due, yuan past due with interest and penalty, and principal lent still."""

    days_past_due: int
    overdue: Decimal
    principal: Decimal


def of_reading(reading: Reading) -> Arrears:
    """The arrears that a reading tells; after a write-off nothing of principal and interest is overdue."""
    late = reading.penalty_earned - reading.penalty_met
    asked = ZERO if reading.state.frozen_on else reading.principal_overdue + reading.interest_overdue
    overdue = max(asked + late, ZERO)
    return Arrears(reading.days_past_due, overdue, reading.state.principal)


def of_loan(session: Session, loan_no: str, on: date) -> Arrears | None:
    """The arrears of a loan on a day; None before its pay-out."""
    reading = changes.reading_of(session, loan_no, on)
    return None if reading is None else of_reading(reading)


def of_loans(session: Session, loan_nos: Collection[str] | Select[str], on: date) -> dict[str, Arrears]:
    """The arrears of many loans, by number or as a query of numbers, on a business date; those not paid out lack."""
    lines = _lines(session, loan_nos)
    found: dict[str, Arrears] = {}
    ended: list[str] = []
    asked = select(
        LoanPosition.loan_no,
        LoanPosition.oldest_day,
        LoanPosition.principal,
        LoanPosition.principal_overdue,
        LoanPosition.interest_overdue,
        LoanPosition.penalty_met,
        LoanPosition.refresh_on,
    )
    for row in session.execute(asked.where(LoanPosition.loan_no.in_(loan_nos))):
        if row.refresh_on is not None and row.refresh_on <= on:
            ended.append(row.loan_no)
            continue
        late = sum(line.on(on) for line in lines[row.loan_no]) * _FEN - row.penalty_met
        days = max(on.toordinal() - row.oldest_day, 0) if row.oldest_day is not None else 0
        overdue = max(row.principal_overdue + row.interest_overdue + late, ZERO)
        found[row.loan_no] = Arrears(days, overdue, row.principal)
    found.update((loan_no, of_reading(reading)) for loan_no, reading in _readings(session, ended, on))
    return found


def _lines(session: Session, loan_nos: Collection[str] | Select[str]) -> dict[str, list[Line]]:
    """How the penalty of each loan grows."""
    lines: dict[str, list[Line]] = defaultdict(list)
    asked = select(
        LoanLate.loan_no, LoanLate.fixed, LoanLate.step, LoanLate.per, LoanLate.since, LoanLate.after
    )
    for loan_no, fixed, step, per, since, after in session.execute(
        asked.where(LoanLate.loan_no.in_(loan_nos))
    ):
        lines[loan_no].append(Line(fixed, step=step, per=per, since=since, after=after))
    return lines


def _readings(session: Session, loan_nos: Sequence[str], on: date) -> Iterator[tuple[str, Reading]]:
    """The readings of so many loans, a few hundred at a time."""
    for start in range(0, len(loan_nos), _AT_ONCE):
        latest = events.latest_of(session, loan_nos[start : start + _AT_ONCE], until=on)
        for loan in session.scalars(select(Loan).where(Loan.loan_no.in_(latest))):
            yield loan.loan_no, Reading(ground_of(loan), latest[loan.loan_no].state, on)
