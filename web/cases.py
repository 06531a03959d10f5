"""Cases: the search over applications, the page of one with all that happened, and the start of a new one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from company import people
from company.organisation import business_date
from company.people import in_scope
from engine import history
from engine.tasks import Instance, InstanceStatus, TaskStatus, UserTask
from lending import approvals, overrides, photos, reconsiderations, release_exceptions, reviews
from lending.applications import Application
from lending.customers import Customer
from lending.transfer_records import DebtTransfer
from lending.vehicles import Vehicle
from web import fraud, intake, other_cases, parties, reception, reconsideration, register, story, summary
from web.access import allowed, grants, held_grants
from web.language import translate as _
from web.session import me
from web.story import Texts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("cases", __name__)
PAGE_ROWS = 50


@dataclass(frozen=True)
class Row:
    """One application in the list; ``steps`` are the names of what waits."""

    application: Application
    customer: str
    vehicle: str
    steps: tuple[str, ...]


def readable() -> ColumnElement[bool]:
    """The applications a person may open: through any of the things an application becomes."""
    actor = me().actor
    found = [
        grant
        for thing in ("application", "contract", "disbursement")
        for grant in people.may(actor, thing, "R")
    ]
    return in_scope(found, Application.unit_id, Application.owner_id)


def reach(session: Session, business_key: str) -> Application:
    """The application, or 404 when it does not exist or lies outside the person's scope: nothing tells which."""
    application = session.scalar(
        select(Application).where(Application.application_no == business_key, readable())
    )
    if application is None:
        abort(404)
    return application


def reach_any(session: Session, business_key: str) -> None:
    """404 unless the person may look at the case, of an application or of another kind."""
    if is_application(session, business_key):
        reach(session, business_key)
    else:
        other_cases.require_seen(session, business_key)


def is_application(session: Session, business_key: str) -> bool:
    """Whether there is an application of this number."""
    asked = select(Application.id).where(Application.application_no == business_key)
    return session.scalar(asked) is not None


@pages.get("/cases")
def index() -> ResponseReturnValue:
    """The search: by number of the case, name, VIN or plate; newest first."""
    wanted = request.args.get("q", "").strip()[:64]
    return _found(wanted, before=request.args.get("before", type=int))


@pages.post("/cases")
def search() -> ResponseReturnValue:
    """Find also by what leads to a person, a phone or last four digits: in an address it would stay in logs."""
    wanted = request.form.get("q", "").strip()[:64]
    if not register.names_a_person(wanted):
        return redirect(url_for("cases.index", q=wanted or None), 303)
    return _found(wanted, by_number=True)


def _found(wanted: str, *, before: int | None = None, by_number: bool = False) -> str:
    """The page of the cases that a word describes; a search by a person's number has one page only."""
    with wired().database.read() as session:
        asked = select(Application, Customer.name, Vehicle.model_name).where(readable())
        asked = asked.outerjoin(Customer, Customer.id == Application.customer_id)
        asked = asked.outerjoin(Vehicle, Vehicle.id == Application.vehicle_id)
        if wanted:
            asked = asked.where(register.matches(session, wanted, by_number=by_number))
        if before:
            asked = asked.where(Application.id < before)
        found = session.execute(asked.order_by(Application.id.desc()).limit(PAGE_ROWS + 1)).all()
        steps = _steps(session, [application.application_no for application, _name, _model in found])
        rows = [
            Row(
                application,
                summary.person_name(name) if name else "",
                model or "",
                steps.get(application.application_no, ()),
            )
            for application, name, model in found[:PAGE_ROWS]
        ]
        more = (
            url_for("cases.index", q=wanted, before=rows[-1].application.id)
            if len(found) > PAGE_ROWS and not by_number
            else None
        )
        return render_template("cases.html", rows=rows, q=wanted, more=more)


def _steps(session: Session, business_keys: list[str]) -> dict[str, tuple[str, ...]]:
    """The names of the open tasks by business key."""
    tasks = session.scalars(
        select(UserTask)
        .where(UserTask.business_key.in_(business_keys), UserTask.status == TaskStatus.OPEN)
        .order_by(UserTask.id)
    ).all()
    cases = session.scalars(select(Instance).where(Instance.id.in_({task.instance_id for task in tasks})))
    texts = Texts(story.definitions_of(session, cases))
    found: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        name = texts.element(task.process_id, task.element_id, task.name)
        found[task.business_key] = tuple(dict.fromkeys((*found.get(task.business_key, ()), name)))
    return found


