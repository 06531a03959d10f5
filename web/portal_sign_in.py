"""The customer's way in: a mobile number, the code sent to it, and the privacy notice that stands beside them.

A number that nobody has is answered as one that somebody has, word for word and in the same time.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from company import audit
from company.messages import Refusal
from company.organisation import business_date, the_company
from company.people import SYSTEM
from lending import personal_items
from lending.customers import Customer
from lending.portal import codes, sessions
from lending.portal.codes import CodePurpose, CodeWrong
from web import portal
from web.language import current, named
from web.language import translate as _
from web.limits import limiter
from web.session import for_customers, public
from web.wiring import command, wired

pages = Blueprint("portal_sign_in", __name__)
NUMBER_MAX, CODE_MAX = 20, 12


@pages.get("/my/sign-in")
@public
def show() -> ResponseReturnValue:
    """Where a customer gives the mobile number."""
    if portal.is_open():
        return redirect(url_for("portal_loans.index"), 303)
    return _page(phone="", asked=False)


@pages.post("/my/sign-in/code")
@public
@limiter.limit("60 per minute")
def ask_code() -> ResponseReturnValue:
    """Send a code to the number, if it is a customer's; the answer is the same if not."""
    phone = request.form.get("phone", "").strip()[:NUMBER_MAX]
    now, remote = wired().clock.now(), request.remote_addr or ""
    try:
        with command() as session:
            made = codes.ask(
                session, wired().vault, phone, purpose=CodePurpose.SIGN_IN, remote=remote, now=now
            )
            audit.record(session, now, SYSTEM, "portal.code", "portal_code", made.id, remote=remote)
    except codes.CodesTooOften as refused:
        return _page(phone=phone, asked=True, problem=refused.text(current()), status=429)
    except Refusal as refused:
        return _page(phone=phone, asked=False, problem=refused.text(current()), status=422)
    wired().wake()
    return _page(phone=phone, asked=True)


@pages.post("/my/sign-in")
@public
@limiter.limit("60 per minute")
def enter() -> ResponseReturnValue:
    """Check the code; of several customers behind the number the end of the identity number says which one it is."""
    form = {name: request.form.get(name, "").strip() for name in ("phone", "code", "tail")}
    phone, now, remote = form["phone"][:NUMBER_MAX], wired().clock.now(), request.remote_addr or ""
    begun, several = None, False
    with command() as session:
        vault = wired().vault
        code = codes.tried(
            session, vault, phone, form["code"][:CODE_MAX], purpose=CodePurpose.SIGN_IN, now=now
        )
        people = [] if code is None else sessions.people_of(session, vault, phone)
        customer = _one_of(session, people, form["tail"])
        if code is not None and customer is not None:
            codes.use(code, now)
            begun = portal.open_session(session, customer)
        else:
            several = len(people) > 1
            audit.record(session, now, SYSTEM, "portal.refused", "portal_code", "", remote=remote)
    if begun is None:
        problem = (
            _("该号码有多位客户使用，请填写您证件号码的后六位。") if several else CodeWrong().text(current())
        )
        return _page(phone=phone, asked=True, problem=problem, several=several, status=401)
    portal.remember(begun)
    return redirect(url_for("portal_loans.index"), 303)


@pages.post("/my/sign-out")
@for_customers
def leave() -> ResponseReturnValue:
    """End the session: a cookie that was copied is void with it."""
    portal.forget()
    return redirect(url_for("portal_sign_in.show"), 303)


@pages.get("/my/privacy")
@public
def privacy() -> ResponseReturnValue:
    """The privacy notice: what is kept, what for, on which basis, how long, and one's rights (第十七条)."""
    with wired().database.read() as session:
        return render_template(
            "portal/privacy.html",
            company_name=named(the_company(session)),
            rules=personal_items.rules(session, business_date(session)),
            is_open=portal.is_open(),
        )


def _one_of(session: Session, people: list[Customer], tail: str) -> Customer | None:
    if len(people) == 1:
        return people[0]
    return sessions.one_of(session, wired().vault, people, tail)


def _page(
    *, phone: str, asked: bool, problem: str = "", several: bool = False, status: int = 200
) -> ResponseReturnValue:
    with wired().database.read() as session:
        company = named(the_company(session))
    html = render_template(
        "portal/sign_in.html",
        company_name=company,
        phone=phone,
        asked=asked,
        several=several,
        problem=problem,
        minutes=int(codes.VALID.total_seconds() // 60),
    )
    return html, status
