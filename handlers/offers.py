"""Offers at the front desk: what DT-04 is asked, what the recommended products cost, what the customer chose."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from company import parameters
from company.messages import Language
from engine.topics import Call
from handlers import terms
from handlers.register import TOPICS
from lending import limits, product_offers, products, rate_plans
from lending.guarantees import NEEDS_GUARANTOR
from lending.limits import CostAboveCap
from lending.maths.convention import Method
from lending.money import written
from lending.product_offers import Draft, ProductOffer
from lending.products import Product
from lending.vehicles import VehicleKind


@TOPICS.facts("recommendation-facts")
def recommendation_facts(call: Call, application_no: str, score_grade: str) -> dict[str, object]:
    """What DT-04 asks."""
    return {
        "vehicle_kind": call.data["vehicle_kind"],
        "energy": call.data["energy"],
        "vehicle_use": call.data["vehicle_use"],
        "score_grade": score_grade,
        "has_record": terms.report(call, application_no).has_record,
        "wants_low_payment": bool(call.data.get("wants_low_payment")),
        "plans_early_payoff": bool(call.data.get("plans_early_payoff")),
        "income": terms.income(call, application_no),
        "refinance": bool(call.data.get("refinance")),
    }


@TOPICS.topic("price-offers")
def price_offers(
    call: Call,
    *,
    application_no: str,
    recommended: Sequence[dict[str, object]],
    max_amount: Decimal,
    score_grade: str,
    amount: Decimal,
    term_months: Decimal,
) -> dict[str, object]:
    """Price what is recommended and on sale, best first; what would cost more than the cap is left out."""
    kind = VehicleKind(call.data["vehicle_kind"])
    on_sale = {product.code: product for product in products.offered(call.session, kind)}
    drafts = [
        draft
        for row in recommended
        if (product := on_sale.get(str(row["product_code"]))) is not None
        and (draft := _draft(call, product, row, max_amount, score_grade, amount, int(term_months)))
        is not None
    ]
    offers = product_offers.offer(call.session, application_no, drafts, now=call.clock_now)
    return {
        "offer_count": len(offers),
        "offer_options": [
            {
                "label": _label(call, offer, "zh"),
                "label_en": _label(call, offer, "en"),
                "value": str(offer.rank),
            }
            for offer in offers
        ],
    }


def _draft(
    call: Call,
    product: Product,
    row: dict[str, object],
    max_amount: Decimal,
    grade: str,
    wished: Decimal,
    months_wished: int,
) -> Draft | None:
    """The offer of one product, an example at the wish within its bounds; None where it cannot be offered."""
    rate = rate_plans.rate_for(call.session, product, grade, call.business_date)
    highest = min(max_amount, product.amount_max)
    kind = call.data["vehicle_kind"]
    by_law = parameters.of_lender(call.session, "term_limit", call.business_date)[kind]
    months_max = min(int(str(row["term_months_max"])), product.term_months_max, by_law)
    method = str(row["method"])
    if rate is None or highest < product.amount_min or months_max < product.term_months_min:
        return None
    if method not in product.methods or (_needs_guarantor(product) and not call.data.get("has_guarantor")):
        return None
    priced = product_offers.price(
        product,
        amount=max(min(wished, highest), product.amount_min),
        annual_rate=rate,
        term_months=max(min(months_wished, months_max), product.term_months_min),
        method=Method(method),
        on=call.business_date,
    )
    try:
        limits.check_cost(call.session, priced.annualised_cost, call.business_date)
    except CostAboveCap:
        return None
    return Draft(product, str(row["reason"]), highest, months_max, rate, Method(method), priced)


def _needs_guarantor(product: Product) -> bool:
    return product.code == NEEDS_GUARANTOR


def _label(call: Call, offer: ProductOffer, language: Language) -> str:
    product = products.get(call.session, offer.product_code)
    rate, most, months = f"{offer.annual_rate:.2%}", written(offer.amount_max), offer.term_months_max
    monthly, cost = written(offer.instalment), f"{offer.annualised_cost:.2%}"
    if language == "en":
        return f"{product.name_en} · {rate} · ≤ {most} · ≤ {months} months · {monthly} a month · {cost} APR"
    return f"{product.name} · {rate} · 不超过 {most} 元 · 不超过 {months} 期 · 月供 {monthly} 元 · 年化成本 {cost}"


@TOPICS.topic("record-choice")
def record_choice(
    call: Call,
    *,
    application_no: str,
    offer_rank: str,
    amount: Decimal,
    term_months: Decimal,
    choice_reason: str,
) -> dict[str, object]:
    """Keep which offer the customer took and why; its terms are those the rules are asked about from now on.

    Raises NotOffered, and what :func:`lending.products.check_request` refuses.
    """
    offer = product_offers.choose(
        call.session,
        application_no,
        rank=int(offer_rank),
        amount=amount,
        term_months=int(term_months),
        reason=choice_reason,
        now=call.clock_now,
    )
    products.check_request(
        products.get(call.session, offer.product_code),
        amount=amount,
        term_months=int(term_months),
        annual_rate=offer.annual_rate,
        method=offer.method,
    )
    call.describe(amount=amount)
    return {
        "product_code": offer.product_code,
        "method": offer.method.value,
        "offered_rate": offer.annual_rate,
        "amount": amount,
        "term_months": int(term_months),
    }
