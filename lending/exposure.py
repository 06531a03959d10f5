"""How much depends on one dealer or on one group of customers who belong together."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lending.applications import OPEN, Application
from lending.collateral import Collateral, CollateralStatus, MortgageOrder
from lending.drawings import owed
from lending.loans import Loan, LoanStatus
from lending.transfer_records import passed_on


def unsecured(session: Session, dealer_id: int) -> Decimal:
    """The principal in yuan of the dealer's loans that are paid, or to be paid, before their mortgage stands."""
    total = session.scalar(
        select(func.sum(Loan.principal))
        .join(Collateral, Collateral.application_no == Loan.application_no)
        .where(
            Loan.dealer_id == dealer_id,
            Collateral.mortgage_order == MortgageOrder.PAYMENT_FIRST,
            Collateral.status == CollateralStatus.REGISTERING,
        )
    )
    return total or Decimal(0)


def of_customers(session: Session, customer_ids: Collection[int], *, besides: str = "") -> Decimal:
    """What these customers owe together and ask for, in yuan: principal owed, and open applications but ``besides``.

    ``customer_ids``: usually those of :func:`lending.relations.group`.
    """
    lent = session.execute(
        select(Loan.loan_no, Loan.application_no).where(
            Loan.customer_id.in_(customer_ids), Loan.status == LoanStatus.ACTIVE
        )
    ).all()
    asked = session.execute(
        select(Application.application_no, Application.amount).where(
            Application.customer_id.in_(customer_ids),
            Application.status.in_(OPEN),
            Application.application_no != besides,
            Application.application_no.not_in(passed_on()),
        )
    ).all()
    paid = {row.application_no for row in lent}
    waiting = sum((row.amount for row in asked if row.amount and row.application_no not in paid), Decimal(0))
    return owed(session, [row.loan_no for row in lent]) + waiting
