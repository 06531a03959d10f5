"""Who owes and who owns a loan, on its page: its debtors, the requests to change them, the package it was sold in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import in_scope
from engine import decision_tables
from engine.dmn import DmnError
from engine.feel import FeelError
from lending import claim_transfers, customers, debt_transfers, loan_changes
from lending.claim_records import ClaimItem, ClaimNotice, ClaimPackage
from lending.life import changes, progress
from lending.loans import Loan, LoanStatus
from lending.transfer_records import DebtTransfer, LoanDebtor, TransferRefusal
from web.access import allowed, grants
from web.language import current
from web.language import translate as _
from web.session import me
from web.summary import person_name
from web.wiring import command, wired

pages = Blueprint("debt_transfers", __name__)
ELIGIBILITY = "transfer_eligibility"


@dataclass(frozen=True)
class Hands:
    """Through whose hands a loan has gone: names masked as everywhere; ``sold`` with the notices of this loan.

    ``hindrance`` is why a request made now would be refused whoever takes the debt over, empty if it would not.
    """

    debtors: list[tuple[LoanDebtor, str]]
    requests: list[DebtTransfer]
    may_begin: bool
    hindrance: str
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
    may_begin = free and sold is None and loan.status is LoanStatus.ACTIVE and allowed("change", "C")
    return Hands(
        [
            (each, person_name(customers.get(session, each.customer_id).name))
            for each in debt_transfers.debtors(session, loan)
        ],
        debt_transfers.of_loan(session, loan.loan_no),
        may_begin,
        _hindrance_if_known(session, loan) if may_begin else "",
        sold,
        [each for each in told if each.loan_no == loan.loan_no],
    )


def _hindrance_if_known(session: Session, loan: Loan) -> str:
    """Nothing where the table cannot say: it may ask for what is only known of the newcomer, or be mistaken."""
    try:
        return _hindrance(session, loan)
    except (FeelError, DmnError):
        return ""


def _hindrance(session: Session, loan: Loan) -> str:
    """What the deployed table of eligibility says of the loan today, whoever the new debtor is, and until when."""
    model, on = decision_tables.newest(session, ELIGIBILITY), business_date(session)
    reading = changes.reading_of(session, loan.loan_no, on)
    if model is None or reading is None:
        return ""
    facts = {**debt_transfers.facts_of(session, loan, on), "black": False, "same_debtor": False}

    def result(paid: int) -> str:
        return str(model.evaluate(ELIGIBILITY, {**facts, "instalments_paid": paid}, strict=True).value)

    paid = progress.instalments_paid(reading)
    if not TransferRefusal.has(now := result(paid)):
        return ""
    told = _("现在申请将不予转移：{why}。", why=TransferRefusal(now).label(current()))
    enough = next((n for n in range(paid, len(reading.state.parts)) if result(n) != now), None)
    day = progress.day_when_paid(reading, enough) if enough else None
    if day is None:
        return told
    return told + _(
        "现已还清 {paid} 期，按还款计划 {day} 还清第 {n} 期后可以申请。", paid=paid, day=day, n=enough
    )
