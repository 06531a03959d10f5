"""What was offered to a customer: the sheet of products shown, the offers priced for him, his choice and its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Rate, Tagged
from lending.columns import worded
from lending.errors import LendingError
from lending.maths.annualised_cost import cost_of
from lending.maths.convention import Method
from lending.maths.schedules import schedule
from lending.products import Product


class NotOffered(LendingError):
    """Only what was offered can be chosen, up to the amount that was offered."""

    code = "not_offered"
    zh = "产品 {product} 金额 {amount:,.2f} 元、{term_months} 个月不在本次可选方案之内，请从方案中选择。"
    en = "{product} for {amount:,.2f} over {term_months} months is none of the offers; choose one of them."


@dataclass(frozen=True)
class Priced:
    """What a loan would cost: the largest instalment and all interest in yuan, the annualised cost a fraction."""

    instalment: Decimal
    total_interest: Decimal
    annualised_cost: Decimal


class ProductSheet(Base):
    """The sheet shown before anything is asked: its lines, and when and by whom it was shown."""

    __tablename__ = "product_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    lines: Mapped[list[dict[str, str]]] = mapped_column(Tagged)
    shown_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    shown_at: Mapped[datetime] = mapped_column(Instant)


class ProductOffer(Base):
    """One offer of a round, best first; ``chosen_at`` is set on the one that was taken, with its terms."""

    __tablename__ = "product_offer"
    __table_args__ = (UniqueConstraint("application_no", "round", "rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"))
    round: Mapped[int]
    rank: Mapped[int]
    product_code: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(200))
    amount_max: Mapped[Decimal] = mapped_column(Fen)
    term_months_max: Mapped[int]
    annual_rate: Mapped[Decimal] = mapped_column(Rate)
    method: Mapped[Method] = mapped_column(worded(Method))
    instalment: Mapped[Decimal] = mapped_column(Fen)
    annualised_cost: Mapped[Decimal] = mapped_column(Rate)
    offered_at: Mapped[datetime] = mapped_column(Instant)
    chosen_amount: Mapped[Decimal | None] = mapped_column(Fen)
    chosen_term_months: Mapped[int | None]
    choice_reason: Mapped[str | None] = mapped_column(String(200))
    chosen_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True)
class Draft:
    """An offer before it is written."""

    product: Product
    reason: str
    amount_max: Decimal
    term_months_max: int
    annual_rate: Decimal
    method: Method
    priced: Priced


def price(
    product: Product, *, amount: Decimal, annual_rate: Decimal, term_months: int, method: Method, on: date
) -> Priced:
    """What the loan would cost were it paid out on ``on``, the product's fees included."""
    plan = schedule(
        principal=amount,
        annual_rate=annual_rate,
        term_months=term_months,
        method=method,
        value_date=on,
        due_day=on.day,
        convention=product.convention,
    )
    fees = sum((fee.amount_for(amount) for fee in product.fees if fee.counts_in_cost), Decimal(0))
    return Priced(
        max(row.instalment for row in plan.rows),
        plan.total_interest,
        cost_of(plan, fees).by(product.apr_method),
    )


def record_sheet(
    session: Session, application_no: str, lines: Sequence[dict[str, str]], *, by: int | None, now: datetime
) -> ProductSheet:
    """Keep what was shown to the customer: each line with the version of its product and of its rates."""
    sheet = ProductSheet(application_no=application_no, lines=list(lines), shown_by=by, shown_at=now)
    session.add(sheet)
    session.flush()
    return sheet


def sheet_shown(session: Session, application_no: str) -> ProductSheet | None:
    """The sheet that was shown last; None before one was."""
    asked = select(ProductSheet).where(ProductSheet.application_no == application_no)
    return session.scalar(asked.order_by(ProductSheet.id.desc()).limit(1))


def offer(
    session: Session, application_no: str, drafts: Sequence[Draft], *, now: datetime
) -> list[ProductOffer]:
    """Write the offers of a new round, in the order given."""
    asked = select(func.max(ProductOffer.round)).where(ProductOffer.application_no == application_no)
    turn = (session.scalar(asked) or 0) + 1
    offers = [
        ProductOffer(
            application_no=application_no,
            round=turn,
            rank=rank,
            product_code=draft.product.code,
            reason=draft.reason[:200],
            amount_max=draft.amount_max,
            term_months_max=draft.term_months_max,
            annual_rate=draft.annual_rate,
            method=draft.method,
            instalment=draft.priced.instalment,
            annualised_cost=draft.priced.annualised_cost,
            offered_at=now,
        )
        for rank, draft in enumerate(drafts, 1)
    ]
    session.add_all(offers)
    session.flush()
    return offers


def of_application(session: Session, application_no: str) -> list[ProductOffer]:
    """The offers of the latest round, best first."""
    asked = select(ProductOffer).where(ProductOffer.application_no == application_no)
    found = list(session.scalars(asked.order_by(ProductOffer.round, ProductOffer.rank)))
    return [one for one in found if one.round == found[-1].round]


def choose(
    session: Session,
    application_no: str,
    *,
    rank: int,
    amount: Decimal,
    term_months: int,
    reason: str,
    now: datetime,
) -> ProductOffer:
    """The customer takes an offer of the latest round for an amount and a term within it (:class:`NotOffered`)."""
    chosen = next((one for one in of_application(session, application_no) if one.rank == rank), None)
    if chosen is None or amount > chosen.amount_max or not 0 < term_months <= chosen.term_months_max:
        code = "-" if chosen is None else chosen.product_code
        raise NotOffered(product=code, amount=amount, term_months=term_months)
    chosen.chosen_amount, chosen.chosen_term_months = amount, term_months
    chosen.choice_reason, chosen.chosen_at = reason[:200], now
    session.flush()
    return chosen


def chosen(session: Session, application_no: str) -> ProductOffer | None:
    """The offer that was chosen last, of whatever round; None before a choice."""
    asked = select(ProductOffer).where(
        ProductOffer.application_no == application_no, ProductOffer.chosen_at.is_not(None)
    )
    return session.scalar(asked.order_by(ProductOffer.round.desc(), ProductOffer.chosen_at.desc()).limit(1))
