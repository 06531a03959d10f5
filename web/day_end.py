"""The day-ends: how far each is, what failed and why, the file for the bank; and a button that runs what is left."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from company import audit
from company.organisation import business_date
from lending.day_end import history, refusals, running
from lending.day_end.tables import DebitFile
from web.access import allowed, grants
from web.language import translate as _
from web.registers import day_asked
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("day_end", __name__)


@pages.get("/books/day-end")
def index() -> ResponseReturnValue:
    """The latest day-ends, and one of them in full: that asked for, else the newest."""
    grants("books")
    with wired().database.read() as session:
        runs = history.listed(session)
        day = day_asked("day") or (runs[0].day if runs else None)
        shown = history.of_day(session, day) if day else None
        return render_template(
            "day_end.html",
            runs=runs,
            failing=history.failing(session, [run.day for run in runs]),
            shown=shown,
            refused=refusals.standing(session),
            stands_at=business_date(session),
            may_run=allowed("books", "X"),
            may_export=allowed("books", "E"),
        )


@pages.post("/books/day-end/run")
def run() -> ResponseReturnValue:
    """Run the day-end of the business date, or what is left of it, beside the pages."""
    grants("books", "X")
    now = wired().clock.now()
    with command() as session:
        day = business_date(session)
        running.check(session, day, now=now)
        audit.record(session, now, me().actor, "day_end.run", "day_end", day.isoformat())
    if wired().run_day_end(me().actor.employee_id):
        tell(_("{day} 的日终已开始，本页显示进度。", day=day), "good")
    else:
        tell(_("本服务器不运行后台任务，请在命令行运行 cheliu day-end。"), "bad")
    return redirect(url_for("day_end.index"), 303)


@pages.get("/books/day-end/<day>/debit")
def debit(day: str) -> ResponseReturnValue:
    """The direct-debit file of a day. It holds card numbers: who took it stands in the audit trail."""
    grants("books", "E")
    with command() as session:
        found = next((each for each in session.query(DebitFile) if each.day.isoformat() == day), None)
        if found is None:
            abort(404)
        audit.record(session, wired().clock.now(), me().actor, "day_end.debit_file", "debit_file", day)
    content = wired().files.read(found.sha256)
    return send_file(
        BytesIO(content), mimetype="text/csv", as_attachment=True, download_name=found.file_name, etag=False
    )
