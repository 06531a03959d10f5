"""The customer asks that his rejection is reconsidered: the start of the case, and what was decided."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import in_scope
from engine.tasks import Instance, InstanceStatus
from lending import reconsiderations
from lending.applications import Application
from web.access import allowed, grants
from web.session import me
from web.wiring import command, wired

pages = Blueprint("reconsideration", __name__)


def may_ask(session: Session, application: Application, cases: list[Instance]) -> bool:
    """Whether this person may take down the customer's request now."""
    if any(case.status == InstanceStatus.RUNNING for case in cases) or not allowed("application", "U"):
        return False
    return reconsiderations.may_ask(session, application, business_date(session))


@pages.post("/cases/<business_key>/reconsider")
def begin(business_key: str) -> ResponseReturnValue:
    """Begin it; the form for the new facts is held by the person at once."""
    with command() as session:
        application = session.scalar(
            select(Application).where(
                Application.application_no == business_key,
                in_scope(grants("application", "U"), Application.unit_id, Application.owner_id),
            )
        )
        if application is None:
            abort(404)
        _case, task_id = wired().open_reconsideration(session, me().actor, business_key)
    if task_id is None:
        return redirect(url_for("cases.show", business_key=business_key), 303)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)
