"""A customer asks to repay a loan early: what it would come to, confirmed by a code, then it goes to the staff."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.organisation import business_date
from lending import customers, prepayments, typed
from lending.errors import NotFound
from lending.life.quotes import LoanQuote
from lending.maths.choices import Prepayment
from lending.portal import codes, wishes
from lending.portal.acts import ActKind
from lending.portal.codes import CodePurpose, CodeWrong
from lending.prepayments import Wish
from lending.printing import Template, payments, render
from web import portal
from web.language import current
from web.language import translate as _
from web.limits import limiter
from web.portal_loans import day_of, held, owed, pdf
from web.session import for_customers
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("portal_prepayments", __name__)
_FIELDS = ("pay_on", "scope", "amount", "rule", "ground")
_RULES = (Prepayment.SHORTER_TERM, Prepayment.LOWER_INSTALMENT)
# The grounds that a customer can give himself; the table of the fee knows them.
_GROUNDS = {
    "ordinary": "自有资金",
    "refinance": "他行转贷",
    "trade_in": "以旧换新",
    "hardship": "确有困难",
    "total_loss": "车辆全损",
}
_SCOPES = ("full", "partial")


@dataclass(frozen=True)
class Step:
    """How far the customer is: what was filled in, what is wrong, and, on the second step, the figures."""

    given: dict[str, str]
    problem: str = ""
    figures: LoanQuote | None = None


@pages.get("/my/loans/<loan_no>/prepayment")
@for_customers
def show(loan_no: str) -> ResponseReturnValue:
    """The form; while one is under way, that one instead."""
    with wired().database.read() as session:
        owed(session, loan_no)
        given = {"pay_on": str(business_date(session)), "scope": "full"}
    return _page(loan_no, Step(dict.fromkeys(_FIELDS, "") | given))


@pages.post("/my/loans/<loan_no>/prepayment/figures")
@for_customers
@limiter.limit("30 per minute")
def foresee(loan_no: str) -> ResponseReturnValue:
    """What it would come to; a code goes to the customer's number to confirm exactly this."""
    given, customer = _given(), portal.visit().customer
    now, vault = wired().clock.now(), wired().vault
    try:
        wish, ground = _wish(given)
        with command() as session:
            owed(session, loan_no)
            figures = _figures(session, loan_no, wish, ground)
            codes.ask(
                session,
                vault,
                customers.phone_of(session, vault, customer),
                purpose=CodePurpose.PREPAYMENT,
                remote=request.remote_addr or "",
                now=now,
                customer_id=customer.id,
                subject=wishes.subject(loan_no, wish, ground),
            )
    except Refusal as refused:
        return _page(loan_no, Step(given, refused.text(current()))), 422
    wired().wake()
    return _page(loan_no, Step(given, figures=figures))


@pages.post("/my/loans/<loan_no>/prepayment")
@for_customers
@limiter.limit("30 per minute")
def ask(loan_no: str) -> ResponseReturnValue:
    """Ask for it: with the code that was sent for exactly this, and only while no other is under way."""
    given, customer, number = _given(), portal.visit().customer, ""
    try:
        wish, ground = _wish(given)
        if not _is_confirmed(loan_no, wish, ground):
            raise CodeWrong()
        with command() as session:
            owed(session, loan_no)
            made = wired().ask_prepayment(session, customer, loan_no, wish, ground)
            number = made.number
            portal.note(session, customer, ActKind.PREPAYMENT, number)
    except CodeWrong as refused:
        return _again(loan_no, given, refused)
    except Refusal as refused:
        return _page(loan_no, Step(given, refused.text(current()))), 422
    wired().wake()
    tell(_("已提交提前还款申请 {number}，我们核对后以短信告知报价。", number=number), "good")
    return redirect(url_for("portal_loans.show", loan_no=loan_no), 303)


@pages.get("/my/loans/<loan_no>/prepayments/<number>/quote")
@for_customers
def quote(loan_no: str, number: str) -> ResponseReturnValue:
    """The quote of an early repayment as PDF."""
    with command() as session:
        holding = held(session, loan_no)
        try:
            found = prepayments.get(session, number)
            made = prepayments.quote_of(session, found)
        except NotFound:
            abort(404)
        if found.loan_no != loan_no or not holding.was_mine(day_of(found)):
            abort(404)
        facts, on, name = payments.prepayment_quote(session, made), business_date(session), made.quote_no
        portal.note(session, portal.visit().customer, ActKind.QUOTE, name)
    return pdf(render(Template.PREPAYMENT_QUOTE, facts, on=on), f"{name}.pdf")


def _given() -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[:40] for name in _FIELDS}


def _wish(given: dict[str, str]) -> tuple[Wish, str]:
    """What was filled in; of all of the loan amount and rule say nothing."""
    if given["scope"] not in _SCOPES or given["ground"] not in _GROUNDS:
        raise typed.NotAChoice(text=f"{given['scope']} {given['ground']}")
    pay_on = typed.calendar_day(given["pay_on"])
    if given["scope"] == "full":
        return Wish(pay_on, None, None), given["ground"]
    if given["rule"] not in _RULES:
        raise typed.NotAChoice(text=given["rule"])
    return Wish(pay_on, typed.positive_amount(given["amount"]), Prepayment(given["rule"])), given["ground"]


def _is_confirmed(loan_no: str, wish: Wish, ground: str) -> bool:
    """Whether the code is the one for this; the try is committed by itself, whatever comes after."""
    customer, now, vault = portal.visit().customer, wired().clock.now(), wired().vault
    with command() as session:
        found = codes.tried(
            session,
            vault,
            customers.phone_of(session, vault, customer),
            request.form.get("code", "")[:12],
            purpose=CodePurpose.PREPAYMENT,
            now=now,
            customer_id=customer.id,
            subject=wishes.subject(loan_no, wish, ground),
        )
        if found is not None:
            codes.use(found, now)
        return found is not None


def _again(loan_no: str, given: dict[str, str], wrong: CodeWrong) -> ResponseReturnValue:
    """The second step once more, with its figures; the code that was sent still waits."""
    wish, ground = _wish(given)
    try:
        with command() as session:
            figures = _figures(session, loan_no, wish, ground)
    except Refusal as refused:
        return _page(loan_no, Step(given, refused.text(current()))), 422
    return _page(loan_no, Step(given, wrong.text(current()), figures)), 401


def _figures(session: Session, loan_no: str, wish: Wish, ground: str) -> LoanQuote:
    now = wired().clock.now()
    return wishes.estimate(session, loan_no, wish, ground, today=business_date(session), now=now)


def _page(loan_no: str, step: Step) -> str:
    with wired().database.read() as session:
        holding = owed(session, loan_no)
        return render_template(
            "portal/prepayment.html",
            holding=holding,
            step=step,
            open=prepayments.open_of(session, loan_no),
            rules=[(rule.value, rule.label(current())) for rule in _RULES],
            grounds=[(name, _(words)) for name, words in _GROUNDS.items()],
            ground=_(_GROUNDS.get(step.given["ground"], _GROUNDS["ordinary"])),
            minutes=int(codes.VALID.total_seconds() // 60),
        )
