"""Money as the bank tells of it, and the direct debits of the latest files, for who keeps books or posts receipts."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from company.messages import Refusal
from company.organisation import business_date
from company.people import in_scope
from lending import proposals
from lending.bank import debits, receipts, unposted
from lending.day_end.tables import DebitFile
from lending.loans import Loan
from lending.proposals import ProposalSubject
from web.access import allowed, grants
from web.language import current
from web.language import translate as _
from web.proposals import made
from web.suspense import may_see
from web.telling import tell
from web.wiring import command, wired

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
            unposted=[(each, unposted.key_of(each)) for each in unposted.listed(session, ROWS_MAX)],
            endings=list(unposted.DebitEnding),
            may_end=allowed("ledger", "C"),
            waiting=proposals.pending_keys(session, ProposalSubject.DEBIT),
        )


@pages.post("/bank/receipts/debits")
def end_debit() -> ResponseReturnValue:
    """Propose what becomes of a collection that could not be posted; another person decides."""
    key = request.form.get("key", "")[:40]
    visible = in_scope(grants("ledger", "C"), Loan.unit_id, Loan.owner_id.expression)
    try:
        with command() as session:
            item = unposted.get(session, key)
            unit_id = session.scalar(select(Loan.unit_id).where(Loan.loan_no == item.loan_no, visible))
            if unit_id is None:
                abort(404)
            made(
                session,
                ProposalSubject.DEBIT,
                unposted.key_of(item),
                {"debit_ending": request.form.get("ending", "")[:20]},
                valid_from=business_date(session),
                reason=request.form.get("reason", ""),
                unit_id=unit_id,
            )
    except Refusal as refused:
        tell(refused.text(current()), "bad")
    else:
        tell(_("已提出处理方式，等待另一人复核。"), "good")
    return redirect(url_for("bank_receipts.index", _anchor="unposted"), 303)
