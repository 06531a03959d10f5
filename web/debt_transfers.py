"""Who owes and who owns a loan, on its page: its debtors, the requests to change them, the package it was sold in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import in_scope
from lending import claim_transfers, customers, debt_transfers, loan_changes
from lending.claim_records import ClaimItem, ClaimNotice, ClaimPackage
from lending.loans import Loan, LoanStatus
from lending.transfer_records import DebtTransfer, LoanDebtor
from web.access import allowed, grants
from web.session import me
from web.summary import person_name
from web.wiring import command, wired

pages = Blueprint("debt_transfers", __name__)


@dataclass(frozen=True)
class Hands:
    """Through whose hands a loan has gone: names masked as everywhere; ``sold`` with the notices of this loan."""

    debtors: list[tuple[LoanDebtor, str]]
    requests: list[DebtTransfer]
    may_begin: bool
    sold: tuple[ClaimPackage, ClaimItem] | None
    notices: list[ClaimNotice]


@pages.post("/loans/<loan_no>/debt-transfer")
def begin(loan_no: str) -> ResponseReturnValue:
    """Begin a change of debtor; its form is held by the person at once."""
    visible = in_scope(grants("change", "C"), Loan.unit_id, Loan.owner_id.expression)
    with command() as session:
        if session.scalar(select(Loan.id).where(Loan.loan_no == loan_no, visible)) is None:
            abort(404)
        case, task_id = wired().open_debt_transfer(session, me().actor, loan_no)
        key = case.business_key
    if task_id is None:
        return redirect(url_for("cases.show", business_key=key), 303)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


def load(session: Session, loan: Loan) -> Hands:
    """What the loan's page shows."""
    sold = claim_transfers.sold(session, loan.loan_no)
    told = claim_transfers.notices(session, sold[0]) if sold else []
    free = debt_transfers.under_way(session, loan.loan_no) is None
    free = free and loan_changes.open_of(session, loan.loan_no) is None
    return Hands(
        [
            (each, person_name(customers.get(session, each.customer_id).name))
            for each in debt_transfers.debtors(session, loan)
        ],
        debt_transfers.of_loan(session, loan.loan_no),
        free and sold is None and loan.status is LoanStatus.ACTIVE and allowed("change", "C"),
        sold,
        [each for each in told if each.loan_no == loan.loan_no],
    )
