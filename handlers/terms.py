"""The terms that a rule of the front desk is asked about: those chosen, before a choice those wished for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.topics import Call
from lending import bureau_reports, document_checks, product_offers, products, rate_plans
from lending.bureau_reports import ReportFacts
from lending.errors import NotFound
from lending.maths.convention import Method
from lending.product_offers import Priced
from lending.products import Product
from lending.vehicles import VehicleKind

_FRACTION = Decimal("0.000001")
# What a wish is measured with before anything was chosen.
_INDICATIVE = {"used": "USED_STD", "new": "NEW_STD"}


@dataclass(frozen=True)
class Terms:
    """Amount and instalment in yuan, the rate a fraction a year."""

    product: Product
    amount: Decimal
    term_months: int
    annual_rate: Decimal
    method: Method

    def priced(self, call: Call) -> Priced:
        """What they would cost, paid out on the business date."""
        return product_offers.price(
            self.product,
            amount=self.amount,
            annual_rate=self.annual_rate,
            term_months=self.term_months,
            method=self.method,
            on=call.business_date,
        )


def asked(call: Call) -> Terms:
    """The terms as they stand in the case now."""
    code = call.data.get("product_code")
    amount, months = Decimal(str(call.data["amount"])), int(call.data["term_months"])
    if code:
        return Terms(
            products.get(call.session, code),
            amount,
            months,
            call.data["offered_rate"],
            Method(call.data["method"]),
        )
    product = _indicative(call)
    rate = rate_plans.rate_for(call.session, product, "C", call.business_date)
    return Terms(
        product,
        amount,
        months,
        product.rate_usual if rate is None else rate,
        Method(product.methods[0]),
    )


def _indicative(call: Call) -> Product:
    kind = VehicleKind(call.data["vehicle_kind"])
    on_sale = {product.code: product for product in products.offered(call.session, kind)}
    if not on_sale:
        raise NotFound(what_zh="在售产品", what_en="product on sale", key="-")
    return on_sale.get(_INDICATIVE[call.data["vehicle_kind"]]) or next(iter(on_sale.values()))


def income(call: Call, application_no: str) -> Decimal | None:
    """The income that counts: the smaller of the declared and the proven one; None while neither is known."""
    declared, proven = (
        call.data.get("monthly_income"),
        document_checks.proven_income(call.session, application_no),
    )
    known = [amount for amount in (declared, proven) if amount is not None]
    return min(known) if known else None


def report(call: Call, application_no: str) -> ReportFacts:
    """The newest bureau report of the application, opened."""
    found = bureau_reports.latest(call.session, application_no)
    return bureau_reports.facts_of(call.session, call.world.vault, found)


def other_debt(call: Call, facts: ReportFacts) -> Decimal | None:
    """Other monthly repayments: the larger of what the customer says and what the bureau says."""
    known = [amount for amount in (call.data.get("monthly_debt"), facts.monthly_debt) if amount is not None]
    return max(known) if known else None


def burden(call: Call, terms: Terms, income: Decimal | None, debt: Decimal | None) -> Decimal | None:
    """(largest instalment + other repayments) / income to 1e-6; None while a part is unknown."""
    if not income or debt is None:
        return None
    return ((terms.priced(call).instalment + debt) / income).quantize(_FRACTION)
