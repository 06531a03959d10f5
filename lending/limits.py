"""Limits that law sets and no reviewer may lift: loan-to-value, longest term, annualised cost; dated rows, no code."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Date, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Rate
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled
from lending.vehicles import Energy, VehicleKind, VehicleUse


class LimitKind(Labelled):
    """What a limit bounds."""

    LTV = "ltv", "贷款成数", "Loan-to-value"
    TERM_MONTHS = "term_months", "最长期限（月）", "Longest term (months)"
    ANNUAL_COST = "annual_cost", "年化综合成本上限", "Annualised cost cap"


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


class LegalLimit(Base):
    """One limit, its validity and where it is written. ``subject`` narrows it: ``commercial/new/nev``, ``used``."""

    __tablename__ = "legal_limit"
    __table_args__ = (UniqueConstraint("kind", "subject", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LimitKind] = mapped_column(worded(LimitKind))
    subject: Mapped[str] = mapped_column(String(40))
    value: Mapped[Decimal] = mapped_column(Rate)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(200))


_LTV_SOURCE = "银发〔2017〕234号；2024年汽车贷款有关政策通知"
_TERM_SOURCE = "汽车贷款管理办法 第六条"
_FIRST = [
    (LimitKind.LTV, "self/new/fuel", "1", "2024年通知：由机构自主确定", date(2024, 4, 3)),
    (LimitKind.LTV, "self/new/nev", "1", "2024年通知：由机构自主确定", date(2024, 4, 3)),
    (LimitKind.LTV, "commercial/new/fuel", "0.70", _LTV_SOURCE, date(2018, 1, 1)),
    (LimitKind.LTV, "commercial/new/nev", "0.75", _LTV_SOURCE, date(2018, 1, 1)),
    (LimitKind.LTV, "used", "0.70", _LTV_SOURCE, date(2018, 1, 1)),
    (LimitKind.TERM_MONTHS, "new", "60", _TERM_SOURCE, date(2018, 1, 1)),
    (LimitKind.TERM_MONTHS, "used", "36", _TERM_SOURCE, date(2018, 1, 1)),
    (LimitKind.ANNUAL_COST, "individual", "0.24", "法发〔2017〕22号", date(2017, 8, 4)),
]


def seed(session: Session) -> None:
    """Write the limits known today, where there is none of their kind yet."""
    if session.scalar(select(LegalLimit.id).limit(1)) is not None:
        return
    for kind, subject, value, source, valid_from in _FIRST:
        session.add(
            LegalLimit(kind=kind, subject=subject, value=Decimal(value), source=source, valid_from=valid_from)
        )
    session.flush()


def value(session: Session, kind: LimitKind, subject: str, on: date) -> Decimal | None:
    """The limit in force on a day; None where the law sets none."""
    return session.scalar(
        select(LegalLimit.value)
        .where(
            LegalLimit.kind == kind,
            LegalLimit.subject == subject,
            LegalLimit.valid_from <= on,
            or_(LegalLimit.valid_to.is_(None), LegalLimit.valid_to >= on),
        )
        .order_by(LegalLimit.valid_from.desc())
        .limit(1)
    )


def ltv_subject(kind: VehicleKind, use: VehicleUse, energy: Energy) -> str:
    """The row of the loan-to-value limits for a car: used cars share one, whatever their use and energy."""
    return "used" if kind is VehicleKind.USED else f"{use.value}/{kind.value}/{energy.value}"


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
    limit = value(session, LimitKind.LTV, ltv_subject(kind, use, energy), on)
    if limit is not None and amount > price_base * limit:
        most = (price_base * limit).quantize(Decimal("0.01"), rounding="ROUND_FLOOR")
        raise LoanToValueTooHigh(
            amount=amount, price_base=price_base, ltv=amount / price_base, limit=limit, most=most
        )
    longest = value(session, LimitKind.TERM_MONTHS, kind.value, on)
    if longest is not None and term_months > longest:
        raise TermTooLong(term_months=term_months, limit=int(longest))


def check_cost(session: Session, cost: Decimal, on: date) -> None:
    """Refuse an annualised cost (a fraction) above the cap for individuals (:class:`CostAboveCap`)."""
    limit = value(session, LimitKind.ANNUAL_COST, "individual", on)
    if limit is not None and cost > limit:
        raise CostAboveCap(cost=cost, limit=limit)
