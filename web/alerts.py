"""Alerts on loans after the pay-out: the open ones within reach, and closing one with what was found."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select

from company import audit
from company.people import in_scope
from lending import alerts
from lending.customers import Customer
from lending.loans import Loan
from web.access import allowed, grants
from web.language import translate as _
from web.session import me
from web.summary import person_name
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("alerts", __name__)
ROWS_MAX = 200


@pages.get("/alerts")
def index() -> ResponseReturnValue:
    """The open alerts, the newest first."""
    with wired().database.read() as session:
        found = alerts.open_ones(session, _reach("R"), limit=ROWS_MAX)
        asked = select(Loan.loan_no, Customer.name).join(Customer, Customer.id == Loan.customer_id)
        held = session.execute(asked.where(Loan.loan_no.in_([each.loan_no for each in found])))
        names = {loan_no: person_name(name) for loan_no, name in held}
        return render_template("alerts.html", rows=found, names=names, may_close=allowed("callback", "U"))


@pages.post("/alerts/<int:alert_id>/close")
def close(alert_id: int) -> ResponseReturnValue:
    """Close an alert with what was found."""
    mine, now, actor = _reach("U"), wired().clock.now(), me().actor
    with command() as session:
        closed = alerts.close(
            session, alert_id, request.form.get("note", ""), reach=mine, by=actor.employee_id, now=now
        )
        facts = {"alert": closed.id, "kind": closed.kind.value}
        audit.record(session, now, actor, "loan_alert.close", "loan", closed.loan_no, after=facts)
    tell(_("预警已处理。"), "good")
    return redirect(url_for("alerts.index"), 303)


def _reach(actions: str) -> ColumnElement[bool]:
    return in_scope(grants("callback", actions), Loan.unit_id, Loan.owner_id)
