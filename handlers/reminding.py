"""Telling the owner of an application something: through the outbox, once an occasion."""

from __future__ import annotations

from company import outbox
from engine.topics import Call
from handlers.register import TOPICS
from lending import applications


def tell_owner(call: Call, template: str, occasion: str, **facts: object) -> None:
    """Tell who owns the application, or the customer managers of its unit when nobody does."""
    application = applications.get(call.session, call.business_key)
    to = (
        {"employee_id": application.owner_id}
        if application.owner_id
        else {"role_id": "customer_manager", "unit_id": application.unit_id}
    )
    payload = {"template": template, "application_no": call.business_key, **to, **facts}
    outbox.put(call.session, "notify", f"{template}:{call.business_key}:{occasion}", payload, call.clock_now)


@TOPICS.topic("remind-customer")
def remind_customer(call: Call, reminder_for: str) -> dict[str, object]:
    """Remind who owns the application that the customer still owes something: ``supplement`` or ``appraisal``."""
    occasion = f"{reminder_for}:{call.instance_id}:{call.clock_now.isoformat()}"
    tell_owner(call, "customer_reminder", occasion, about=reminder_for)
    return {}
