"""What a person does around a task: send it back, take it back, ask for opinions, send copies, remind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from company import people
from company.people import Employee
from engine import passing_round, returning, sight
from engine.deployments import load_definition
from engine.opinions import TaskOpinion, Verdict
from engine.tasks import Instance, TaskStatus, UserTask
from lending import documents
from lending.documents import DocumentKind
from web import task_page
from web.display import moment
from web.errors import came_from
from web.inbox import reach
from web.language import current
from web.language import translate as _
from web.limits import FILE_BYTES_MAX
from web.session import me
from web.story import Texts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("around_task", __name__)
NAMES_TRIED_MAX = 40
NAMES_SHOWN_MAX = 12


@dataclass(frozen=True)
class Step:
    """An earlier step as a choice; ``why_not`` says why the case cannot go back to it."""

    task_id: int
    name: str
    by: str
    when: str
    why_not: str


@pages.get("/inbox/<int:task_id>/ways-back")
def ways_back(task_id: int) -> ResponseReturnValue:
    """The earlier steps that the case may be returned to, and those it may not with the reason."""
    wiring = wired()
    with wiring.database.read() as session:
        task = reach(session, task_id).task
        case = session.get_one(Instance, task.instance_id)
        texts = Texts([load_definition(session, case.definition_id)])
        found = returning.ways_back(wiring.engine.context, session, task, me().actor)
        steps = [
            Step(
                way.task.id,
                texts.element(way.task.process_id, way.task.element_id, way.task.name),
                way.task.done_by_name or "",
                moment(way.task.done_at) if way.task.done_at else "",
                way.refusal.text(current()) if way.refusal else "",
            )
            for way in found
        ]
        return render_template("inbox/ways_back.html", steps=steps)


@pages.post("/inbox/<int:task_id>/send-back")
def send_back(task_id: int) -> ResponseReturnValue:
    """Return the case to an earlier handler."""
    to = request.form.get("to", type=int) or 0
    with command() as session:
        back = wired().engine.send_back(session, task_id, me().actor, to, request.form.get("reason", ""))
    wired().wake()
    if back.holder:
        tell(_("已退回给{name}。", name=back.holder), "good")
    else:
        tell(_("已退回任务池，由原岗位重新领取。"), "good")
    return redirect(url_for("inbox.show"), 303)


@pages.post("/inbox/<int:task_id>/take-back")
def take_back(task_id: int) -> ResponseReturnValue:
    """Take one's own done step back."""
    with command() as session:
        back = wired().engine.take_back(session, task_id, me().actor)
    wired().wake()
    tell(_("已撤回，可以重新办理。"), "good")
    return redirect(url_for("inbox.open_task", task_id=back.task_id), 303)


@pages.get("/inbox/<int:task_id>/people")
def choose(task_id: int) -> ResponseReturnValue:
    """Colleagues who may look at the case, by a part of the name, as boxes to tick; those ticked stay."""
    wanted = request.args.get("name", "").strip()[:40]
    ticked = [int(each) for each in request.args.getlist("of") if each.isdecimal() and len(each) < 10]
    with wired().database.read() as session:
        task = _visible(session, task_id)
        kept = session.scalars(select(Employee).where(Employee.id.in_(ticked)).order_by(Employee.username))
        rows = [(person, True) for person in kept]
        rows += [(person, False) for person in _colleagues(session, task, wanted, ticked)]
        return render_template("inbox/people.html", people=rows, wanted=wanted)


def _colleagues(session: Session, task: UserTask, wanted: str, but: Sequence[int]) -> list[Employee]:
    """Nearest first: those of the task's own unit."""
    if not wanted:
        return []
    named = [
        field.icontains(wanted, autoescape=True)
        for field in (Employee.name, Employee.name_en, Employee.username)
    ]
    found = session.scalars(
        select(Employee)
        .where(
            Employee.active,
            Employee.id != me().actor.employee_id,
            Employee.id.not_in(but),
            or_(*named),
        )
        .order_by(Employee.unit_id != task.unit_id, Employee.username)
        .limit(NAMES_TRIED_MAX)
    ).all()
    seeing = (each for each in found if sight.sees(session, people.actor(session, each.id), task))
    return [each for each, _n in zip(seeing, range(NAMES_SHOWN_MAX), strict=False)]


