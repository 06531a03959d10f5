"""Collections: the worklist, the screen from which a customer is called, and what came of each contact."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from company import audit
from company.calendar import ZONE
from company.masking import mask_phone
from company.organisation import the_company
from company.people import Employee, in_scope
from engine.tasks import Instance, TaskStatus, UserTask
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
from lending.collections.cases import CollectionCase, open_of_customer
from lending.collections.contact_log import Came
from lending.collections.kinds import UNANSWERED, ResultCode, Stage
from lending.contact_circumstances import Circumstance
from lending.contact_gate import Channel, Person
from lending.errors import LendingError
from lending.loans import Loan
from lending.locks import held
from web import contact_panel
from web.access import allowed, grants, openable
from web.language import current
from web.language import translate as _
from web.session import me
from web.summary import person_name
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("collections", __name__)
ROWS_MAX = 200
CONTACTS_SHOWN = 30
CHANNELS = (Channel.CALL, Channel.VISIT)
CONTACT_TASKS = ("Task_Contact", "Task_ContactGuarantor", "Task_Visit")
_PLAIN = frozenset({*UNANSWERED, ResultCode.REFUSED, ResultCode.WRONG_PERSON, ResultCode.MESSAGE_LEFT})


class NoContactAsked(LendingError):
    """A result that moves the case belongs to its task."""

    code = "no_contact_task"
    zh = "本案现在没有等待您办理的联系任务，这个结果须在任务开启后登记；未接通可直接登记。"
    en = "No contact task of this case waits for you; this result belongs to one. A call in vain may be noted at once."


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
        rows = reports.worklist(session, condition, today=today, limit=ROWS_MAX)
        ids = {row.first.collector_id for row in rows} - {None}
        people = {one.id: one.name for one in session.scalars(select(Employee).where(Employee.id.in_(ids)))}
        return render_template(
            "collections.html",
            rows=rows,
            people=people,
            person_name=person_name,
            stages=Stage,
            stage=stage,
            mine=mine,
            today=today,
            may_supervise=allowed("collection_team", "A"),
        )


@pages.get("/collections/<case_no>")
def show(case_no: str) -> ResponseReturnValue:
    """The call screen: what is owed, why the case stands where it stands, what to say, and all that was tried."""
    wiring, now = wired(), wired().clock.now()
    with wiring.database.read() as session:
        found = reached(session, case_no)
        loan = loans.get(session, found.loan_no)
        customer = customers.get(session, found.customer_id)
        awaited = contact_log.awaited(session, found, me().actor.employee_id, now)
        phone = customers.phone_of(session, wiring.vault, customer)
        contacts = contact_log.of_customer(session, found.customer_id, CONTACTS_SHOWN)
        decisions = recovery.of_case(session, found.id)
        collector = session.get(Employee, found.collector_id) if found.collector_id else None
        words = scripts.lines(
            found.script,
            current(),
            lender=the_company(session).name,
            name=person_name(customer.name),
            days=found.days_past_due,
            amount=f"{found.overdue:,.2f}",
        )
        return render_template(
            "collection.html",
            case=found,
            loan=loan,
            name=person_name(customer.name),
            others=[each for each in open_of_customer(session, found.customer_id) if each.id != found.id],
            number=phone if awaited is not None and awaited.person is Person.BORROWER else mask_phone(phone),
            awaited=awaited,
            script=words,
            parts=strategy.parts_of(found, promises.broken(session, found.id)),
            promises=promises.of_case(session, found.id),
            reasons=contact_panel.reasons(session, [attempt for attempt, _made in contacts]),
            contacts=[
                (attempt, made, contact_log.words_of(session, wiring.vault, made) if made else "")
                for attempt, made in contacts
            ],
            letters=letters.of_case(session, found.id),
            decisions=decisions,
            circumstances=contact_circumstances.of_customer(session, found.customer_id),
            placement=agencies.placement_of(session, found.id),
            collector=collector.name if collector else None,
            task=_task(session, found),
            results=ResultCode.choices(current()),
            channels=[(each.value, each.label(current())) for each in CHANNELS],
            people=Person.choices(current()),
            may_act=allowed("collection_case", "U") and found.open_for is not None,
            may_supervise=allowed("collection_team", "A"),
            team=assignment.loads(session, loan.unit_id) if allowed("collection_team", "A") else [],
            allowed_loan=openable(session, [found.loan_no]),
            held_words=_held_words(found.held_for),
            part_names={"money": _("金额"), "days": _("天数"), "broken": _("失约"), "grade": _("等级")},
            today=now.astimezone(ZONE).date(),
        )


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
    """Write down what came of the contact; unless it is tried again today, that completes the person's task."""
    form = {name: text.strip() for name, text in request.form.items()}
    if not ResultCode.has(form.get("result_code", "")):
        raise typed.NotAChoice(text=form.get("result_code", "")[:40])
    result = ResultCode(form["result_code"])
    now, actor, wiring = wired().clock.now(), me().actor, wired()
    with command() as session:
        found = reached(session, case_no, "U", to_change=True)
        task = _task(session, found)
        again = result in UNANSWERED and form.get("again") == "1"
        if task is not None and not again:
            wiring.engine.complete(session, task.id, actor, _answers(form, task))
        elif result in _PLAIN:
            came = Came(result, form.get("contact_note", ""), _minutes(form))
            contact_log.note(session, wiring.vault, found, came, by=actor.employee_id, now=now)
        else:
            raise NoContactAsked()
        facts = {"result": result.value}
        audit.record(session, now, actor, "collection.result", "collection_case", case_no, after=facts)
    wiring.wake()
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


def _task(session: Session, found: CollectionCase) -> UserTask | None:
    """The contact task of a case that is open for the person."""
    asked = (
        select(UserTask)
        .join(Instance, Instance.id == UserTask.instance_id)
        .where(
            Instance.process_id == "collections",
            UserTask.business_key == found.loan_no,
            UserTask.status == TaskStatus.OPEN.value,
            UserTask.element_id.in_(CONTACT_TASKS),
            or_(UserTask.assignee_id.is_(None), UserTask.assignee_id == me().actor.employee_id),
        )
    )
    return session.scalar(asked.order_by(UserTask.id.desc()).limit(1))


def _held_words(held_for: str) -> str:
    """The ground of a hold in words."""
    if Circumstance.has(held_for):
        return Circumstance(held_for).label(current())
    return _("投诉未答复") if held_for else ""


def _answers(form: dict[str, str], task: UserTask) -> dict[str, object]:
    """The answers of the task's form that were given on the page."""
    names = ["result_code", "contact_note", "recording_ref"]
    if form.get("result_code") == ResultCode.PROMISE.value:
        names += ["promise_amount", "promise_on"]
    if task.element_id == "Task_Visit":
        names += ["companion", "visit_place"]
    given: dict[str, object] = {name: form[name] for name in names if form.get(name)}
    if (minutes := _minutes(form)) is not None:
        given["contact_minutes"] = minutes
    return given


def _minutes(form: dict[str, str]) -> int | None:
    return typed.whole_number(form["contact_minutes"]) if form.get("contact_minutes") else None
