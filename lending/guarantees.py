"""Guarantees: who is liable for a loan besides the borrower, how and for how long, and whether he can bear it.

民法典 第六百八十一至六百九十七条: a guarantee is in writing and general unless agreed joint (686); its period runs
from the due day, six months where nothing is agreed (692); public bodies and charities guarantee nothing (683).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.applications import OPEN, Application
from lending.columns import worded
from lending.customers import Customer, CustomerKind
from lending.errors import LendingError
from lending.labels import Labelled
from lending.loans import Loan, LoanStatus
from lending.parties import ApplicationParty
from lending.products import Product

# DT-04 row 9: the product that is lent with a guarantor only.
NEEDS_GUARANTOR = "GUARANTOR_ONLY"
PERIOD_MONTHS_MIN, PERIOD_MONTHS_MAX = 6, 36
# The first two characters of a credit code that 民法典 第六百八十三条 bars: bodies of the state, public institutions,
# social associations, private non-profit units, foundations.
_BARRED = ("11", "12", "13", "19", "51", "52", "53")


class GuaranteeKind(Labelled):
    """In which order the guarantor is liable."""

    GENERAL = "general", "一般保证", "General guarantee"
    JOINT = "joint", "连带责任保证", "Joint and several guarantee"


class GuarantorBarred(LendingError):
    """The law bars this body from guaranteeing."""

    code = "guarantor_barred"
    zh = "“{name}”属于机关法人或者以公益为目的的非营利组织，依民法典第六百八十三条不得担任保证人。"
    en = "{name} is a public or non-profit body, which the law (Civil Code 683) bars from guaranteeing."


class GuaranteePeriodRefused(LendingError):
    """A guarantee holds for an agreed number of months within bounds."""

    code = "guarantee_period_refused"
    zh = "保证期间 {months} 个月不在 {low} 至 {high} 个月之间。"
    en = "A guarantee period of {months} months is not within {low} to {high}."


class GuarantorRequired(LendingError):
    """The product is lent with a guarantor only."""

    code = "guarantor_required"
    zh = "产品“{product}”须有保证人，请登记保证人后提交。"
    en = "The product {product} is lent with a guarantor only; enter one."


class Guarantee(Base):
    """What a guarantor undertakes: in which order he is liable, and for how many months after the due day."""

    __tablename__ = "guarantee"

    id: Mapped[int] = mapped_column(primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("application_party.id", ondelete="CASCADE"), unique=True)
    kind: Mapped[GuaranteeKind] = mapped_column(worded(GuaranteeKind))
    period_months: Mapped[int]
    undertaken_at: Mapped[datetime] = mapped_column(Instant)


def undertake(
    session: Session,
    party: ApplicationParty,
    *,
    kind: GuaranteeKind,
    period_months: int,
    credit_code: str | None,
    now: datetime,
) -> Guarantee:
    """Write down what the guarantor undertakes; again, it is corrected. ``credit_code`` of a company, opened.

    Raises :class:`GuarantorBarred`, :class:`GuaranteePeriodRefused`.
    """
    guarantor = session.get_one(Customer, party.customer_id)
    if credit_code is not None and credit_code.startswith(_BARRED):
        raise GuarantorBarred(name=guarantor.name)
    if not PERIOD_MONTHS_MIN <= period_months <= PERIOD_MONTHS_MAX:
        raise GuaranteePeriodRefused(months=period_months, low=PERIOD_MONTHS_MIN, high=PERIOD_MONTHS_MAX)
    guarantee = session.scalar(select(Guarantee).where(Guarantee.party_id == party.id))
    if guarantee is None:
        guarantee = Guarantee(party_id=party.id)
        session.add(guarantee)
    guarantee.kind, guarantee.period_months, guarantee.undertaken_at = kind, period_months, now
    session.flush()
    return guarantee


def check_product(session: Session, application: Application, *, has_guarantor: bool) -> None:
    """Refuse an application without guarantor for the product that needs one (:class:`GuarantorRequired`)."""
    product = session.get_one(Product, application.product_id)
    if product.code == NEEDS_GUARANTOR and not has_guarantor:
        raise GuarantorRequired(product=product.name)


def of_application(session: Session, application_no: str) -> list[tuple[ApplicationParty, Guarantee]]:
    """Every guarantor of an application with what he undertakes, in the order of their entry."""
    asked = select(ApplicationParty, Guarantee).join(Guarantee, Guarantee.party_id == ApplicationParty.id)
    asked = asked.where(ApplicationParty.application_no == application_no).order_by(Guarantee.id)
    return [(party, guarantee) for party, guarantee in session.execute(asked)]


def guaranteed(session: Session, guarantor_id: int, *, besides: str) -> Decimal:
    """What the guarantor answers for already, in yuan: open applications and loans on the books but this one."""
    of_his = (
        select(ApplicationParty.application_no)
        .join(Guarantee, Guarantee.party_id == ApplicationParty.id)
        .where(ApplicationParty.customer_id == guarantor_id, ApplicationParty.application_no != besides)
    )
    lent = session.scalars(
        select(Loan.principal).where(Loan.application_no.in_(of_his), Loan.status == LoanStatus.ACTIVE)
    ).all()
    lent_for = Loan.application_no == Application.application_no
    paid = select(Loan.id).where(lent_for, Loan.status == LoanStatus.ACTIVE).exists()
    asked = session.scalars(
        select(Application.amount).where(
            Application.application_no.in_(of_his),
            Application.status.in_(OPEN),
            ~paid,
        )
    ).all()
    return sum([*lent, *(amount for amount in asked if amount)], Decimal(0))


def is_guarantor_of(session: Session, guarantor_id: int, borrower_id: int) -> bool:
    """Whether one answers for an open application or a loan on the books of the other."""
    ended = Loan.status.in_((LoanStatus.SETTLED, LoanStatus.CANCELLED, LoanStatus.TRANSFERRED))
    over = select(Loan.id).where(Loan.application_no == Application.application_no, ended).exists()
    asked = (
        select(Guarantee.id)
        .join(ApplicationParty, ApplicationParty.id == Guarantee.party_id)
        .join(Application, Application.application_no == ApplicationParty.application_no)
        .where(
            ApplicationParty.customer_id == guarantor_id,
            Application.customer_id == borrower_id,
            Application.status.in_(OPEN),
            ~over,
        )
    )
    return session.scalar(asked.limit(1)) is not None


def capacity(
    guarantor: Customer, party: ApplicationParty, *, instalment: Decimal, amount: Decimal, elsewhere: Decimal
) -> Decimal | None:
    """How much of what he has the guarantee would take, as a fraction to 1e-4; None while that is unknown.

    Of a person (largest instalment + his own repayments) / income a month; of a company (amount + what it guarantees
    elsewhere) / net assets. Without any income or net assets nothing can be borne: then it is 99.
    """
    if guarantor.kind is CustomerKind.CORPORATE:
        taken, there = amount + elsewhere, party.net_assets
    else:
        taken, there = instalment + (party.monthly_debt or Decimal(0)), party.monthly_income
    if there is None:
        return None
    return (taken / there).quantize(Decimal("0.0001")) if there > 0 else Decimal(99)
