"""The books, to read: journal entries, the trial balance, and the movements of money at the bank."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from company.organisation import business_date
from company.people import Scope, in_scope
from lending.accounts import Account
from lending.fund_journal import FundMovement
from lending.ledger import BalanceRow, JournalEntry, JournalLine, TrialBalance
from lending.loans import Loan
from web.access import beyond_own
from web.wiring import wired

pages = Blueprint("ledger", __name__)
PAGE_ROWS = 50


@pages.get("/ledger")
def index() -> ResponseReturnValue:
    """Journal entries, latest first; of a branch, those of its loans."""
    before = request.args.get("before", type=int)
    with wired().database.read() as session:
        asked = select(JournalEntry).where(_entries()).options(selectinload(JournalEntry.lines))
        if before:
            asked = asked.where(JournalEntry.id < before)
        entries = session.scalars(asked.order_by(JournalEntry.id.desc()).limit(PAGE_ROWS + 1)).all()
        more = url_for("ledger.index", before=entries[PAGE_ROWS - 1].id) if len(entries) > PAGE_ROWS else None
        return render_template(
            "ledger.html", entries=entries[:PAGE_ROWS], more=more, accounts=_accounts(session)
        )


@pages.get("/ledger/trial-balance")
def trial_balance() -> ResponseReturnValue:
    """The trial balance up to and including a day, the business date unless asked otherwise."""
    with wired().database.read() as session:
        on = _day(request.args.get("on")) or business_date(session)
        return render_template("trial_balance.html", trial=_trial_balance(session, on))


@pages.get("/fund-journal")
def fund_journal() -> ResponseReturnValue:
    """Money in and out at the bank, latest first."""
    before = request.args.get("before", type=int)
    with wired().database.read() as session:
        asked = select(FundMovement).where(_in_reach(FundMovement.loan_no))
        if before:
            asked = asked.where(FundMovement.id < before)
        rows = session.scalars(asked.order_by(FundMovement.id.desc()).limit(PAGE_ROWS + 1)).all()
        more = (
            url_for("ledger.fund_journal", before=rows[PAGE_ROWS - 1].id) if len(rows) > PAGE_ROWS else None
        )
        return render_template("fund_journal.html", rows=rows[:PAGE_ROWS], more=more)


def _in_reach(loan_no: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    """The condition that a loan number is one the person may read; who reads all reads what has no loan too.

    Who reaches only cases of their own reads those on the loan's page: the books are no page for them.
    """
    found = beyond_own("ledger")
    if not found:
        abort(403)
    if any(grant.scope is Scope.ALL for grant in found):
        return true()
    return loan_no.in_(select(Loan.loan_no).where(in_scope(found, Loan.unit_id, Loan.owner_id)))


def _entries() -> ColumnElement[bool]:
    reach = _in_reach(JournalLine.loan_no)
    return true() if reach is true() else JournalEntry.id.in_(select(JournalLine.entry_id).where(reach))


def _trial_balance(session: Session, on: date) -> TrialBalance:
    sums = session.execute(
        select(JournalLine.account, func.sum(JournalLine.debit), func.sum(JournalLine.credit))
        .join(JournalEntry)
        .where(JournalEntry.on <= on, _entries())
        .group_by(JournalLine.account)
        .order_by(JournalLine.account)
    )
    accounts = _accounts(session)
    return TrialBalance(on, tuple(BalanceRow(accounts[code], debit, credit) for code, debit, credit in sums))


def _accounts(session: Session) -> dict[str, Account]:
    return {account.code: account for account in session.scalars(select(Account))}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
