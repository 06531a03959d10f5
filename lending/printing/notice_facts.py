"""What the risk notice says: the customer, and the offer he chose."""

from __future__ import annotations

from sqlalchemy.orm import Session

from company import parameters
from company.organisation import business_date, the_company
from lending import applications, customers, product_offers, products
from lending.errors import NotFound
from lending.money import written, written_rate
from lending.printing import Facts
from lending.risk_notices import NOTICE_VERSION


def risk_notice(session: Session, application_no: str) -> Facts:
    """Everything the risk notice prints of the offer that was chosen last; nothing in it is sealed."""
    application = applications.get(session, application_no)
    chosen = product_offers.chosen(session, application_no)
    if chosen is None or chosen.chosen_amount is None:
        raise NotFound(what_zh="所选方案", what_en="chosen offer of", key=application_no)
    product = products.get(session, chosen.product_code)
    priced = product_offers.price(
        product,
        amount=chosen.chosen_amount,
        annual_rate=chosen.annual_rate,
        term_months=chosen.chosen_term_months or chosen.term_months_max,
        method=chosen.method,
        on=business_date(session),
    )
    seconds = parameters.value(session, "risk_notice_reading_seconds", business_date(session))
    return {
        "lender": the_company(session).name,
        "application_no": application_no,
        "customer": customers.get(session, application.customer_id or 0).name,
        "product": product.name,
        "amount": written(chosen.chosen_amount),
        "term_months": str(chosen.chosen_term_months),
        "annual_rate": written_rate(chosen.annual_rate),
        "method": chosen.method.zh,
        "instalment": written(priced.instalment),
        "annualised_cost": f"{priced.annualised_cost:.3%}（{product.apr_method.zh}）",
        "version": NOTICE_VERSION,
        "seconds_min": str(seconds),
    }
