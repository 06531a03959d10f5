"""Vouchers by period, one voucher, numbering, and the files for accounting packages and of the statements."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from company import audit
from company.organisation import business_date
from lending.accounts import chart
from lending.books import export, periods, statements, vouchers
from lending.books.export import Package
from lending.books.statements import Row
from lending.errors import NotFound
from lending.spreadsheets import Table, workbook
from web.access import allowed, grants
from web.exporting import WORKBOOK, Leaving, hand_out
from web.language import current
from web.language import translate as _
from web.registers import day_asked
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("vouchers", __name__)
PAGE_ROWS = 30
ENTRIES_MAX = 50


@pages.get("/books/vouchers")
def index() -> ResponseReturnValue:
    """The vouchers of a period by number, each with its lines."""
    grants("books")
    after = max(request.args.get("after", 0, type=int), 0)
    with wired().database.read() as session:
        month = request.args.get("month") or periods.month_of(business_date(session))
        first, last = periods.days_of(month)
        found = vouchers.of_month(session, month, after=after, limit=PAGE_ROWS + 1)
        shown = found[:PAGE_ROWS]
        more = (
            url_for("vouchers.index", month=month, after=shown[-1].number) if len(found) > PAGE_ROWS else None
        )
        return render_template(
            "vouchers.html",
            month=month,
            rows=shown,
            lines=vouchers.lines_of(session, shown),
            accounts=chart(session),
            unfiled=vouchers.unfiled(session, first, last),
            more=more,
            packages=Package.choices(current()) if allowed("books", "E") else [],
            may_number=allowed("books", "X"),
        )


@pages.get("/books/vouchers/<month>/<int:number>")
def show(month: str, number: int) -> ResponseReturnValue:
    """One voucher and the entries under it."""
    grants("books")
    with wired().database.read() as session:
        try:
            voucher = vouchers.get(session, month, min(number, 2**31 - 1))
        except NotFound:
            abort(404)
        return render_template(
            "voucher.html",
            voucher=voucher,
            entries=vouchers.entries_of(session, voucher, ENTRIES_MAX),
            accounts=chart(session),
        )


@pages.post("/books/vouchers")
def number() -> ResponseReturnValue:
    """Give the entries up to the business date their vouchers."""
    grants("books", "X")
    actor, now = me().actor, wired().clock.now()
    with command() as session:
        today = business_date(session)
        made = vouchers.number(session, today, now=now, by=actor.employee_id)
        audit.record(
            session, now, actor, "voucher.number", "period", periods.month_of(today), after={"made": made}
        )
    tell(_("已编制 {n} 张凭证。", n=made), "good")
    return redirect(url_for("vouchers.index"), 303)


@pages.get("/books/vouchers/export")
def export_vouchers() -> ResponseReturnValue:
    """All vouchers of a period for a package, for a purpose."""
    grants("books", "E")
    package, month = request.args.get("package", ""), request.args.get("month", "")
    if not Package.has(package):
        abort(404)
    periods.days_of(month)
    chosen = Package(package)
    with wired().database.read() as session:
        rows = export.rows_of(session, month)

    def written(mark: str) -> bytes:
        with wired().database.read() as session:
            return export.written(session, chosen, month, current(), mark)

    return hand_out(
        Leaving(
            what=f"{chosen.label(current())} {month}",
            rows=rows,
            filename=_marked(export.name_of(chosen, month)),
            written=written,
            subject=("voucher.export", "period", month),
            facts={"package": package},
            mimetype=WORKBOOK if chosen is Package.EXCEL else "text/plain",
        )
    )


def _marked(name: str) -> str:
    """A file that a package reads has no place for a mark but its name."""
    before, dot, ending = name.rpartition(".")
    return f"{before}-{me().username}-{wired().clock.now():%Y%m%d%H%M}{dot}{ending}"


@pages.get("/books/statements/workbook")
def export_statements() -> ResponseReturnValue:
    """Balance sheet and income statement as a workbook of two sheets."""
    grants("books", "E")
    with wired().database.read() as session:
        on = day_asked("on") or business_date(session)
        since = min(day_asked("since") or on.replace(day=1), on)
        sheet, income = statements.balance_sheet(session, on), statements.income_statement(session, since, on)
    head = (_("项目"), _("期末余额"), _("年初余额"))
    flow = (_("项目"), _("本期金额"), _("本年累计"))
    tables = [
        Table(_("资产负债表"), head, _cells([*sheet.assets, *sheet.claims]), [str(on)]),
        Table(_("利润表"), flow, _cells(income.rows), [f"{since} – {on}"]),
    ]
    return hand_out(
        Leaving(
            what=f"{_('资产负债表')} · {_('利润表')} {on}",
            rows=len(sheet.assets) + len(sheet.claims) + len(income.rows),
            filename=f"statements-{on}.xlsx",
            written=lambda mark: workbook(tables, mark),
            subject=("statements.export", "books", str(on)),
            facts={},
        )
    )


def _cells(rows: list[Row] | tuple[Row, ...]) -> list[tuple[str, Decimal, Decimal]]:
    return [(row.label(current()), row.now, row.before) for row in rows]
