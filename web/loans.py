"""Loans: the list, and one loan with its terms, schedule, postings, payment and documents."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from company.people import in_scope
from lending import disbursements, ledger
from lending.accounts import Account
from lending.customers import Customer
from lending.dealers import Dealer
from lending.disbursements import Disbursement
from lending.loans import Loan
from lending.vehicles import Vehicle
from web import register
from web.access import allowed, grants
from web.display import day, percent, yuan
from web.language import current
from web.language import translate as _
from web.summary import Facts, person_name, vehicle_number
from web.wiring import wired

pages = Blueprint("loans", __name__)
PAGE_ROWS = 50


def readable() -> ColumnElement[bool]:
    """The loans a person may read."""
    return in_scope(grants("contract"), Loan.unit_id, Loan.owner_id)


@pages.get("/loans")
def index() -> ResponseReturnValue:
    """The loans in reach, newest first; by number or customer when asked."""
    wanted = request.args.get("q", "").strip()[:64]
    before = request.args.get("before", type=int)
    asked = select(Loan, Customer.name, Vehicle.model_name).where(readable())
    asked = asked.join(Customer, Customer.id == Loan.customer_id).join(Vehicle, Vehicle.id == Loan.vehicle_id)
    if wanted:
        asked = asked.where(
            or_(
                Loan.loan_no.icontains(wanted, autoescape=True),
                Loan.application_no.icontains(wanted, autoescape=True),
                Customer.name.contains(wanted, autoescape=True),
            )
        )
    if before:
        asked = asked.where(Loan.id < before)
    with wired().database.read() as session:
        found = session.execute(asked.order_by(Loan.id.desc()).limit(PAGE_ROWS + 1)).all()
        rows = [(loan, person_name(name), model) for loan, name, model in found[:PAGE_ROWS]]
        more = url_for("loans.index", q=wanted, before=rows[-1][0].id) if len(found) > PAGE_ROWS else None
        return render_template("loans.html", rows=rows, q=wanted, more=more)


@pages.get("/loans/<loan_no>")
def show(loan_no: str) -> ResponseReturnValue:
    """One loan, or 404 when it does not exist or lies outside the person's scope."""
    with wired().database.read() as session:
        loan = session.scalar(select(Loan).where(Loan.loan_no == loan_no, readable()))
        if loan is None:
            abort(404)
        return render_template(
            "loan.html",
            loan=loan,
            terms=_terms(session, loan),
            schedule=loan.current_schedule,
            entries=ledger.entries_of_loan(session, loan_no) if allowed("ledger") else [],
            accounts={account.code: account for account in session.scalars(select(Account))},
            payment=_payment(session, loan_no) if allowed("disbursement") else [],
            documents=register.documents_of(session, loan.application_no),
        )


def _terms(session: Session, loan: Loan) -> Facts:
    customer = session.get_one(Customer, loan.customer_id)
    vehicle = session.get_one(Vehicle, loan.vehicle_id)
    facts: Facts = [
        (_("客户"), person_name(customer.name)),
        (_("车辆"), vehicle.model_name),
        (_("车架号"), vehicle_number(vehicle.vin)),
        (_("经销商"), session.get_one(Dealer, loan.dealer_id).name),
        (_("贷款本金"), yuan(loan.principal)),
        (_("年化利率"), percent(loan.annual_rate)),
        (_("期数"), _("{n} 期", n=loan.term_months)),
        (_("还款方式"), loan.method.label(current())),
        (_("还款日"), _("每月 {n} 日", n=loan.due_day) if loan.due_day else "—"),
        (_("起息日"), day(loan.value_date)),
        (_("到期日"), day(loan.maturity_date)),
    ]
    if loan.current_schedule and loan.current_schedule.instalments:
        facts.append((_("首期应还"), yuan(loan.current_schedule.instalments[0].amount)))
        facts.append((_("利息合计"), yuan(loan.current_schedule.total_interest)))
    return facts


def _payment(session: Session, loan_no: str) -> Facts:
    """What is known of the pay-out; the account by its last four digits."""
    found = session.scalar(select(Disbursement).where(Disbursement.loan_no == loan_no))
    if found is None:
        return []
    facts: Facts = [
        (_("放款编号"), found.disbursement_no),
        (_("状态"), found.status.label(current())),
        (_("金额"), yuan(found.amount)),
        (_("收款人"), found.payee_name),
        (_("收款账号"), f"**** {found.account_last4}"),
    ]
    if found.attempts:
        latest = disbursements.current_attempt(session, loan_no)
        facts.append((_("付款指令"), f"{latest.request_id} · {latest.status.label(current())}"))
        if latest.bank_reference:
            facts.append((_("银行流水号"), latest.bank_reference))
        if latest.failure:
            facts.append((_("失败原因"), latest.failure))
    return facts
