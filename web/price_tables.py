"""Tables of prices: one sent as Excel or CSV and proposed whole, its template, and what the cars are worth by it."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from company.messages import Refusal
from company.organisation import business_date
from company.people import in_scope
from lending import price_tables, revaluations, typed
from lending.loans import Loan
from lending.proposals import ProposalSubject
from lending.spreadsheets import BYTES_MAX
from web.access import grants
from web.exporting import WORKBOOK
from web.language import current
from web.language import translate as _
from web.proposals import made
from web.session import me
from web.summary import vehicle_number
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("price_tables", __name__)
ROWS_MAX = 200


@pages.get("/prices/template")
def template() -> ResponseReturnValue:
    """The empty table with an example row."""
    grants("price", "C")
    name = "price-table.xlsx"
    return send_file(
        BytesIO(price_tables.template()),
        mimetype=WORKBOOK,
        as_attachment=True,
        download_name=name,
        etag=False,
    )


@pages.post("/prices/table")
def propose() -> ResponseReturnValue:
    """Read a table and propose it whole; a second person compares and approves it."""
    grants("price", "C")
    upload = request.files.get("table")
    try:
        if upload is None or not upload.filename:
            raise typed.TermMissing(label=_("价格表文件"))
        data = upload.stream.read(BYTES_MAX + 1)
        rows = price_tables.read(upload.filename, data)
        begins = typed.calendar_day(request.form.get("valid_from", ""))
        reason = request.form.get("reason", "").strip()[:200]
        with command() as session:
            price_tables.check(session, rows, valid_from=begins)
            values: dict[str, object] = {"table": price_tables.packed(rows)}
            key = f"{upload.filename[:80]} {_('{n} 个车型', n=len(rows))}"[:120]
            unit_id = me().actor.unit_id or 0
            made(
                session,
                ProposalSubject.PRICE_TABLE,
                key,
                values,
                valid_from=begins,
                reason=reason,
                unit_id=unit_id,
            )
    except Refusal as refusal:
        tell(refusal.text(current()), "bad")
        return redirect(url_for("prices.index"), 303)
    tell(_("价格表已提出（{n} 个车型），等待另一人复核。", n=len(rows)), "good")
    return redirect(url_for("prices.index"), 303)


@pages.get("/prices/revaluations")
def values() -> ResponseReturnValue:
    """The loans above the value of their car by the table, the worst first, with the last run."""
    grants("price")
    reach = in_scope(grants("contract"), Loan.unit_id, Loan.owner_id.expression)
    with wired().database.read() as session:
        found = revaluations.worst(session, reach, above=revaluations.ABOVE, limit=ROWS_MAX)
        return render_template(
            "revaluations.html",
            rows=[(row, loan, vehicle, vehicle_number(vehicle.vin)) for row, loan, vehicle in found],
            run=revaluations.last_run(session),
            due=revaluations.is_due(session, business_date(session), wired().clock.now()),
        )
