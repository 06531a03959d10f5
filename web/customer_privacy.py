"""A customer's value shown whole for a purpose and a short time: who looked, and what for, stands in log and audit."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from company import audit
from lending import personal_access
from lending.personal_access import AccessKind
from web import customer_protection, customer_record, customers
from web.language import translate as _
from web.session import me
from web.wiring import command, wired

pages = Blueprint("customer_privacy", __name__)
SHOWN_SECONDS = 30


@pages.post("/customers/<int:customer_id>/reveal")
def reveal(customer_id: int) -> ResponseReturnValue:
    """Show one value whole, on this answer alone, and write down who looked and what for."""
    field, reason = request.form.get("field", ""), request.form.get("reason", "")
    if field not in {name for name, _label in customer_record.revealable()}:
        abort(403)
    purpose = personal_access.purpose_of(request.form.get("purpose", ""), reason)
    facts = {"field": field, "purpose": purpose.value, "reason": reason.strip()[: personal_access.REASON_MAX]}
    with command() as session:
        customer = customers.reached(session, customer_id, customer_record.action_to_reveal(field))
        now = wired().clock.now()
        audit.record(session, now, me().actor, "customer.reveal", "customer", customer.id, after=facts)
        customer_protection.note(
            session, customer.id, AccessKind.REVEAL, field=field, purpose=purpose, reason=reason
        )
    with wired().database.read() as session:
        customer = customers.reached(session, customer_id)
        return customers.page(session, customer, (field, customer_record.whole(session, customer, field)))


@pages.get("/customers/<int:customer_id>/covered")
def cover(customer_id: int) -> ResponseReturnValue:
    """What stands in the place of a value whose time on the page is over."""
    with wired().database.read() as session:
        customers.reached(session, customer_id)
    return f'<b class="soft">{_("已自动隐藏")}</b>'
