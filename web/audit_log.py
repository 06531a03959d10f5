"""The audit log: who did what to what, when and from where, with the values before and after; the chain is checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from company import audit
from company.audit import AuditEntry
from company.calendar import ZONE
from company.people import Employee
from lending.chains import verify as verify_chains
from lending.spreadsheets import Table, workbook
from web import acts
from web.access import allowed, grants
from web.display import moment
from web.exporting import Leaving, hand_out
from web.language import named
from web.language import translate as _
from web.registers import day_asked
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("audit_log", __name__)
PAGE_ROWS = 50
EXPORT_ROWS_MAX = 20_000
_ID_MAX = 2**62


@pages.get("/audit")
def index() -> ResponseReturnValue:
    """The entries, newest first: of some days, of a person, of an act, of a thing."""
    grants("audit_log")
    before = min(request.args.get("before", type=int) or _ID_MAX, _ID_MAX)
    asked = _asked().where(AuditEntry.id < before).limit(PAGE_ROWS + 1)
    with wired().database.read() as session:
        found = session.scalars(asked).all()
        more = None
        if found[PAGE_ROWS:]:
            further = {**_given(), "before": found[PAGE_ROWS - 1].id}
            more = f"{url_for('audit_log.index')}?{urlencode(further)}"
        return render_template(
            "audit_log.html",
            entries=found[:PAGE_ROWS],
            given=_given(),
            more=more,
            said=said,
            act=acts.act,
            thing=acts.thing,
            absent=_absent(session, found),
            people=_people(session, found),
            may_export=allowed("audit_log", "E"),
        )


@pages.post("/audit/check")
def check() -> ResponseReturnValue:
    """Walk the chain, the evidence ledger and the documents, and tell whether anything was changed or taken out."""
    grants("audit_log")
    with wired().database.read() as session:
        chains = verify_chains(session)
    found, now = chains.audit, wired().clock.now()
    with command() as session:
        facts = {"entries": found.entries, "intact": chains.intact}
        audit.record(session, now, me().actor, "audit.check", "audit_log", found.entries, after=facts)
    if found.intact:
        end = found.head.hash.hex()[:16] if found.head else ""
        tell(_("{n} 条记录首尾相连，没有被改动。末条校验值 {end}。", n=found.entries, end=end), "good")
    else:
        tell(
            _(
                "记录在第 {ids} 条处断开：有内容被改动、删除或调换。",
                ids=", ".join(map(str, found.broken[:10])),
            ),
            "bad",
        )
    if chains.documents.intact:
        tell(_("{n} 份资料和照片与留存记录一致。", n=chains.documents.checked), "good")
    else:
        wrong = ", ".join((*chains.documents.altered, *chains.documents.missing)[:10])
        tell(_("资料与留存记录不一致：{wrong}。", wrong=wrong), "bad")
    if chains.evidence:
        tell(_("存证账本在第 {ids} 条处断开。", ids=", ".join(map(str, chains.evidence[:10]))), "bad")
    return redirect(url_for("audit_log.index"), 303)


@pages.get("/audit/export")
def export() -> ResponseReturnValue:
    """What the filter shows as a workbook that says who took it and when; taking it is an entry of its own."""
    grants("audit_log", "E")
    if request.args.get("upto", type=int) is None:
        # Asking for it, its approval and its download are entries too: what was approved ends with the entry of now.
        with wired().database.read() as session:
            last = audit.head(session)
        upto = last.entry_id if last else 0
        given = {**request.args.to_dict(), "upto": str(upto)}
        return redirect(f"{url_for('audit_log.export')}?{urlencode(given)}", 303)
    with wired().database.read() as session:
        rows = [_cells(entry) for entry in session.scalars(_asked().limit(EXPORT_ROWS_MAX + 1))]
    head = (
        _("编号"),
        _("时间"),
        _("操作人"),
        _("操作"),
        _("业务对象"),
        _("来自"),
        _("原因"),
        _("变更前"),
        _("变更后"),
    )
    notes = []
    if rows[EXPORT_ROWS_MAX:]:
        notes.append(_("只含最新的 {n} 条，请缩小日期范围分次导出。", n=EXPORT_ROWS_MAX))
    kept = rows[:EXPORT_ROWS_MAX]
    sheet = Table(_("操作日志"), head, kept, notes)
    return hand_out(
        Leaving(
            what=_("操作日志"),
            rows=len(kept),
            filename="audit-log.xlsx",
            written=lambda mark: workbook([sheet], mark),
            subject=("audit.export", "audit_log", str(len(kept))),
            facts=_given(),
        )
    )


def _given() -> dict[str, str]:
    names = ("since", "until", "who", "act", "thing")
    return {name: text for name in names if (text := request.args.get(name, "").strip()[:80])}


def _asked() -> Select[AuditEntry]:
    given = _given()
    asked = select(AuditEntry).order_by(AuditEntry.id.desc())
    if since := day_asked("since"):
        asked = asked.where(AuditEntry.at >= datetime.combine(since, time(), ZONE).astimezone(UTC))
    if until := day_asked("until"):
        end = datetime.combine(until + timedelta(days=1), time(), ZONE).astimezone(UTC)
        asked = asked.where(AuditEntry.at < end)
    if who := given.get("who"):
        asked = asked.where(AuditEntry.actor_name == who)
    if act := given.get("act"):
        by_code = AuditEntry.action.contains(act, autoescape=True)
        asked = asked.where(or_(by_code, AuditEntry.action.in_(acts.codes_of(act))))
    if (upto := request.args.get("upto", type=int)) is not None:
        asked = asked.where(AuditEntry.id <= min(upto, _ID_MAX))
    if thing := given.get("thing"):
        same = (AuditEntry.object_id == thing, AuditEntry.object_type == thing)
        asked = asked.where(or_(*same))
    return asked


def _absent(session: Session, entries: Iterable[AuditEntry]) -> dict[int, str]:
    """The names of the colleagues for whom some of the acts were done, by their ids."""
    ids = {entry.on_behalf_of for entry in entries} - {None}
    return {each.id: named(each) for each in session.scalars(select(Employee).where(Employee.id.in_(ids)))}


def _people(session: Session, entries: Iterable[AuditEntry]) -> dict[str, str]:
    """The names of the colleagues who did the acts, by the name they sign in with."""
    usernames = {entry.actor_name for entry in entries}
    found = session.scalars(select(Employee).where(Employee.username.in_(usernames)))
    return {each.username: named(each) for each in found}


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    return (
        str(entry.id),
        moment(entry.at),
        entry.actor_name,
        acts.act(entry.action),
        f"{acts.thing(entry.object_type)} {entry.object_id}",
        entry.remote or "",
        entry.reason or "",
        said(entry.before),
        said(entry.after),
    )


def said(facts: dict[str, object] | None) -> str:
    """The values of an entry in a line."""
    return "; ".join(f"{name}: {value}" for name, value in (facts or {}).items())
