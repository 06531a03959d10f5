"""New versions of a product: what may change, what the law leaves room for, and what a change would mean.

A version holds from a day on and ends the one before it the day earlier. What was submitted under the old version keeps
it: an application points at the version, not at the product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import parameters
from lending import applications, limits
from lending.applications import Application
from lending.errors import LendingError
from lending.maths.convention import Method
from lending.money import exact
from lending.product_offers import price
from lending.products import FeeKind, FeeRule, Payee, Product

SAMPLE_AMOUNT = Decimal("100000.00")
SAMPLE_TERM = 36
# What a version says anew; the rest of it is the old one's.
AMOUNTS = ("amount_min", "amount_max")
RATES = ("rate_min", "rate_max", "rate_usual", "penalty_multiplier", "prepayment_fee_rate")
NUMBERS = ("term_months_min", "term_months_max", "grace_days")
# Who gets a fee that a product did not have before; what it had keeps its payee.
_PAYEES = {FeeKind.SERVICE: Payee.LENDER}
FIELDS = ("name", "name_en", *AMOUNTS, *NUMBERS, *RATES, "methods", "active")
_COPIED = (
    *FIELDS,
    "code",
    "apr_method",
    "convention_data",
    "agreement_data",
    "allocation_data",
    "standard_conditions",
    "vehicle_kinds",
    "clienteles",
)


class VersionOutOfOrder(LendingError):
    """A version begins after every version entered so far."""

    code = "version_out_of_order"
    zh = "产品“{product}”已有自 {latest} 起的版本，新版本的生效日必须更晚，版本期间不能重叠。"
    en = "{product} has a version from {latest} on; a new one begins later, as versions may not overlap."


class BeginsInPast(LendingError):
    """What is decided today does not change yesterday."""

    code = "begins_in_past"
    zh = "生效日 {valid_from} 早于营业日 {today}，请填写今天或以后的日期。"
    en = "It would hold from {valid_from}, before the business date {today}; choose today or later."


class BoundsReversed(LendingError):
    """A lower bound lies below its upper one."""

    code = "bounds_reversed"
    zh = "{low:,f} 应不大于 {high:,f}：请核对产品的金额、期限或利率的上下限，常用利率须在其间。"
    en = "{low:,f} is above {high:,f}: check the bounds of amount, term and rate; the usual rate lies between them."


class RateAboveCap(LendingError):
    """A product's rate stays below what the lender may charge."""

    code = "rate_above_cap"
    zh = "年利率 {rate:.2%} 超过本公司可收取的上限 {cap:.2%}（综合融资成本上限），请降低。"
    en = "The rate {rate:.2%} is above the {cap:.2%} that the lender may charge, interest and fees together; lower it."


class TermAboveLaw(LendingError):
    """A product's term stays within the longest of any car."""

    code = "term_above_law"
    zh = "期限 {term_months} 个月超过法定最长期限 {limit} 个月（汽车贷款管理办法第六条）。"
    en = "A term of {term_months} months is longer than the legal maximum of {limit}."


class PenaltyOutsideLaw(LendingError):
    """The overdue rate is 1.3 to 1.5 times the rate of the contract."""

    code = "penalty_outside_law"
    zh = "罚息倍数 {multiplier} 不在 {low} 至 {high} 之间（银发〔2003〕251号）。"
    en = "The penalty is {multiplier} times the rate; the rule allows {low} to {high}."


class MethodsMissing(LendingError):
    """A product is repaid somehow."""

    code = "methods_missing"
    zh = "请至少选择一种还款方式。"
    en = "Choose at least one way of repayment."


@dataclass(frozen=True)
class Sample:
    """A loan of 100,000 yuan over 36 months, or the nearest the product offers, at its usual rate."""

    amount: Decimal
    term_months: int
    annual_rate: Decimal
    instalment: Decimal
    annualised_cost: Decimal


def versions(session: Session, code: str) -> list[Product]:
    """Every version of a product, the latest first."""
    asked = select(Product).where(Product.code == code)
    return list(session.scalars(asked.order_by(Product.version.desc())))


def terms_of(product: Product) -> dict[str, object]:
    """What a new version may say anew, as it stands now; fixed fees in yuan by their kind, nothing where there is none.

    A fee that is a part of the principal is not among them: the next version keeps it.
    """
    fees = {fee.kind: fee for fee in product.fees}
    fixed = {
        kind.value: (fees[kind].amount or Decimal(0)) if kind in fees else Decimal(0)
        for kind in FeeKind
        if kind not in fees or fees[kind].amount is not None
    }
    return {name: getattr(product, name) for name in FIELDS} | fixed


