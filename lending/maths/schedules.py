"""The repayment schedule: principal and interest of every instalment, exact to the fen.

Formulas: 等额本息 A = P i (1+i)^n / ((1+i)^n - 1) and 等额本金 P/n with interest on the balance, as lenders print
them; i is a twelfth of the annual rate. The principal parts of all instalments follow whole months; a longer first
period changes the interest of the first instalment only. The last instalment takes all remaining principal, so that
the principal parts sum to the amount lent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, localcontext

from lending.maths.convention import Convention, FirstPeriod, Method
from lending.maths.due_dates import due_dates, one_month_after

_PRECISION = Context(prec=40)
TERM_MONTHS_MAX = 600


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
    """All instalments of a loan, in order."""

    value_date: date
    rows: tuple[Row, ...]

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


def schedule(
    *,
    principal: Decimal,
    annual_rate: Decimal,
    term_months: int,
    method: Method,
    value_date: date,
    due_day: int,
    convention: Convention,
) -> Schedule:
    """The schedule of a loan of ``principal`` yuan paid out on ``value_date``; ``annual_rate`` is a fraction.

    >>> plan = schedule(principal=Decimal("100000.00"), annual_rate=Decimal("0.0588"), term_months=36,
    ...     method=Method.EQUAL_INSTALMENT, value_date=date(2026, 1, 20), due_day=20, convention=Convention())
    >>> plan.rows[0].instalment, plan.total_interest
    (Decimal('3036.76'), Decimal('9323.36'))
    """
    if principal <= 0 or principal != principal.quantize(Decimal("0.01")):
        raise ValueError(f"the principal is a positive amount exact to the fen, not {principal}")
    if not 0 <= annual_rate < 10:
        raise ValueError(f"the annual rate is a fraction from 0, not {annual_rate}")
    if not 1 <= term_months <= TERM_MONTHS_MAX:
        raise ValueError(f"the term is 1 to {TERM_MONTHS_MAX} months, not {term_months}")
    with localcontext(_PRECISION):
        dates = due_dates(value_date, due_day=due_day, term_months=term_months)
        rate = annual_rate / 12
        level = level_instalment(principal, rate, term_months, convention)
        part = convention.round(principal / term_months)
        rows = []
        balance = principal
        for number, due in enumerate(dates, start=1):
            interest = convention.round(balance * rate)
            wanted = part if method is Method.EQUAL_PRINCIPAL else level - interest
            repaid = balance if number == term_months else min(max(wanted, Decimal("0.00")), balance)
            if number == 1:
                interest = first_interest(principal, annual_rate, value_date, due, convention)
            balance -= repaid
            rows.append(Row(number, due, repaid, interest, balance))
        return Schedule(value_date, tuple(rows))


def level_instalment(principal: Decimal, rate: Decimal, term_months: int, convention: Convention) -> Decimal:
    """The equal instalment for a monthly ``rate``, rounded to the fen; without interest it is P / n."""
    if rate == 0:
        return convention.round(principal / term_months)
    growth = (1 + rate) ** term_months
    return convention.round(principal * rate * growth / (growth - 1))


def first_interest(
    principal: Decimal, annual_rate: Decimal, value_date: date, first_due: date, convention: Convention
) -> Decimal:
    """The interest from the pay-out to the first due date; the first day counts, the last does not.

    >>> first_interest(Decimal("100000.00"), Decimal("0.0588"), date(2026, 1, 10), date(2026, 2, 20), Convention())
    Decimal('653.33')
    """
    month_end = one_month_after(value_date)
    month = principal * annual_rate / 12
    day = principal * annual_rate / convention.odd_days.year_days
    if convention.first_period is FirstPeriod.SHIFT or first_due == month_end:
        return convention.round(month)
    if convention.first_period is FirstPeriod.ACTUAL_DAYS:
        return convention.round(day * (first_due - value_date).days)
    return convention.round(month + day * (first_due - month_end).days)
