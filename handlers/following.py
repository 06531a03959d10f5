"""Starts the case that follows: through the outbox, by business key, on the newest version when it is carried out."""

from __future__ import annotations

from collections.abc import Mapping

from company import outbox
from engine.topics import Call
from lending import applications, approvals, customers, vehicles


def start_case(call: Call, process_id: str) -> None:
    """Ask for a case of ``process_id`` under the same business key; asked twice it is started once.

    Kind "start_process", payload: process_id, business_key, data (the application's number), title, subtitle, amount
    (the one granted), unit_id and owner_id for the lists.
    """
    application = applications.get(call.session, call.business_key)
    customer = customers.get(call.session, application.customer_id or 0)
    vehicle = vehicles.get(call.session, application.vehicle_id or 0)
    approval = approvals.find(call.session, call.business_key)
    payload = {
        "process_id": process_id,
        "business_key": call.business_key,
        "data": {"application_no": call.business_key},
        "title": customer.name,
        "subtitle": vehicle.model_name,
        "amount": application.amount if approval is None else approval.amount,
        "unit_id": application.unit_id,
        "owner_id": application.owner_id,
    }
    outbox.put(call.session, "start_process", f"{process_id}:{call.business_key}", payload, call.clock_now)


def start_later(call: Call, process_id: str, occasion: str, data: Mapping[str, object]) -> None:
    """Ask for a case of ``process_id`` about the same loan, once an occasion, with ``data`` beside the number."""
    application = applications.get(call.session, call.business_key)
    payload = {
        "process_id": process_id,
        "business_key": call.business_key,
        "data": {"application_no": call.business_key, **data},
        "title": customers.get(call.session, application.customer_id or 0).name,
        "subtitle": vehicles.get(call.session, application.vehicle_id or 0).model_name,
        "unit_id": application.unit_id,
        "owner_id": application.owner_id,
    }
    outbox.put(call.session, "start_process", f"{process_id}:{occasion}", payload, call.clock_now)
