"""Quotes of a prepayment: the rules side by side, the quotes made with their validity, and each as PDF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from company import audit
from company.messages import Refusal
from company.organisation import business_date
from lending import money, prepayment_conditions, queries
from lending.errors import NotFound
from lending.life import changes, progress, quotes
from lending.life.quotes import LoanQuote
from lending.loans import Loan, LoanStatus
from lending.maths.choices import Prepayment
from lending.printing import Template, payments, render
from web.access import allowed
from web.language import current
from web.loan_desk import first_day
from web.registers import day_asked
from web.session import me
from web.wiring import command, wired

pages = Blueprint("loan_quotes", __name__)


def may_quote() -> bool:
    """Whether the person may make quotes at all."""
    return allowed("ledger", "C") or allowed("change", "C")


def is_offered(loan: Loan) -> bool:
    """Whether the loan's pages offer the person to make a quote: of what is still owed."""
    return loan.status is LoanStatus.ACTIVE and may_quote()


@pages.get("/loans/<loan_no>/quotes")
def index(loan_no: str) -> ResponseReturnValue:
    """The quotes of a loan; with an amount in the address, what it would come to under each rule."""
    text, compared, problem = request.args.get("amount", "").strip()[:20], [], ""
    with wired().database.read() as session:
        loan, today = _loan(session, loan_no), business_date(session)
    first = first_day(loan, today)
    pay_on = day_asked("pay_on") or first
    if text:
        try:
            compared = _compared(loan_no, money.parse(text), pay_on, today)
        except Refusal as refusal:
            problem = refusal.text(current())
    with wired().database.read() as session:
        known, standing = quotes.of_loan(session, loan_no), quotes.standing(session, loan_no, today)
        page = render_template(
            "loan_quotes.html",
            loan=loan,
            stands_at=today if first > today else None,
            pay_on=pay_on,
            amount=text,
            compared=compared,
            problem=problem,
            quotes=known,
            standing=standing,
            barred={each.id: _obstacle(session, each, today) for each in known if each.id in standing},
            obstacles=_obstacles(session, loan, compared, today),
            falling_due=_falling_due(session, loan_no, pay_on, today),
            may_quote=is_offered(loan),
            may_book=allowed("ledger", "C"),
        )
    return page, 422 if problem else 200


@pages.post("/loans/<loan_no>/quotes")
def make(loan_no: str) -> ResponseReturnValue:
    """Make a quote: of all of the loan, or of an amount under one of the rules."""
    if not may_quote():
        abort(403)
    text, rule = request.form.get("amount", "").strip()[:20], request.form.get("rule", "")
    actor, now = me().actor, wired().clock.now()
    with command() as session:
        _loan(session, loan_no)
        today = business_date(session)
        made = quotes.quote(
            session,
            loan_no,
            pay_on=day_of(request.form.get("pay_on", ""), today),
            today=today,
            now=now,
            by=actor.employee_id,
            amount=money.parse(text) if text else None,
            rule=Prepayment(rule) if Prepayment.has(rule) else None,
        )
        facts = {"quote": made.quote_no, "total": str(made.total)}
        audit.record(session, now, actor, "quote.make", "loan", loan_no, after=facts)
    return redirect(url_for("loan_quotes.index", loan_no=loan_no), 303)


@pages.get("/loans/<loan_no>/quotes/<quote_no>/pdf")
def printed(loan_no: str, quote_no: str) -> ResponseReturnValue:
    """A quote as PDF."""
    with wired().database.read() as session:
        _loan(session, loan_no)
        try:
            found = quotes.get(session, quote_no)
        except NotFound:
            abort(404)
        if found.loan_no != loan_no:
            abort(404)
        facts, on = payments.prepayment_quote(session, found), business_date(session)
    data = render(Template.PREPAYMENT_QUOTE, facts, on=on)
    with command() as session:
        audit.record(session, wired().clock.now(), me().actor, "quote.print", "quote", quote_no)
    return send_file(
        BytesIO(data),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"{quote_no}.pdf",
        etag=False,
    )


def _obstacles(session: Session, loan: Loan, compared: list[LoanQuote], today: date) -> list[str]:
    """What the process would refuse today, of all of the loan and of the part that was reckoned, else of any part."""
    if loan.status is not LoanStatus.ACTIVE:
        return []
    part = compared[0].total if compared else loan.principal
    found = [prepayment_conditions.obstacle(session, loan.loan_no, each, today) for each in (None, part)]
    return list(dict.fromkeys(each.text(current()) for each in found if each is not None))


def _obstacle(session: Session, made: LoanQuote, today: date) -> str:
    """What a quote taken today needs a special ground for, empty if it needs none; it can be taken all the same."""
    amount = made.total if made.rule else None
    found = prepayment_conditions.obstacle(session, made.loan_no, amount, today)
    return found.text(current()) if found is not None else ""


def _falling_due(session: Session, loan_no: str, pay_on: date, today: date) -> int:
    reading = changes.reading_of(session, loan_no, today)
    return progress.falling_due(reading, pay_on) if reading is not None else 0


def _compared(loan_no: str, amount: Decimal, pay_on: date, today: date) -> list[LoanQuote]:
    """The amount under each rule; it is reckoned as if quoted, and nothing of that is kept."""
    with command() as session:
        return quotes.by_rule(session, loan_no, amount, pay_on=pay_on, today=today, now=wired().clock.now())


def _loan(session: Session, loan_no: str) -> Loan:
    """The loan with its ledger in the person's reach, or 404."""
    if not allowed("ledger"):
        abort(403)
    try:
        return queries.loan_record(session, me().actor, loan_no).loan
    except NotFound:
        abort(404)


def day_of(text: str, default: date) -> date:
    """The day of a field of a form, the default for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default
