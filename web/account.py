"""One's own account: roles, the latest sign-ins, and another password."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit, people
from company.audit import AuditEntry
from company.messages import Refusal
from company.organisation import Unit, business_date
from company.people import Employee, EmployeeRole, Role
from company.people import positions as people_positions
from web.language import current, named
from web.language import translate as _
from web.limits import limiter
from web.session import me, open_session, signed_in
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("account", __name__)
SIGN_INS_SHOWN = 10
# What a person may do before another password is chosen.
_OPEN_BEFORE = {"account.show", "account.change_password", "sign_in.leave", "sign_in.choose_language"}
# What a person may do before a second factor that a role asks for is set up.
_OPEN_BEFORE_FACTOR = {"account_security.show", "account_security.begin", "account_security.confirm"}


def insist(app: Flask) -> None:
    """Lead who signs in with a password of somebody else's choice to the page where another is chosen, and who lacks
    the second factor that a role asks for to the page where it is set up."""

    @app.before_request
    def choose_first() -> ResponseReturnValue | None:
        if request.endpoint in (*_OPEN_BEFORE, None, "static", "assets") or not signed_in():
            return None
        if me().actor.must_choose_password:
            return redirect(url_for("account.show"), 303)
        if me().actor.must_add_factor and request.endpoint not in _OPEN_BEFORE_FACTOR:
            return redirect(url_for("account_security.show"), 303)
        return None


@pages.get("/account")
def show() -> ResponseReturnValue:
    """Who one is in the house, and the form for another password."""
    return _page(None)


@pages.post("/account/password")
@limiter.limit("10 per minute")
def change_password() -> ResponseReturnValue:
    """Another password: every other session of the person ends, this one goes on."""
    wiring, given = wired(), request.form
    try:
        with wiring.database.read() as session:
            person = people.employee(session, me().actor.employee_id or 0)
            known = person.password_hash
            former = [each.password_hash for each in people.former_passwords(session, person)]
            people.require_strong(session, given.get("new", ""), wiring.clock, person.username)
        if not people.fits(known, given.get("current", "")):
            raise people.PasswordWrong()
        if given.get("new") != given.get("again"):
            raise people.PasswordsDiffer()
        if any(people.fits(each, given.get("new", "")) for each in (known, *former)):
            raise people.PasswordUnchanged()
    except Refusal as refusal:
        return _page(refusal.text(current())), 422
    password_hash = people.hash_password(given["new"])
    with command() as session:
        person = people.employee(session, me().actor.employee_id or 0)
        if person.password_hash != known:  # an administrator was quicker: the newer password stands
            raise people.PasswordWrong()
        people.set_password(session, person, password_hash)
        now = wiring.clock.now()
        audit.record(session, now, me().actor, "employee.password", "employee", person.id)
        changed = people.actor(session, person.id)
    open_session(changed)
    tell(_("密码已修改，其他设备上的登录已结束。"), "good")
    return redirect(url_for("account.show"), 303)


def _page(problem: str | None) -> str:
    with wired().database.read() as session:
        person = people.employee(session, me().actor.employee_id or 0)
        roles = session.execute(
            select(Role, Unit)
            .join(EmployeeRole, EmployeeRole.role_id == Role.id)
            .join(Unit, Unit.id == EmployeeRole.unit_id)
            .where(EmployeeRole.employee_id == person.id)
            .order_by(Role.id)
        ).all()
        return render_template(
            "account.html",
            person=person,
            roles=roles,
            sign_ins=sign_ins(session, person),
            positions=_positions(session, person),
            problem=problem,
        )


def _positions(session: Session, person: Employee) -> str:
    held = people_positions.held_by(session, [person.id], business_date(session))
    return " / ".join(named(each) for each in held.get(person.id, []))


def sign_ins(session: Session, person: Employee) -> list[AuditEntry]:
    """The latest sign-ins, and attempts that failed, the newest first."""
    return list(
        session.scalars(
            select(AuditEntry)
            .where(
                AuditEntry.object_type == "employee",
                AuditEntry.object_id == str(person.id),
                AuditEntry.action.in_(("sign_in", "sign_in_refused")),
            )
            .order_by(AuditEntry.id.desc())
            .limit(SIGN_INS_SHOWN)
        )
    )
