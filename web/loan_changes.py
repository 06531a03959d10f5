"""Changes of a loan that its customer asks for, from the loan's page: begun, listed with what came of them."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import in_scope
from lending import loan_changes
from lending.loan_changes import ChangeKind, LoanChange
from lending.loans import Loan, LoanStatus
from web.access import allowed, grants
from web.session import me
from web.wiring import command, wired

pages = Blueprint("loan_changes", __name__)


@pages.post("/loans/<loan_no>/changes/<kind>")
def begin(loan_no: str, kind: str) -> ResponseReturnValue:
    """Begin a request; its form is held by the person at once."""
    if not ChangeKind.has(kind):
        abort(404)
    visible = in_scope(grants("change", "C"), Loan.unit_id, Loan.owner_id.expression)
    with command() as session:
        if session.scalar(select(Loan.id).where(Loan.loan_no == loan_no, visible)) is None:
            abort(404)
        case, task_id = wired().open_loan_change(session, me().actor, loan_no, ChangeKind(kind))
        key = case.business_key
    if task_id is None:
        return redirect(url_for("cases.show", business_key=key), 303)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


def of_loan(session: Session, loan: Loan) -> list[LoanChange]:
    """The requests that the loan's page shows."""
    return loan_changes.of_loan(session, loan.loan_no) if allowed("change") else []


def kinds_to_ask(loan: Loan, known: list[LoanChange]) -> list[ChangeKind]:
    """What the person may ask for on the loan; nothing while a request is under way."""
    is_free = all(change.open_for is None for change in known)
    return list(ChangeKind) if loan.status is LoanStatus.ACTIVE and is_free and allowed("change", "C") else []
