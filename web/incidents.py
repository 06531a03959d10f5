"""Incidents: steps that failed for a technical reason, with the cause, and the button that tries again."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine import jobs
from engine.tasks import Instance
from engine.waits import Incident
from web import story
from web.access import allowed, grants
from web.language import translate as _
from web.session import me
from web.story import Texts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("incidents", __name__)
PAGE_ROWS = 50


@pages.get("/incidents")
def index() -> ResponseReturnValue:
    """Open incidents, or all of them, latest first."""
    grants("incident")
    every = request.args.get("all") == "1"
    before = request.args.get("before", type=int)
    with wired().database.read() as session:
        asked = select(Incident, Instance).join(Instance, Instance.id == Incident.instance_id)
        if not every:
            asked = asked.where(Incident.resolved_at.is_(None))
        if before:
            asked = asked.where(Incident.id < before)
        found = session.execute(asked.order_by(Incident.id.desc()).limit(PAGE_ROWS + 1)).all()
        texts = Texts(story.definitions_of(session, [case for _incident, case in found]))
        more = (
            url_for("incidents.index", before=found[PAGE_ROWS - 1][0].id, all="1" if every else None)
            if len(found) > PAGE_ROWS
            else None
        )
        return render_template(
            "incidents.html",
            rows=[
                (incident, case, texts.element(incident.process_id, incident.element_id, incident.name))
                for incident, case in found[:PAGE_ROWS]
            ],
            every=every,
            more=more,
            may_retry=allowed("incident", "X"),
        )


@pages.post("/incidents/<int:incident_id>/retry")
def retry(incident_id: int) -> ResponseReturnValue:
    """Try the failed step again."""
    grants("incident", "X")
    with command() as session:
        jobs.retry_incident(wired().engine, session, incident_id, me().actor)
    wired().wake()
    tell(_("已安排重试。"), "good")
    return redirect(url_for("incidents.index"), 303)
