"""Whether a loan is settled: everything that was lent is back and nothing is owed on its sub-ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lending import ledger, loans
from lending.accounts import INTEREST_RECEIVABLE, LOANS, UNCOLLECTED_INTEREST, WRITTEN_OFF_CLAIMS, within
from lending.books import subledgers
from lending.errors import LendingError
from lending.ledger import JournalEntry, JournalLine
from lending.life.positions import LoanPosition
from lending.loans import LoanStatus
from lending.money import ZERO

_OWED = (LOANS, INTEREST_RECEIVABLE, UNCOLLECTED_INTEREST, WRITTEN_OFF_CLAIMS)


class LoanNotSettled(LendingError):
    """A certificate is written when nothing is owed any more."""

    code = "loan_not_settled"
    zh = "贷款 {loan_no} 截至 {on} 尚欠 {owed:,.2f} 元，不能出具结清证明。"
    en = "On {on} {owed:,.2f} is still owed on {loan_no}: no certificate of settlement."


class LoanNeverPaidOut(LendingError):
    """A loan that was never paid out, or whose pay-out came back, is not settled but void."""

    code = "loan_never_paid_out"
    zh = "贷款 {loan_no} 未放款或放款已退回，没有可结清的债务。"
    en = "The loan {loan_no} was not paid out, or the money came back: there is nothing to settle."


@dataclass(frozen=True)
class Settlement:
    """What was lent and came back, in yuan, and the day of the last movement on the principal's account."""

    principal: Decimal
    repaid: Decimal
    settled_on: date


def settled(session: Session, loan_no: str, on: date) -> Settlement:
    """The settlement of a loan as it stands on a day; :class:`LoanNotSettled`, :class:`LoanNeverPaidOut`.

    Owed is what is debited on the loan's principal, interest, penalty and off-balance accounts: a claim written off is
    not settled.
    """
    loan = loans.get(session, loan_no)
    begun = (loans.posting_reference(loan_no), f"opening:{loan_no}")
    if loan.status is LoanStatus.CANCELLED or not any(ledger.find(session, each) for each in begun):
        raise LoanNeverPaidOut(loan_no=loan_no)
    carried = subledgers.of_loan(session, loan_no, on)
    owed = sum((carried[account] for account in _OWED), ZERO)
    fees = session.scalar(select(LoanPosition.other_owed).where(LoanPosition.loan_no == loan_no)) or ZERO
    if owed != 0 or carried[LOANS] != 0 or fees:
        raise LoanNotSettled(loan_no=loan_no, on=on, owed=owed + fees)
    last = session.scalar(
        select(func.max(JournalEntry.on))
        .join(JournalLine)
        .where(JournalLine.loan_no == loan_no, within(JournalLine.account, LOANS), JournalEntry.on <= on)
    )
    return Settlement(loan.principal, loan.principal - carried[LOANS], last or on)
