"""Value of the car, score and limits at the front desk: what is worth how much, and how much may be lent on it."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from company import parameters
from company.organisation import branch_of
from engine.topics import Call, OutsideCall
from handlers import terms
from handlers.applications import register_vehicle
from handlers.register import TOPICS
from handlers.screening import complete, first_registered
from handlers.world import PriceQuote, World
from lending import applications, ceilings, customers, scores, valuation, vehicle_prices, vehicles
from lending.identifiers import resident_id
from lending.money import to_fen
from lending.valuation import CarFacts
from lending.vehicle_prices import PriceSource
from lending.vehicles import Energy, VehicleKind, VehicleUse

_FRACTION = Decimal("0.000001")
_STEP = Decimal(100)  # highest amounts are told in whole hundreds
_KM_A_YEAR_MAX, _MILEAGE_PENALTY = Decimal(20000), Decimal("0.05")


@TOPICS.topic("value-vehicle")
def value_vehicle(
    call: Call, application_no: str, vehicle_price: Decimal, published_price: Decimal
) -> dict[str, object]:
    """Register the car, keep what the price service says, and value it by the model.

    The price base is the lowest of the price agreed, the published or appraised one, and for a used car the model's
    value (汽车贷款管理办法 第二十二条). A model that neither table nor service knows has no value of its own.
    """
    quote: PriceQuote | None = call.outcome
    vehicle = register_vehicle(call, application_no)
    region = branch_of(call.session, applications.get(call.session, application_no).unit_id).region or ""
    own = vehicle_prices.find(call.session, vehicle.model_name, on=call.business_date, region=region)
    if quote is not None:
        vehicle_prices.record_quote(
            call.session,
            application_no,
            vehicle.id,
            source=PriceSource.EXTERNAL,
            source_name=quote.source_name,
            reference=quote.reference,
            price=quote.price,
            new_price=quote.new_price,
            on=quote.quoted_on,
            now=call.clock_now,
        )
    new_price = own.price if own is not None else quote.new_price if quote is not None else None
    if new_price is None:
        base = vehicles.price_base(vehicle_price, published_price)
        return {"price_base": base, "valuation_text": "", "value_low": None, "value_high": None}
    car = CarFacts(
        energy=vehicle.energy,
        first_registered_on=first_registered(call),
        mileage_km=int(call.data.get("mileage_km") or 0),
        region=region,
    )
    valued = vehicle_prices.valuate(call.session, new_price, car, call.business_date)
    quoted = [] if quote is None else [quote.price]
    low, high = vehicle_prices.value_range(call.session, new_price, car, call.business_date, quoted=quoted)
    used = first_registered(call) is not None
    known = min(published_price, valued.value) if used else published_price
    return {
        "price_base": vehicles.price_base(vehicle_price, known),
        "valuation_value": valued.value,
        "valuation_text": valued.explanation("zh"),
        "value_low": low,
        "value_high": high,
    }


@value_vehicle.outside
def _quote(call: OutsideCall, application_no: str, model_name: str) -> PriceQuote | None:
    """Ask the price service; asked again it is the same quote."""
    world: World = call.world
    with world.database.read() as session:
        unit_id = applications.get(session, application_no).unit_id
        region = branch_of(session, unit_id).region or ""
    registered = call.data.get("first_registered_on") if call.data["vehicle_kind"] == "used" else None
    return world.prices.quote(
        request_id=call.idempotency_key,
        model_name=model_name,
        first_registered_on=registered,
        mileage_km=int(call.data.get("mileage_km") or 0),
        region=region,
    )


@TOPICS.facts("score-facts")
def score_facts(call: Call, application_no: str) -> dict[str, object]:
    """What the scorecard asks (DT-02); everything must be known."""
    return complete(_scored(call, application_no))


def _scored(call: Call, application_no: str) -> dict[str, object]:
    asked, report = terms.asked(call), terms.report(call, application_no)
    income = terms.income(call, application_no)
    price: Decimal = call.data["vehicle_price"]
    return {
        "age": _age(call),
        "residence_years": call.data.get("residence_years"),
        "marital": call.data.get("marital"),
        "employer_months": call.data.get("employer_months"),
        "occupation": call.data.get("occupation"),
        "income": income,
        "dti": terms.burden(call, asked, income, terms.other_debt(call, report)),
        "worst_overdue_days": report.worst_overdue_days,
        "enquiries": report.enquiries,
        "credit_years": report.credit_years,
        "down_payment": (1 - asked.amount / price).quantize(_FRACTION),
        "vehicle_kind": call.data["vehicle_kind"],
        "energy": call.data["energy"],
        "vehicle_age_years": valuation.age_years(first_registered(call), call.business_date),
        "housing": call.data.get("housing"),
        "has_guarantor": bool(call.data.get("has_guarantor")),
    }


def _age(call: Call) -> int:
    customer = customers.get(call.session, call.data["customer_id"])
    identity = customers.identity_of(call.session, call.world.vault, customer)
    return resident_id.age_on(identity, call.business_date)


@TOPICS.facts("grade-facts")
def grade_facts(call: Call, score_points: Decimal) -> dict[str, object]:
    """The points on their base."""
    return {"score": scores.BASE_POINTS + score_points}


@TOPICS.topic("record-score")
def record_score(
    call: Call, application_no: str, score_points: Decimal, score_grade: str
) -> dict[str, object]:
    """Keep score, grade and the inputs; the rows that gave points are the decision's evidence."""
    total = scores.BASE_POINTS + int(score_points)
    scores.record(
        call.session,
        application_no,
        score=total,
        grade=score_grade,
        inputs=_scored(call, application_no),
        now=call.clock_now,
    )
    return {"score_total": total}


