"""Collections: the worklist, the screen from which a customer is called, and what came of each contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from company import audit
from company.calendar import ZONE
from company.masking import mask_phone
from company.messages import Refusal
from company.organisation import business_date, the_company
from company.people import Employee, in_scope
from engine.errors import NotAllowed, NotEligible, TaskUnknown
from lending import contact_circumstances, customers, loans, typed
from lending.collections import (
    agencies,
    assignment,
    contact_log,
    letters,
    promises,
    recovery,
    reports,
    scripts,
    strategy,
)
from lending.collections.assignment import Load
from lending.collections.cases import CollectionCase, open_of_customer
from lending.collections.kinds import ResultCode, Stage
from lending.contact_circumstances import Circumstance
from lending.contact_gate import Channel, Person
from lending.loans import Loan
from lending.locks import held
from web import collection_results, contact_panel
from web.access import allowed, grants, openable
from web.language import current, named
from web.language import translate as _
from web.session import me
from web.summary import person_name
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("collections", __name__)
ROWS_MAX = 200
CONTACTS_SHOWN = 30
CHANNELS = (Channel.CALL, Channel.VISIT)


def visible(actions: str) -> ColumnElement[bool]:
    """The cases, joined with their loan, that the person may do any of ``actions`` with; "A" is to supervise them."""
    found = grants("collection_team" if actions == "A" else "collection_case", actions)
    return or_(
        in_scope(found, Loan.unit_id, CollectionCase.collector_id),
        in_scope(found, Loan.unit_id, Loan.owner_id.expression),
    )


def reached(session: Session, case_no: str, actions: str = "R", *, to_change: bool = False) -> CollectionCase:
    """The case, or 404 when there is none or it lies outside the person's reach."""
    asked = (
        select(CollectionCase)
        .join(Loan, Loan.loan_no == CollectionCase.loan_no)
        .where(CollectionCase.case_no == case_no, visible(actions))
    )
    found = session.scalar(held(asked) if to_change else asked)
    if found is None:
        abort(404)
    return found


