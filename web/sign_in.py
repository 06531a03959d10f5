"""Signing in and out, and the language a person reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit, people
from company.calendar import ZONE
from company.organisation import Unit, the_company
from company.people import Actor, Employee, EmployeeRole, Role, SignInRefused, second_factor, sessions
from web.language import current, named
from web.limits import limiter
from web.session import me, open_session, public
from web.wiring import command, wired

pages = Blueprint("sign_in", __name__)
# How long after the password the code may come.
HALF_WAY = timedelta(minutes=5)


@dataclass(frozen=True)
class DemoPerson:
    """A person of the demo company; roles and units are kept in order, each once."""

    username: str
    name: str
    roles: dict[str, None]
    units: dict[str, None]


DEMO_PASSWORD = "cheliu-demo"  # printed on the page of a demo company, which holds invented people only


@pages.get("/sign-in")
@public
def show() -> ResponseReturnValue:
    """The sign-in page; in a demo company with everybody's name, to choose from."""
    return page(problem=None, username="", status=200)


@pages.post("/sign-in")
@public
@limiter.limit("30 per minute")
def enter() -> ResponseReturnValue:
    """Check name and password; a refusal never says which of the two was wrong."""
    username = request.form.get("username", "").strip()
    wiring = wired()
    try:
        actor = people.sign_in(
            wiring.database,
            wiring.clock,
            username,
            request.form.get("password", ""),
            request.remote_addr or "",
        )
    except SignInRefused as refused:
        return page(problem=refused.text(current()), username=username, status=401)
    with wiring.database.read() as opened:
        asks_code = second_factor.is_on(opened, actor.employee_id or 0)
    if asks_code:
        return ask_code(actor, local(request.form.get("next")))
    open_session(actor)
    return redirect(local(request.form.get("next")), 303)


def ask_code(actor: Actor, after: str) -> ResponseReturnValue:
    """Keep who is half way in, and ask for the one-time code; ``after`` is the page asked for."""
    session.clear()
    session["language"] = actor.language
    session["half"] = [actor.employee_id, actor.session_epoch, int(wired().clock.now().timestamp())]
    return redirect(url_for("sign_in.show_code", next=after), 303)


@pages.get("/sign-in/code")
@public
def show_code() -> ResponseReturnValue:
    """Where who was known by the password gives the one-time code."""
    if _half_way() is None:
        return redirect(url_for("sign_in.show"), 303)
    return render_template("sign_in_code.html", problem=None, next=local(request.args.get("next")))


@pages.post("/sign-in/code")
@public
@limiter.limit("20 per minute")
def enter_code() -> ResponseReturnValue:
    """Check the one-time or recovery code; only then the session begins."""
    known, wiring = _half_way(), wired()
    if known is None:
        return redirect(url_for("sign_in.show"), 303)
    try:
        actor = people.sign_in_with_code(
            wiring.database,
            wiring.vault,
            wiring.clock,
            wiring.wall_clock,
            known,
            request.form.get("code", "")[:40],
            request.remote_addr or "",
        )
    except second_factor.CodeWrong as refused:
        back = local(request.form.get("next"))
        return render_template("sign_in_code.html", problem=refused.text(current()), next=back), 401
    open_session(actor)
    return redirect(local(request.form.get("next")), 303)


def _half_way() -> Actor | None:
    """Who was known by the password not long ago and has given no code yet."""
    half = session.get("half")
    if not half or wired().clock.now().timestamp() - half[2] > HALF_WAY.total_seconds():
        return None
    with wired().database.read() as opened:
        return people.actor_of_session(opened, half[0], half[1], wired().clock.now().astimezone(ZONE).date())


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session: a cookie that was copied is void with it."""
    with command() as opened:
        now, employee_id = wired().clock.now(), me().actor.employee_id or 0
        sessions.end_one(opened, employee_id, me().session_id, now)
        audit.record(opened, now, me().actor, "sign_out", "employee", employee_id)
    spoken = session.get("language")
    logout_user()
    session.clear()
    session["language"] = spoken
    return redirect(url_for("sign_in.show"), 303)


@pages.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Switch between Chinese and English; a signed-in person's choice is kept."""
    chosen = "en" if request.form.get("language") == "en" else "zh"
    session["language"] = chosen
    if current_user.is_authenticated:
        with command() as opened:
            people.employee(opened, me().actor.employee_id or 0).language = chosen
    return redirect(local(request.form.get("next")), 303)


def local(address: str | None) -> str:
    """``address`` if it is a path of this site, else the first page: nobody is led elsewhere by a link."""
    if (
        not address
        or not address.startswith("/")
        or address[1:2] in ("/", "\\")
        or any(c < " " for c in address)
    ):
        return "/"
    return address


def page(*, problem: str | None, username: str, status: int) -> ResponseReturnValue:
    """The sign-in page, with what went wrong."""
    with wired().database.read() as opened:
        company = the_company(opened)
        invited = _demo_people(opened) if company.is_demo else []
        html = render_template(
            "sign_in.html",
            problem=problem,
            username=username,
            next=local(request.values.get("next")),
            company_name=named(company),
            people=invited,
            demo_password=DEMO_PASSWORD,
            by_provider=wired().settings.oidc is not None,
            progress=wired().demo_progress(opened),
        )
    return html, status


def _demo_people(opened: Session) -> list[DemoPerson]:
    rows = opened.execute(
        select(Employee, Role, Unit)
        .join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
        .join(Role, Role.id == EmployeeRole.role_id)
        .join(Unit, Unit.id == EmployeeRole.unit_id)
        .where(Employee.active)
        .order_by(Employee.id, EmployeeRole.id)
    )
    found: dict[str, DemoPerson] = {}
    for employee, role, unit in rows:
        person = found.setdefault(employee.username, DemoPerson(employee.username, named(employee), {}, {}))
        person.roles[named(role)] = person.units[named(unit)] = None
    return list(found.values())
