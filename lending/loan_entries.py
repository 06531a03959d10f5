"""The books as one loan sees them: the entries that touch its sub-ledger, each with the loan's own lines alone.

What a day-end posts stands in one entry for many loans; the lines of the others are nobody's business on its page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lending.books.vouchers import SUMMARISED, Voucher
from lending.ledger import JournalEntry, JournalLine

PAGE_ENTRIES = 20


@dataclass(frozen=True)
class LoanEntry:
    """An entry with the lines of one loan, in yuan; ``voucher`` is None until its day is over.

    ``is_own`` says that its reference names something of this loan, not the work of a day-end for many.
    """

    reference: str
    is_own: bool
    on: date
    description: str
    voucher: Voucher | None
    lines: Sequence[JournalLine]


@dataclass(frozen=True)
class LoanEntries:
    """A page of them, the latest first, and how many there are in all."""

    shown: Sequence[LoanEntry]
    total: int


def of_loan(session: Session, loan_no: str, *, page: int = 1) -> LoanEntries:
    """The entries that touch a loan's sub-ledger, a page (from 1) at a time, the latest first."""
    touched = select(JournalLine.entry_id).where(JournalLine.loan_no == loan_no)
    entries = session.execute(
        select(JournalEntry, Voucher)
        .outerjoin(Voucher, Voucher.id == JournalEntry.voucher_id)
        .where(JournalEntry.id.in_(touched))
        .order_by(JournalEntry.on.desc(), JournalEntry.id.desc())
        .limit(PAGE_ENTRIES)
        .offset((page - 1) * PAGE_ENTRIES)
    ).all()
    own = session.scalars(
        select(JournalLine)
        .where(JournalLine.loan_no == loan_no, JournalLine.entry_id.in_([entry.id for entry, _ in entries]))
        .order_by(JournalLine.entry_id, JournalLine.position)
    )
    lines = {entry_id: list(found) for entry_id, found in groupby(own, key=lambda line: line.entry_id)}
    total = session.scalar(
        select(func.count(func.distinct(JournalLine.entry_id))).where(JournalLine.loan_no == loan_no)
    )
    return LoanEntries(
        [
            LoanEntry(
                entry.reference,
                entry.kind not in SUMMARISED,
                entry.on,
                entry.description,
                voucher,
                lines[entry.id],
            )
            for entry, voucher in entries
        ],
        total or 0,
    )
