"""Overdue interest: penalty on overdue principal and, where agreed, compound interest on unpaid interest.

Source: 银发〔2003〕251号: the penalty rate is the contract rate x (1 + 30 % to 50 %), and x (1 + 50 % to 100 %) for
misuse of funds; the two are not added for the same amount, the higher one applies. Unpaid interest is compounded at
the penalty rate.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lending.maths.convention import Compound, Convention
from lending.maths.daycounts import year_fraction
from lending.maths.errors import DateBeforeLoan
from lending.maths.terms import check_rate


def penalty_rate(annual_rate: Decimal, *multipliers: Decimal) -> Decimal:
    """The annual penalty rate: the highest of the multipliers that apply, never their sum.

    >>> penalty_rate(Decimal("0.0588"), Decimal("1.5"), Decimal(2))
    Decimal('0.1176')
    """
    check_rate(annual_rate)
    return annual_rate * max(multipliers, default=Decimal(1))


def penalty_interest(
    overdue: Decimal, annual_penalty_rate: Decimal, *, since: date, until: date, convention: Convention
) -> Decimal:
    """The penalty on ``overdue`` yuan of principal from its due date (counted) to ``until`` (not counted), to the fen.

    >>> penalty_interest(Decimal("2546.76"), Decimal("0.0882"), since=date(2026, 2, 20), until=date(2026, 3, 7),
    ...     convention=Convention())
    Decimal('9.36')
    """
    if until < since:
        raise DateBeforeLoan(what_zh="计息日", what_en="day of reckoning", on=until, value_date=since)
    return convention.round(overdue * annual_penalty_rate * year_fraction(convention.day_count, since, until))


def compound_interest(
    unpaid_interest: Decimal,
    annual_penalty_rate: Decimal,
    *,
    since: date,
    until: date,
    convention: Convention,
) -> Decimal:
    """The interest on unpaid interest at the penalty rate; nothing where the convention does not compound.

    >>> compound_interest(Decimal("490.00"), Decimal("0.0882"), since=date(2026, 2, 20), until=date(2026, 3, 7),
    ...     convention=Convention(compound=Compound.AT_PENALTY_RATE))
    Decimal('1.80')
    """
    if convention.compound is Compound.NONE:
        return Decimal("0.00")
    return penalty_interest(
        unpaid_interest, annual_penalty_rate, since=since, until=until, convention=convention
    )