def _visible(session: Session, task_id: int) -> UserTask:
    """The task, or 404 where the person may not look at it."""
    task = session.get(UserTask, task_id) if task_id < 2**63 else None
    if task is None or not sight.sees(session, me().actor, task):
        abort(404)
    return task


def _chosen() -> list[int]:
    return [int(each) for each in request.form.getlist("of") if each.isdecimal() and len(each) < 10]


@pages.post("/inbox/<int:task_id>/opinions")
def ask(task_id: int) -> ResponseReturnValue:
    """Ask colleagues to co-sign."""
    with command() as session:
        question = request.form.get("question", "")
        wired().engine.ask_opinions(session, task_id, me().actor, _chosen(), question)
    wired().wake()
    tell(_("已请同事会签；意见收齐后可以提交。"), "good")
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


@pages.get("/opinions/<int:opinion_id>")
def opinion(opinion_id: int) -> ResponseReturnValue:
    """What a co-signer sees: the question, the task's form as it stands, the case; and where to say what he thinks."""
    with wired().database.read() as session:
        found = _asked_of_me(session, opinion_id)
        task = session.get_one(UserTask, found.task_id)
        if found.ended_at is not None or task.status != TaskStatus.OPEN:
            return redirect(url_for("work_lists.opinions"))
        view = task_page.load(session, task)
        return render_template("inbox/opinion.html", opinion=found, task=view)


def _asked_of_me(session: Session, opinion_id: int) -> TaskOpinion:
    found = session.get(TaskOpinion, opinion_id) if opinion_id < 2**63 else None
    if found is None or found.asked_of_id != me().actor.employee_id:
        abort(404)
    if not sight.sees(session, me().actor, session.get_one(UserTask, found.task_id)):
        abort(404)
    return found


@pages.post("/opinions/<int:opinion_id>")
def give(opinion_id: int) -> ResponseReturnValue:
    """Say what one thinks."""
    try:
        verdict = Verdict(request.form.get("verdict", ""))
    except ValueError:
        abort(400)
    with command() as session:
        wired().engine.give_opinion(session, opinion_id, me().actor, verdict, request.form.get("words", ""))
    wired().wake()
    tell(_("会签意见已提交。"), "good")
    return redirect(url_for("work_lists.opinions"), 303)


@pages.post("/opinions/<int:opinion_id>/call-off")
def call_off(opinion_id: int) -> ResponseReturnValue:
    """Wait no more for an opinion."""
    with command() as session:
        wired().engine.call_off_opinion(session, opinion_id, me().actor, request.form.get("why", ""))
    tell(_("已撤销该会签。"), "good")
    return redirect(came_from(), 303)


@pages.post("/inbox/<int:task_id>/copies")
def copies(task_id: int) -> ResponseReturnValue:
    """Send copies to colleagues."""
    wiring = wired()
    with command() as session:
        sent = passing_round.send_copies(
            wiring.engine.context, session, task_id, me().actor, _chosen(), request.form.get("note", "")
        )
    wiring.wake()
    if sent:
        tell(_("已抄送 {n} 人。", n=len(sent)), "good")
    else:
        tell(_("所选同事已有未读的抄送。"), "good")
    return redirect(came_from(), 303)


@pages.post("/inbox/<int:task_id>/remind")
def remind(task_id: int) -> ResponseReturnValue:
    """Remind who should do the task."""
    wiring = wired()
    with command() as session:
        passing_round.remind(wiring.engine.context, session, task_id, me().actor)
    wiring.wake()
    tell(_("已催办。"), "good")
    return redirect(came_from(), 303)


@pages.post("/inbox/<int:task_id>/attachments")
def attach(task_id: int) -> ResponseReturnValue:
    """Put a file into the case from its task, and say so at the task."""
    wiring, sent = wired(), request.files.get("file")
    kind = request.form.get("kind", "")
    if sent is None or not DocumentKind.has(kind):
        abort(400)
    stored = documents.store(wiring.files, sent.filename or "", sent.stream.read(FILE_BYTES_MAX + 1))
    with command() as session:
        what = f"{DocumentKind(kind).label('zh')}：{documents.shown_name(sent.filename or '')}"
        key = wiring.engine.comment(session, task_id, me().actor, what).business_key
        documents.attach(
            session,
            key,
            DocumentKind(kind),
            sent.filename or "",
            stored,
            by=me().actor.employee_id,
            now=wiring.clock.now(),
        )
    tell(_("附件已上传。"), "good")
    return redirect(came_from(), 303)
