"""Exports that wait for a second person: asked for, decided by another, downloaded once within a day."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from company import audit, exports, notices
from company.exports import ExportRequest, ExportStatus
from company.people import Employee, in_scope
from web.access import allowed, grants, held_grants
from web.exporting import offered
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("export_requests", __name__)
ROWS_MAX = 100
ADDRESS_MAX = 500
APPROVERS = ("branch_manager", "legal", "risk_committee")


@dataclass(frozen=True)
class Row:
    """A request with who asked and what the person of the page may do with it."""

    request: ExportRequest
    asker: Employee | None
    decider: Employee | None
    may_decide: bool
    download: str | None


def may_follow() -> bool:
    """Whether the person has a use for the page: takes tables out, or decides on it."""
    return allowed("export", "RA") or any(allowed(thing, "E") for thing in ("ledger", "books", "audit_log"))


def _visible() -> ColumnElement[bool]:
    mine = ExportRequest.asked_by == (me().actor.employee_id or 0)
    return or_(mine, in_scope(held_grants("export", "RA"), ExportRequest.unit_id, ExportRequest.asked_by))


@pages.get("/exports")
def index() -> ResponseReturnValue:
    """The person's own requests and those in reach, the latest first."""
    with wired().database.read() as session:
        asked = select(ExportRequest).where(_visible()).order_by(ExportRequest.id.desc()).limit(ROWS_MAX)
        return render_template("export_requests.html", rows=_rows(session, list(session.scalars(asked))))


def _rows(session: Session, found: list[ExportRequest]) -> list[Row]:
    ids = {each.asked_by for each in found} | {each.decided_by or 0 for each in found}
    people = {one.id: one for one in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
    mine, now = me().actor.employee_id, wired().clock.now()
    deciding = in_scope(held_grants("export", "A"), ExportRequest.unit_id, ExportRequest.asked_by)
    may = set(
        session.scalars(select(ExportRequest.id).where(deciding, ExportRequest.id.in_([e.id for e in found])))
    )
    rows = []
    for each in found:
        standing = (
            each.status is ExportStatus.APPROVED and each.expires_at is not None and each.expires_at > now
        )
        joint = "&" if not each.address.endswith("?") else ""
        rows.append(
            Row(
                each,
                people.get(each.asked_by),
                people.get(each.decided_by or 0),
                each.status is ExportStatus.ASKED and each.id in may and each.asked_by != mine,
                f"{each.address}{joint}export={each.id}" if standing and each.asked_by == mine else None,
            )
        )
    return rows


@pages.post("/exports")
def ask() -> ResponseReturnValue:
    """Ask that an export of many rows be let go, as our own page offered it; who may decide is told."""
    actor, now = me().actor, wired().clock.now()
    if not may_follow():
        abort(403)
    offer = offered(request.form.get("offer", ""))
    if offer is None or len(offer.address) > ADDRESS_MAX:
        abort(400)
    with command() as session:
        made = exports.ask(
            session,
            what=offer.what[:60],
            address=offer.address,
            rows=offer.rows,
            purpose=request.form.get("purpose", ""),
            unit_id=actor.unit_id or 0,
            by=actor.employee_id or 0,
            now=now,
        )
        facts = {"what": made.what, "rows": made.rows, "purpose": made.purpose, "address": made.address}
        audit.record(session, now, actor, "export.ask", "export_request", made.id, after=facts)
        for role_id in APPROVERS:
            payload = {
                "template": "export_asked",
                "role_id": role_id,
                "unit_id": made.unit_id,
                "what": made.what,
            }
            notices.tell(session, payload, now)
    tell(_("已提交导出申请，审批通过后二十四小时内可下载一次。"), "good")
    return redirect(url_for("export_requests.index"), 303)


@pages.post("/exports/<int:export_id>/<decision>")
def decide(export_id: int, decision: str) -> ResponseReturnValue:
    """Let an export of somebody else go, or refuse it."""
    if decision not in ("approve", "refuse"):
        abort(404)
    deciding = in_scope(grants("export", "A"), ExportRequest.unit_id, ExportRequest.asked_by)
    actor, now = me().actor, wired().clock.now()
    with command() as session:
        found = None
        if export_id < 2**31:
            asked = select(ExportRequest).where(ExportRequest.id == export_id, deciding)
            found = session.scalar(asked.with_for_update())
        if found is None:
            abort(404)
        exports.decide(session, found, approved=decision == "approve", by=actor.employee_id or 0, now=now)
        facts = {"what": found.what, "rows": found.rows, "status": found.status.value}
        audit.record(session, now, actor, f"export.{decision}", "export_request", found.id, after=facts)
        payload = {"template": "export_decided", "employee_id": found.asked_by, **facts}
        notices.tell(session, payload, now)
    tell(_("已处理。"), "good")
    return redirect(url_for("export_requests.index"), 303)
