"""A customer's loans as the customer sees them: what is due next, what is left, the plan, what was paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lending.customers import records_of
from lending.errors import NotFound
from lending.fund_journal import Direction, FundMovement
from lending.life import changes
from lending.life.state import Part, Reading
from lending.loans import Loan, LoanStatus
from lending.money import ZERO

_SEEN = (LoanStatus.ACTIVE, LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF)


@dataclass(frozen=True)
class Holding:
    """A loan on a day, in yuan: ``overdue`` with what it costs, ``next_amount`` on ``next_due``, ``principal`` left.

    ``parts`` are the instalments of the plan in force with what was paid of them.
    """

    loan: Loan
    on: date
    principal: Decimal
    paid: Decimal
    overdue: Decimal
    days_past_due: int
    next_due: date | None
    next_amount: Decimal
    left: int
    parts: tuple[Part, ...]

    def is_paid(self, part: Part) -> bool:
        """Whether an instalment was paid in full."""
        return part.principal_open == ZERO and part.interest_open == ZERO


def of(session: Session, customer_id: int, on: date) -> list[Holding]:
    """The loans of a customer that were paid out, running ones first."""
    asked = select(Loan).where(Loan.customer_id.in_(records_of(customer_id)), Loan.status.in_(_SEEN))
    loans = session.scalars(asked.order_by(Loan.id.desc())).all()
    found = [_holding(session, loan, on) for loan in loans]
    return sorted(found, key=lambda one: one.loan.status is not LoanStatus.ACTIVE)


def one(session: Session, customer_id: int, loan_no: str, on: date) -> Holding:
    """A loan of the customer's own, or :class:`NotFound`."""
    asked = select(Loan).where(
        Loan.loan_no == loan_no,
        Loan.customer_id.in_(records_of(customer_id)),
        Loan.status.in_(_SEEN),
    )
    loan = session.scalar(asked)
    if loan is None:
        raise NotFound(what_zh="贷款", what_en="loan", key=loan_no)
    return _holding(session, loan, on)


def receipts(session: Session, loan_no: str) -> list[FundMovement]:
    """What was paid on a loan and has a receipt, the latest first."""
    asked = select(FundMovement).where(
        FundMovement.loan_no == loan_no,
        FundMovement.direction == Direction.IN,
        FundMovement.journal_reference.is_not(None),
    )
    return list(session.scalars(asked.order_by(FundMovement.value_date.desc(), FundMovement.id.desc())))


def _holding(session: Session, loan: Loan, on: date) -> Holding:
    on = max(on, loan.value_date or on)
    reading = changes.reading_of(session, loan.loan_no, on)
    if reading is None:
        return Holding(loan, on, loan.principal, ZERO, ZERO, 0, None, ZERO, loan.term_months, ())
    state = reading.state
    running = state.parts[state.due] if state.next_due else None
    return Holding(
        loan=loan,
        on=on,
        principal=state.principal,
        paid=sum((part.principal_paid + part.interest_paid for part in state.parts), ZERO),
        overdue=_overdue(reading),
        days_past_due=reading.days_past_due,
        next_due=state.next_due,
        next_amount=ZERO if running is None else running.principal_open + running.interest_open,
        left=0 if state.frozen_on else sum(1 for part in state.parts if part.principal_open > ZERO),
        parts=state.parts,
    )


def _overdue(reading: Reading) -> Decimal:
    """What has fallen due and is not paid, with penalty interest, costs and fees; a day within the grace costs none."""
    if not reading.days_past_due:
        return ZERO
    late = reading.penalty_earned - reading.penalty_met
    owed = reading.principal_overdue + reading.interest_overdue + late
    return owed + reading.state.costs + reading.state.fees_owed
