"""Limits that law sets and no reviewer may lift: loan-to-value, longest term, annualised cost; dated parameters."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy.orm import Session

from company import parameters
from company.organisation import LenderType, the_company
from lending.errors import LendingError
from lending.money import FEN
from lending.vehicles import Energy, VehicleKind, VehicleUse


class LoanToValueTooHigh(LendingError):
    """The loan would be a larger part of the price than the law allows for such a car."""

    code = "loan_to_value_too_high"
    zh = (
        "贷款 {amount:,.2f} 元为车价 {price_base:,.2f} 元的 {ltv:.2%}，超过法定上限 {limit:.0%}，"
        "最多可贷 {most:,.2f} 元。"
    )
    en = (
        "{amount:,.2f} is {ltv:.2%} of the price {price_base:,.2f}; the legal limit is {limit:.0%}, "
        "so at most {most:,.2f} can be lent."
    )


class TermTooLong(LendingError):
    """The term is longer than the law allows for such a car."""

    code = "term_too_long"
    zh = "期限 {term_months} 个月超过该类车辆的最长期限 {limit} 个月。"
    en = "A term of {term_months} months is longer than the {limit} months allowed for such a car."


class CostAboveCap(LendingError):
    """Interest and fees together cost more a year than the lender may charge."""

    code = "cost_above_cap"
    zh = "年化综合融资成本 {cost:.2%} 超过上限 {limit:.0%}，请降低利率或费用。"
    en = "The annualised cost {cost:.2%} is above the cap of {limit:.0%}; lower the rate or the fees."


def legal_loan_to_value(
    session: Session, *, kind: VehicleKind, use: VehicleUse, energy: Energy, on: date
) -> Decimal:
    """The largest part of the price that may be lent on a day; 1 where the law leaves it to the institution."""
    limit, is_law = usual_loan_to_value(session, kind=kind, use=use, energy=energy, on=on)
    return limit if is_law else Decimal(1)


def usual_loan_to_value(
    session: Session, *, kind: VehicleKind, use: VehicleUse, energy: Energy, on: date
) -> tuple[Decimal, bool]:
    """The largest part of the price by the table of the day, and whether it is law or the institution's own."""
    segment = "used" if kind is VehicleKind.USED else f"{use.value}_{kind.value}_{energy.value}"
    table = parameters.value(session, "ltv_table", on)
    return table[segment], segment in table["regulatory"]


def check_loan(
    session: Session,
    *,
    amount: Decimal,
    price_base: Decimal,
    term_months: int,
    kind: VehicleKind,
    use: VehicleUse,
    energy: Energy,
    on: date,
) -> None:
    """Refuse a loan beyond the legal loan-to-value or term (:class:`LoanToValueTooHigh`, :class:`TermTooLong`)."""
    limit = legal_loan_to_value(session, kind=kind, use=use, energy=energy, on=on)
    most = (price_base * limit).quantize(FEN, rounding=ROUND_FLOOR)
    if amount > most:
        raise LoanToValueTooHigh(
            amount=amount, price_base=price_base, ltv=amount / price_base, limit=limit, most=most
        )
    longest: int = parameters.of_lender(session, "term_limit", on)[kind.value]
    if term_months > longest:
        raise TermTooLong(term_months=term_months, limit=longest)


def usual_by_segment(session: Session, on: date) -> dict[str, Decimal]:
    """The table of the day: the largest part of the price by use, kind and energy of the car."""
    table = parameters.value(session, "ltv_table", on)
    return {segment: share for segment, share in table.items() if isinstance(share, Decimal)}


MICRO_LOAN_PRIME_RATES = 4
MICRO_LOAN_PRIME_RATES_FROM = date(2027, 12, 31)


def rate_cap(session: Session, on: date) -> Decimal:
    """The highest annual rate (a fraction) that a product may carry on a day, by the lender's licence.

    The cap of the all-in cost, 24 % (法发〔2017〕22号); for a micro-loan company from the end of 2027 on at most four
    times the one-year prime rate (小额贷款公司综合融资成本管理工作指引, 2025-12).
    """
    cap: Decimal = parameters.of_lender(session, "total_cost_cap", on)
    if the_company(session).lender_type is LenderType.MICRO_LOAN and on >= MICRO_LOAN_PRIME_RATES_FROM:
        prime: Decimal = parameters.value(session, "lpr_rate", on)["1Y"]
        return min(cap, prime * MICRO_LOAN_PRIME_RATES)
    return cap


def check_cost(session: Session, cost: Decimal, on: date) -> None:
    """Refuse an annualised cost (a fraction) above the cap of the lender's licence (:class:`CostAboveCap`)."""
    limit: Decimal = parameters.of_lender(session, "total_cost_cap", on)
    if cost > limit:
        raise CostAboveCap(cost=cost, limit=limit)
