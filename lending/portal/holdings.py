"""A customer's loans as the customer sees them: what is due next, what is left, the plan, what was paid.

A loan that changed hands is shown to each debtor for the days on which he owed it: to the one before as it stood at the
end of his last day, to the one after with what has happened since his first. A claim that was sold is shown as it stood
on the day before the sale: what is paid since then is told by whoever bought it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lending.debtors import Span, owed_by, spans
from lending.errors import NotFound
from lending.fund_journal import Direction, FundMovement
from lending.life import changes
from lending.life.state import Part, Reading
from lending.loans import Loan, LoanStatus
from lending.money import ZERO

_SEEN = (LoanStatus.ACTIVE, LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF, LoanStatus.TRANSFERRED)


@dataclass(frozen=True)
class Holding:
    """A loan on a day, in yuan: ``overdue`` with what it costs, ``next_amount`` on ``next_due``, ``principal`` left.

    ``parts`` are the instalments of the plan in force with what was paid of them. ``spans`` are the days on which the
    customer owes it; ``gone_on`` the day since which somebody else does. ``sold_on`` is the day since which it is owed
    to somebody else.
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
    spans: tuple[Span, ...] = (Span(),)
    sold_on: date | None = None

    @property
    def gone_on(self) -> date | None:
        """The day since which somebody else owes it; None of a loan that is still the customer's."""
        return self.spans[-1].until

    @property
    def last_due(self) -> date | None:
        """The day of the last instalment; of a loan that somebody else owes now, as it was planned until then."""
        return self.parts[-1].due_date if self.gone_on and self.parts else self.loan.maturity_date

    @property
    def is_over(self) -> bool:
        """Whether it is owed by or to somebody else now, so that nothing of it can be asked for here."""
        return self.gone_on is not None or self.sold_on is not None

    def was_mine(self, on: date) -> bool:
        """Whether the customer owed the loan on a day."""
        return any(span.holds(on) for span in self.spans)

    def is_paid(self, part: Part) -> bool:
        """Whether an instalment was paid in full."""
        return part.principal_open == ZERO and part.interest_open == ZERO


def of(session: Session, customer_id: int, on: date) -> list[Holding]:
    """The loans of a customer that were paid out, running ones first, those that others owe now last."""
    asked = select(Loan).where(owed_by(customer_id), Loan.status.in_(_SEEN))
    loans = session.scalars(asked.order_by(Loan.id.desc())).all()
    found = [_of_customer(session, loan, customer_id, on) for loan in loans]
    return sorted(found, key=lambda one: (one.gone_on is not None, one.loan.status is not LoanStatus.ACTIVE))


def one(session: Session, customer_id: int, loan_no: str, on: date) -> Holding:
    """A loan that the customer owes or has owed, or :class:`NotFound`."""
    asked = select(Loan).where(Loan.loan_no == loan_no, owed_by(customer_id), Loan.status.in_(_SEEN))
    loan = session.scalar(asked)
    if loan is None:
        raise NotFound(what_zh="贷款", what_en="loan", key=loan_no)
    return _of_customer(session, loan, customer_id, on)


def receipts(session: Session, holding: Holding) -> list[FundMovement]:
    """What was paid on a loan while the customer owed it and has a receipt, the latest first."""
    asked = select(FundMovement).where(
        FundMovement.loan_no == holding.loan.loan_no,
        FundMovement.direction == Direction.IN,
        FundMovement.journal_reference.is_not(None),
    )
    found = session.scalars(asked.order_by(FundMovement.value_date.desc(), FundMovement.id.desc()))
    return [each for each in found if holding.was_mine(each.value_date)]


def _of_customer(session: Session, loan: Loan, customer_id: int, on: date) -> Holding:
    """The loan over the days on which the customer owes it."""
    mine = tuple(spans(session, loan, customer_id))
    since, until = mine[-1].since, mine[-1].until
    if until is not None:
        then = _holding(session, loan, min(on, until - timedelta(days=1)))
        return replace(then, spans=mine, next_due=None, next_amount=ZERO)
    sold_on = _sold_on(session, loan, on)
    if sold_on is None:
        now = replace(_holding(session, loan, on), spans=mine)
    else:
        then = _holding(session, loan, sold_on - timedelta(days=1))
        now = replace(then, spans=mine, sold_on=sold_on, next_due=None, next_amount=ZERO)
    if since is None:
        return now
    before = _holding(session, loan, since - timedelta(days=1))
    done = {part.number for part in before.parts if before.is_paid(part)}
    return replace(
        now,
        paid=now.paid - before.paid,
        parts=tuple(part for part in now.parts if part.number not in done),
    )


def _sold_on(session: Session, loan: Loan, on: date) -> date | None:
    """The day on which the claim was sold; None of one that was not."""
    if loan.status is not LoanStatus.TRANSFERRED:
        return None
    reading = changes.reading_of(session, loan.loan_no, on)
    return reading.state.frozen_on if reading is not None and reading.state.assigned else None


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
        next_amount=ZERO if running is None else running.to_pay,
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
