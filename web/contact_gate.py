"""The contact gate for people: may I reach this customer so, now? What holds of him; the contacts that were refused."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from company import audit
from lending import contact_circumstances, contact_gate, customers, typed
from lending.contact_circumstances import Circumstance
from lending.contact_gate import Channel, Contact, ContactAttempt, Person, Purpose, Result
from lending.customers import Customer
from lending.identifiers import mobile
from web import contact_panel
from web.access import allowed, grants
from web.contact_panel import RESULTS, THINGS, may_ask
from web.customers import reach, reached_to_write
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("contact_gate", __name__)
ROWS_MAX = 200


@pages.get("/contacts/refused")
def refused() -> ResponseReturnValue:
    """The contacts that the gate refused on customers within reach, with the rule."""
    if not may_ask() and not any(allowed(thing) for thing in THINGS):
        abort(403)
    mine = reach()
    asked = (
        select(ContactAttempt, Customer)
        .join(Customer, Customer.id == ContactAttempt.customer_id)
        .where(ContactAttempt.allowed.is_(False), mine)
        .order_by(ContactAttempt.id.desc())
        .limit(ROWS_MAX)
    )
    with wired().database.read() as session:
        rows = session.execute(asked).all()
        return render_template(
            "contacts_refused.html",
            rows=rows,
            reasons=contact_panel.reasons(session, [row[0] for row in rows]),
        )


@pages.post("/customers/<int:customer_id>/contact-checks")
def ask(customer_id: int) -> ResponseReturnValue:
    """Ask the gate before dialling, writing or visiting; allowed or refused, it is written down."""
    if not may_ask():
        abort(403)
    form = {name: text.strip() for name, text in request.form.items()}
    for name, kind in (("channel", Channel), ("purpose", Purpose), ("person", Person)):
        if not kind.has(form.get(name, "")):
            raise typed.NotAChoice(text=form.get(name, "")[:40])
    if form["purpose"] not in contact_gate.ASKED_BY_STAFF:
        raise typed.NotAChoice(text=form["purpose"])
    now, actor, wiring = wired().clock.now(), me().actor, wired()
    with command() as session:
        customer = reached_to_write(session, customer_id, THINGS, "CU")
        person = Person(form["person"])
        number = form.get("number", "")
        if number:
            number = mobile.validate(number)
        elif person is Person.BORROWER:
            number = customers.phone_of(session, wiring.vault, customer)
        contact = Contact(
            customer.id,
            Channel(form["channel"]),
            Purpose(form["purpose"]),
            person,
            number,
            form.get("loan_no") or None,
        )
        attempt = contact_gate.may_contact(
            session, wiring.vault, contact, wiring.contact_rules, now=now, by=actor.employee_id
        )
        refused_for = contact_panel.reasons(session, [attempt]).get(attempt.id)
    contact_panel.tell_ruling(refused_for)
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.post("/customers/<int:customer_id>/contact-checks/<int:attempt_id>")
def note_result(customer_id: int, attempt_id: int) -> ResponseReturnValue:
    """Write down what came of a contact that was let through."""
    if not may_ask():
        abort(403)
    result = request.form.get("result", "")
    if result not in {each.value for each in RESULTS}:
        raise typed.NotAChoice(text=result[:40])
    with command() as session:
        customer = reached_to_write(session, customer_id, THINGS, "CU")
        found = session.get(ContactAttempt, attempt_id)
        if found is None or found.customer_id != customer.id:
            abort(404)
        contact_gate.note_result(session, attempt_id, Result(result))
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.post("/customers/<int:customer_id>/contact-circumstances")
def note(customer_id: int) -> ResponseReturnValue:
    """Write down what holds contact up, or allows more of it."""
    if not any(allowed(thing, "U") for thing in THINGS):
        abort(403)
    kind = request.form.get("kind", "")
    if not Circumstance.has(kind):
        raise typed.NotAChoice(text=kind[:40])
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        customer = reached_to_write(session, customer_id, THINGS, "U")
        made = contact_circumstances.note(
            session,
            customer.id,
            Circumstance(kind),
            request.form.get("note", ""),
            by=actor.employee_id,
            now=now,
        )
        facts = {"circumstance": made.id, "kind": kind}
        audit.record(session, now, actor, "contact_circumstance.note", "customer", customer.id, after=facts)
    return redirect(url_for("customers.show", customer_id=customer_id), 303)


@pages.post("/customers/<int:customer_id>/contact-circumstances/<int:circumstance_id>/lift")
def lift(customer_id: int, circumstance_id: int) -> ResponseReturnValue:
    """It holds no more, for a reason."""
    if not any(allowed(thing, "U") for thing in THINGS):
        abort(403)
    grants("customer")
    now, actor, why = wired().clock.now(), me().actor, request.form.get("why", "").strip()
    with command() as session:
        customer = reached_to_write(session, customer_id, THINGS, "U")
        lifted = contact_circumstances.lift(
            session, customer.id, circumstance_id, why, by=actor.employee_id, now=now
        )
        of = ("contact_circumstance.lift", "customer", customer.id)
        audit.record(session, now, actor, *of, after={"circumstance": circumstance_id}, reason=why)
        words = lifted.kind.label(current())
    wired().wake()
    tell(_("“{what}”已解除，即刻生效。", what=words), "good")
    return redirect(url_for("customers.show", customer_id=customer_id), 303)
