"""Values shown whole for a purpose and a short time, and requests of customers about their data, at their page."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from company import audit
from lending import personal_access, restrictions, typed
from lending.personal_access import AccessKind
from lending.personal_requests import TOLD_BY_STAFF, RequestChannel, RequestKind
from web import customer_protection, customer_record, customers
from web.access import grants
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("customer_privacy", __name__)
SHOWN_SECONDS = 30


@pages.post("/customers/<int:customer_id>/reveal")
def reveal(customer_id: int) -> ResponseReturnValue:
    """Show one value whole, on this answer alone, and write down who looked and what for."""
    field, reason = request.form.get("field", ""), request.form.get("reason", "")
    if field not in customer_record.FIELDS:
        abort(400)
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


@pages.post("/customers/<int:customer_id>/data-requests")
def take_in(customer_id: int) -> ResponseReturnValue:
    """Take in what a customer asks for of the personal data; the case goes on in the inboxes."""
    grants("privacy", "C")
    kind, channel = request.form.get("kind", ""), request.form.get("channel", "")
    if not RequestKind.has(kind) or channel not in TOLD_BY_STAFF:
        raise typed.NotAChoice(text=f"{kind} {channel}"[:40])
    wiring, actor = wired(), me().actor
    with command() as session:
        customer = customers.reached(session, customer_id)
        if not customer_protection.may(session, customer, "C"):
            abort(403)
        case = wiring.open_data_request(
            session, actor, customer, RequestKind(kind), RequestChannel(channel), request.form.get("wish", "")
        )
        number, facts = case.business_key, {"kind": kind, "customer": customer.id}
        audit.record(
            session, wiring.clock.now(), actor, "data_request.open", "data_request", number, after=facts
        )
    wiring.wake()
    tell(_("已登记个人信息请求 {number}。", number=number), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.post("/customers/<int:customer_id>/restriction/lift")
def lift(customer_id: int) -> ResponseReturnValue:
    """Let the data be used again, because the person asks for it."""
    grants("privacy", "U")
    reason, now, actor = request.form.get("reason", "").strip(), wired().clock.now(), me().actor
    if not reason:
        raise personal_access.AccessUnexplained()
    with command() as session:
        customer = customers.reached(session, customer_id)
        restrictions.lift(session, customer, reason=reason, by=actor.employee_id, now=now)
        facts = {"reason": reason[: restrictions.REASON_MAX]}
        audit.record(session, now, actor, "customer.unrestrict", "customer", customer.id, after=facts)
    tell(_("已解除限制。"), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.get("/customers/<int:customer_id>/covered")
def cover(customer_id: int) -> ResponseReturnValue:
    """What stands in the place of a value whose time on the page is over."""
    with wired().database.read() as session:
        customers.reached(session, customer_id)
    return f'<b class="soft">{_("已自动隐藏")}</b>'
