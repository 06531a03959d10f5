"""Topics of the appraisal: method, outside prices, inspection, the model's value, both appraisers, the issued value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from company import parameters
from company.organisation import branch_of
from engine.topics import Call, OutsideCall
from handlers.attachments import attach_all
from handlers.register import TOPICS
from handlers.world import PriceQuote, World
from lending import applications, appraisals, vehicle_history, vehicle_prices, vehicles
from lending.appraisals import AppraisalMethod, Inspection
from lending.valuation import Condition, age_years
from lending.vehicle_history import VehicleHappening
from lending.vehicle_prices import PriceSource
from lending.vehicles import VehicleKind

_KM_A_YEAR = 15_000  # what a car is assumed to have run before somebody has looked
_PERCENT = Decimal("0.01")


@TOPICS.topic("request-appraisal")
def request_appraisal(call: Call, application_no: str) -> dict[str, object]:
    """Open the appraisal of the application's car; what the forms show of it; nothing of an earlier one stays."""
    application = applications.get(call.session, application_no)
    vehicle = vehicles.get(call.session, application.vehicle_id or 0)
    appraisal = appraisals.request(call.session, application_no, vehicle, now=call.clock_now)
    return {
        "appraisal_id": appraisal.id,
        "model_name": vehicle.model_name,
        "vin": vehicle.vin,
        "energy": vehicle.energy.value,
        "vehicle_kind": vehicle.kind.value,
        "first_registered_on": vehicle.first_registered_on,
        "vehicle_price": application.vehicle_price,
        "reference_price": None,
        "reference_sources": "",
        "appraiser_value": None,
        "second_value": None,
        "review_remark": None,
        "appraisal_adopted": None,
        "model_value": None,
        "valuation_explanation": "",
        "valuation_explanation_en": "",
        "deviation_percent": None,
    }


@TOPICS.facts("appraisal-facts")
def appraisal_facts(call: Call, application_no: str) -> dict[str, object]:
    """New or used, the price paid in yuan, the age in years."""
    application = applications.get(call.session, application_no)
    vehicle = vehicles.get(call.session, application.vehicle_id or 0)
    return {
        "vehicle_kind": vehicle.kind.value,
        "price": application.vehicle_price,
        "age_years": age_years(vehicle.first_registered_on, call.business_date),
    }


@TOPICS.topic("fetch-reference-prices")
def fetch_reference_prices(
    call: Call,
    *,
    application_no: str,
    appraisal_id: int,
    appraisal_method: str,
    published_price: Decimal | None = None,
) -> dict[str, object]:
    """Keep what the price service said, and for a new car the manufacturer's price; tell the price to compare with."""
    appraisal = appraisals.get(call.session, appraisal_id)
    appraisal.method = AppraisalMethod(appraisal_method)
    quote: PriceQuote | None = call.outcome
    vehicle = vehicles.get(call.session, appraisal.vehicle_id)
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
    if vehicle.kind is VehicleKind.NEW and published_price is not None:
        vehicle_prices.record_quote(
            call.session,
            application_no,
            vehicle.id,
            source=PriceSource.MANUFACTURER,
            source_name=vehicle.model_name,
            reference=f"{published_price}",
            price=published_price,
            on=call.business_date,
            now=call.clock_now,
        )
    return _compared(call, application_no, appraisal_id)


@fetch_reference_prices.outside
def _ask_prices(
    call: OutsideCall, application_no: str, model_name: str, first_registered_on: date | str | None = None
) -> PriceQuote | None:
    """Ask the service; a used car is asked for with the mileage usual for its age."""
    world: World = call.world
    registered = (
        date.fromisoformat(first_registered_on)
        if isinstance(first_registered_on, str)
        else first_registered_on
    )
    years = age_years(registered, call.clock_now.date())
    return world.prices.quote(
        request_id=call.idempotency_key,
        model_name=model_name,
        first_registered_on=registered,
        mileage_km=int(years * _KM_A_YEAR),
        region=application_no.split("-")[1],
    )


def _compared(call: Call, application_no: str, appraisal_id: int) -> dict[str, object]:
    found = vehicle_prices.points(call.session, application_no)
    appraisal = appraisals.get(call.session, appraisal_id)
    appraisal.reference_price = appraisals.reference(found)
    sources = "；".join(f"{one.source_name} {one.price:,.2f}（{one.quoted_on}）" for one in found)
    return {"reference_price": appraisal.reference_price, "reference_sources": sources}


@TOPICS.topic("record-inspection")
def record_inspection(
    call: Call,
    *,
    appraisal_id: int,
    inspection_outcome: str,
    vin_seen: str | None = None,
    mileage_km: Decimal | None = None,
    condition_grade: str | None = None,
    damage_marks: Sequence[str] | None = None,
    battery_health_percent: Decimal | None = None,
    photo_count: Decimal | None = None,
) -> dict[str, object]:
    """Keep what was seen, and what the model makes of it; a car that was not inspected leaves no value."""
    if inspection_outcome != "inspected":
        return {}
    attach_all(call)
    appraisal = appraisals.get(call.session, appraisal_id)
    vehicle = vehicles.get(call.session, appraisal.vehicle_id)
    application = applications.get(call.session, appraisal.application_no)
    health = None if battery_health_percent is None else battery_health_percent / 100
    found = appraisals.record_inspection(
        call.session,
        appraisal,
        vehicle,
        Inspection(
            vin_seen=vin_seen or "",
            mileage_km=int(mileage_km or 0),
            condition=Condition(condition_grade or "A"),
            marks=list(damage_marks or ()),
            photo_count=int(photo_count or 0),
            battery_health=health,
        ),
        region=branch_of(call.session, application.unit_id).region or "",
        on=call.business_date,
    )
    if appraisal.marks:
        vehicle_history.record(
            call.session,
            vehicle.id,
            VehicleHappening.DAMAGED,
            on=call.business_date,
            now=call.clock_now,
            business_key=appraisal.application_no,
            note="、".join(appraisals.Mark(mark).zh for mark in appraisal.marks),
            by=call.actor.employee_id,
        )
    return {
        "model_value": None if found is None else found.value,
        "valuation_explanation": "" if found is None else found.explanation("zh"),
        "valuation_explanation_en": "" if found is None else found.explanation("en"),
    }


