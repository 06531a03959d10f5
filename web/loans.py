"""Loans: the list, and one loan with its terms, schedule, postings, payment and documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from lending import loan_entries, queries
from lending.accounts import Account
from lending.disbursements import Disbursement
from lending.errors import NotFound
from lending.loan_entries import PAGE_ENTRIES, LoanEntry
from lending.queries import PAGE_SIZE, LoanRecord
from web import (
    booking_cases,
    callbacks,
    categories,
    certificates,
    debt_transfers,
    loan_changes,
    loan_desk,
    loan_quotes,
    prepayments,
    register,
)
from web.access import allowed, grants
from web.display import day, percent, yuan
from web.language import current
from web.language import translate as _
from web.loan_life import life_of
from web.session import me
from web.summary import Facts, person_name, vehicle_number
from web.wiring import wired

pages = Blueprint("loans", __name__)
PAGES_MAX = 100_000


@pages.get("/loans")
def index() -> ResponseReturnValue:
    """The loans in reach, newest first; by number, customer or car when asked."""
    grants("contract")
    wanted = request.args.get("q", "").strip()[:64]
    page = min(max(request.args.get("page", 1, type=int), 1), PAGES_MAX)
    with wired().database.read() as session:
        found = queries.list_loans(session, me().actor, search=wanted, page=page)
        more = url_for("loans.index", q=wanted, page=page + 1) if page * PAGE_SIZE < found.total else None
        rows = [(row.loan, person_name(row.customer_name), row.model_name) for row in found.rows]
        return render_template("loans.html", rows=rows, q=wanted, more=more)


@pages.get("/loans/<loan_no>")
def show(loan_no: str) -> ResponseReturnValue:
    """One loan, or 404 when it does not exist or lies outside the person's scope."""
    with wired().database.read() as session:
        try:
            record = queries.loan_record(session, me().actor, loan_no)
        except NotFound:
            abort(404)
        life = life_of(session, record.loan, business_date(session))
        return render_template(
            "loan.html",
            life=life,
            loan=record.loan,
            terms=_terms(record),
            schedule=life.shown,
            entries=_entries(session, loan_no) if allowed("ledger") else None,
            accounts={account.code: account for account in session.scalars(select(Account))},
            payment=_payment(record.disbursement) if record.disbursement and allowed("disbursement") else [],
            documents=register.documents_of(session, record.loan.application_no),
            receipts=certificates.receipts_of(session, record.movements),
            actions=loan_desk.to_be_asked(session, record.loan),
            changing=loan_desk.changing(session, record.loan),
            waiting=loan_desk.open_bookings(session, loan_no),
            may_reverse=loan_desk.may_reverse(session, loan_no),
            refused=booking_cases.refused(session, loan_no) if loan_desk.may_book(session, loan_no) else [],
            may_quote=loan_quotes.is_offered(record.loan),
            changes=(changes := loan_changes.of_loan(session, record.loan)),
            asking=loan_changes.kinds_to_ask(record.loan, changes),
            hands=debt_transfers.load(session, record.loan),
            callbacks=callbacks.of_loan(session, record.loan),
            may_call_back=callbacks.may_arrange(record.loan),
            category=categories.category_of(session, record.loan),
            may_certify=certificates.may_certify(session, loan_no),
            after=prepayments.load(session, record.loan),
        )


@dataclass(frozen=True)
class _Entries:
    """A page of the loan's entries; ``asked`` says that the address asks for it, ``older`` and ``newer`` lead on."""

    shown: Sequence[LoanEntry]
    total: int
    asked: bool
    older: str | None
    newer: str | None


def _entries(session: Session, loan_no: str) -> _Entries:
    page = min(max(request.args.get("vouchers", 1, type=int), 1), PAGES_MAX)
    found = loan_entries.of_loan(session, loan_no, page=page)

    def at(number: int) -> str:
        return url_for("loans.show", loan_no=loan_no, vouchers=number, _anchor="vouchers")

    return _Entries(
        found.shown,
        found.total,
        "vouchers" in request.args,
        at(page + 1) if page * PAGE_ENTRIES < found.total else None,
        at(page - 1) if page > 1 else None,
    )


def _terms(record: LoanRecord) -> Facts:
    loan, schedule = record.loan, record.schedule
    facts: Facts = [
        (_("客户"), person_name(record.customer.name)),
        (_("车辆"), record.vehicle.model_name),
        (_("车架号"), vehicle_number(record.vehicle.vin)),
        (_("经销商"), record.dealer.name),
        (_("资金方"), record.funding_party.label(current())),
        (_("贷款本金"), yuan(loan.principal)),
        (_("年化利率"), percent(loan.annual_rate)),
        (_("期数"), _("{n} 期", n=loan.term_months)),
        (_("还款方式"), loan.method.label(current())),
        (_("还款日"), _("每月 {n} 日", n=loan.due_day) if loan.due_day else "—"),
        (_("起息日"), day(loan.value_date)),
        (_("贷款到期日"), day(loan.maturity_date)),
    ]
    if schedule and schedule.instalments:
        facts.append((_("首期应还"), yuan(schedule.instalments[0].amount)))
        facts.append((_("利息合计"), yuan(schedule.total_interest)))
    return facts


def _payment(found: Disbursement) -> Facts:
    """What is known of the pay-out; the account by its last four digits."""
    facts: Facts = [
        (_("放款编号"), found.disbursement_no),
        (_("状态"), found.status.label(current())),
        (_("金额"), yuan(found.amount)),
        (_("收款人"), found.payee_name),
        (_("收款账号"), f"**** {found.account_last4}"),
    ]
    if found.attempts:
        latest = found.attempts[-1]
        facts.append((_("付款指令"), f"{latest.request_id} · {latest.status.label(current())}"))
        if latest.bank_reference:
            facts.append((_("银行流水号"), latest.bank_reference))
        if latest.failure:
            facts.append((_("失败原因"), latest.failure))
    return facts
