"""Money in suspense whose loan is not known: the list, and the way to the booking that puts it to a loan."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lending import queries
from lending.bank import suspense
from lending.errors import NotFound
from lending.life.kinds import EventKind
from web.access import allowed
from web.language import current
from web.session import me
from web.telling import tell
from web.wiring import wired

pages = Blueprint("suspense", __name__)


def may_see() -> bool:
    """Whether the person keeps the books or registers receipts."""
    return allowed("books") or allowed("ledger", "CA")


@pages.get("/bank/suspense")
def index() -> ResponseReturnValue:
    """What nobody has claimed, the oldest first, beside what the account holds."""
    if not may_see():
        abort(403)
    with wired().database.read() as session:
        return render_template(
            "suspense.html", found=suspense.unclaimed(session), may_claim=allowed("ledger", "C")
        )


@pages.get("/bank/suspense/claim")
def claim() -> ResponseReturnValue:
    """Lead to the form of the loan that was named, filled in with what is left of the sum."""
    if not allowed("ledger", "C"):
        abort(403)
    loan_no = request.args.get("loan_no", "").strip()[:24]
    with wired().database.read() as session:
        try:
            item = suspense.item(session, request.args.get("reference", "")[:120])
            loan = queries.loan_record(session, me().actor, loan_no).loan
        except NotFound as missing:
            tell(missing.text(current()), "bad")
            return redirect(url_for("suspense.index"), 303)
        return redirect(
            url_for(
                "loan_desk.show",
                loan_no=loan.loan_no,
                kind=EventKind.CLAIM.value,
                claimed_reference=item.reference,
                booking_amount=item.rest,
                booking_date=max(item.on, loan.value_date or item.on),
            ),
            303,
        )
