"""Money as the bank tells of it, and the direct debits of the latest files, for who keeps books or posts receipts."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select, true

from company.messages import Refusal
from company.organisation import business_date
from company.people import in_scope
from lending import proposals
from lending.bank import debits, receipts, unposted
from lending.day_end.tables import DebitFile
from lending.loans import Loan
from lending.proposals import ProposalSubject
from web.access import allowed, grants, openable
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
    """What came and went back, the newest first; the debit files with what became of their items.

    Who keeps the books sees all of the company's account; who registers receipts what names no loan or one in reach.
    """
    if not may_see():
        abort(403)
    reach = true() if allowed("books") else _reach("CA")
    with wired().database.read() as session:
        rows = receipts.latest(session, reach, limit=ROWS_MAX)
        left = unposted.listed(session, reach, limit=ROWS_MAX)
        files = list(session.scalars(select(DebitFile).order_by(DebitFile.day.desc()).limit(FILES_MAX)))
        sums = {file.day: debits.totals(session, file.day) for file in files}
        return render_template(
            "bank_receipts.html",
            rows=rows,
            openable=openable(session, [*(each.loan_no for each in rows), *(each.loan_no for each in left)]),
            files=files,
            sums=sums,
            statuses=list(debits.DebitStatus),
            unposted=[(each, unposted.key_of(each)) for each in left],
            endings=list(unposted.DebitEnding),
            may_end=allowed("ledger", "C"),
            waiting=proposals.pending_keys(session, ProposalSubject.DEBIT),
        )


def _reach(actions: str) -> ColumnElement[bool]:
    """The condition on :class:`lending.loans.Loan` of those in whose ledger the person may do any of ``actions``."""
    return in_scope(grants("ledger", actions), Loan.unit_id, Loan.owner_id.expression)


@pages.post("/bank/receipts/debits")
def end_debit() -> ResponseReturnValue:
    """Propose what becomes of a collection that could not be posted; another person decides."""
    key = request.form.get("key", "")[:40]
    visible = _reach("C")
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