def check(session: Session, code: str, terms: Mapping[str, object], *, valid_from: date, today: date) -> None:
    """Refuse a version that begins too early, or that the law or arithmetic forbids (the classes above)."""
    latest = versions(session, code)
    if valid_from < today:
        raise BeginsInPast(valid_from=valid_from, today=today)
    if latest and valid_from <= latest[0].valid_from:
        raise VersionOutOfOrder(product=code, latest=latest[0].valid_from)
    figures = {
        name: value for name, value in terms.items() if isinstance(value, (Decimal, int)) and name != "active"
    }
    for low, high in (
        ("amount_min", "amount_max"),
        ("term_months_min", "term_months_max"),
        ("rate_min", "rate_max"),
        ("rate_min", "rate_usual"),
        ("rate_usual", "rate_max"),
    ):
        if figures[low] > figures[high]:
            raise BoundsReversed(low=Decimal(figures[low]), high=Decimal(figures[high]))
    for name in AMOUNTS:
        exact(Decimal(figures[name]))
    _check_law(session, figures, valid_from)
    if not terms["methods"]:
        raise MethodsMissing()
    for kind in FeeKind:
        exact(Decimal(figures.get(kind.value, 0)))
    if latest:
        costs = sample(drafted(latest[0], terms), valid_from).annualised_cost
        limits.check_cost(session, costs, valid_from)


def _check_law(session: Session, figures: Mapping[str, Decimal | int], on: date) -> None:
    cap = limits.rate_cap(session, on)
    if figures["rate_max"] > cap:
        raise RateAboveCap(rate=figures["rate_max"], cap=cap)
    by_kind: Mapping[str, int] = parameters.of_lender(session, "term_limit", on)
    longest = max(months for kind, months in by_kind.items() if kind != "dealer")
    if figures["term_months_max"] > longest:
        raise TermAboveLaw(term_months=figures["term_months_max"], limit=longest)
    penalty: Mapping[str, Decimal] = parameters.value(session, "penalty_multiplier", on)
    low, high = penalty["overdue_min"], penalty["overdue_max"]
    if not low <= figures["penalty_multiplier"] <= high:
        raise PenaltyOutsideLaw(multiplier=figures["penalty_multiplier"], low=low, high=high)


def publish(
    session: Session, code: str, terms: Mapping[str, object], *, valid_from: date, today: date
) -> Product:
    """Let a version hold from a day on; raises what :func:`check` does."""
    check(session, code, terms, valid_from=valid_from, today=today)
    latest = versions(session, code)[0]
    made = drafted(latest, terms)
    made.version, made.valid_from = latest.version + 1, valid_from
    latest.valid_to = valid_from - timedelta(days=1)
    session.add(made)
    session.flush()
    return made


def drafted(product: Product, terms: Mapping[str, object]) -> Product:
    """A version as it would be, in no session; a fee that the terms do not name is this version's."""
    values = {name: getattr(product, name) for name in _COPIED} | {
        name: value for name, value in terms.items() if name in FIELDS
    }
    return Product(**values, fees=_fees(product, terms))


def _fees(product: Product, terms: Mapping[str, object]) -> list[FeeRule]:
    kept = {fee.kind: fee for fee in product.fees}
    found = []
    for kind in FeeKind:
        asked, fee = terms.get(kind.value), kept.get(kind)
        if fee is not None and (asked is None or fee.amount is None):
            found.append(_copied(fee, fee.amount))
        elif isinstance(asked, Decimal) and asked:
            found.append(_new_fee(kind, asked) if fee is None else _copied(fee, asked))
    return found


def _new_fee(kind: FeeKind, amount: Decimal) -> FeeRule:
    return FeeRule(
        kind=kind,
        amount=amount,
        rate=None,
        payee=_PAYEES.get(kind, Payee.THIRD_PARTY),
        refundable=False,
        counts_in_cost=True,
        reason=kind.zh,
    )


def _copied(fee: FeeRule, amount: Decimal | None) -> FeeRule:
    return FeeRule(
        kind=fee.kind,
        amount=amount,
        rate=fee.rate,
        payee=fee.payee,
        refundable=fee.refundable,
        counts_in_cost=fee.counts_in_cost,
        reason=fee.reason,
    )


def sample(product: Product, on: date, annual_rate: Decimal | None = None) -> Sample:
    """What the sample loan costs; at ``annual_rate`` (a fraction) instead of the usual one where it is given."""
    amount = min(max(SAMPLE_AMOUNT, product.amount_min), product.amount_max)
    term = min(max(SAMPLE_TERM, product.term_months_min), product.term_months_max)
    rate = product.rate_usual if annual_rate is None else annual_rate
    priced = price(
        product,
        amount=amount,
        annual_rate=rate,
        term_months=term,
        method=Method(product.methods[0]),
        on=on,
    )
    return Sample(amount, term, rate, priced.instalment, priced.annualised_cost)


def keeping(session: Session, code: str) -> int:
    """How many applications under way keep the version they have."""
    ids = select(Product.id).where(Product.code == code)
    return (
        session.scalar(
            select(func.count(Application.id)).where(
                Application.product_id.in_(ids), Application.status.in_(applications.OPEN)
            )
        )
        or 0
    )
