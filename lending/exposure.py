"""What has been paid to a dealer for cars whose mortgage is still to come."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lending.collateral import Collateral, CollateralStatus, MortgageOrder
from lending.loans import Loan


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
