"""How heavy a loan weighs on a borrower: debt to income."""

from __future__ import annotations

from decimal import Decimal

from lending.maths.schedules import Schedule


def debt_to_income(plan: Schedule, *, income: Decimal, debt: Decimal) -> Decimal:
    """(largest instalment + other monthly repayments) / monthly income, all in yuan, as a fraction to 1e-6."""
    largest = max(row.instalment for row in plan.rows)
    return ((largest + debt) / income).quantize(Decimal("0.000001"))
