"""A customer complains, and reads the answer; while it is open nobody presses for the debt it is about."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from company.organisation import business_date
from company.vault import PersonErased
from lending import contacts
from lending.contacts import Complaint, ContactWay, Said
from lending.portal import holdings
from lending.portal.acts import ActKind
from web import portal
from web.language import translate as _
from web.limits import limiter
from web.session import for_customers
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("portal_complaints", __name__)


@pages.get("/my/complaints")
@for_customers
def index() -> ResponseReturnValue:
    """One's complaints with their answers, and the form for another."""
    customer, vault = portal.visit().customer, wired().vault
    with wired().database.read() as session:
        made: list[tuple[Complaint, str, str]] = []
        for each in contacts.complaints_of(session, customer.id):
            try:
                answer = contacts.answer_of(session, vault, each) or ""
                made.append((each, contacts.words_of(session, vault, each), answer))
            except PersonErased:
                continue
        return render_template(
            "portal/complaints.html",
            complaints=made,
            holdings=holdings.of(session, customer.id, business_date(session)),
            days=contacts.DECIDED_WITHIN.days,
            text_max=contacts.TEXT_MAX,
        )


@pages.post("/my/complaints")
@for_customers
@limiter.limit("10 per minute")
def complain() -> ResponseReturnValue:
    """Record a complaint, as the staff do; about a loan of one's own or about none."""
    customer, now = portal.visit().customer, wired().clock.now()
    loan_no = request.form.get("loan_no", "").strip()[:32] or None
    with command() as session:
        today = business_date(session)
        made = contacts.receive(
            session,
            wired().vault,
            customer,
            Said(loan_no, ContactWay.PORTAL, today, request.form.get("text", "")),
            about_id=None,
            by=None,
            today=today,
            now=now,
        )
        portal.note(session, customer, ActKind.COMPLAINT, str(made.id))
        by_when = made.decide_by
    tell(_("投诉已提交，最迟 {day} 前答复您。", day=by_when), "good")
    return redirect(url_for("portal_complaints.index"), 303)
