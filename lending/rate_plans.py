"""Rate plans: what a product costs by grade, as a spread on the loan prime rate, each plan from a day to a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, ForeignKey, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Tagged
from lending.errors import LendingError
from lending.products import Product

GRADES = ("A", "B", "C", "D")


class RatePlanOutOfOrder(LendingError):
    """A plan begins after every plan entered so far."""

    code = "rate_plan_out_of_order"
    zh = "产品“{product}”已有自 {latest} 起的利率方案，新方案的生效日必须更晚。"
    en = "{product} has a rate plan from {latest} on; a new one must begin later."


class RatePlan(Base):
    """Spreads on the one-year loan prime rate by grade, as fractions a year; a grade without one is not offered.

    In force from ``valid_from`` to ``valid_to``, both inclusive; an open end is None.
    """

    __tablename__ = "rate_plan"
    __table_args__ = (UniqueConstraint("product_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    spreads: Mapped[dict[str, Decimal]] = mapped_column(Tagged)
    source_text: Mapped[str] = mapped_column(String(400))
    approved_by: Mapped[str] = mapped_column(String(64))


def publish(
    session: Session,
    product: Product,
    spreads: Mapping[str, Decimal],
    *,
    valid_from: date,
    source_text: str,
    approved_by: str,
) -> RatePlan:
    """Let a plan hold from a day on and end the one before it the day earlier; offers made stay as they are.

    Raises :class:`RatePlanOutOfOrder`.
    """
    asked = select(RatePlan).where(_of(product))
    latest = session.scalar(asked.order_by(RatePlan.valid_from.desc()).limit(1))
    if latest is not None:
        if latest.valid_from >= valid_from:
            raise RatePlanOutOfOrder(product=product.code, latest=latest.valid_from)
        latest.valid_to = valid_from - timedelta(days=1)
    plan = RatePlan(
        product_id=product.id,
        valid_from=valid_from,
        spreads=dict(spreads),
        source_text=source_text,
        approved_by=approved_by,
    )
    session.add(plan)
    session.flush()
    return plan


def _of(product: Product) -> ColumnElement[bool]:
    """A plan belongs to the product, whichever version of it is in force."""
    return RatePlan.product_id.in_(select(Product.id).where(Product.code == product.code))


def listed(session: Session, product: Product) -> list[RatePlan]:
    """Every plan of a product, the latest first."""
    return list(session.scalars(select(RatePlan).where(_of(product)).order_by(RatePlan.valid_from.desc())))


def in_force(session: Session, product: Product, on: date) -> RatePlan | None:
    """The plan of a product that holds on a day."""
    asked = select(RatePlan).where(
        _of(product),
        RatePlan.valid_from <= on,
        or_(RatePlan.valid_to.is_(None), RatePlan.valid_to >= on),
    )
    return session.scalar(asked)


def rate_for(session: Session, product: Product, grade: str, on: date) -> Decimal | None:
    """The annual rate (a fraction, within the product's bounds) for a grade on a day; None where it is not offered.

    A product without any plan costs its usual rate, whatever the grade.
    """
    plan = in_force(session, product, on)
    if plan is None:
        return product.rate_usual
    spread = plan.spreads.get(grade)
    if spread is None:
        return None
    prime: Decimal = parameters.value(session, "lpr_rate", on)["1Y"]
    return min(max(prime + spread, product.rate_min), product.rate_max)


# Spreads in basis points on the prime rate of what a new company sells (DT-04), by grade.
_FIRST_SPREADS: dict[str, dict[str, int]] = {
    "NEW_STD": {"A": 200, "B": 288, "C": 350},
    "EQ_PRINCIPAL": {"A": 180, "B": 180},
    "USED_STD": {"A": 400, "B": 500, "C": 700},
    "BIZ_FLEET": {"A": 250, "B": 350, "C": 500},
    "REFI": {"A": 500, "B": 500},
    "GUARANTOR_ONLY": {"A": 700, "B": 700, "C": 700, "D": 700},
}
_LONG_AGO = date(2020, 1, 1)


def seed(session: Session) -> None:
    """Write the first plan of each first product where there is no plan yet."""
    if session.scalar(select(RatePlan.id).limit(1)) is not None:
        return
    for product in session.scalars(select(Product).where(Product.code.in_(_FIRST_SPREADS))):
        spreads = {grade: Decimal(points) / 10_000 for grade, points in _FIRST_SPREADS[product.code].items()}
        publish(
            session,
            product,
            spreads,
            valid_from=_LONG_AGO,
            source_text="Default of the product; an administrator may publish another",
            approved_by="system",
        )