@pages.get("/cases/<business_key>")
def show(business_key: str) -> ResponseReturnValue:
    """One application: facts, its cases with diagrams, decisions, documents, contracts and the timeline.

    Under a number that is no application's stands another kind of case, with a page of its own.
    """
    now, wanted = wired().clock.now(), request.args.get("case", type=int)
    with wired().database.read() as session:
        if not is_application(session, business_key):
            return other_cases.shown(session, business_key, wanted)
        application = reach(session, business_key)
        cases = history.instances(session, business_key)
        definitions = {each.id: each for each in story.definitions_of(session, cases)}
        texts = Texts(definitions.values())
        chosen = other_cases.preferred(cases, wanted)
        return render_template(
            "case.html",
            application=application,
            facts=summary.of(session, business_key) + parties.group_facts(session, application),
            parties=parties.rows_of(session, application),
            company=parties.company_of(session, application),
            line=parties.line_of(session, application),
            signatures=parties.signatures_of(session, application),
            cases=[(case, texts.process(case.process_id)) for case in cases],
            chosen=chosen,
            diagram=chosen and story.diagram(session, chosen, definitions[chosen.definition_id]),
            progress=chosen and story.progress(chosen, definitions[chosen.definition_id], now),
            hits=story.hits(session, business_key, texts),
            timeline=story.timeline(session, business_key, texts, now),
            votes=reviews.disclosed_votes(session, application),
            documents=register.documents_of(session, business_key),
            numbers=register.numbers_of(session, application),
            loans=register.loans_of(session, application),
            may_withdraw=_may_withdraw(session, application, cases),
            may_reconsider=reconsideration.may_ask(session, application, cases),
            reconsidered=reconsiderations.find(session, business_key),
            fraud_checks=fraud.rows_of(session, business_key),
            overrides=overrides.of_application(session, business_key),
            approval=approvals.find(session, business_key),
            exceptions=release_exceptions.of_application(session, business_key),
            deciders=_deciders(session, business_key),
            owners={role.id: role for role in session.scalars(select(people.Role))},
            today=business_date(session),
            consents=intake.consents_of(session, business_key),
            photos=len(photos.of_case(session, business_key)) if allowed("customer") else None,
            reception=reception.of(session, business_key, texts),
            awaits_materials=intake.awaits_materials(session, business_key),
        )


def _deciders(session: Session, business_key: str) -> dict[int, people.Employee]:
    """Who decided the exceptions of a pay-out, by id."""
    ids = {one.decided_by for one in release_exceptions.of_application(session, business_key)}
    asked = select(people.Employee).where(people.Employee.id.in_([each for each in ids if each]))
    return {one.id: one for one in session.scalars(asked)}


def _may_withdraw(session: Session, application: Application, cases: list[Instance]) -> bool:
    running = any(case.status == InstanceStatus.RUNNING for case in cases)
    if not running or application.released_at is not None:
        return False
    return session.scalar(select(Application.id).where(_to_withdraw(application.application_no))) is not None


def _to_withdraw(business_key: str) -> ColumnElement[bool]:
    """The application, if the person may change it; that of a change of debtor, if he may begin such a one."""
    ways = [
        in_scope(held_grants(thing, letters), Application.unit_id, Application.owner_id.expression)
        & condition
        for thing, letters, condition in (
            ("application", "U", true()),
            ("change", "C", Application.application_no.in_(select(DebtTransfer.application_no))),
        )
    ]
    return (Application.application_no == business_key) & or_(*ways)


@pages.post("/cases/<business_key>/withdraw")
def withdraw(business_key: str) -> ResponseReturnValue:
    """The customer withdraws: every running case of the application takes its way out."""
    reason = request.form.get("reason", "").strip()[:500]
    if not reason:
        tell(_("请填写撤回原因。"), "bad")
        return redirect(url_for("cases.show", business_key=business_key), 303)
    wiring = wired()
    with command() as session:
        application = session.scalar(select(Application.id).where(_to_withdraw(business_key)))
        if application is None:
            abort(404)
        wiring.engine.deliver(
            session,
            "CustomerWithdrew",
            business_key,
            {"withdrawal_reason": reason, "withdrawn_by": me().actor.employee_id},
            f"withdrawal:{business_key}",
            actor=me().actor,
        )
    tell(_("已登记客户撤回。"), "good")
    return redirect(url_for("cases.show", business_key=business_key), 303)


@pages.get("/cases/new")
def new() -> ResponseReturnValue:
    """Before a new application is opened: what it is, and one button."""
    grants("application", "C")
    return render_template("new_case.html")


@pages.post("/cases/new")
def start() -> ResponseReturnValue:
    """Open a draft application and start its process; its first task is held by the person at once."""
    grants("application", "C")
    with command() as session:
        case, task_id = wired().open_application(session, me().actor)
    if task_id is None:
        return redirect(url_for("cases.show", business_key=case.business_key), 303)
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)
