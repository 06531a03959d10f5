"""How much of a funding party's limit is used, and whether a loan still fits into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lending import funding
from lending.drawings import owed
from lending.funding import FundingParty
from lending.loans import Loan, LoanStatus
from lending.locks import held
from lending.money import ZERO

_OUT = (LoanStatus.ACTIVE, LoanStatus.WRITTEN_OFF)


@dataclass(frozen=True)
class FundingUse:
    """How a party's limit stands, in yuan: owed on loans that are out, and asked for by payments under way."""

    limit: Decimal | None
    lent: Decimal
    under_way: Decimal

    @property
    def available(self) -> Decimal | None:
        """What may still be lent; None without limit."""
        return None if self.limit is None else self.limit - self.lent - self.under_way


def party_of(session: Session, loan: Loan) -> FundingParty:
    """The version under which a loan was opened."""
    return session.get_one(FundingParty, loan.funding_party_id)


def use_of(session: Session, code: str, on: date, *, besides: str = "") -> FundingUse:
    """How the limit of a day stands, without the loan ``besides``."""
    ids = select(FundingParty.id).where(FundingParty.code == code)
    of_party = (Loan.funding_party_id.in_(ids), Loan.loan_no != besides)
    lent = select(Loan.loan_no).where(*of_party, Loan.status.in_(_OUT))
    waiting = select(func.sum(Loan.principal)).where(
        *of_party, Loan.status == LoanStatus.PENDING_DISBURSEMENT
    )
    return FundingUse(
        funding.get(session, code, on).credit_limit,
        owed(session, lent),
        session.scalar(waiting) or ZERO,
    )


def is_covered(session: Session, loan: Loan, on: date) -> bool:
    """Whether the loan's party still funds and has room for its principal on a day."""
    party = funding.get(session, party_of(session, loan).code, on)
    if party.credit_limit is None:
        return party.active
    left = use_of(session, party.code, on, besides=loan.loan_no).available
    return party.active and (left is None or loan.principal <= left)


def hold(session: Session, loan: Loan) -> None:
    """Hold the loan's party until the transaction ends, so that two payments cannot both take the last of a limit."""
    session.scalars(held(select(FundingParty).where(FundingParty.id == loan.funding_party_id))).one()
