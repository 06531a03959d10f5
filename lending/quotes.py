"""Quotations: what a loan on some terms would cost, reckoned before anybody applies; nothing is written.

The figures are those of :mod:`lending.maths`, as a loan on the same terms would have them. What the product or the
mathematics cannot do is refused; what the law forbids is told beside the figures, and no offer of it is printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy.orm import Session

from company import parameters
from lending import burden, ceilings, limits, products
from lending.applications import DownPaymentMissing
from lending.errors import LendingError
from lending.maths.annualised_cost import AnnualisedCost, cost_of
from lending.maths.cash_flows import Flow
from lending.maths.convention import Convention, Method
from lending.maths.due_dates import check_instalments, months_after, periods_after, regular_dates
from lending.maths.schedules import Schedule, schedule_of, terms_of
from lending.maths.subsidy import subsidy_at_start
from lending.maths.terms import NOTHING_AGREED, Agreement, Terms
from lending.money import ZERO
from lending.products import FeeKind, Payee, Product
from lending.vehicles import Energy, VehicleKind, VehicleUse

VALID_DAYS = 15
"""How long a printed offer stands; the rates of a product may change after that."""
FIRST_DUE_MONTHS = 3
"""A first instalment falls due within this many months of the pay-out: longer is a grace, and is agreed as one."""


class FirstDueDateOutOfRange(LendingError):
    """The first instalment is due after the pay-out, and within some months of it."""

    code = "first_due_date_out_of_range"
    zh = "首期还款日 {first} 应晚于放款日 {value_date}，且不晚于 {latest}；更晚请用宽限期。"
    en = "The first due date {first} is after the pay-out on {value_date} and by {latest}; agree a grace for later."


class FeesOfProductFixed(LendingError):
    """The fees of a product are the product's."""

    code = "fees_of_product_fixed"
    zh = "产品“{product}”的费用由产品规定，请清空费用，或改选“自由条款”。"
    en = "The fees of {product} are the product's own; clear them, or choose free terms."


class NotForMethod(LendingError):
    """A figure belongs to another way of repayment."""

    code = "not_for_method"
    zh = "还款方式“{method}”不使用此项，请清空，或改选：{methods}。"
    en = "{method} does not use this; clear it, or choose one of: {methods}."


class AmountAndDownPaymentDiffer(LendingError):
    """Price, down payment and amount are one sum."""

    code = "amount_and_down_payment_differ"
    zh = "首付 {down_payment:,.2f} 元与贷款金额 {amount:,.2f} 元之和不等于车价 {price:,.2f} 元，请只填其中一项。"
    en = "The down payment {down_payment:,.2f} and the amount {amount:,.2f} do not sum to {price:,.2f}; fill in one."


class DownPaymentTooHigh(LendingError):
    """The down payment leaves something to lend."""

    code = "down_payment_too_high"
    zh = "首付 {down_payment:,.2f} 元须低于车价 {price:,.2f} 元，否则无需贷款。"
    en = "The down payment {down_payment:,.2f} is below the price {price:,.2f}, or there is nothing to lend."


class BalloonTwice(LendingError):
    """A balloon follows from the instalment, or the instalment from it."""

    code = "balloon_twice"
    zh = "气球贷的尾款与每期还款额只能填一项，另一项由系统计算。"
    en = "Of a balloon loan fill in the balloon or the instalment; the other one follows."


_SOLVED = frozenset({Method.EQUAL_INSTALMENT, Method.BALLOON, Method.STEP})
_IN_ONE = frozenset({Method.BULLET})
_EVERY = frozenset(Method)
USES: dict[str, frozenset[Method]] = {
    "final_amount": frozenset({Method.BALLOON}),
    "instalment": frozenset({Method.BALLOON, Method.FIXED_INSTALMENT, Method.FIXED_PRINCIPAL}),
    "rows": frozenset({Method.STEP, Method.CUSTOM}),
    "grace_principal": _SOLVED | {Method.EQUAL_PRINCIPAL, Method.FLAT},
    "grace_interest": _EVERY - _IN_ONE - {Method.FIXED_INSTALMENT},
    "interest_free": _EVERY - _IN_ONE - {Method.FLAT},
    "first_due_date": _EVERY - _IN_ONE,
}
"""Which methods use which of the figures that not every loan has."""


