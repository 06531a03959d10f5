"""Reading the calculator's form: up to three variants of a loan, every wrong field told with its rule and remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from company.messages import Refusal
from lending import quotes, typed
from lending.labels import Labelled
from lending.maths.convention import Method
from lending.maths.terms import Agreement
from lending.money import ZERO
from lending.products import FeeKind, Payee, Product
from lending.quotes import Asked, Car, Fee, Means
from lending.vehicles import Energy, VehicleKind, VehicleUse
from web.language import current
from web.language import translate as _

VARIANTS = (1, 2, 3)
SHARED = ("price", "kind", "use", "energy", "value_date", "income", "debt")
LABELS = {
    "price": "车价",
    "kind": "车辆类别",
    "use": "用途",
    "energy": "动力",
    "value_date": "预计放款日",
    "income": "月收入",
    "debt": "其他月还款",
    "product": "产品",
    "method": "还款方式",
    "amount": "贷款金额",
    "down_payment": "首付款",
    "rate": "年利率（%）",
    "term": "期限（月）",
    "first_due_date": "首期还款日",
    "final_amount": "尾款",
    "instalment": "每期还款额",
    "rows": "分段",
    "grace_principal": "只还利息期数",
    "grace_interest": "利息递延期数",
    "interest_free": "免息期数",
    "lender_rate": "资方利率（%）",
    "gps_fee": "车载定位设备费",
    "mortgage_registration_fee": "抵押登记费",
    "service_fee": "服务费",
    "guarantee_fee": "担保费",
}
MORE = tuple(list(LABELS)[list(LABELS).index("first_due_date") :])
"""The fields that not every loan needs."""
_CHOSEN = ("product", "method")
_PAYEES = {FeeKind.GPS: Payee.THIRD_PARTY, FeeKind.MORTGAGE_REGISTRATION: Payee.THIRD_PARTY}
FIELDS = (*SHARED, *(f"{name}_{one}" for one in VARIANTS for name in LABELS if name not in SHARED))

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=Labelled)


@dataclass(frozen=True)
class Problem:
    """A field that cannot be used, or a variant that cannot be reckoned, and why."""

    field: str
    label: str
    text: str


@dataclass(frozen=True)
class Shared:
    """What all variants have in common."""

    price: Decimal | None
    kind: VehicleKind
    use: VehicleUse
    energy: Energy
    value_date: date
    means: Means | None

    @property
    def car(self) -> Car | None:
        """The car, once its price is known."""
        return None if self.price is None else Car(self.price, self.kind, self.use, self.energy)


class Reader:
    """The fields of one form, or of one of its variants; what cannot be read is kept in ``problems``."""

    def __init__(self, given: Mapping[str, str], variant: int | None = None) -> None:
        self._given, self.variant = given, variant
        self.problems: list[Problem] = []

    def text(self, name: str) -> str:
        """What was typed, without the blanks around it."""
        return self._given.get(self._field(name), "").strip()

    def read(self, name: str, parse: Callable[[str], Value]) -> Value | None:
        """The value of a field, None when it is empty or cannot be used."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parse(text)
        except Refusal as refusal:
            self.refuse(name, refusal)
            return None

    def choose(self, name: str, kind: type[Choice], default: Choice) -> Choice:
        """The member chosen, ``default`` when none was."""
        text = self.text(name)
        if not text or kind.has(text):
            return kind(text or default)
        self.refuse(name, typed.NotAChoice(text=text[:40]))
        return default

    def refuse(self, name: str, refusal: Refusal) -> None:
        """Keep why a field cannot be used."""
        label = _(LABELS[name])
        if self.variant is not None:
            label = _("方案{n} · {field}", n=self.variant, field=label)
        self.problems.append(Problem(self._field(name), label, refusal.text(current())))

    def need(self, name: str, value: Value | None) -> None:
        """Ask for a field that is empty."""
        if value is None and not self.text(name):
            self.refuse(name, typed.FigureMissing())

    def _field(self, name: str) -> str:
        return name if self.variant is None else f"{name}_{self.variant}"