@TOPICS.facts("limit-facts")
def limit_facts(call: Call, score_grade: str, vehicle_use: str, vehicle_kind: str) -> dict[str, object]:
    """What the loan-to-value table asks (DT-03)."""
    return {
        "vehicle_use": vehicle_use,
        "vehicle_kind": vehicle_kind,
        "energy": Energy(call.data["energy"]).value,
        "vehicle_age_years": valuation.age_years(first_registered(call), call.business_date),
        "grade": score_grade,
        "refinance": bool(call.data.get("refinance")),
        "ltv_ceiling": ceilings.of_car(
            call.session,
            kind=VehicleKind(vehicle_kind),
            use=VehicleUse(vehicle_use),
            energy=Energy(call.data["energy"]),
            on=call.business_date,
        ),
    }


@TOPICS.topic("limit-amount")
def limit_amount(
    call: Call, application_no: str, price_base: Decimal, intake_ltv: Decimal | None = None
) -> dict[str, object]:
    """The highest amount: price base × loan-to-value, product, what the income bears; without a row nothing is lent.

    A car driven more than 20,000 km a year loses five points of loan-to-value.
    """
    asked = terms.asked(call)
    share = max((intake_ltv or Decimal(0)) - _mileage_penalty(call), Decimal(0))
    bounds = [price_base * share, _bearable(call, application_no, asked), asked.product.amount_max]
    highest = (min(bounds) / _STEP).to_integral_value(ROUND_FLOOR) * _STEP
    stands = bool(call.data.get("product_code")) and asked.amount <= highest
    limits: dict[str, object] = {
        "max_amount": to_fen(highest),
        "ltv_percent_max": (share * 100).quantize(Decimal("0.01")),
        "choice_stands": stands,
    }
    return limits if stands else {**limits, "product_code": None, "offer_rank": None}


def _mileage_penalty(call: Call) -> Decimal:
    age = valuation.age_years(first_registered(call), call.business_date)
    driven = Decimal(str(call.data.get("mileage_km") or 0))
    return _MILEAGE_PENALTY if age and driven / age > _KM_A_YEAR_MAX else Decimal(0)


def _bearable(call: Call, application_no: str, asked: terms.Terms) -> Decimal:
    """The amount whose equal instalment, with all other repayments, takes the largest allowed part of the income."""
    share: Decimal = parameters.value(call.session, "income_share_max", call.business_date)
    income = terms.income(call, application_no)
    debt = terms.other_debt(call, terms.report(call, application_no))
    if income is None or debt is None:
        return Decimal(0)
    instalment, monthly = max(income * share - debt, Decimal(0)), asked.annual_rate / 12
    if not monthly:
        return instalment * asked.term_months
    discount: Decimal = (1 + monthly) ** -asked.term_months
    return instalment * (1 - discount) / monthly
