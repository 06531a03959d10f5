"""My data: what is kept and what for, consents that can be taken back, requests with their time limit and result."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from lending import customers, personal_items, personal_package, personal_requests, typed
from lending.consents import Consent
from lending.customers import Customer
from lending.errors import NotFound
from lending.personal_requests import (
    ANSWERED_WITHIN_WORKING_DAYS,
    DataSubjectRequest,
    RequestChannel,
    RequestKind,
)
from lending.portal import acts
from lending.portal.acts import ActKind
from web import portal
from web.display import moment
from web.language import current
from web.language import translate as _
from web.limits import limiter
from web.personal_exports import zipped
from web.session import for_customers
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("portal_data", __name__)
ACTS_SHOWN = 20


@pages.get("/my/data")
@for_customers
def index() -> ResponseReturnValue:
    """What the house keeps of the customer, the consents, the requests and what the customer did here."""
    customer, vault = portal.visit().customer, wired().vault
    with wired().database.read() as session:
        number = customers.phone_of(session, vault, customer)
        return render_template(
            "portal/data.html",
            customer=customer,
            phone=f"{number[:3]}****{number[-4:]}",
            items=[
                each for each in personal_items.of(session, customer, business_date(session)) if each.is_held
            ],
            consents=_consents(session, customer),
            requests=personal_requests.of(session, customer.id),
            kinds=RequestKind.choices(current()),
            handed_out=lambda each: personal_requests.is_handed_out(each, wired().clock.now()),
            days=ANSWERED_WITHIN_WORKING_DAYS,
            text_max=personal_requests.TEXT_MAX,
            acts=acts.of(session, customer.id, ACTS_SHOWN),
        )


@pages.post("/my/data/consents/<int:consent_id>/withdraw")
@for_customers
def withdraw(consent_id: int) -> ResponseReturnValue:
    """Take a consent of one's own back, as easily as it was given (第十五条)."""
    customer = portal.visit().customer
    with command() as session:
        if consent_id not in {each.id for each in _consents(session, customer)}:
            abort(404)
        consent = wired().withdraw_consent(session, acts.actor_of(customer), consent_id)
        portal.note(session, customer, ActKind.CONSENT, f"{consent.application_no} {consent.purpose.value}")
        what = consent.purpose.label(current())
    wired().wake()
    tell(_("已撤回“{what}”的同意，此前的处理不受影响。", what=what), "good")
    return redirect(url_for("portal_data.index"), 303)


@pages.post("/my/data/requests")
@for_customers
@limiter.limit("10 per minute")
def request_data() -> ResponseReturnValue:
    """Begin the process of a request about one's data; it says by when it is answered."""
    customer, kind = portal.visit().customer, request.form.get("kind", "")
    if not RequestKind.has(kind):
        raise typed.NotAChoice(text=kind[:40])
    with command() as session:
        actor, wish = acts.actor_of(customer, current()), request.form.get("wish", "")
        case = wired().open_data_request(
            session, actor, customer, RequestKind(kind), RequestChannel.PORTAL, wish
        )
        number = case.business_key
        by_when = personal_requests.get(session, number).answer_by
        portal.note(session, customer, ActKind.DATA_REQUEST, number)
    wired().wake()
    tell(_("已提交请求 {number}，最迟 {day} 答复您。", number=number, day=by_when), "good")
    return redirect(url_for("portal_data.index"), 303)


@pages.get("/my/data/requests/<request_no>/package")
@for_customers
def package(request_no: str) -> ResponseReturnValue:
    """All that is kept of the customer, once a request to see or take it along was granted."""
    customer, now, language = portal.visit().customer, wired().clock.now(), current()
    with command() as session:
        asked = _own(session, customer, request_no)
        if not personal_requests.is_handed_out(asked, now):
            abort(404)
        sections = personal_package.collect(
            session, wired().vault, customer, business_date(session), language
        )
        portal.note(session, customer, ActKind.PACKAGE, request_no)
    marked = _("由 {name} 本人于 {at} 在客户门户下载", name=customer.name, at=moment(now))
    return send_file(
        BytesIO(zipped(request_no, sections, f"{marked} · {request_no}")),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{request_no}.zip",
        etag=False,
    )


def _own(session: Session, customer: Customer, request_no: str) -> DataSubjectRequest:
    try:
        found = personal_requests.get(session, request_no)
    except NotFound:
        abort(404)
    if found.customer_id != customer.id:
        abort(404)
    return found


def _consents(session: Session, customer: Customer) -> list[Consent]:
    """The customer's answers, the latest first; those of records that were merged into this one are his too."""
    asked = select(Consent).where(Consent.customer_id.in_(customers.records_of(customer.id)))
    return list(session.scalars(asked.order_by(Consent.id.desc())))
