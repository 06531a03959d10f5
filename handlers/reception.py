"""Topics of the reception: the customer's file, his needs, the product sheet, the consents, the way on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from company import outbox
from engine.topics import Call
from handlers.applications import dealer_options, register_applicant
from handlers.attachments import attach_all
from handlers.register import TOPICS
from lending import applicants, applications, consents, needs, product_offers, products, rate_plans
from lending.consents import AT_THE_DESK
from lending.maths.convention import Method
from lending.money import written
from lending.products import Clientele, Product
from lending.vehicles import VehicleKind

_NEEDS = (
    "refinance",
    "vehicle_kind",
    "vehicle_use",
    "energy",
    "model_name",
    "amount",
    "term_months",
    "wants_low_payment",
    "plans_early_payoff",
    "has_guarantor",
    "occupation",
    "monthly_income",
    "monthly_debt",
    "needs_note",
)
# What the credit application is given: the answers its own entry form asks for, and the rate that was offered.
_HANDED_OVER = (
    "customer_kind",
    "company_name",
    "credit_code",
    "customer_name",
    "identity_no",
    "mobile",
    "address",
    "monthly_income",
    "monthly_debt",
    "related_party",
    "refinance",
    "vehicle_kind",
    "vehicle_use",
    "energy",
    "dealer_id",
    "model_name",
    "vin",
    "vin_confirmed",
    "plate_no",
    "first_registered_on",
    "vehicle_price",
    "published_price",
    "product_code",
    "method",
    "amount",
    "term_months",
    "offered_rate",
    "has_guarantor",
)
_SHEET_AMOUNT = Decimal("100000.00")
_SHEET_GRADE = "B"


@TOPICS.topic("prepare-reception")
def prepare_reception(call: Call, application_no: str) -> dict[str, object]:
    """The dealers to choose from, the texts of the consents, and nothing chosen or overruled yet."""
    application = applications.get(call.session, application_no)
    texts = (f"{purpose.zh}：{consents.text(purpose, 'zh')}" for purpose in AT_THE_DESK)
    return {
        "customer_kind": Clientele.INDIVIDUAL.value,
        "dealer_options": dealer_options(call, application.unit_id),
        "consent_texts": "\n".join(texts),
        "vehicle_status": "normal",
        "documents_problem": "",
        "overruled": [],
        "product_code": None,
        "court_listed_by_hand": None,
    }


@TOPICS.topic("save-registration")
def save_registration(call: Call, application_no: str) -> dict[str, object]:
    """Open or find the customer's file and say for whom the application is.

    Raises ReapplyTooSoon, before anything else is asked of the customer.
    """
    customer = register_applicant(call, application_no)
    applications.refuse_reapplication(call.session, customer, call.business_date)
    applicants.name_applicant(call.session, application_no, customer)
    call.describe(title=customer.name)
    return {"customer_id": customer.id}


@TOPICS.topic("draw-up-product-sheet")
def draw_up_product_sheet(call: Call, application_no: str, amount: Decimal) -> dict[str, object]:
    """Keep the needs; write what is on sale, each product with an example for the amount wished for."""
    answers = {name: call.data[name] for name in _NEEDS if name in call.data}
    needs.record(call.session, application_no, answers, by=call.actor.employee_id, now=call.clock_now)
    kind = VehicleKind(call.data["vehicle_kind"])
    clientele = call.data.get("customer_kind") or Clientele.INDIVIDUAL.value
    on_sale = [one for one in products.offered(call.session, kind) if clientele in one.clienteles]
    lines = [_line(call, product, amount) for product in on_sale]
    call.describe(subtitle=str(call.data["model_name"]), amount=amount)
    return {"product_sheet": lines, "product_sheet_text": "\n".join(line["text"] for line in lines)}


def _line(call: Call, product: Product, wished: Decimal) -> dict[str, str]:
    """One line: range of amounts and terms, the rate, what an example costs all in all, and of which version."""
    amount = min(max(wished, product.amount_min), product.amount_max)
    rate = rate_plans.rate_for(call.session, product, _SHEET_GRADE, call.business_date)
    rate = product.rate_usual if rate is None else rate
    months = min(36, product.term_months_max)
    priced = product_offers.price(
        product,
        amount=amount,
        annual_rate=rate,
        term_months=months,
        method=Method(product.methods[0]),
        on=call.business_date,
    )
    text = (
        f"{product.name}：{written(product.amount_min)}–{written(product.amount_max)} 元，"
        f"{product.term_months_min}–{product.term_months_max} 个月，年利率 {rate:.2%}（等级 {_SHEET_GRADE}）；"
        f"例：{written(amount)} 元 {months} 个月，月供 {written(priced.instalment)} 元，"
        f"年化综合成本 {priced.annualised_cost:.2%}（{product.apr_method.zh}）"
    )
    plan = rate_plans.in_force(call.session, product, call.business_date)
    return {
        "product_code": product.code,
        "version": str(product.version),
        "rates_from": plan.valid_from.isoformat() if plan is not None else "",
        "name": product.name,
        "name_en": product.name_en,
        "amounts": f"{written(product.amount_min)}–{written(product.amount_max)}",
        "months": f"{product.term_months_min}–{product.term_months_max}",
        "annual_rate": str(rate),
        "annualised_cost": str(priced.annualised_cost),
        "text": text,
    }


@TOPICS.topic("record-product-sheet")
def record_product_sheet(
    call: Call, application_no: str, product_sheet: list[dict[str, str]]
) -> dict[str, object]:
    """The sheet was shown, by whom and when."""
    product_offers.record_sheet(
        call.session, application_no, product_sheet, by=call.actor.employee_id, now=call.clock_now
    )
    return {}


@TOPICS.topic("record-consents")
def record_consents(
    call: Call, application_no: str, customer_id: int, consent_face_recognition: bool = False
) -> dict[str, object]:
    """Keep the answer to each purpose with the signed papers."""
    attach_all(call)
    given = {purpose for purpose in AT_THE_DESK if call.data.get(f"consent_{purpose.value}") is True}
    consents.record(
        call.session, application_no, customer_id, given, by=call.actor.employee_id, now=call.clock_now
    )
    return {"identity_method": "face" if consent_face_recognition else "two_elements"}


@TOPICS.topic("start-application")
def start_application(call: Call, application_no: str) -> dict[str, object]:
    """Let the credit application begin with what was gathered, as a case of its own on the newest version.

    Of a company that is what it wishes for: licence, owners, figures and parties belong to the entry.
    """
    attach_all(call)
    application = applications.get(call.session, application_no)
    data = {name: value for name in _HANDED_OVER if (value := call.data.get(name)) is not None}
    data |= {name: value for name, value in call.data.items() if name.startswith("doc_") and value}
    payload = {
        "process_id": "credit_application",
        "business_key": call.business_key,
        "data": {"application_no": application_no, "from_intake": True, **plain(data)},
        "title": str(call.data.get("company_name") or call.data["customer_name"]),
        "subtitle": str(call.data["model_name"]),
        "amount": call.data["amount"],
        "unit_id": application.unit_id,
        "owner_id": application.owner_id,
    }
    key = f"credit_application:{call.business_key}"
    outbox.put(call.session, "start_process", key, payload, call.clock_now)
    return {}


def plain(data: Mapping[str, object]) -> dict[str, object]:
    """Dates as forms write them; everything else as it is."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()}


@TOPICS.topic("close-intake")
def close_intake(call: Call, application_no: str) -> dict[str, object]:
    """The customer did not supply what was asked for: the application is closed, and he may come again at once."""
    applications.close_timeout(call.session, application_no, on=call.business_date)
    return {}
