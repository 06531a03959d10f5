"""Money as the bank tells of it, and the direct debits of the latest files, for who keeps books or posts receipts."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from lending.bank import debits, receipts
from lending.day_end.tables import DebitFile
from web.suspense import may_see
from web.wiring import wired

pages = Blueprint("bank_receipts", __name__)
ROWS_MAX = 200
FILES_MAX = 14


@pages.get("/bank/receipts")
def index() -> ResponseReturnValue:
    """What came and went back, the newest first; the debit files with what became of their items."""
    if not may_see():
        abort(403)
    with wired().database.read() as session:
        files = list(session.scalars(select(DebitFile).order_by(DebitFile.day.desc()).limit(FILES_MAX)))
        sums = {file.day: debits.totals(session, file.day) for file in files}
        return render_template(
            "bank_receipts.html",
            rows=receipts.latest(session, limit=ROWS_MAX),
            files=files,
            sums=sums,
            statuses=list(debits.DebitStatus),
        )
