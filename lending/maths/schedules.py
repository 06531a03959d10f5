"""The repayment schedule: principal and interest of every instalment, exact to the fen.

The method, its rounding and where the residue goes are :mod:`lending.maths.methods`; the days of each period are
:mod:`lending.maths.periods`. The principal parts of all instalments sum to the amount lent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Context, Decimal, localcontext

from lending.maths.convention import Convention, Method, Unit
from lending.maths.due_dates import (
    INSTALMENTS_MAX,
    IsBusinessDay,
    check_instalments,
    due_dates,
    months_of,
    on_business_day,
    periods_after,
)
from lending.maths.methods import split
from lending.maths.periods import periods_of
from lending.maths.terms import NOTHING_AGREED, Agreement, RateChange, Terms

PRECISION = Context(prec=40)


@dataclass(frozen=True)
class Row:
    """One instalment: amounts in yuan, ``balance`` is the principal still owed after it."""

    number: int
    due_date: date
    principal: Decimal
    interest: Decimal
    balance: Decimal

    @property
    def instalment(self) -> Decimal:
        """What is to be paid."""
        return self.principal + self.interest


@dataclass(frozen=True)
class Schedule:
    """All instalments of a loan, in order; ``months_apart`` is None when their distance is counted in days."""

    value_date: date
    rows: tuple[Row, ...]
    months_apart: int | None = 1

    @property
    def total_interest(self) -> Decimal:
        """The interest of all instalments, in yuan."""
        return sum((row.interest for row in self.rows), Decimal("0.00"))

    @property
    def total_principal(self) -> Decimal:
        """The principal of all instalments: the amount lent."""
        return sum((row.principal for row in self.rows), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """Everything to be paid."""
        return self.total_principal + self.total_interest


def schedule_of(terms: Terms) -> Schedule:
    """The schedule of a loan on any terms; raises a :class:`TermsRefused` when it cannot be repaid by them."""
    with localcontext(PRECISION):
        splits = split(terms, periods_of(terms))
        rows = tuple(
            Row(number, due, row.principal, row.interest, row.balance)
            for number, (due, row) in enumerate(zip(terms.due_dates, splits, strict=False), start=1)
        )
        return Schedule(terms.value_date, rows, months_of(terms.convention))


def schedule(
    *,
    principal: Decimal,
    annual_rate: Decimal,
    term_months: int,
    method: Method,
    value_date: date,
    due_day: int,
    convention: Convention,
    agreement: Agreement = NOTHING_AGREED,
    rate_changes: tuple[RateChange, ...] = (),
) -> Schedule:
    """The schedule of a loan of ``principal`` yuan paid out on ``value_date``; ``annual_rate`` is a fraction.

    >>> plan = schedule(principal=Decimal("100000.00"), annual_rate=Decimal("0.0588"), term_months=36,
    ...     method=Method.EQUAL_INSTALMENT, value_date=date(2026, 1, 20), due_day=20, convention=Convention())
    >>> plan.rows[0].instalment, plan.total_interest
    (Decimal('3036.76'), Decimal('9323.36'))

    Raises a :class:`TermsRefused` naming field, rule and limit.
    """
    return schedule_of(
        terms_of(
            principal=principal,
            annual_rate=annual_rate,
            term_months=term_months,
            method=method,
            value_date=value_date,
            due_day=due_day,
            convention=convention,
            agreement=agreement,
            rate_changes=rate_changes,
        )
    )


def terms_of(
    *,
    principal: Decimal,
    annual_rate: Decimal,
    term_months: int,
    method: Method,
    value_date: date,
    due_day: int,
    convention: Convention,
    agreement: Agreement = NOTHING_AGREED,
    rate_changes: tuple[RateChange, ...] = (),
    is_business_day: IsBusinessDay | None = None,
) -> Terms:
    """The terms of a loan whose due dates follow from its term and due day.

    One payment at maturity falls due ``term_months`` after the pay-out; a fixed amount has as many due dates as there
    can be, of which the schedule takes those it needs. ``is_business_day`` is asked when the convention moves dates.
    """
    if method is Method.BULLET:
        check_instalments(term_months)
        convention = replace(convention, every=term_months, unit=Unit.MONTH)
        due_day = value_date.day
    elif method is Method.FIXED_INSTALMENT:
        months = months_of(convention)
        term_months = INSTALMENTS_MAX * months if months else INSTALMENTS_MAX // 5
    dates = due_dates(value_date, due_day=due_day, term_months=term_months, convention=convention)
    regular_ends = (periods_after(value_date, 1, convention), *dates[1:])
    if is_business_day is not None:
        moved = {day: on_business_day(day, convention.business_day, is_business_day) for day in dates}
        dates = tuple(moved[day] for day in dates)
        regular_ends = tuple(moved.get(day, day) for day in regular_ends)
    return Terms(
        principal=principal,
        annual_rate=annual_rate,
        method=method,
        convention=convention,
        value_date=value_date,
        due_dates=dates,
        regular_ends=regular_ends,
        agreement=agreement,
        rate_changes=rate_changes,
    )
