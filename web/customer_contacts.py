"""Callbacks and complaints at the customer's page, and the list of complaints that wait for their answer."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.organisation import business_date
from company.people import Employee
from lending import contacts, typed
from lending.contacts import Complaint, ContactWay, Said
from lending.customers import Customer
from web.access import grants
from web.customers import reach, reached
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("customer_contacts", __name__)
ROWS_MAX = 200


@pages.get("/complaints")
def index() -> ResponseReturnValue:
    """The complaints that wait for an answer, the most urgent first, of customers whom the person may read."""
    grants("complaint")
    with wired().database.read() as session:
        rows = session.execute(
            select(Complaint, Customer)
            .join(Customer, Customer.id == Complaint.customer_id)
            .where(Complaint.answered_at.is_(None), reach())
            .order_by(Complaint.decide_by, Complaint.id)
            .limit(ROWS_MAX)
        ).all()
        return render_template("complaints.html", rows=rows, today=business_date(session))


@pages.post("/customers/<int:customer_id>/complaints")
def complain(customer_id: int) -> ResponseReturnValue:
    """Record a complaint of the customer."""
    grants("complaint", "C")
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        customer, today = reached(session, customer_id), business_date(session)
        about = _employee(session, request.form.get("about", "").strip())
        made = contacts.receive(
            session, customer, _said(today), about_id=about, by=actor.employee_id or 0, today=today, now=now
        )
        facts = {"complaint": made.id, "decide_by": made.decide_by}
        audit.record(session, now, actor, "complaint.receive", "customer", customer.id, after=facts)
    tell(_("投诉已登记，最迟 {day} 前答复。", day=made.decide_by), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.post("/customers/<int:customer_id>/callbacks")
def call_back(customer_id: int) -> ResponseReturnValue:
    """Record a callback that was made."""
    grants("callback", "C")
    now, actor = wired().clock.now(), me().actor
    next_on = request.form.get("next_on", "").strip()
    with command() as session:
        customer, today = reached(session, customer_id), business_date(session)
        made = contacts.record_callback(
            session,
            customer,
            _said(today),
            reached=request.form.get("reached") == "1",
            next_on=typed.calendar_day(next_on) if next_on else None,
            by=actor.employee_id or 0,
            today=today,
            now=now,
        )
        facts = {"callback": made.id}
        audit.record(session, now, actor, "callback.record", "customer", customer.id, after=facts)
    tell(_("回访已登记。"), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.post("/complaints/<int:complaint_id>/answer")
def answer(complaint_id: int) -> ResponseReturnValue:
    """Close a complaint with the answer to the customer."""
    grants("complaint", "U")
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        complaint = session.get(Complaint, complaint_id) if complaint_id < 2**31 else None
        if complaint is None:
            abort(404)
        customer_id = reached(session, complaint.customer_id).id
        contacts.answer(session, complaint, request.form.get("text", ""), by=actor.employee_id or 0, now=now)
        facts = {"complaint": complaint.id}
        audit.record(session, now, actor, "complaint.answer", "customer", customer_id, after=facts)
    tell(_("投诉已答复。"), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


def _said(today: date) -> Said:
    form = {name: text.strip() for name, text in request.form.items()}
    way = form.get("way", "")
    if not ContactWay.has(way):
        raise typed.NotAChoice(text=way[:40])
    on = typed.calendar_day(form["on"]) if form.get("on") else today
    return Said(form.get("loan_no") or None, ContactWay(way), on, form.get("text", ""))


def _employee(session: Session, username: str) -> int | None:
    if not username:
        return None
    found = session.scalar(select(Employee.id).where(Employee.username == username))
    if found is None:
        raise typed.NotAChoice(text=username[:40])
    return found
