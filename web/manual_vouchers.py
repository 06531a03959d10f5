"""Manual vouchers: written by the accountant, approved by another person."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from company.messages import Refusal
from company.organisation import business_date
from company.people import Employee
from lending import money
from lending.accounts import chart
from lending.books import manual
from lending.ledger import Line
from web.access import allowed, grants
from web.language import current, named
from web.language import translate as _
from web.loan_quotes import day_of
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("manual_vouchers", __name__)
LINES_SHOWN = 6


@pages.get("/books/manual")
def index() -> ResponseReturnValue:
    """The vouchers made by hand, and the form of a new one."""
    grants("books")
    return _page()


@pages.post("/books/manual")
def propose() -> ResponseReturnValue:
    """Write a voucher down for approval; 422 with what was typed when it is refused."""
    grants("books", "C")
    try:
        with command() as session:
            made = manual.propose(
                session,
                _lines(),
                on=day_of(request.form.get("on", ""), business_date(session)),
                reason=request.form.get("reason", ""),
                actor=me().actor,
                now=wired().clock.now(),
            )
            number = made.number
    except Refusal as refusal:
        return _page(refusal.text(current())), 422
    tell(_("手工凭证 {number} 已提交审核。", number=number), "good")
    return redirect(url_for("manual_vouchers.index"), 303)


@pages.post("/books/manual/<number>")
def decide(number: str) -> ResponseReturnValue:
    """Post the voucher, or leave it without effect."""
    grants("books", "A")
    actor, now = me().actor, wired().clock.now()
    with command() as session:
        if request.form.get("decision") == "approve":
            manual.approve(session, number[:32], actor=actor, now=now)
        else:
            manual.refuse(session, number[:32], note=request.form.get("note", ""), actor=actor, now=now)
    tell(_("手工凭证 {number} 已审核。", number=number[:32]), "good")
    return redirect(url_for("manual_vouchers.index"), 303)


def _lines() -> list[Line]:
    """The rows of the form in which anything was filled in."""
    form = request.form
    columns = (form.getlist("account"), form.getlist("debit"), form.getlist("credit"))
    rows = [tuple(cell.strip() for cell in row) for row in zip(*columns, strict=False)]
    return [
        Line(account[:12], _amount(debit), _amount(credit))
        for account, debit, credit in rows
        if account or debit or credit
    ]


def _amount(text: str) -> Decimal:
    return money.parse(text) if text else Decimal("0.00")


def _page(problem: str = "") -> str:
    with wired().database.read() as session:
        today = business_date(session)
        found = manual.listed(session, before=request.args.get("before", type=int))
        people = {one.id: named(one) for one in session.scalars(select(Employee))}
        rows = list(
            zip(*(request.form.getlist(name) for name in ("account", "debit", "credit")), strict=False)
        )
        return render_template(
            "manual_vouchers.html",
            today=today,
            vouchers=found,
            people=people,
            accounts=chart(session),
            choices=manual.choices(session, today),
            problem=problem,
            given=request.form,
            rows=(rows + [("", "", "")] * LINES_SHOWN)[: max(LINES_SHOWN, len(rows))],
            more=url_for("manual_vouchers.index", before=found[-1].id) if len(found) == 30 else None,
            may_make=allowed("books", "C"),
            may_decide=allowed("books", "A"),
        )
