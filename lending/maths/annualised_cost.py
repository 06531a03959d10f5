"""The annualised cost of a loan: the internal rate of return of what the borrower receives and pays.

中国人民银行公告〔2021〕第3号 asks for interest and all fees directly tied to the loan; the monthly rate r solves
sum(payment_k / (1 + r) ** t_k) = received, t_k in months after the pay-out, fees of day 0 reducing what is received.
It is annualised in two ways, each printed with its label: nominal 12 r, effective (1 + r) ** 12 - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from lending.labels import Labelled
from lending.maths.cash_flows import PRECISION, Flow, present_value
from lending.maths.due_dates import months_after
from lending.maths.errors import NoSuchRate
from lending.maths.roots import bracketed_root
from lending.maths.schedules import Row, Schedule

_DAYS_A_MONTH = 30


class AprMethod(Labelled):
    """How the monthly rate becomes a yearly one."""

    NOMINAL_12X = "nominal_12x", "单利（月内部收益率×12）", "Simple (monthly IRR × 12)"
    EFFECTIVE = "effective", "复利（(1+月内部收益率)^12−1）", "Compound ((1 + monthly IRR)^12 − 1)"


@dataclass(frozen=True)
class Payment:
    """An amount of yuan the borrower pays ``months`` (need not be whole) after the pay-out."""

    months: Decimal
    amount: Decimal


@dataclass(frozen=True)
class AnnualisedCost:
    """The cost of a loan as fractions: 0.0588 is 5.88 %."""

    monthly: Decimal

    @property
    def nominal(self) -> Decimal:
        """Twelve times the monthly rate, to 1e-8."""
        return _to_rate(self.monthly * 12)

    @property
    def effective(self) -> Decimal:
        """The monthly rate compounded over a year, to 1e-8."""
        with localcontext(PRECISION):
            return _to_rate((1 + self.monthly) ** 12 - 1)

    def by(self, method: AprMethod) -> Decimal:
        """The yearly rate by ``method``."""
        return self.nominal if method is AprMethod.NOMINAL_12X else self.effective


def annualised_cost(received: Decimal, payments: Sequence[Payment]) -> AnnualisedCost:
    """The cost of receiving ``received`` yuan on day 0 (fees of that day taken off) for ``payments``.

    Solved in Decimal on monthly rates from 0 to 1; :class:`NoSuchRate` if the rate lies outside.

    >>> annualised_cost(Decimal(100), [Payment(Decimal(1), Decimal(101))]).nominal
    Decimal('0.12000000')
    """
    flows = [Flow(payment.months, payment.amount) for payment in payments]

    def worth(rate: Decimal) -> Decimal:
        return present_value(flows, rate) - received

    low, high = Decimal(0), Decimal(1)
    with localcontext(PRECISION):
        if received <= 0 or worth(low) < 0 or worth(high) > 0:
            raise NoSuchRate(low=low, high=high)
        return AnnualisedCost(bracketed_root(worth, low, high))


def cost_of(plan: Schedule, fees_at_start: Decimal) -> AnnualisedCost:
    """The cost of a schedule when ``fees_at_start`` yuan are paid on the day of the pay-out.

    A first period of another length than the regular one counts its odd days as thirtieths of a month; where due dates
    are counted in days, all days count as parts of a twelfth of 365. Of a flat rate this is the true one.

    >>> from datetime import date
    >>> from lending.maths.convention import Convention, Method
    >>> from lending.maths.schedules import schedule
    >>> flat = schedule(principal=Decimal(100000), annual_rate=Decimal("0.042"), term_months=36, method=Method.FLAT,
    ...     value_date=date(2026, 1, 20), due_day=20, convention=Convention())
    >>> f"{cost_of(flat, Decimal(0)).nominal:.3%}"
    '7.873%'
    """
    received = plan.total_principal - fees_at_start
    return annualised_cost(received, [Payment(_months(plan, row), row.instalment) for row in plan.rows])


def _months(plan: Schedule, row: Row) -> Decimal:
    """The months from the pay-out to an instalment."""
    if plan.months_apart is None:
        return Decimal((row.due_date - plan.value_date).days) * 12 / 365
    whole = months_after(plan.value_date, plan.months_apart, due_day=plan.value_date.day)
    odd = Decimal((plan.rows[0].due_date - whole).days) / _DAYS_A_MONTH
    return row.number * plan.months_apart + odd


def _to_rate(rate: Decimal) -> Decimal:
    return rate.quantize(Decimal("0.00000001"), rounding=ROUND_HALF_UP)
