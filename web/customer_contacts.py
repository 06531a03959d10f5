"""Callbacks and complaints at the customer's page, and the list of complaints that wait for their answer."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from company import audit
from company.organisation import business_date
from company.people import Employee, in_scope
from lending import contacts, typed
from lending.contacts import Complaint, ContactWay, Said
from lending.customers import Customer
from lending.locks import held
from web import contact_list
from web.access import allowed, grants
from web.customers import reach, reached_to_write
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("customer_contacts", __name__)
ROWS_MAX = 200


@pages.get("/complaints")
def index() -> ResponseReturnValue:
    """The complaints in the person's reach that wait for an answer, the most urgent first."""
    mine, may_read = _reach("R"), reach() if allowed("customer") else false()
    with wired().database.read() as session:
        rows = session.execute(
            select(Complaint, Customer, Customer.id.in_(select(Customer.id).where(may_read)))
            .join(Customer, Customer.id == Complaint.customer_id)
            .where(Complaint.answered_at.is_(None), mine)
            .order_by(Complaint.decide_by, Complaint.id)
            .limit(ROWS_MAX)
        ).all()
        return render_template(
            "complaints.html",
            rows=[
                (each, customer, may_open, contact_list.words(session, each))
                for each, customer, may_open in rows
            ],
            today=business_date(session),
            may_answer=allowed("complaint", "U"),
        )


def _reach(actions: str) -> ColumnElement[bool]:
    """The condition on :class:`Customer` under which the person may do any of ``actions`` with the complaints."""
    return in_scope(grants("complaint", actions), Customer.unit_id, Customer.owner_id)


@pages.post("/customers/<int:customer_id>/complaints")
def complain(customer_id: int) -> ResponseReturnValue:
    """Record a complaint of the customer."""
    grants("complaint", "C")
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        customer = reached_to_write(session, customer_id, ["complaint"], "C")
        today = business_date(session)
        about = _employee(session, request.form.get("about", "").strip())
        made = contacts.receive(
            session,
            wired().vault,
            customer,
            _said(today),
            about_id=about,
            by=actor.employee_id or 0,
            today=today,
            now=now,
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
        customer = reached_to_write(session, customer_id, ["callback"], "C")
        today = business_date(session)
        made = contacts.record_callback(
            session,
            wired().vault,
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
    """Close a complaint with the answer to the customer; of two who answer at once the second is told of the first."""
    mine, now, actor = _reach("U"), wired().clock.now(), me().actor
    with command() as session:
        complaint = None
        if complaint_id < 2**31:
            asked = select(Complaint).join(Customer, Customer.id == Complaint.customer_id)
            complaint = session.scalar(held(asked.where(Complaint.id == complaint_id, mine)))
        if complaint is None:
            abort(404)
        answered = request.form.get("text", "")
        contacts.answer(session, wired().vault, complaint, answered, by=actor.employee_id or 0, now=now)
        facts, customer_id = {"complaint": complaint.id}, complaint.customer_id
        audit.record(session, now, actor, "complaint.answer", "customer", customer_id, after=facts)
    tell(_("投诉已答复。"), "good")
    return redirect(url_for("customer_contacts.index"), 303)


def _said(today: date) -> Said:
    form = {name: text.strip() for name, text in request.form.items()}
    way = form.get("way", "")
    if way not in contacts.TOLD_BY_STAFF:
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
