"""The monthly reports as they were made: by month and version, one of them, its workbook, and a new version."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from company import audit
from company.organisation import business_date
from lending.books import monthly
from lending.books.monthly import Line, MonthlyReport
from lending.spreadsheets import Cell, Table, workbook
from web.access import allowed, grants
from web.exporting import Leaving, hand_out
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("reports", __name__)
MOVEMENT = {
    "opening": "期初准备",
    "charged": "本期计提",
    "released": "本期转回",
    "written_off": "核销使用",
    "recovered": "收回已核销",
    "moved": "其他变动",
    "closing": "期末准备",
}


@pages.get("/books/reports")
def index() -> ResponseReturnValue:
    """Every version of every month, and one of them: that asked for, else the newest."""
    grants("books")
    with wired().database.read() as session:
        found = monthly.listed(session)
        wanted = request.args.get("report", type=int)
        shown = next((each for each in found if each.id == wanted), found[0] if found else None)
        return render_template(
            "reports.html",
            reports=found,
            shown=shown,
            tables=_tables(shown) if shown else [],
            movement=_movement(shown) if shown else [],
            may_make=allowed("books", "X"),
            may_export=allowed("books", "E"),
        )


@pages.post("/books/reports")
def make() -> ResponseReturnValue:
    """Make a month's report: the next version if a figure has changed since the newest."""
    grants("books", "X")
    month, now, actor = request.form.get("month", "")[:7], wired().clock.now(), me().actor
    with command() as session:
        ended = business_date(session) - timedelta(days=1)
        made = monthly.make(session, month, ended=ended, now=now, by=actor.employee_id)
        report_id = made.report.id
        if made.is_new:
            facts = {"version": made.report.version}
            audit.record(session, now, actor, "monthly_report.make", "monthly_report", month, after=facts)
    if made.is_new:
        tell(_("已生成 {month} 月报第 {n} 版。", month=month, n=made.report.version), "good")
    else:
        tell(_("{month} 的账务没有变化，第 {n} 版仍然有效。", month=month, n=made.report.version), "good")
    return redirect(url_for("reports.index", report=report_id), 303)


@pages.get("/books/reports/<int:report_id>/workbook")
def export(report_id: int) -> ResponseReturnValue:
    """One version as an Excel workbook, from what was kept."""
    grants("books", "E")
    with wired().database.read() as session:
        report = _report(session, report_id)
        month, version = report.month, report.version
        note = _("{month} 第 {n} 版", month=month, n=version)
        sheets = [
            Table(title, heads, [[_name(row), row["now"], row["before"]] for row in rows], [note])
            for title, heads, rows in _tables(report)
        ]
        moved: list[list[Cell]] = [[label, amount] for label, amount in _movement(report)]
        sheets.append(Table(_("准备变动"), [_("项目"), _("金额")], moved, [note]))
    return hand_out(
        Leaving(
            what=_("{month} 第 {n} 版", month=month, n=version),
            rows=sum(len(list(sheet.rows)) for sheet in sheets),
            filename=f"report-{month}-v{version}.xlsx",
            written=lambda mark: workbook(sheets, mark),
            subject=("monthly_report.export", "monthly_report", month),
            facts={"version": version},
        )
    )


def _report(session: Session, report_id: int) -> MonthlyReport:
    report = session.get(MonthlyReport, report_id) if report_id < 2**31 else None
    if report is None:
        abort(404)
    return report


def _tables(report: MonthlyReport) -> list[tuple[str, list[str], list[Line]]]:
    """Title, heads and rows of each statement."""
    figures = report.figures
    ends = [_("项目"), _("期末余额"), _("年初余额")]
    return [
        (_("资产负债表"), ends, [*figures["assets"], *figures["claims"]]),
        (_("利润表"), [_("项目"), _("本期金额"), _("本年累计")], figures["income"]),
    ]


def _movement(report: MonthlyReport) -> list[tuple[str, Cell]]:
    return [(_(label), report.figures["provisions"][name]) for name, label in MOVEMENT.items()]


def _name(row: Line) -> str:
    return row["name"] if current() == "zh" else row["name_en"]
