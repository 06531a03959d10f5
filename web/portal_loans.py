"""The customer's own applications and loans: how far, what is due, the plan, what was paid, each receipt as PDF."""

from __future__ import annotations

from datetime import date
from io import BytesIO

from flask import Blueprint, abort, render_template, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from company.calendar import ZONE
from company.organisation import business_date
from lending import ledger, prepayments
from lending.errors import NotFound
from lending.loans import LoanStatus
from lending.portal import holdings, progress
from lending.portal.acts import ActKind
from lending.portal.holdings import Holding
from lending.prepayments import LoanPrepayment
from lending.printing import Template, payments, render
from web import portal
from web.session import for_customers
from web.wiring import command, wired

pages = Blueprint("portal_loans", __name__)


@pages.get("/my")
@for_customers
def index() -> ResponseReturnValue:
    """The first page: loans with what is due next, and applications with how far they are."""
    customer = portal.visit().customer
    with wired().database.read() as session:
        return render_template(
            "portal/home.html",
            customer=customer,
            holdings=holdings.of(session, customer.id, business_date(session)),
            applications=progress.of(session, customer.id),
        )


@pages.get("/my/loans/<loan_no>")
@for_customers
def show(loan_no: str) -> ResponseReturnValue:
    """One loan of one's own; that of somebody else is not there."""
    with wired().database.read() as session:
        holding = held(session, loan_no)
        return render_template(
            "portal/loan.html",
            holding=holding,
            receipts=(paid := holdings.receipts(session, holding)),
            taken_back=ledger.reversed_on(session, [each.journal_reference or "" for each in paid]),
            prepayments=[
                each for each in prepayments.of_loan(session, loan_no) if holding.was_mine(day_of(each))
            ],
            may_prepay=holding.loan.status is LoanStatus.ACTIVE
            and not holding.is_over
            and prepayments.is_free(session, loan_no),
        )


@pages.get("/my/loans/<loan_no>/receipts/<int:movement_id>")
@for_customers
def receipt(loan_no: str, movement_id: int) -> ResponseReturnValue:
    """The receipt of one payment as PDF."""
    if movement_id >= 2**31:
        abort(404)
    with wired().database.read() as session:
        holding = held(session, loan_no)
        if movement_id not in {each.id for each in holdings.receipts(session, holding)}:
            abort(404)
        try:
            facts = payments.receipt(session, loan_no, movement_id)
        except NotFound:
            abort(404)
        on = business_date(session)
    with command() as session:
        portal.note(session, portal.visit().customer, ActKind.RECEIPT, f"{loan_no}/{movement_id}")
    return pdf(render(Template.RECEIPT, facts, on=on), f"receipt-{loan_no}-{movement_id}.pdf")


def day_of(wish: LoanPrepayment) -> date:
    """The day on which an early repayment was asked for."""
    return wish.opened_at.astimezone(ZONE).date()


def owed(session: Session, loan_no: str) -> Holding:
    """A loan that the customer of this request still owes to the house, or 404."""
    holding = held(session, loan_no)
    if holding.is_over:
        abort(404)
    return holding


def held(session: Session, loan_no: str) -> Holding:
    """A loan that the customer of this request owes or has owed, or 404."""
    try:
        return holdings.one(session, portal.visit().customer.id, loan_no, business_date(session))
    except NotFound:
        abort(404)


def pdf(data: bytes, name: str) -> ResponseReturnValue:
    """A PDF to be kept."""
    return send_file(
        BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name, etag=False
    )