def read_shared(reader: Reader, on: date) -> Shared:
    """The fields above the variants; the pay-out is expected on ``on`` when no day is given."""
    income = reader.read("income", typed.positive_amount)
    debt = reader.read("debt", typed.amount_from_zero)
    if debt is not None:
        reader.need("income", income)
    return Shared(
        price=reader.read("price", typed.positive_amount),
        kind=reader.choose("kind", VehicleKind, VehicleKind.NEW),
        use=reader.choose("use", VehicleUse, VehicleUse.SELF),
        energy=reader.choose("energy", Energy, Energy.FUEL),
        value_date=reader.read("value_date", typed.calendar_day) or on,
        means=None if income is None else Means(income, debt or ZERO),
    )


def is_begun(reader: Reader) -> bool:
    """Whether anything was typed into a variant."""
    return any(reader.text(name) for name in LABELS if name not in (*SHARED, *_CHOSEN))


def read_variant(
    reader: Reader, shared: Shared, first: Asked | None, products: Sequence[Product]
) -> Asked | None:
    """The terms of one variant, None with ``problems`` when they cannot be read.

    A later variant without an amount lends what the ``first`` does; a product lends at its usual rate.
    """
    product = _product(reader, products)
    method = reader.choose("method", Method, Method.EQUAL_INSTALMENT)
    amount = _amount(reader, shared, first)
    rate = reader.read("rate", typed.percentage)
    if product is not None and not reader.text("rate"):
        rate = product.rate_usual
    reader.need("rate", rate)
    term = reader.read("term", typed.whole_number)
    if method is Method.FIXED_INSTALMENT and product is None and not reader.text("term"):
        term = 1  # A fixed amount is paid until nothing is owed: its term is the outcome.
    reader.need("term", term)
    agreement = _agreement(reader, method)
    first_due = _used(reader, "first_due_date", method, typed.calendar_day)
    lender_rate, fees = reader.read("lender_rate", typed.percentage), _fees(reader)
    if reader.problems or amount is None or rate is None or term is None:
        return None
    return Asked(
        amount=amount,
        annual_rate=rate,
        term_months=term,
        method=method,
        value_date=shared.value_date,
        agreement=agreement,
        first_due_date=first_due,
        lender_rate=lender_rate,
        product=product,
        fees=fees,
    )


def _product(reader: Reader, products: Sequence[Product]) -> Product | None:
    code = reader.text("product")
    found = next((product for product in products if product.code == code), None)
    if code and found is None:
        reader.refuse("product", typed.NotAChoice(text=code[:40]))
    return found


def _amount(reader: Reader, shared: Shared, first: Asked | None) -> Decimal | None:
    amount = reader.read("amount", typed.positive_amount)
    down = reader.read("down_payment", typed.amount_from_zero)
    if reader.problems:
        return None
    if amount is None and down is None and first is not None:
        return first.amount
    try:
        lent = quotes.amount_to_lend(price=shared.price, amount=amount, down_payment=down)
    except Refusal as refusal:
        reader.refuse("down_payment", refusal)
        return None
    reader.need("amount", lent)
    return lent


def _agreement(reader: Reader, method: Method) -> Agreement:
    rows = _used(reader, "rows", method, typed.rows_of_figures) or ()
    return Agreement(
        instalment=_used(reader, "instalment", method, typed.positive_amount),
        final_amount=_used(reader, "final_amount", method, typed.amount_from_zero),
        weights=rows if method is Method.STEP else (),
        parts=rows if method is Method.CUSTOM else (),
        grace_principal=_used(reader, "grace_principal", method, typed.whole_number) or 0,
        grace_interest=_used(reader, "grace_interest", method, typed.whole_number) or 0,
        interest_free=_used(reader, "interest_free", method, typed.whole_number) or 0,
    )


def _used(reader: Reader, name: str, method: Method, parse: Callable[[str], Value]) -> Value | None:
    """A field that only some methods use; refused with the others."""

    def fitting(text: str) -> Value:
        quotes.check_use(name, method)
        return parse(text)

    return reader.read(name, fitting)


def _fees(reader: Reader) -> tuple[Fee, ...]:
    given = ((kind, reader.read(kind.value, typed.amount_from_zero)) for kind in FeeKind)
    return tuple(Fee(kind, amount, _PAYEES.get(kind, Payee.LENDER)) for kind, amount in given if amount)
