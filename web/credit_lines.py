"""The credit lines: what each customer may draw, how much of it is left, and the start of a change."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from company.people import in_scope
from lending import drawings
from lending.credit_lines import CreditLine
from lending.customers import Customer
from web import summary
from web.access import allowed, grants
from web.session import me
from web.wiring import command, wired

pages = Blueprint("credit_lines", __name__)
ROWS_MAX = 200


@pages.get("/credit-lines")
def index() -> ResponseReturnValue:
    """Every line within the person's reach, newest first, with how it stands."""
    reach = in_scope(grants("application"), CreditLine.unit_id, CreditLine.proposed_by)
    asked = (
        select(CreditLine, Customer.name)
        .join(Customer, Customer.id == CreditLine.customer_id)
        .where(reach)
        .order_by(CreditLine.id.desc())
        .limit(ROWS_MAX)
    )
    with wired().database.read() as session:
        rows = [
            (line, summary.person_name(name), drawings.use_of(session, line))
            for line, name in session.execute(asked)
        ]
        may_propose = allowed("application", "C")
        return render_template("credit_lines.html", rows=rows, may_propose=may_propose)


@pages.post("/credit-lines/changes")
def propose() -> ResponseReturnValue:
    """Open the proposal of a change; its form is held by the person at once."""
    grants("application", "C")
    with command() as session:
        _case, task_id = wired().open_line_change(session, me().actor)
    if task_id is None:
        abort(403)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)
