"""What happens to a loan after its pay-out, on its page: early repayments begun and made, alerts, messages sent."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lending import alerts, deliveries, prepayments, queries
from lending.alerts import LoanAlert
from lending.deliveries import Delivery
from lending.errors import NotFound
from lending.loans import Loan, LoanStatus
from lending.prepayments import LoanPrepayment
from web.session import me
from web.wiring import command, wired

pages = Blueprint("prepayments", __name__)
MESSAGES_MAX = 20


@dataclass(frozen=True)
class AfterPayOut:
    """What the loan's page shows of it; ``may_begin``: whether the person may begin an early repayment now."""

    prepayments: list[LoanPrepayment]
    alerts: list[LoanAlert]
    messages: list[Delivery]
    may_begin: bool


def load(session: Session, loan: Loan) -> AfterPayOut:
    """What happened to a loan since its pay-out."""
    made = prepayments.of_loan(session, loan.loan_no)
    is_free = loan.status is LoanStatus.ACTIVE and prepayments.is_free(session, loan.loan_no)
    return AfterPayOut(
        made,
        alerts.of_loan(session, loan.loan_no),
        deliveries.latest(session, limit=MESSAGES_MAX, loan_no=loan.loan_no),
        is_free and prepayments.may_begin(session, me().actor, loan.loan_no),
    )


@pages.post("/loans/<loan_no>/prepayments")
def begin(loan_no: str) -> ResponseReturnValue:
    """Begin an early repayment; its form is held by the person at once."""
    with command() as session:
        try:
            queries.loan_record(session, me().actor, loan_no)
        except NotFound:
            abort(404)
        if not prepayments.may_begin(session, me().actor, loan_no):
            abort(403)
        _case, task_id = wired().open_prepayment(session, me().actor, loan_no)
    if task_id is None:
        abort(403)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)
