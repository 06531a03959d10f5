"""The supervisor of collections: who has how many cases and which skills, cases given to others, the stage report."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.organisation import business_date
from company.people import Employee, EmployeeRole, in_scope
from lending import contact_circumstances, loans, typed
from lending.collections import assignment, cases, reports, strategy
from lending.collections.kinds import Skill
from web.access import grants
from web.collections import held_words, reached, visible
from web.display import share
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.typed import day, number
from web.wiring import command, wired

pages = Blueprint("collection_team", __name__)
_REPORT_DAYS = timedelta(days=180)


@pages.get("/collections/team")
def show() -> ResponseReturnValue:
    """The collectors of the supervisor's units with load and skills."""
    grants("collection_team", "A")
    with wired().database.read() as session:
        return render_template(
            "collection_team.html",
            loads=_team(session),
            skills=Skill,
            limit=assignment.CASES_MAX_LIMIT,
        )


@pages.post("/collections/team/<int:employee_id>")
def set_profile(employee_id: int) -> ResponseReturnValue:
    """Set what a collector is able to do and the most cases he is given."""
    grants("collection_team", "A")
    chosen = request.form.getlist("skill")
    if not all(Skill.has(each) for each in chosen):
        raise typed.NotAChoice(text=",".join(chosen)[:40])
    cases_max = typed.whole_number(request.form.get("cases_max", ""))
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        present = {load.employee_id: load.name for load in _team(session)}
        if employee_id not in present:
            raise assignment.NotACollector(name=employee_id)
        assignment.set_profile(session, employee_id, frozenset(Skill(each) for each in chosen), cases_max)
        facts = {"skills": sorted(chosen), "cases_max": cases_max}
        audit.record(session, now, actor, "collector.profile", "employee", employee_id, after=facts)
    tell(_("催收员能力已保存。"), "good")
    return redirect(url_for("collection_team.show"), 303)


@pages.post("/collections/<case_no>/assign")
def assign(case_no: str) -> ResponseReturnValue:
    """Give all open cases of the customer to a collector; their steps begin anew on his desk."""
    employee_id = number(request.form.get("collector")) or 0
    now, actor = wired().clock.now(), me().actor
    with command() as session:
        found = reached(session, case_no, "A", to_change=True)
        if employee_id == assignment.who_has_all(session, found):
            raise assignment.HasItAlready(name=_name(session, employee_id))
        given = assignment.give(session, found, loans.get(session, found.loan_no), employee_id)
        for each in given:
            cases.tell_case(session, each, f"given:{employee_id}:{now:%Y%m%d%H%M%S}", now)
        facts = {"collector": employee_id, "cases": [each.case_no for each in given]}
        audit.record(session, now, actor, "collection.assign", "collection_case", case_no, after=facts)
        name = _name(session, employee_id)
    wired().wake()
    tell(_("{n} 个案件已改派给 {name}。", n=len(given), name=name), "good")
    return redirect(url_for("collections.show", case_no=case_no), 303)


@pages.post("/collections/<case_no>/circumstances/<int:circumstance_id>/lift")
def lift(case_no: str, circumstance_id: int) -> ResponseReturnValue:
    """What held collection up holds no more, for a reason; it is said whether something else holds it up still."""
    now, actor, why = wired().clock.now(), me().actor, request.form.get("why", "").strip()
    if circumstance_id >= 2**31:
        abort(404)
    with command() as session:
        found = reached(session, case_no, "A", to_change=True)
        lifted = contact_circumstances.lift(
            session, found.customer_id, circumstance_id, why, by=actor.employee_id, now=now
        )
        facts = {"circumstance": circumstance_id, "case": case_no}
        audit.record(
            session,
            now,
            actor,
            "contact_circumstance.lift",
            "customer",
            found.customer_id,
            after=facts,
            reason=why,
        )
        words = lifted.kind.label(current())
        still = held_words(strategy.hold_of(session, found, now))
    wired().wake()
    if still:
        tell(_("“{what}”已解除；本案仍因“{still}”暂停催收。", what=words, still=still), "good")
    else:
        tell(_("“{what}”已解除，即刻生效。", what=words), "good")
    return redirect(url_for("collections.show", case_no=case_no), 303)


@pages.get("/collections/report")
def report() -> ResponseReturnValue:
    """The cure rate and the days to resolve by stage, of a time."""
    condition = visible("R")
    with wired().database.read() as session:
        today = business_date(session)
        since = day(request.args.get("since")) or today - _REPORT_DAYS
        until = day(request.args.get("until")) or today
        problem = typed.DaysBackwards(since=since, until=until).text(current()) if since > until else ""
        page = render_template(
            "collection_report.html",
            rows=reports.stages(session, condition, since, until) if not problem else [],
            since=since,
            until=until,
            problem=problem,
            share=share,
        )
    return page, 422 if problem else 200


def _name(session: Session, employee_id: int) -> str:
    return session.get_one(Employee, employee_id).name


def _team(session: Session) -> list[assignment.Load]:
    """The active collectors within the supervisor's reach."""
    asked = (
        select(Employee.id)
        .join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
        .where(
            EmployeeRole.role_id == assignment.ROLE,
            Employee.active.is_(True),
            in_scope(grants("collection_team", "A"), EmployeeRole.unit_id, Employee.id),
        )
        .distinct()
    )
    return assignment.loads_of(session, session.scalars(asked).all())
