"""The bank side: statements read in, the three accounts of each day side by side, and clearing up what differs."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from company import audit
from company.organisation import business_date
from lending import money
from lending.bank import reconciliation, settling, statements
from lending.bank.explanations import Cause, Subject
from lending.bank.reconciliation import SUBJECT_OF
from lending.bank.settling import DIRECTION_OF, Treatment
from lending.bank.statements import Controls, StatementRefused
from lending.bank.template import COLUMNS, EXAMPLES, RowError
from lending.fund_journal import Direction
from lending.spreadsheets import Table, workbook
from web.access import allowed, grants, openable
from web.exporting import WORKBOOK
from web.language import current
from web.language import translate as _
from web.registers import day_asked
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("bank", __name__)
ERRORS_SHOWN = 100
STATEMENTS_SHOWN = 10


@pages.get("/bank")
def index() -> ResponseReturnValue:
    """Each day's three accounts, what differs, and the statements read in."""
    grants("books")
    return _page()


@pages.post("/bank/statements")
def read_statement() -> ResponseReturnValue:
    """Read a statement in and match it; every wrong row is told, and then nothing is read."""
    grants("books", "C")
    upload = request.files.get("statement")
    if upload is None or not upload.filename:
        tell(_("请选择对账单文件。"), "bad")
        return redirect(url_for("bank.index"), 303)
    data, actor, now = upload.read(), me().actor, wired().clock.now()
    try:
        with command() as session:
            imported = statements.import_file(
                session, upload.filename, data, controls=_controls(), actor=actor, now=now
            )
            kept = imported.statement
            matched = reconciliation.match(session, kept.first_day, kept.last_day)
    except StatementRefused as refused:
        return _page(refused.errors), 422
    if imported.again:
        tell(_("这份对账单此前已读入，未重复登记。"), "good")
    else:
        fresh = kept.lines_read - kept.lines_known
        tell(_("已读入 {n} 笔，自动勾对 {matched} 笔。", n=fresh, matched=matched), "good")
    return redirect(url_for("bank.index", since=kept.first_day, until=kept.last_day), 303)


@pages.post("/bank/match")
def match() -> ResponseReturnValue:
    """Match again, after something was booked."""
    grants("books", "U")
    with command() as session:
        until = day_asked("until") or business_date(session)
        since = min(day_asked("since") or until.replace(day=1), until)
        joined = reconciliation.match(session, since, until)
        if joined:
            audit.record(
                session,
                wired().clock.now(),
                me().actor,
                "bank.match",
                "bank",
                str(until),
                after={"joined": joined},
            )
    tell(_("自动勾对 {n} 笔。", n=joined), "good")
    return redirect(url_for("bank.index", since=since, until=until), 303)


@pages.post("/bank/lines/<int:line_id>")
def settle_line(line_id: int) -> ResponseReturnValue:
    """Book a line that only the bank knew of, or join it to a movement."""
    grants("books", "U")
    form, actor, now = request.form, me().actor, wired().clock.now()
    if line_id >= 2**31:
        abort(404)
    with command() as session:
        if form.get("movement"):
            settling.join(session, line_id, form["movement"][:120], actor=actor, now=now)
        elif Treatment.has(form.get("treatment", "")):
            settling.post(
                session,
                line_id,
                Treatment(form["treatment"]),
                account=form.get("account"),
                actor=actor,
                now=now,
            )
        else:
            abort(400)
    tell(_("差异已处理。"), "good")
    return redirect(_back(), 303)


@pages.post("/bank/differences/<subject>/<int:subject_id>")
def explain(subject: str, subject_id: int) -> ResponseReturnValue:
    """Say why a difference stands."""
    grants("books", "U")
    form = request.form
    if not Subject.has(subject) or not Cause.has(form.get("cause", "")) or subject_id >= 2**31:
        abort(404)
    with command() as session:
        settling.explain(
            session,
            Subject(subject),
            subject_id,
            cause=Cause(form["cause"]),
            note=form.get("note", ""),
            actor=me().actor,
            now=wired().clock.now(),
        )
    tell(_("差异说明已登记。"), "good")
    return redirect(_back(), 303)


@pages.get("/bank/template")
def template() -> ResponseReturnValue:
    """The workbook to fill in, with two lines as an example."""
    grants("books")
    head = [names[0] if current() == "zh" else names[1] for names in COLUMNS.values()]
    data = workbook([Table(_("对账单"), head, EXAMPLES)])
    name = "bank-statement-template.xlsx"
    return send_file(BytesIO(data), mimetype=WORKBOOK, as_attachment=True, download_name=name, etag=False)


def _page(errors: tuple[RowError, ...] = ()) -> str:
    with wired().database.read() as session:
        until = day_asked("until") or business_date(session)
        since = min(day_asked("since") or until.replace(day=1), until)
        differences = reconciliation.differences(session, since, until)
        return render_template(
            "bank.html",
            since=since,
            until=until,
            days=reconciliation.days(session, since, until),
            differences=differences,
            openable=openable(session, [each.loan_no for each in differences]),
            subjects=SUBJECT_OF,
            treatments={
                "in": [each for each in Treatment if DIRECTION_OF.get(each) is Direction.IN],
                "out": [each for each in Treatment if DIRECTION_OF.get(each) is Direction.OUT],
            },
            choices=settling.open_to_choice(session, until),
            causes=Cause.choices(current()),
            files=statements.listed(session, limit=STATEMENTS_SHOWN),
            errors=errors[:ERRORS_SHOWN],
            mistakes=len(errors),
            may_read=allowed("books", "C"),
            may_settle=allowed("books", "U"),
        )


def _controls() -> Controls:
    lines = request.form.get("lines", type=int)
    return Controls(lines, _amount("total_in"), _amount("total_out"))


def _amount(name: str) -> Decimal | None:
    text = request.form.get(name, "").strip()
    return money.parse(text) if text else None


def _back() -> str:
    return url_for("bank.index", since=request.args.get("since"), until=request.args.get("until"))
