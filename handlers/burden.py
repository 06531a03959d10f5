"""How heavy the loan would weigh on the borrower: debt to income."""

from __future__ import annotations

from decimal import Decimal

from engine.topics import Call
from lending import burden, parties
from lending.applications import Application
from lending.maths.schedules import Schedule, schedule
from lending.parties import PartyPlace
from lending.products import Product


def debt_to_income(call: Call, application: Application, income: Decimal, debt: Decimal) -> Decimal:
    """(largest monthly instalment + other monthly repayments) / monthly income, as a fraction to 1e-6.

    The instalment is that of the terms asked for, were the money paid out on the business date. A spouse who borrows
    jointly brings income and repayments of her own; a guarantor's count for nothing here.
    """
    spouse = parties.in_place(call.session, application.application_no, PartyPlace.SPOUSE)
    if spouse is not None:
        income += spouse.monthly_income or Decimal(0)
        debt += spouse.monthly_debt or Decimal(0)
    return burden.debt_to_income(plan_of(call, application), income=income, debt=debt)


def plan_of(call: Call, application: Application) -> Schedule:
    """The schedule of the terms asked for, were the money paid out on the business date."""
    product = call.session.get_one(Product, application.product_id)
    if application.amount is None or application.annual_rate is None:
        raise ValueError(f"{application.application_no} has no terms yet")
    if application.term_months is None or application.method is None:
        raise ValueError(f"{application.application_no} has no terms yet")
    return schedule(
        principal=application.amount,
        annual_rate=application.annual_rate,
        term_months=application.term_months,
        method=application.method,
        value_date=call.business_date,
        due_day=call.business_date.day,
        convention=product.convention,
    )