@TOPICS.topic("record-appraised-value")
def record_appraised_value(
    call: Call,
    *,
    application_no: str,
    appraisal_id: int,
    appraiser_value: Decimal,
    manual_reference_price: Decimal | None = None,
    manual_reference_source: str | None = None,
) -> dict[str, object]:
    """Keep the appraiser's value; where no outside price was found, the one asked for by hand is needed.

    Raises ReferenceMissing.
    """
    appraisal = appraisals.get(call.session, appraisal_id)
    if appraisal.reference_price is None:
        if manual_reference_price is None or not manual_reference_source:
            raise appraisals.ReferenceMissing()
        vehicle_prices.record_quote(
            call.session,
            application_no,
            appraisal.vehicle_id,
            source=PriceSource.MANUAL,
            source_name=manual_reference_source,
            reference=f"manual:{appraisal_id}",
            price=manual_reference_price,
            on=call.business_date,
            now=call.clock_now,
        )
    appraisals.record_value(call.session, appraisal, appraiser_value, by=call.actor.employee_id)
    return _compared(call, application_no, appraisal_id)


@TOPICS.facts("deviation-facts")
def deviation_facts(call: Call, application_no: str, appraisal_id: int) -> dict[str, object]:
    """How far the value lies from the reference; of a new car only above it: a discount is no risk."""
    appraisal = appraisals.get(call.session, appraisal_id)
    application = applications.get(call.session, application_no)
    value = appraisal.first_value or application.price_base or Decimal(0)
    reference = appraisal.reference_price
    is_discount = appraisal.first_value is None and reference is not None and value <= reference
    found = Decimal(0) if is_discount else appraisals.deviation(value, reference)
    return {
        "marks": len(appraisal.marks),
        "no_reference": reference is None,
        "deviation": found,
        "deviation_max": parameters.value(call.session, "appraisal", call.business_date)["deviation_max"],
    }


@TOPICS.topic("record-second-value")
def record_second_value(call: Call, appraisal_id: int, second_value: Decimal) -> dict[str, object]:
    """Keep the second appraiser's value; tell the reviewer how far the first one lay off."""
    appraisal = appraisals.get(call.session, appraisal_id)
    appraisals.record_value(call.session, appraisal, second_value, by=call.actor.employee_id, second=True)
    first = appraisal.first_value or applications.get(call.session, appraisal.application_no).price_base
    found = appraisals.deviation(first or second_value, appraisal.reference_price)
    return {
        "appraiser_value": first,
        "deviation_percent": None if found is None else (found * 100).quantize(_PERCENT),
        "appraisal_adopted": None,
    }


@TOPICS.topic("record-appraisal-review")
def record_appraisal_review(call: Call, appraisal_id: int, review_remark: str) -> dict[str, object]:
    """Keep who reviewed the two values, and why."""
    appraisal = appraisals.get(call.session, appraisal_id)
    appraisal.reviewed_by, appraisal.note = call.actor.employee_id, review_remark
    return {}


@TOPICS.topic("issue-appraisal")
def issue_appraisal(
    call: Call, application_no: str, appraisal_id: int, appraisal_adopted: str | None = None
) -> dict[str, object]:
    """Issue the value adopted: the second appraiser's, the first's, or the price of a new car."""
    appraisal = appraisals.get(call.session, appraisal_id)
    application = applications.get(call.session, application_no)
    first = appraisal.first_value or application.price_base
    value = appraisal.second_value if appraisal_adopted == "second" else first
    issued = appraisals.issue(call.session, appraisal, value or Decimal(0), on=call.business_date)
    vehicle_history.record(
        call.session,
        appraisal.vehicle_id,
        VehicleHappening.APPRAISED,
        on=call.business_date,
        now=call.clock_now,
        business_key=application_no,
        note=f"{issued.value:,.2f}",
    )
    return {
        "appraisal_result": "issued",
        "appraised_value": issued.value,
        "appraisal_valid_until": issued.valid_until,
        "appraisal_note": "",
        "ltv_percent": (application.loan_to_value * 100).quantize(_PERCENT),
    }


@TOPICS.topic("conclude-appraisal")
def conclude_appraisal(
    call: Call, appraisal_id: int, appraisal_outcome: str, appraisal_note: str
) -> dict[str, object]:
    """End an appraisal without a value: ``returned`` to the customer manager, or ``timeout``."""
    appraisals.fail(call.session, appraisals.get(call.session, appraisal_id), appraisal_note)
    return {
        "appraisal_result": appraisal_outcome,
        "appraised_value": None,
        "appraisal_valid_until": None,
        "appraisal_note": appraisal_note,
    }
