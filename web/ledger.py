"""The ledger, to read: journal entries, one entry, the trial balance of some days, the sub-ledgers and how they tie."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import selectinload

from company.organisation import business_date
from lending import ledger
from lending.accounts import chart
from lending.books import subledgers
from lending.books.vouchers import Voucher
from lending.ledger import JournalEntry, JournalLine
from lending.loans import Loan
from web.access import loans_in_books
from web.registers import day_asked
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
        return render_template("ledger.html", entries=entries[:PAGE_ROWS], more=more, accounts=chart(session))


@pages.get("/ledger/entry")
def entry() -> ResponseReturnValue:
    """One entry by its business reference, with its voucher and what reversed it; 404 outside the person's reach."""
    reference = request.args.get("reference", "")[:120]
    with wired().database.read() as session:
        found = session.scalar(
            select(JournalEntry)
            .where(JournalEntry.reference == reference, _entries())
            .options(selectinload(JournalEntry.lines), selectinload(JournalEntry.reverses))
        )
        if found is None:
            abort(404)
        return render_template(
            "entry.html",
            entry=found,
            accounts=chart(session),
            voucher=session.get(Voucher, found.voucher_id) if found.voucher_id else None,
            reversal=session.scalar(select(JournalEntry).where(JournalEntry.reverses_id == found.id)),
        )


@pages.get("/ledger/trial-balance")
def trial_balance() -> ResponseReturnValue:
    """The trial balance up to and including a day, the business date unless asked otherwise; from a day on if asked."""
    with wired().database.read() as session:
        on = day_asked("on") or business_date(session)
        since = day_asked("since")
        if since is not None and since > on:
            since = on
        trial = ledger.trial_balance(session, on, since=since, reach=_lines())
        return render_template("trial_balance.html", trial=trial)


@pages.get("/ledger/sub-ledgers")
def sub_ledgers() -> ResponseReturnValue:
    """What the loans carry together on each account kept by loan, beside the trial balance of the day."""
    with wired().database.read() as session:
        on = day_asked("on") or business_date(session)
        found = subledgers.ties(session, on, subledgers.SHOWN, reach=_lines())
        return render_template("sub_ledgers.html", on=on, ties=found, accounts=chart(session))


def _lines() -> ColumnElement[bool]:
    """The condition on journal lines that the person may read them; who reads all reads those without a loan too."""
    reach, everything = loans_in_books()
    return true() if everything else JournalLine.loan_no.in_(select(Loan.loan_no).where(reach))


def _entries() -> ColumnElement[bool]:
    lines = _lines()
    if loans_in_books()[1]:
        return true()
    return JournalEntry.id.in_(select(JournalLine.entry_id).where(lines))
