"""Training: the courses and the roles that require them, one's own record, and who attended with which score."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit, people
from company.calendar import ZONE
from company.messages import Refusal
from company.people import Employee, Role, in_scope
from company.people import training as records
from company.people.training import Course, RoleCourse, TrainingRecord
from web import typed
from web.access import allowed, grants, held_grants
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("training", __name__)
ROWS_MAX = 200


@dataclass(frozen=True)
class Line:
    """A course with the roles that require it."""

    course: Course
    roles: list[Role]


@pages.get("/training")
def index() -> ResponseReturnValue:
    """The courses, the person's own record and what is missing; for who keeps the records, everybody's in reach."""
    return _page(None)


def _page(problem: str | None) -> str:
    actor, now = me().actor, wired().clock.now()
    today = now.astimezone(ZONE).date()
    with wired().database.read() as session:
        return render_template(
            "training.html",
            lines=_lines(session),
            own=records.records_of(session, actor.employee_id or 0),
            lacking=records.missing(session, actor.employee_id or 0, actor.roles, today),
            kept=_kept(session),
            staff=_staff(session, "U"),
            roles=session.scalars(select(Role).order_by(Role.id)).all(),
            may_keep=allowed("training", "U"),
            may_require=allowed("users", "U"),
            today=today,
            problem=problem,
        )


def _lines(session: Session) -> list[Line]:
    required: dict[int, list[Role]] = {}
    rows = session.execute(select(RoleCourse.course_id, Role).join(Role, Role.id == RoleCourse.role_id))
    for course_id, role in rows:
        required.setdefault(course_id, []).append(role)
    courses = session.scalars(select(Course).order_by(Course.id))
    return [Line(course, required.get(course.id, [])) for course in courses]


def _kept(session: Session) -> list[tuple[TrainingRecord, Course, Employee]]:
    """The latest records of those in the scope of who keeps or audits them."""
    if not allowed("training"):
        return []
    reach = in_scope(grants("training"), Employee.unit_id, Employee.id)
    rows = session.execute(
        select(TrainingRecord, Course, Employee)
        .join(Course, Course.id == TrainingRecord.course_id)
        .join(Employee, Employee.id == TrainingRecord.employee_id)
        .where(reach)
        .order_by(TrainingRecord.id.desc())
        .limit(ROWS_MAX)
    )
    return [(record, course, person) for record, course, person in rows]


def _staff(session: Session, actions: str) -> list[Employee]:
    reach = in_scope(held_grants("training", actions), Employee.unit_id, Employee.id)
    asked = select(Employee).where(Employee.active, reach, Employee.id != me().actor.employee_id)
    return list(session.scalars(asked.order_by(Employee.username)))


@pages.post("/training/courses")
def offer() -> ResponseReturnValue:
    """A new course."""
    form, now = typed.texts(120), wired().clock.now()
    try:
        with command() as session:
            mark, months = typed.number(form.get("pass_mark") or "0"), form.get("valid_months")
            course = records.offer_course(
                session,
                name=form.get("name", ""),
                name_en=form.get("name_en", ""),
                pass_mark=-1 if mark is None else mark,
                valid_months=(typed.number(months) or 0) if months else None,
            )
            after = {"name": course.name, "pass_mark": course.pass_mark, "valid_months": course.valid_months}
            audit.record(session, now, me().actor, "training.offer", "course", course.id, after=after)
    except Refusal as refusal:
        return _page(refusal.text(current())), 422
    tell(_("课程已设立。"), "good")
    return redirect(url_for("training.index"), 303)


@pages.post("/training/courses/<int:course_id>/roles")
def require(course_id: int) -> ResponseReturnValue:
    """Which roles require the course before tasks come to their holders: at once."""
    wanted, now = request.form.getlist("role"), wired().clock.now()
    with command() as session:
        course = session.get(Course, course_id) if course_id < 2**31 else None
        if course is None:
            abort(404)
        known = (
            select(RoleCourse.role_id).where(RoleCourse.course_id == course.id).order_by(RoleCourse.role_id)
        )
        before = {"roles": list(session.scalars(known))}
        records.require_for(session, course, wanted)
        after = {"roles": list(session.scalars(known))}
        audit.record(session, now, me().actor, "training.require", "course", course.id, before, after)
    tell(_("已保存。"), "good")
    return redirect(url_for("training.index"), 303)


@pages.post("/training/records")
def attend() -> ResponseReturnValue:
    """Record that an employee in reach attended, with the score; nobody records his own."""
    form, now = typed.texts(), wired().clock.now()
    try:
        with command() as session:
            person_id = typed.number(form.get("employee"))
            person = next((each for each in _staff(session, "U") if each.id == person_id), None)
            if person is None:
                raise people.EmployeeUnknown(employee_id=form.get("employee", ""))
            course = records.course_of(session, typed.number(form.get("course")) or 0)
            today = now.astimezone(ZONE).date()
            score = form.get("score")
            made = records.attend(
                session,
                course,
                person,
                on=typed.day(form.get("attended_on")) or today,
                score=_score(score) if score else None,
                recorded_by=me().username,
                now=now,
                today=today,
            )
            after = {
                "course": course.name,
                "on": made.attended_on,
                "score": made.score,
                "passed": made.passed,
            }
            audit.record(session, now, me().actor, "training.attend", "employee", person.id, after=after)
    except Refusal as refusal:
        return _page(refusal.text(current())), 422
    tell(_("培训记录已保存。"), "good")
    return redirect(url_for("training.index"), 303)


def _score(given: str) -> int:
    found = typed.number(given)
    return records.SCORE_MAX + 1 if found is None else found
