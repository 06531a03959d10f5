"""Substitution: who does whose tasks in which days; entered by who will be away, or by an administrator."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from company import audit, people
from company.calendar import ZONE
from company.messages import Refusal
from company.people import Employee, EmployeeRole, in_scope, substitutions
from company.people.substitutions import Substitution
from web import typed
from web.access import held_grants
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("substitutions", __name__)
ROWS_MAX = 200


@dataclass(frozen=True)
class Row:
    """One substitution with its two people; ``state`` is "now", "later" or "over"."""

    substitution: Substitution
    absent: Employee
    substitute: Employee
    state: str
    may_end: bool


@pages.get("/substitutions")
def index() -> ResponseReturnValue:
    """Those the person takes part in or may see, the newest first, and the form of a new one."""
    return _list(None, {})


def _list(problem: str | None, given: dict[str, str]) -> str:
    with wired().database.read() as session:
        mine, today = me().actor.employee_id, wired().clock.now().astimezone(ZONE).date()
        absent = _absent(session)
        return render_template(
            "substitutions.html",
            rows=_rows(session),
            absent=absent,
            colleagues=_colleagues(session, everybody=len(absent) > 1),
            mine=mine,
            today=today,
            problem=problem,
            given=given,
        )


def _rows(session: Session) -> list[Row]:
    mine, today = me().actor.employee_id, wired().clock.now().astimezone(ZONE).date()
    reach = in_scope(held_grants("users"), Employee.unit_id, Employee.id)
    seen = or_(
        Substitution.absent_id == mine,
        Substitution.substitute_id == mine,
        Substitution.absent_id.in_(select(Employee.id).where(reach)),
    )
    asked = select(Substitution).where(seen).order_by(Substitution.first_day.desc(), Substitution.id.desc())
    found = session.scalars(asked.limit(ROWS_MAX)).all()
    ids = {each.absent_id for each in found} | {each.substitute_id for each in found}
    persons = {each.id: each for each in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
    changeable = _changeable(session)
    rows = []
    for each in found:
        over = each.ended_at is not None or each.last_day < today
        state = "over" if over else "now" if each.first_day <= today else "later"
        may_end = not over and each.absent_id in changeable
        rows.append(Row(each, persons[each.absent_id], persons[each.substitute_id], state, may_end))
    return rows


def _changeable(session: Session) -> set[int]:
    """For whom the person may appoint a substitute: himself, and those an administrator reaches."""
    reach = in_scope(held_grants("users", "U"), Employee.unit_id, Employee.id)
    mine = me().actor.employee_id
    return set(session.scalars(select(Employee.id).where(Employee.active, or_(Employee.id == mine, reach))))


def _absent(session: Session) -> list[Employee]:
    asked = select(Employee).where(Employee.id.in_(_changeable(session)))
    mine = me().actor.employee_id
    return list(session.scalars(asked.order_by(Employee.id != mine, Employee.username)))


def _colleagues(session: Session, *, everybody: bool) -> list[Employee]:
    """Who can stand in: for a person's own absence those of the same duty, for an administrator all."""
    asked = select(Employee).where(Employee.active).order_by(Employee.username)
    if not everybody:
        same = select(EmployeeRole.employee_id).where(EmployeeRole.role_id.in_(me().actor.roles))
        asked = asked.where(Employee.id != me().actor.employee_id, Employee.id.in_(same))
    return list(session.scalars(asked))


@pages.post("/substitutions")
def appoint() -> ResponseReturnValue:
    """Let a colleague do somebody's tasks from day to day."""
    form, now = typed.texts(200), wired().clock.now()
    try:
        with command() as session:
            absent_id = typed.number(form.get("absent")) or me().actor.employee_id or 0
            if absent_id not in _changeable(session):
                abort(403)
            absent = people.employee(session, absent_id)
            substitute = people.employee(session, typed.number(form.get("substitute")) or 0)
            first, last = typed.day(form.get("first_day")), typed.day(form.get("last_day"))
            if first is None or last is None:
                raise people.EmployeeDateWrong()
            own = absent_id == me().actor.employee_id
            if own and substitute.id not in {each.id for each in _colleagues(session, everybody=False)}:
                raise substitutions.SubstituteOfOtherDuty()
            made = substitutions.appoint(
                session,
                absent,
                substitute,
                first,
                last,
                reason=form.get("reason", ""),
                entered_by=me().username,
                now=now,
                today=now.astimezone(ZONE).date(),
            )
            after = {"absent": absent.username, "substitute": substitute.username, "from": first, "to": last}
            audit.record(
                session, now, me().actor, "substitution.appoint", "substitution", made.id, after=after
            )
    except Refusal as refusal:
        return _list(refusal.text(current()), form), 422
    tell(_("代理已安排，到期自动结束。"), "good")
    return redirect(url_for("substitutions.index"), 303)


@pages.post("/substitutions/<int:substitution_id>/end")
def end(substitution_id: int) -> ResponseReturnValue:
    """End one before its last day."""
    now = wired().clock.now()
    with command() as session:
        found = session.get(Substitution, substitution_id) if substitution_id < 2**31 else None
        if found is None or found.absent_id not in _changeable(session):
            abort(404)
        substitutions.end(session, substitution_id, now, now.astimezone(ZONE).date())
        audit.record(session, now, me().actor, "substitution.end", "substitution", substitution_id)
    tell(_("代理已结束。"), "good")
    return redirect(url_for("substitutions.index"), 303)
