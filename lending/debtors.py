"""Who owes a loan on which day: after a change of debtor each paper and page follows the debtor of its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_, select
from sqlalchemy.orm import Session

from lending.customers import records_of
from lending.loans import Loan
from lending.transfer_records import LoanDebtor


@dataclass(frozen=True)
class Span:
    """The days on which somebody owes a loan, from ``since`` to the day before ``until``; None is without an end."""

    since: date | None = None
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether a day lies in it."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


def owed_by(customer_id: int) -> ColumnElement[bool]:
    """The condition on Loan that the customer, all merged records together, owes it or has owed it."""
    records = records_of(customer_id)
    once = select(LoanDebtor.loan_no).where(LoanDebtor.customer_id.in_(records))
    return or_(Loan.customer_id.in_(records), Loan.loan_no.in_(once))


def spans(session: Session, loan: Loan, customer_id: int) -> list[Span]:
    """The days on which a customer owes a loan, the first first: one without ends if it never changed hands.

    Who owed it first owes it from its beginning. Empty for somebody who never owed it.
    """
    hands = _hands(session, loan)
    records = set(session.scalars(records_of(customer_id)))
    if not hands:
        return [Span()] if loan.customer_id in records else []
    return [
        Span(None if number == 0 else each.since, each.until)
        for number, each in enumerate(hands)
        if each.customer_id in records
    ]


def debtor_on(session: Session, loan: Loan, on: date) -> int:
    """The customer who owed a loan on a day."""
    for each in reversed(_hands(session, loan)):
        if each.since <= on:
            return each.customer_id
    first = next(iter(_hands(session, loan)), None)
    return first.customer_id if first else loan.customer_id


def debtor_id(on: SQLColumnExpression[date]) -> ColumnElement[int]:
    """The same in a query on Loan: the id of the customer who owed it on the day in a column."""
    owing = select(LoanDebtor.customer_id).where(
        LoanDebtor.loan_no == Loan.loan_no,
        LoanDebtor.since <= on,
        or_(LoanDebtor.until.is_(None), LoanDebtor.until > on),
    )
    return func.coalesce(owing.correlate_except(LoanDebtor).scalar_subquery(), Loan.customer_id)


def gone_since(session: Session, customer_id: int) -> dict[str, date]:
    """The loans that a customer owed and does not owe any more, with the day from which somebody else does."""
    records = records_of(customer_id)
    rows = session.execute(
        select(LoanDebtor.loan_no, func.max(LoanDebtor.until))
        .join(Loan, Loan.loan_no == LoanDebtor.loan_no)
        .where(
            LoanDebtor.customer_id.in_(records),
            LoanDebtor.until.is_not(None),
            Loan.customer_id.not_in(records),
        )
        .group_by(LoanDebtor.loan_no)
    )
    return {loan_no: until for loan_no, until in rows if until is not None}


def _hands(session: Session, loan: Loan) -> Sequence[LoanDebtor]:
    asked = select(LoanDebtor).where(LoanDebtor.loan_no == loan.loan_no)
    return session.scalars(asked.order_by(LoanDebtor.since)).all()
