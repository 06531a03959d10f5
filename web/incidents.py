"""Incidents: what failed for a technical reason, with the cause and a button to try again; and how late timers fire.

Beside the steps of cases stands the poll's own work that failed and waits (:mod:`company.postponed`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import postponed
from company.database import IDS_END
from engine import jobs, punctuality
from engine.tasks import Instance
from engine.waits import Incident
from web import story
from web.access import allowed, grants
from web.display import near, span
from web.language import translate as _
from web.notices_of_house import POSTPONED
from web.session import me
from web.story import Texts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("incidents", __name__)
PAGE_ROWS = 50
PUNCTUALITY_OF = timedelta(days=1)
_SECONDS_MAX = 120
# Causes that lie outside the house, in plain words; of any other the message alone is told.
_CAUSES = {
    "BankRefusedInstruction": "银行认为指令有误，未受理。请更正后再试。",
    "BankUnreachable": "银行未答复，不知是否已受理。银行恢复后请重试：重试沿用原指令号，不会重复付款。",
    "PricesUnreachable": "车价来源未答复。恢复后请重试。",
}


@pages.get("/incidents")
def index() -> ResponseReturnValue:
    """Open incidents, or all of them, latest first; above them the punctuality of the last day."""
    grants("incident")
    every = request.args.get("all") == "1"
    before = request.args.get("before", type=int)
    with wired().database.read() as session:
        asked = select(Incident, Instance).outerjoin(Instance, Instance.id == Incident.instance_id)
        if not every:
            asked = asked.where(Incident.resolved_at.is_(None))
        if before and before < IDS_END:
            asked = asked.where(Incident.id < before)
        found = session.execute(asked.order_by(Incident.id.desc()).limit(PAGE_ROWS + 1)).all()
        texts = Texts(story.definitions_of(session, [case for _incident, case in found if case]))
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
            plain=lambda cause: _(_CAUSES[cause]) if cause in _CAUSES else "",
            every=every,
            more=more,
            may_retry=allowed("incident", "X"),
            postponed=[
                (_(POSTPONED.get(each.kind, each.kind)), each)
                for each in postponed.listed(session, PAGE_ROWS)
            ],
            timers=_timers(session, wired().clock.now()),
        )


def _timers(session: Session, now: datetime) -> list[tuple[str, str]]:
    """How many timers fired in the last day, how late, and what should have fired by now."""
    found = punctuality.since(session, now - PUNCTUALITY_OF, now)
    waiting = str(found.waiting)
    if found.waiting_since is not None:
        waiting = _("{count} 个，最早应于 {since}", count=found.waiting, since=near(found.waiting_since, now))
    return [
        (_("24 小时内触发"), str(found.fired)),
        (_("延迟中位数"), _delay(found.p50_ms)),
        (_("99% 不超过"), _delay(found.p99_ms)),
        (_("最长延迟"), _delay(found.latest_ms)),
        (_("逾时未触发"), waiting),
    ]


def _delay(milliseconds: int) -> str:
    """A delay in seconds, in minutes and more once seconds stop telling anything."""
    if milliseconds >= _SECONDS_MAX * 1000:
        return span(timedelta(milliseconds=milliseconds))
    return _("{seconds} 秒", seconds=f"{milliseconds / 1000:.2f}")


@pages.post("/incidents/<int:incident_id>/retry")
def retry(incident_id: int) -> ResponseReturnValue:
    """Try the failed step again."""
    grants("incident", "X")
    with command() as session:
        jobs.retry_incident(wired().engine, session, incident_id, me().actor)
    wired().wake()
    tell(_("已安排重试。"), "good")
    return redirect(url_for("incidents.index"), 303)


@pages.post("/incidents/postponed/<int:work_id>/retry")
def retry_postponed(work_id: int) -> ResponseReturnValue:
    """Let the next poll try what waits."""
    grants("incident", "X")
    with command() as session:
        postponed.retry(session, work_id, actor=me().actor, now=wired().clock.now())
    wired().wake()
    tell(_("已安排重试。"), "good")
    return redirect(url_for("incidents.index"), 303)
