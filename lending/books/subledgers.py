"""Sub-ledgers: what each loan carries on the accounts that count loans, and whether it ties to the trial balance.

An entry on such an account names its loan. What names none is the difference, and is shown as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from company.database import Fen
from lending.accounts import (
    ALLOWANCE,
    INTEREST_RECEIVABLE,
    LOANS,
    OUTPUT_VAT_PENDING,
    PENALTY_RECEIVABLE,
    SUSPENSE,
    UNCOLLECTED_INTEREST,
    WRITTEN_OFF_CLAIMS,
    within,
)
from lending.ledger import JournalEntry, JournalLine
from lending.money import ZERO

# The accounts kept by loan. Suspense is no such account: it also holds money of which nobody knows yet whose it is.
BY_LOAN = (LOANS, INTEREST_RECEIVABLE, ALLOWANCE, UNCOLLECTED_INTEREST, WRITTEN_OFF_CLAIMS)
SHOWN = (
    LOANS,
    INTEREST_RECEIVABLE,
    PENALTY_RECEIVABLE,
    ALLOWANCE,
    SUSPENSE,
    OUTPUT_VAT_PENDING,
    UNCOLLECTED_INTEREST,
    WRITTEN_OFF_CLAIMS,
)


@dataclass(frozen=True)
class Tie:
    """A figure of a list beside that of the trial balance, debit less credit, in yuan."""

    account: str
    listed: Decimal
    posted: Decimal

    @property
    def difference(self) -> Decimal:
        """What the list lacks: zero if both tie."""
        return self.posted - self.listed

    @property
    def holds(self) -> bool:
        """Whether both figures are the same."""
        return self.difference == 0


def balance_of(account: str, *conditions: ColumnElement[bool]) -> ColumnElement[Decimal]:
    """Debit less credit of the lines at or below an account for which all ``conditions`` hold, as a column."""
    wanted = (within(JournalLine.account, account), *conditions)
    return func.coalesce(func.sum(JournalLine.debit - JournalLine.credit).filter(*wanted), 0, type_=Fen)


def ties(
    session: Session,
    on: date,
    accounts: Sequence[str],
    *,
    since: date | None = None,
    reach: ColumnElement[bool] | None = None,
) -> list[Tie]:
    """For each account: what its loans carry together up to ``on`` (from ``since`` on), and what was posted."""
    days = JournalEntry.on <= on if since is None else JournalEntry.on.between(since, on)
    columns = [
        column
        for account in accounts
        for column in (
            balance_of(account, JournalLine.loan_no.is_not(None)),
            balance_of(account),
        )
    ]
    if not columns:
        return []
    row = session.execute(
        select(*columns)
        .select_from(JournalLine)
        .join(JournalEntry)
        .where(days, true() if reach is None else reach)
    ).one()
    return [Tie(account, row[2 * index], row[2 * index + 1]) for index, account in enumerate(accounts)]


def of_loan(session: Session, loan_no: str, on: date) -> dict[str, Decimal]:
    """What one loan carries on each of :data:`SHOWN` on a day, debit less credit."""
    row = session.execute(
        select(*(balance_of(account) for account in SHOWN))
        .select_from(JournalLine)
        .join(JournalEntry)
        .where(JournalLine.loan_no == loan_no, JournalEntry.on <= on)
    ).one()
    return {account: amount or ZERO for account, amount in zip(SHOWN, row, strict=True)}
