"""Loan products: what may be asked for, what it costs, and the convention a loan of it will keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from sqlalchemy import ColumnElement, Date, ForeignKey, String, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from company import parameters
from company.database import Base, Fen, Rate, Tagged
from company.organisation import business_date
from lending import money
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.labels import Labelled
from lending.maths.annualised_cost import AprMethod
from lending.maths.convention import Convention, Method
from lending.vehicles import VehicleKind


class FeeKind(Labelled):
    """The fees a car loan can carry."""

    GPS = "gps_fee", "车载定位设备费", "GPS device fee"
    MORTGAGE_REGISTRATION = "mortgage_registration_fee", "抵押登记费", "Mortgage registration fee"
    SERVICE = "service_fee", "服务费", "Service fee"
    GUARANTEE = "guarantee_fee", "担保费", "Guarantee fee"


class Payee(Labelled):
    """Who receives a fee."""

    LENDER = "lender", "贷款人", "Lender"
    DEALER = "dealer", "经销商", "Dealer"
    THIRD_PARTY = "third_party", "第三方服务商", "Third party"


class Clientele(Labelled):
    """Whom a product is for."""

    INDIVIDUAL = "individual", "个人", "Individuals"
    CORPORATE = "corporate", "企业", "Companies"


class ProductNotForCar(LendingError):
    """The product finances other cars."""

    code = "product_not_for_car"
    zh = "产品“{product}”只用于{offered}，不能用于{kind}；请改选产品或更正车辆。"
    en = "{product} finances: {offered}. It is not for this car ({kind}); choose another product or correct the car."


class ProductNotForCustomer(LendingError):
    """The product is for other customers."""

    code = "product_not_for_customer"
    zh = "产品“{product}”只面向{offered}客户，不能用于{kind}客户；请改选产品。"
    en = "{product} is for: {offered}. It is not for this customer ({kind}); choose another product."


class AmountOutsideProduct(LendingError):
    """The product is not offered for this amount."""

    code = "amount_outside_product"
    zh = "申请金额 {amount:,.2f} 元不在产品“{product}”的范围 {low:,.2f} 至 {high:,.2f} 元之内。"
    en = "The amount {amount:,.2f} is outside the range of {product}, {low:,.2f} to {high:,.2f} yuan."


class TermOutsideProduct(LendingError):
    """The product is not offered for this term."""

    code = "term_outside_product"
    zh = "期限 {term_months} 个月不在产品“{product}”的范围 {low} 至 {high} 个月之内。"
    en = "A term of {term_months} months is outside the range of {product}, {low} to {high} months."


class RateOutsideProduct(LendingError):
    """The product is not offered at this rate."""

    code = "rate_outside_product"
    zh = "年利率 {annual_rate:.4%} 不在产品“{product}”的范围 {low:.2%} 至 {high:.2%} 之内。"
    en = "The annual rate {annual_rate:.4%} is outside the range of {product}, {low:.2%} to {high:.2%}."


class MethodNotOffered(LendingError):
    """The product is not repaid in this way."""

    code = "method_not_offered"
    zh = "产品“{product}”不支持“{method}”还款，可选：{offered}。"
    en = "{product} is not repaid by {method}; choose one of: {offered}."


class RateTooFine(LendingError):
    """Rates are kept to eight decimals."""

    code = "rate_too_fine"
    zh = "年利率 {annual_rate} 的小数位过多，请以百分数填写，最多六位小数。"
    en = "The annual rate {annual_rate} has too many decimals; as a percentage it takes up to six."


LONG_AGO = date(2020, 1, 1)


class Product(Base):
    """One version of a product and its bounds; amounts in yuan, rates as fractions a year.

    In force from ``valid_from`` to ``valid_to``, both inclusive, an open end is None; an application keeps the version
    under which it was submitted. ``active``: whether it can be asked for.
    """

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("code", "version"), UniqueConstraint("code", "valid_from"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=1)
    valid_from: Mapped[date] = mapped_column(Date, default=LONG_AGO)
    valid_to: Mapped[date | None] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    amount_min: Mapped[Decimal] = mapped_column(Fen)
    amount_max: Mapped[Decimal] = mapped_column(Fen)
    term_months_min: Mapped[int]
    term_months_max: Mapped[int]
    rate_min: Mapped[Decimal] = mapped_column(Rate)
    rate_max: Mapped[Decimal] = mapped_column(Rate)
    rate_usual: Mapped[Decimal] = mapped_column(Rate)
    methods: Mapped[list[str]] = mapped_column(Tagged)
    vehicle_kinds: Mapped[list[str]] = mapped_column(Tagged)
    clienteles: Mapped[list[str]] = mapped_column(Tagged)
    penalty_multiplier: Mapped[Decimal] = mapped_column(Rate)
    prepayment_fee_rate: Mapped[Decimal] = mapped_column(Rate)
    grace_days: Mapped[int]
    apr_method: Mapped[AprMethod] = mapped_column(worded(AprMethod))
    convention_data: Mapped[dict[str, str]] = mapped_column(Tagged)
    agreement_data: Mapped[dict[str, str] | None] = mapped_column(Tagged)
    allocation_data: Mapped[dict[str, str] | None] = mapped_column(Tagged)
    standard_conditions: Mapped[list[str]] = mapped_column(Tagged)
    active: Mapped[bool] = mapped_column(default=True)
    fees: Mapped[list[FeeRule]] = relationship(order_by="FeeRule.id", cascade="all, delete-orphan")

    @property
    def convention(self) -> Convention:
        """The convention of loans of this product."""
        return Convention.from_data(self.convention_data)

    @property
    def offered_methods(self) -> tuple[Method, ...]:
        """The ways of repayment to choose from."""
        return tuple(Method(value) for value in self.methods)

    def own_fees(self, principal: Decimal) -> list[SignedFee]:
        """What the lender asks for at the pay-out of ``principal`` yuan: fees of its own that the cost sheet names."""
        return [
            SignedFee(fee.kind, fee.amount_for(principal), fee.refundable)
            for fee in self.fees
            if fee.payee is Payee.LENDER and fee.counts_in_cost
        ]

    def fits_car(self, kind: VehicleKind) -> bool:
        """Whether it finances new or used cars, as this one is."""
        return kind.value in self.vehicle_kinds


@dataclass(frozen=True)
class SignedFee:
    """A fee of ``amount`` yuan as a contract names it; ``refundable``: what is not earned of it goes back."""

    kind: FeeKind
    amount: Decimal
    refundable: bool

    def as_data(self) -> dict[str, str]:
        """The stored form.

        >>> SignedFee.from_data(SignedFee(FeeKind.SERVICE, Decimal("300.00"), True).as_data()).refundable
        True
        """
        return {
            "kind": self.kind.value,
            "amount": str(self.amount),
            "refundable": "yes" if self.refundable else "no",
        }

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """From the stored form."""
        return cls(FeeKind(data["kind"]), Decimal(data["amount"]), data["refundable"] == "yes")


class FeeRule(Base):
    """A fee of a product, paid by the borrower on the day of the pay-out: a fixed amount or a part of the principal."""

    __tablename__ = "fee_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    kind: Mapped[FeeKind] = mapped_column(worded(FeeKind))
    amount: Mapped[Decimal | None] = mapped_column(Fen)
    rate: Mapped[Decimal | None] = mapped_column(Rate)
    payee: Mapped[Payee] = mapped_column(worded(Payee))
    refundable: Mapped[bool]
    counts_in_cost: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(200))

    def amount_for(self, principal: Decimal) -> Decimal:
        """The fee in yuan for a loan of ``principal`` yuan, half up to the fen."""
        return self.amount if self.amount is not None else money.to_fen(principal * (self.rate or Decimal(0)))


def in_force(on: date) -> ColumnElement[bool]:
    """The condition on :class:`Product` of the versions that hold on a day."""
    return and_(Product.valid_from <= on, or_(Product.valid_to.is_(None), Product.valid_to >= on))


def get(session: Session, code: str) -> Product:
    """The version of a product that holds on the business date, or :class:`NotFound`."""
    product = session.scalar(select(Product).where(Product.code == code, in_force(business_date(session))))
    if product is None:
        raise NotFound(what_zh="产品", what_en="product", key=code)
    return product


def offered(session: Session, kind: VehicleKind | None = None) -> list[Product]:
    """The products that can be asked for on the business date, by code; with a ``kind`` those for such a car."""
    asked = select(Product).where(Product.active, in_force(business_date(session)))
    on_sale = session.scalars(asked.order_by(Product.code))
    return [product for product in on_sale if kind is None or product.fits_car(kind)]


def check_fit(product: Product, kind: VehicleKind, clientele: Clientele = Clientele.INDIVIDUAL) -> None:
    """Refuse a product for another car or another customer (ProductNotForCar, ProductNotForCustomer)."""
    if not product.fits_car(kind):
        cars = tuple(VehicleKind(one) for one in product.vehicle_kinds)
        raise ProductNotForCar(product=product.code, offered=cars, kind=kind)
    if clientele.value not in product.clienteles:
        people = tuple(Clientele(one) for one in product.clienteles)
        raise ProductNotForCustomer(product=product.code, offered=people, kind=clientele)


def check_request(
    product: Product, *, amount: Decimal, term_months: int, annual_rate: Decimal, method: Method
) -> None:
    """Refuse what the product does not offer, naming its bounds, and amounts and rates that cannot be kept exactly."""
    money.exact(amount)
    if not annual_rate.is_finite() or annual_rate != round(annual_rate, 8):
        raise RateTooFine(annual_rate=annual_rate)
    if not product.amount_min <= amount <= product.amount_max:
        raise AmountOutsideProduct(
            amount=amount, product=product.code, low=product.amount_min, high=product.amount_max
        )
    if not product.term_months_min <= term_months <= product.term_months_max:
        raise TermOutsideProduct(
            term_months=term_months,
            product=product.code,
            low=product.term_months_min,
            high=product.term_months_max,
        )
    if not product.rate_min <= annual_rate <= product.rate_max:
        raise RateOutsideProduct(
            annual_rate=annual_rate, product=product.code, low=product.rate_min, high=product.rate_max
        )
    if method not in product.offered_methods:
        raise MethodNotOffered(product=product.code, method=method, offered=product.offered_methods)


_NEW, _USED = (VehicleKind.NEW,), (VehicleKind.USED,)
REFINANCING = "REFI"
"""The product for a loan on the car that the customer already owns."""
_ANY_CAR = (VehicleKind.NEW, VehicleKind.USED)
_PEOPLE = (Clientele.INDIVIDUAL,)
_EVERYBODY = (Clientele.INDIVIDUAL, Clientele.CORPORATE)
_First = tuple[
    str, str, str, int, str, str, tuple[Method, ...], tuple[VehicleKind, ...], tuple[Clientele, ...]
]
# Code, names, longest term, highest and usual rate, ways of repayment, cars and customers of what a new company sells.
_FIRST_PRODUCTS: tuple[_First, ...] = (
    (
        "NEW_STD",
        "新车标准贷",
        "New car standard loan",
        60,
        "0.12",
        "0.0588",
        (Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL),
        _NEW,
        _EVERYBODY,
    ),
    (
        "EQ_PRINCIPAL",
        "等额本金贷",
        "Equal principal loan",
        60,
        "0.12",
        "0.048",
        (Method.EQUAL_PRINCIPAL,),
        _ANY_CAR,
        _PEOPLE,
    ),
    (
        "USED_STD",
        "二手车标准贷",
        "Used car standard loan",
        36,
        "0.15",
        "0.08",
        (Method.EQUAL_INSTALMENT,),
        _USED,
        _EVERYBODY,
    ),
    (
        "BIZ_FLEET",
        "商用车贷",
        "Commercial vehicle loan",
        48,
        "0.15",
        "0.065",
        (Method.EQUAL_INSTALMENT,),
        _ANY_CAR,
        _EVERYBODY,
    ),
    (
        REFINANCING,
        "本人车再融资贷",
        "Loan on one's own car",
        36,
        "0.15",
        "0.08",
        (Method.EQUAL_INSTALMENT,),
        _USED,
        _PEOPLE,
    ),
    (
        "GUARANTOR_ONLY",
        "担保贷",
        "Loan with guarantor",
        24,
        "0.15",
        "0.10",
        (Method.EQUAL_INSTALMENT,),
        _ANY_CAR,
        _PEOPLE,
    ),
)


def seed(session: Session) -> None:
    """Write the first products where there is none yet; they charge no fee besides interest.

    Penalty, grace and prepayment fee are the company's parameters of the day; from then on they are the product's,
    and the parameters change no product that is on sale and no contract that is signed.
    """
    if session.scalar(select(Product.id).limit(1)) is not None:
        return
    today = business_date(session)
    multiplier = parameters.value(session, "penalty_multiplier", today)["overdue"]
    fee = parameters.value(session, "prepayment_fee", today)["standard"][0]["fee"]
    grace = parameters.value(session, "grace_days", today)
    for code, name, name_en, longest, highest, usual, methods, cars, people in _FIRST_PRODUCTS:
        session.add(
            Product(
                code=code,
                name=name,
                name_en=name_en,
                amount_min=Decimal("10000.00"),
                amount_max=Decimal("1000000.00"),
                term_months_min=12,
                term_months_max=longest,
                rate_min=Decimal("0.03"),
                rate_max=Decimal(highest),
                rate_usual=Decimal(usual),
                methods=[method.value for method in methods],
                vehicle_kinds=[kind.value for kind in cars],
                clienteles=[one.value for one in people],
                penalty_multiplier=multiplier,
                prepayment_fee_rate=fee,
                grace_days=grace,
                apr_method=AprMethod.NOMINAL_12X,
                convention_data=Convention().as_data(),
                standard_conditions=["down_payment", "invoice", "insurance"],
            )
        )
    session.flush()
