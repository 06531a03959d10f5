"""The day-end behind a register of a day, and what was told of the day or an earlier one after it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from lending.books import subledgers
from lending.day_end.tables import DayEnd
from lending.ledger import JournalEntry, JournalLine
from lending.money import ZERO
from lending.registers.shape import Asked


def latest(session: Session, until: date) -> DayEnd | None:
    """The latest complete day-end of a day up to ``until``."""
    return session.scalar(
        select(DayEnd)
        .where(DayEnd.day <= until, DayEnd.finished_at.is_not(None))
        .order_by(DayEnd.day.desc())
        .limit(1)
    )


def told_later(session: Session, asked: Asked, made: DayEnd, account: str) -> Decimal:
    """What was posted on an account after a day-end and bears its day or an earlier one, debit less credit."""
    later = session.scalar(
        select(subledgers.balance_of(account))
        .select_from(JournalLine)
        .join(JournalEntry)
        .where(
            JournalEntry.on <= made.day,
            JournalEntry.posted_at > made.finished_at,
            true() if asked.everything else asked.lines,
        )
    )
    return later or ZERO