def check_use(figure: str, method: Method) -> None:
    """Refuse a figure that the method would pass over in silence (:class:`NotForMethod`)."""
    fitting = USES.get(figure, _EVERY)
    if method not in fitting:
        raise NotForMethod(method=method, methods=tuple(one for one in Method if one in fitting))


def amount_to_lend(
    *, price: Decimal | None, amount: Decimal | None, down_payment: Decimal | None
) -> Decimal | None:
    """The amount in yuan, given or what the down payment leaves of the price; None when neither can be told.

    Raises :class:`DownPaymentTooHigh`, :class:`AmountAndDownPaymentDiffer`.
    """
    if down_payment is None or price is None:
        return amount
    if down_payment >= price:
        raise DownPaymentTooHigh(down_payment=down_payment, price=price)
    if amount is not None and amount + down_payment != price:
        raise AmountAndDownPaymentDiffer(down_payment=down_payment, amount=amount, price=price)
    return price - down_payment


@dataclass(frozen=True)
class Car:
    """What the loan is measured against: ``price`` yuan without tax, fees and insurance."""

    price: Decimal
    kind: VehicleKind
    use: VehicleUse
    energy: Energy


@dataclass(frozen=True)
class Means:
    """The borrower's monthly income and other monthly repayments, yuan."""

    income: Decimal
    debt: Decimal = ZERO


@dataclass(frozen=True)
class Fee:
    """A fee of ``amount`` yuan on the day of the pay-out; ``counts``: it is a cost of the loan."""

    kind: FeeKind
    amount: Decimal
    payee: Payee
    counts: bool = True


@dataclass(frozen=True)
class Asked:
    """The terms asked for: yuan, fractions a year; without a ``product`` they are free, with the ``fees`` given.

    ``lender_rate`` is what the lender earns when somebody subsidises the borrower's ``annual_rate``.
    """

    amount: Decimal
    annual_rate: Decimal
    term_months: int
    method: Method
    value_date: date
    agreement: Agreement = NOTHING_AGREED
    first_due_date: date | None = None
    lender_rate: Decimal | None = None
    product: Product | None = None
    fees: tuple[Fee, ...] = ()


Burden = Literal["", "refer", "hard"]
"""How heavy the instalments are on the income: bearable or unknown, for a person to look at, too heavy."""


@dataclass(frozen=True)
class Quote:
    """The figures of the terms asked for; ``obstacles`` are what the law has against them."""

    asked: Asked
    plan: Schedule
    fees: tuple[Fee, ...]
    cost: AnnualisedCost
    subsidy: Decimal | None
    loan_to_value: Decimal | None
    limit: Decimal | None
    limit_is_law: bool
    debt_to_income: Decimal | None
    burden: Burden
    obstacles: tuple[LendingError, ...]

    @property
    def total_fees(self) -> Decimal:
        """The fees that are a cost of the loan, yuan."""
        return sum((fee.amount for fee in self.fees if fee.counts), ZERO)

    @property
    def total_cost(self) -> Decimal:
        """Interest and fees, yuan."""
        return self.plan.total_interest + self.total_fees

    @property
    def largest_instalment(self) -> Decimal:
        """The heaviest of the instalments, yuan."""
        return max(row.instalment for row in self.plan.rows)

    @property
    def above_limit(self) -> bool:
        """Whether more of the price would be lent than the table of the day says."""
        return self.loan_to_value is not None and self.limit is not None and self.loan_to_value > self.limit


