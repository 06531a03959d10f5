"""What the printed offer of the calculator says; it names nobody, and binds nobody."""

from __future__ import annotations

import hashlib
import json
from datetime import date

from sqlalchemy.orm import Session

from company.organisation import branch_of, the_company
from lending import disclosure, quotes
from lending.maths.convention import Method
from lending.money import in_capitals, written, written_rate
from lending.printing import Facts
from lending.printing.wording import schedule_facts, written_day, written_percent
from lending.quotes import Car, Quote


def offer(session: Session, found: Quote, car: Car | None, *, unit_id: int, made_by: str, on: date) -> Facts:
    """Everything the offer prints; the same figures on the same day have the same reference.

    Refused like :func:`lending.quotes.check_offer`.
    """
    quotes.check_offer(found)
    facts = {
        "lender": the_company(session).name,
        "branch": branch_of(session, unit_id).name,
        "made_by": made_by,
        "made_on": written_day(on),
        "valid_until": written_day(quotes.valid_until(on)),
        **_terms(found),
        **_car(found, car),
        **_cost(found),
        **schedule_facts(found.plan),
    }
    digest = hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return {**facts, "reference": f"BJ-{on:%Y%m%d}-{digest[:8].upper()}"}


def _terms(found: Quote) -> dict[str, object]:
    asked = found.asked
    count = len(found.plan.rows)
    return {
        "product": asked.product.name if asked.product else "自由条款（未对应产品）",
        "amount": written(asked.amount),
        "amount_capitals": in_capitals(asked.amount),
        "annual_rate": written_rate(asked.annual_rate),
        "method": asked.method.zh,
        "term": f"{asked.term_months} 个月" if asked.method is Method.BULLET else f"{count} 期",
        "particulars": _particulars(found),
    }


def _particulars(found: Quote) -> list[str]:
    """The clauses that not every loan has, each as a sentence."""
    agreed, said = found.asked.agreement, []
    if agreed.final_amount is not None:
        said.append(f"末期另付尾款 {written(agreed.final_amount)} 元。")
    if agreed.grace_principal:
        said.append(f"前 {agreed.grace_principal} 期只还利息，不还本金。")
    if agreed.grace_interest:
        said.append(f"前 {agreed.grace_interest} 期的利息递延至其后第一期支付。")
    if agreed.interest_free:
        said.append(f"前 {agreed.interest_free} 期免息。")
    if found.subsidy is not None:
        said.append(f"本方案由厂商或者经销商向贷款人贴息 {written(found.subsidy)} 元，借款人不承担该款项。")
    return said


def _car(found: Quote, car: Car | None) -> dict[str, object]:
    if car is None or found.loan_to_value is None:
        return {"car": "—", "price": "—", "down_payment": "—", "loan_to_value": "—"}
    return {
        "car": f"{car.kind.zh}，{car.energy.zh}，{car.use.zh}",
        "price": f"{written(car.price)} 元",
        "down_payment": f"{written(car.price - found.asked.amount)} 元",
        "loan_to_value": written_percent(found.loan_to_value, 2),
    }


def _cost(found: Quote) -> dict[str, object]:
    product, asked = found.asked.product, found.asked
    return {
        "lines": [
            [
                "贷款利息",
                f"未偿还本金，年利率 {written_rate(asked.annual_rate)}",
                written(found.plan.total_interest),
                "贷款人",
            ],
            *(
                [fee.kind.zh, "放款当日一次支付", written(fee.amount), fee.payee.zh]
                for fee in found.fees
                if fee.counts
            ),
        ],
        "total_cost": written(found.total_cost),
        "nominal_cost": written_percent(found.cost.nominal, 3),
        "effective_cost": written_percent(found.cost.effective, 3),
        "largest_instalment": written(found.largest_instalment),
        "contingent": disclosure.contingent_costs(product, asked.annual_rate) if product else [],
    }