@pages.get("/collections")
def index() -> ResponseReturnValue:
    """The worklist: a row a customer, by deadline passed, priority and money; of one stage or one's own when asked."""
    wanted = request.args.get("stage", "")
    stage = Stage(wanted) if Stage.has(wanted) else None
    mine = request.args.get("mine") == "1"
    condition = [visible("R")]
    if stage is not None:
        condition.append(CollectionCase.stage == stage)
    if mine:
        condition.append(CollectionCase.collector_id == me().actor.employee_id)
    today = wired().clock.now().astimezone(ZONE).date()
    with wired().database.read() as session:
        on = business_date(session)
        rows = reports.worklist(session, condition, on=on, today=today, limit=ROWS_MAX)
        ids = {row.first.case.collector_id for row in rows} - {None}
        people = {one.id: named(one) for one in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
        return render_template(
            "collections.html",
            rows=rows,
            people=people,
            person_name=person_name,
            stages=Stage,
            stage=stage,
            mine=mine,
            today=today,
            on=on,
            may_supervise=allowed("collection_team", "A"),
        )


@pages.get("/collections/<case_no>")
def show(case_no: str) -> ResponseReturnValue:
    """The call screen: what is owed, why the case stands where it stands, what to say, and all that was tried."""
    return _page(case_no)


def _page(case_no: str, given: Mapping[str, str] | None = None, problems: Sequence[str] = ()) -> str:
    """The call screen; after a refusal with what was typed of the contact, and what is wrong with it."""
    wiring, now = wired(), wired().clock.now()
    with wiring.database.read() as session:
        found = reached(session, case_no)
        loan = loans.get(session, found.loan_no)
        customer = customers.get(session, found.customer_id)
        awaited = contact_log.awaited(session, found, me().actor.employee_id, now)
        phone = customers.phone_of(session, wiring.vault, customer)
        tasks = collection_results.tasks_of(session, found)
        supervises = allowed("collection_team", "A")
        return render_template(
            "collection.html",
            case=found,
            given=given,
            problems=problems,
            loan=loan,
            name=person_name(customer.name),
            number=phone if awaited is not None and awaited.person is Person.BORROWER else mask_phone(phone),
            awaited=awaited,
            promises=promises.of_case(session, found.id),
            letters=letters.of_case(session, found.id),
            decisions=recovery.of_case(session, found.id),
            circumstances=contact_circumstances.of_customer(session, found.customer_id),
            placement=agencies.placement_of(session, found.id),
            tasks=tasks,
            finishes=collection_results.finished_by(tasks, awaited),
            results=ResultCode.choices(current()),
            channels=[(each.value, each.label(current())) for each in CHANNELS],
            people=Person.choices(current()),
            may_act=allowed("collection_case", "U")
            and (found.open_for is not None or awaited is not None or bool(problems)),
            may_supervise=supervises,
            team=_others_to_do_it(session, loan.unit_id, found) if supervises else [],
            allowed_loan=openable(session, [found.loan_no]),
            part_names={"money": _("金额"), "days": _("天数"), "broken": _("失约"), "grade": _("等级")},
            today=now.astimezone(ZONE).date(),
            **_stands(session, found, person_name(customer.name), now),
            **_contacts(session, found.customer_id),
        )


def _others_to_do_it(session: Session, unit_id: int, found: CollectionCase) -> list[Load]:
    """The collectors to whom a case can be given: not who has it, with all open cases of the customer, already."""
    has_it = assignment.who_has_all(session, found)
    return [load for load in assignment.loads(session, unit_id) if load.employee_id != has_it]


def _stands(session: Session, found: CollectionCase, name: str, now: datetime) -> dict[str, object]:
    """How the customer's cases stand on the business date; what is to be said of this one, and what holds it."""
    on = business_date(session)
    mine = [found, *(each for each in open_of_customer(session, found.customer_id) if each.id != found.id)]
    standings = strategy.standings(session, mine, [each.loan_no for each in mine], on)
    here = next(each for each in standings if each.case.id == found.id)
    collector = session.get(Employee, found.collector_id) if found.collector_id else None
    held_for = strategy.hold_of(session, found, now) if found.open_for else ""
    return {
        "on": on,
        "stands": here,
        "others": [each for each in standings if each is not here],
        "parts": strategy.parts_of(found, promises.broken(session, found.id), here.arrears),
        "script": scripts.lines(
            found.script,
            current(),
            lender=the_company(session).name,
            name=name,
            days=here.arrears.days_past_due,
            amount=f"{here.arrears.overdue:,.2f}",
            on=on,
        ),
        "collector": named(collector) or None,
        "held_words": held_words(held_for),
        "was_held": bool(found.held_for) and not held_for,
    }


def _contacts(session: Session, customer_id: int) -> dict[str, object]:
    """All that was tried with the customer, with what was noted of it."""
    tried = contact_log.of_customer(session, customer_id, CONTACTS_SHOWN)
    return {
        "reasons": contact_panel.reasons(session, [attempt for attempt, _made in tried]),
        "contacts": [
            (attempt, made, contact_log.words_of(session, wired().vault, made) if made else "")
            for attempt, made in tried
        ],
    }


@pages.post("/collections/<case_no>/dial")
def dial(case_no: str) -> ResponseReturnValue:
    """Ask the gate before a contact; allowed or refused, it is written down with its rule."""
    form = {name: text.strip() for name, text in request.form.items()}
    channel, person = form.get("channel", ""), form.get("person", "")
    if channel not in {each.value for each in CHANNELS} or not Person.has(person):
        raise typed.NotAChoice(text=(channel + person)[:40])
    now, actor, wiring = wired().clock.now(), me().actor, wired()
    with command() as session:
        found = reached(session, case_no, "U", to_change=True)
        attempt = contact_log.ask(
            session,
            wiring.vault,
            found,
            wiring.contact_rules,
            channel=Channel(channel),
            person=Person(person),
            number=form.get("number", ""),
            now=now,
            by=actor.employee_id or 0,
        )
        facts = {"allowed": attempt.allowed, "rule": attempt.rule, "channel": channel, "person": person}
        audit.record(session, now, actor, "collection.dial", "collection_case", case_no, after=facts)
        refused_for = contact_panel.reasons(session, [attempt]).get(attempt.id)
    contact_panel.tell_ruling(refused_for)
    return redirect(url_for("collections.show", case_no=case_no), 303)


@pages.post("/collections/<case_no>/result")
def note_result(case_no: str) -> ResponseReturnValue:
    """Write down what came of the contact; unless it is tried again today, that completes the task that asked for it.

    What cannot be written down is shown again as it was typed (422).
    """
    form = {name: text.strip() for name, text in request.form.items()}
    now, actor = wired().clock.now(), me().actor
    try:
        with command() as session:
            found = reached(session, case_no, "U", to_change=True)
            result = collection_results.write_down(session, found, form)
            facts = {"result": result.value}
            audit.record(session, now, actor, "collection.result", "collection_case", case_no, after=facts)
    except (TaskUnknown, NotAllowed, NotEligible):
        raise
    except Refusal as refusal:
        return _page(case_no, form, collection_results.problems(refusal)), 422
    wired().wake()
    tell(_("联系结果已登记：{result}。", result=result.label(current())), "good")
    return redirect(url_for("collections.show", case_no=case_no), 303)


@pages.get("/collections/<case_no>/letters/<letter_no>.pdf")
def letter(case_no: str, letter_no: str) -> ResponseReturnValue:
    """The PDF of a demand letter of the case."""
    wiring = wired()
    with wiring.database.read() as session:
        found = reached(session, case_no)
        one = next((each for each in letters.of_case(session, found.id) if each.letter_no == letter_no), None)
        if one is None:
            abort(404)
        sha256 = one.sha256
    return _file(case_no, sha256, "letter", f"{letter_no}.pdf", "application/pdf")


@pages.get("/collections/<case_no>/evidence/<int:decision_id>.zip")
def evidence(case_no: str, decision_id: int) -> ResponseReturnValue:
    """The evidence pack of a decision, as it was handed over; for legal and supervisors."""
    wiring = wired()
    with wiring.database.read() as session:
        found = reached(session, case_no, "A")
        one = next((each for each in recovery.of_case(session, found.id) if each.id == decision_id), None)
        if one is None or one.pack_sha256 is None:
            abort(404)
        sha256 = one.pack_sha256
    return _file(case_no, sha256, "evidence", f"evidence-{case_no}-{decision_id}.zip", "application/zip")


def _file(case_no: str, sha256: str, what: str, name: str, mimetype: str) -> ResponseReturnValue:
    """A file of the case, its taking noted."""
    data = wired().files.read(sha256)
    with command() as session:
        now, facts = wired().clock.now(), {"what": what, "sha256": sha256}
        audit.record(session, now, me().actor, "collection.file", "collection_case", case_no, after=facts)
    return send_file(BytesIO(data), mimetype=mimetype, as_attachment=True, download_name=name, etag=False)


def held_words(held_for: str) -> str:
    """The ground of a hold in words."""
    if Circumstance.has(held_for):
        return Circumstance(held_for).label(current())
    return _("投诉未答复") if held_for else ""