def quote(session: Session, asked: Asked, *, car: Car | None, means: Means | None, on: date) -> Quote:
    """Reckon the terms; refuses what the product does not offer or the mathematics cannot repay (LendingError)."""
    fees = _fees(asked)
    if asked.product is not None:
        products.check_request(
            asked.product,
            amount=asked.amount,
            term_months=asked.term_months,
            annual_rate=asked.annual_rate,
            method=asked.method,
        )
        if car is not None:
            products.check_fit(asked.product, car.kind)
    if car is not None and asked.amount > car.price:
        raise DownPaymentMissing(amount=asked.amount, price=car.price)
    plan = schedule_of(_terms(asked))
    cost = cost_of(plan, sum((fee.amount for fee in fees if fee.counts), ZERO))
    limit, is_law = (
        (None, False)
        if car is None
        else limits.usual_loan_to_value(session, kind=car.kind, use=car.use, energy=car.energy, on=on)
    )
    if car is not None and limit is not None:
        own = ceilings.of_car(session, kind=car.kind, use=car.use, energy=car.energy, on=on)
        limit, is_law = min(limit, own), is_law and limit <= own
    share = None if means is None else burden.debt_to_income(plan, income=means.income, debt=means.debt)
    return Quote(
        asked=asked,
        plan=plan,
        fees=fees,
        cost=cost,
        subsidy=_subsidy(asked, plan),
        loan_to_value=None if car is None else (asked.amount / car.price).quantize(Decimal("0.00000001")),
        limit=limit,
        limit_is_law=is_law,
        debt_to_income=share,
        burden=_burden(session, share, on),
        obstacles=_obstacles(session, asked, car, cost, on),
    )


def check_offer(found: Quote) -> None:
    """Refuse to print what the law forbids, by the first of the obstacles."""
    for obstacle in found.obstacles:
        raise obstacle


def valid_until(on: date) -> date:
    """The last day of an offer made on a day."""
    return on + timedelta(days=VALID_DAYS)


def _terms(asked: Asked) -> Terms:
    """The terms with their due dates; only one payment at maturity has no first due date to choose."""
    agreed = asked.agreement
    if asked.method is Method.BALLOON and None not in (agreed.final_amount, agreed.instalment):
        raise BalloonTwice()
    convention = asked.product.convention if asked.product else Convention()
    first, start = asked.first_due_date, asked.value_date
    check_instalments(asked.term_months)
    terms = terms_of(
        principal=asked.amount,
        annual_rate=asked.annual_rate,
        term_months=asked.term_months,
        method=asked.method,
        value_date=start,
        due_day=(first or start).day,
        convention=convention,
        agreement=asked.agreement,
    )
    if first is None or asked.method is Method.BULLET:
        return terms
    latest = months_after(start, FIRST_DUE_MONTHS, due_day=start.day)
    if not start < first <= latest:
        raise FirstDueDateOutOfRange(first=first, value_date=start, latest=latest)
    dates = regular_dates(first, len(terms.due_dates), convention, due_day=first.day)
    ends = (periods_after(start, 1, convention), *dates[1:])
    return replace(terms, due_dates=dates, regular_ends=ends)


def _fees(asked: Asked) -> tuple[Fee, ...]:
    if asked.product is None:
        return asked.fees
    if asked.fees:
        raise FeesOfProductFixed(product=asked.product.code)
    return tuple(
        Fee(rule.kind, rule.amount_for(asked.amount), rule.payee, rule.counts_in_cost)
        for rule in asked.product.fees
    )


def _subsidy(asked: Asked, plan: Schedule) -> Decimal | None:
    """What a manufacturer or dealer pays at the start so that the lender earns its own rate."""
    if asked.lender_rate is None:
        return None
    apart = asked.term_months if asked.method is Method.BULLET else plan.months_apart or 1
    flows = [Flow(Decimal(row.number * apart), row.instalment) for row in plan.rows]
    return subsidy_at_start(asked.amount, flows, asked.lender_rate)


def _burden(session: Session, share: Decimal | None, on: date) -> Burden:
    """By the dated limits of debt service to income."""
    if share is None:
        return ""
    bounds: Mapping[str, Decimal] = parameters.value(session, "debt_to_income", on)
    return "hard" if share > bounds["hard"] else "refer" if share > bounds["refer"] else ""


def _obstacles(
    session: Session, asked: Asked, car: Car | None, cost: AnnualisedCost, on: date
) -> tuple[LendingError, ...]:
    found: list[LendingError] = []
    try:
        limits.check_cost(session, cost.nominal, on)
    except limits.CostAboveCap as above:
        found.append(above)
    if car is not None:
        try:
            limits.check_loan(
                session,
                amount=asked.amount,
                price_base=car.price,
                term_months=asked.term_months,
                kind=car.kind,
                use=car.use,
                energy=car.energy,
                on=on,
            )
        except (limits.LoanToValueTooHigh, limits.TermTooLong) as beyond:
            found.append(beyond)
    return tuple(found)
