"""Receipts and certificates of settlement as PDF: for who may read the loan, its books and its customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from flask import Blueprint, Response, abort, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.organisation import business_date
from company.people import in_scope
from lending import documents, ledger, settlement
from lending.documents import DocumentKind
from lending.errors import LendingError, NotFound
from lending.fund_journal import Direction, FundMovement
from lending.loans import Loan
from lending.printing import Template, payments, render
from web.access import allowed, grants
from web.session import me
from web.wiring import command, wired

pages = Blueprint("certificates", __name__)


def receipts_of(
    session: Session, movements: Sequence[FundMovement]
) -> list[tuple[FundMovement, date | None]]:
    """The movements of a loan for which a receipt can be printed, for who may, with the day each was taken back on."""
    if not _may_print():
        return []
    found = [each for each in movements if each.direction is Direction.IN and each.journal_reference]
    taken_back = ledger.reversed_on(session, [each.journal_reference or "" for each in found])
    return [(each, taken_back.get(each.journal_reference or "")) for each in found]


def may_certify(session: Session, loan_no: str) -> bool:
    """Whether the loan is settled and the person may write its certificate."""
    if not (allowed("ledger", "C") and _may_print()):
        return False
    try:
        settlement.settled(session, loan_no, business_date(session))
    except LendingError:
        return False
    return True


@pages.get("/loans/<loan_no>/receipts/<int:movement_id>")
def receipt(loan_no: str, movement_id: int) -> ResponseReturnValue:
    """The receipt of one payment; 404 outside the person's scope."""
    if movement_id >= 2**31:
        abort(404)
    with wired().database.read() as session:
        _reach(session, loan_no)
        try:
            facts = payments.receipt(session, loan_no, movement_id)
            on = business_date(session)
        except NotFound:
            abort(404)
    with command() as session:
        now = wired().clock.now()
        audit.record(session, now, me().actor, "receipt.print", "fund_movement", movement_id)
    return _pdf(render(Template.RECEIPT, facts, on=on), f"receipt-{loan_no}-{movement_id}.pdf")


@pages.post("/loans/<loan_no>/settlement-certificate")
def settlement_certificate(loan_no: str) -> ResponseReturnValue:
    """Write the certificate, keep it among the documents of the case, and hand it out."""
    grants("ledger", "C")
    wiring, actor = wired(), me().actor
    with wiring.database.read() as session:
        application_no = _reach(session, loan_no).application_no
        on = business_date(session)
        facts = payments.settlement_certificate(session, wiring.vault, loan_no, on=on)
    name = f"settlement-{loan_no}.pdf"
    data = render(Template.SETTLEMENT_CERTIFICATE, facts, on=on)
    stored = documents.store(wiring.files, name, data)
    with command() as session:
        now = wiring.clock.now()
        documents.attach(
            session,
            application_no,
            DocumentKind.SETTLEMENT_CERTIFICATE,
            name,
            stored,
            by=actor.employee_id,
            now=now,
        )
        audit.record(
            session, now, actor, "settlement.certify", "loan", loan_no, after={"sha256": stored.sha256}
        )
    return _pdf(data, name)


def _may_print() -> bool:
    return allowed("ledger") and allowed("customer")


def _reach(session: Session, loan_no: str) -> Loan:
    """The loan, if contract, books and customer of it all lie in the person's scope."""
    conditions = [
        in_scope(grants(thing), Loan.unit_id, Loan.owner_id) for thing in ("contract", "ledger", "customer")
    ]
    loan = session.scalar(select(Loan).where(Loan.loan_no == loan_no, *conditions))
    if loan is None:
        abort(404)
    return loan


def _pdf(data: bytes, name: str) -> Response:
    return send_file(
        BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name, etag=False
    )
