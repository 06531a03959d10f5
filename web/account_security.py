"""One's own second factor and sessions: a picture to photograph, recovery codes, and what is signed in where."""

from __future__ import annotations

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from company import audit, people
from company.messages import Refusal
from company.people import second_factor, sessions
from web.language import current
from web.language import translate as _
from web.limits import limiter
from web.session import IDLE_TIME, me, open_session
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("account_security", __name__)


@pages.get("/account/security")
def show() -> ResponseReturnValue:
    """The state of the second factor, and where one is signed in."""
    return _page()


def _page(problem: str | None = None, codes: list[str] | None = None) -> str:
    wiring = wired()
    now = wiring.clock.now()
    with wiring.database.read() as session:
        person = people.employee(session, me().actor.employee_id or 0)
        address = second_factor.address_of(session, wiring.vault, person)
        return render_template(
            "account_security.html",
            person=person,
            is_on=second_factor.is_on(session, person.id),
            is_required=second_factor.is_required(session, person.id),
            left=second_factor.codes_left(session, person.id),
            address=address,
            key=address and address.partition("secret=")[2].partition("&")[0],
            picture=address and Markup(segno.make(address).svg_inline(scale=4)),
            codes=codes,
            sessions=sessions.open_of(session, person, now, IDLE_TIME),
            this=me().session_id,
            problem=problem,
        )


@pages.post("/account/security/begin")
@limiter.limit("10 per minute")
def begin() -> ResponseReturnValue:
    """Make a secret to be photographed; it counts once a code of it was typed."""
    try:
        with command() as session:
            person = people.employee(session, me().actor.employee_id or 0)
            second_factor.begin(session, wired().vault, person)
    except Refusal as refusal:
        return _page(refusal.text(current())), 422
    return redirect(url_for("account_security.show"), 303)


@pages.post("/account/security/confirm")
@limiter.limit("10 per minute")
def confirm() -> ResponseReturnValue:
    """Let the second factor count; the page that answers shows the recovery codes, this once."""
    wiring, employee_id = wired(), me().actor.employee_id or 0
    try:
        with command() as session:
            code = request.form.get("code", "")[:40]
            codes = second_factor.confirm(session, wiring.vault, employee_id, code, wiring.wall_clock.now())
            now = wiring.clock.now()
            audit.record(session, now, me().actor, "employee.second_factor_on", "employee", employee_id)
    except Refusal as refusal:
        return _page(refusal.text(current())), 422
    return _page(codes=codes)


@pages.post("/account/security/off")
@limiter.limit("10 per minute")
def switch_off() -> ResponseReturnValue:
    """Take the second factor away, with the password; not where a role asks for one. Other sessions end."""
    wiring, employee_id = wired(), me().actor.employee_id or 0
    with wiring.database.read() as session:
        known = people.employee(session, employee_id).password_hash
    try:
        if not people.fits(known, request.form.get("password", "")):
            raise people.PasswordWrong()
        with command() as session:
            if second_factor.is_required(session, employee_id):
                raise second_factor.SecondFactorRequired()
            second_factor.take_away(session, employee_id)
            person = people.employee(session, employee_id)
            people.end_sessions(person)
            session.flush()
            now = wiring.clock.now()
            audit.record(session, now, me().actor, "employee.second_factor_off", "employee", employee_id)
            changed = people.actor(session, employee_id)
    except Refusal as refusal:
        return _page(refusal.text(current())), 422
    open_session(changed)
    tell(_("两步验证已停用。"), "good")
    return redirect(url_for("account_security.show"), 303)


@pages.post("/account/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of one's own sessions: at once, wherever it is open."""
    with command() as session:
        now, employee_id = wired().clock.now(), me().actor.employee_id or 0
        sessions.end_one(session, employee_id, min(session_id, 2**31 - 1), now)
        facts = {"session": session_id}
        audit.record(session, now, me().actor, "employee.session_ended", "employee", employee_id, after=facts)
    tell(_("该登录已结束。"), "good")
    return redirect(url_for("account_security.show"), 303)
