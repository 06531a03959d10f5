"""The inbox: the list, one task with its form, and what a person does with a task."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit, people
from company.calendar import ZONE
from company.people import Employee, EmployeeRole
from engine import inbox, passing_round, saved_filters
from engine.eligibility import eligible
from engine.errors import NotEligible
from engine.inbox import Filter, Page, View
from engine.tasks import TaskCandidate, TaskStatus, UserTask
from forms.errors import FormRefused
from forms.files import HEAD_BYTES, Upload
from lending.loans import Loan
from lending.personal_access import AccessKind, AccessPurpose
from web import customer_protection, queue, queue_filter, register, task_page
from web.display import near
from web.errors import came_from
from web.language import current
from web.language import translate as _
from web.limits import FILE_BYTES_MAX
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("inbox", __name__)
COLLEAGUES_MAX = 60


@pages.get("/inbox")
def show() -> ResponseReturnValue:
    """The list, with its first task beside it."""
    with wired().database.read() as session:
        view = queue.load(session, chosen=None, opened=False)
        first = view.rows[0].id if view.rows else None
        return _page(session, first, opened=False)


@pages.get("/inbox/next")
def follow() -> ResponseReturnValue:
    """Where the next work waits, for whoever has done a task."""
    return redirect(first_address())


@pages.get("/inbox/rows")
def rows() -> ResponseReturnValue:
    """The rows after those already on the page."""
    with wired().database.read() as session:
        return render_template("inbox/rows.html", view=queue.load(session, chosen=None, opened=False))


@pages.get("/inbox/filter")
def narrow() -> ResponseReturnValue:
    """Where the list is searched, ordered and narrowed, and a filter is saved."""
    with wired().database.read() as session:
        wanted = queue_filter.wanted()
        return render_template(
            "inbox/filter.html",
            wanted=wanted,
            processes=queue_filter.processes(session),
            saved=queue_filter.saved(session, wanted),
        )


@pages.post("/inbox/find")
def find() -> ResponseReturnValue:
    """Narrow the list; a search by a person's number is answered here, so that no address holds it."""
    wanted = queue_filter.read(request.form)
    if not register.names_a_person(wanted.q):
        return redirect(wanted.address(), 303)
    with wired().database.read() as session:
        view = queue.load(session, chosen=None, opened=False, found=wanted)
        return render_template("inbox/inbox.html", view=view, task=None)


@pages.post("/inbox/filters")
def save_filter() -> ResponseReturnValue:
    """Keep the narrowing under a name; one by a person's number is not kept."""
    wanted = queue_filter.read(request.form)
    if register.names_a_person(wanted.q):
        wanted = replace(wanted, q="")
    with command() as session:
        saved_filters.save(session, me().actor, request.form.get("name", ""), wanted.query())
    tell(_("筛选已保存。"), "good")
    return redirect(wanted.address(), 303)


@pages.post("/inbox/filters/<int:filter_id>/drop")
def drop_filter(filter_id: int) -> ResponseReturnValue:
    """Delete a saved filter."""
    with command() as session:
        saved_filters.drop(session, me().actor, filter_id if filter_id < 2**63 else 0)
    tell(_("已删除。"), "good")
    return redirect(url_for("inbox.show"), 303)


@pages.get("/inbox/<int:task_id>")
def open_task(task_id: int) -> ResponseReturnValue:
    """One task: the whole page, or only the form and its context when the list asks for them.

    That the person has seen it is noted once: what has been seen is not taken back any more.
    """
    with wired().database.read() as session:
        rights = reach(session, task_id)
        task = rights.task
        if task.status != TaskStatus.OPEN:
            return redirect(url_for("cases.show", business_key=task.business_key))
        if rights.refusal is not None:
            raise rights.refusal
        seen = passing_round.is_opened_by(session, task_id, me().actor)
    if not seen:
        with command() as session:
            passing_round.note_opened(session, task_id, me().actor, wired().clock.now())
    whole = _note_reading(task_id)
    with wired().database.read() as session:
        task = reach(session, task_id).task
        if request.headers.get("HX-Request"):
            return render_template("inbox/task.html", task=task_page.load(session, task, whole=whole))
        return _page(session, task_id, opened=True, whole=whole)


def _note_reading(task_id: int) -> bool:
    """Write down that the holder of a task reads sealed values whole on its form; whether there are any."""
    with wired().database.read() as session:
        task = reach(session, task_id).task
        keys, data = task_page.read_by_holder(session, task)
        key, name = task.business_key, task.name
    if not keys:
        return False
    actor, now = me().actor, wired().clock.now()
    with command() as session:
        facts = {"fields": ", ".join(keys), "case": key}
        audit.record(session, now, actor, "task.reveal", "task", str(task_id), after=facts)
        loan = session.scalar(select(Loan).where(Loan.loan_no == str(data.get("loan_no"))))
        if loan is not None:
            customer_protection.note(
                session,
                loan.customer_id,
                AccessKind.REVEAL,
                field=", ".join(keys)[:60],
                purpose=AccessPurpose.COMPLAINT,
                reason=f"{name} {key}",
            )
    return True


def _page(session: Session, task_id: int | None, *, opened: bool, whole: bool = False) -> ResponseReturnValue:
    view = queue.load(session, chosen=task_id, opened=opened)
    task = reach(session, task_id).task if task_id is not None else None
    return render_template(
        "inbox/inbox.html", view=view, task=task and task_page.load(session, task, whole=whole)
    )


def reach(session: Session, task_id: int) -> inbox.TaskRights:
    """The task, or 404 when it does not exist or is none of the person's: nothing tells which."""
    if task_id >= 2**63:
        abort(404)
    rights = inbox.task(session, task_id, me().actor)
    if isinstance(rights.refusal, NotEligible):
        abort(404)
    return rights


@pages.post("/inbox/<int:task_id>/claim")
def claim(task_id: int) -> ResponseReturnValue:
    """Take the task."""
    with command() as session:
        wired().engine.claim(session, task_id, me().actor)
    tell(_("已领取。"), "good")
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


@pages.post("/inbox/<int:task_id>/unclaim")
def unclaim(task_id: int) -> ResponseReturnValue:
    """Give the task back to its group."""
    with command() as session:
        wired().engine.unclaim(session, task_id, me().actor)
    tell(_("已放回任务池。"), "good")
    return redirect(url_for("inbox.show"), 303)


@pages.get("/inbox/<int:task_id>/colleagues")
def colleagues(task_id: int) -> ResponseReturnValue:
    """The colleagues who may take the task over, as choices of a list."""
    with wired().database.read() as session:
        task = reach(session, task_id).task
        return render_template("inbox/colleagues.html", people=_colleagues(session, task))


def _colleagues(session: Session, task: UserTask) -> list[Employee]:
    """Everybody else with a candidate role whom scope and four eyes let do the task."""
    groups = select(TaskCandidate.role_id).where(TaskCandidate.task_id == task.id)
    roles = people.in_groups(group for group in session.scalars(groups) if group)
    today = wired().clock.now().astimezone(ZONE).date()
    holders = session.scalars(
        select(Employee)
        .where(
            Employee.active,
            Employee.id != me().actor.employee_id,
            Employee.id.in_(select(EmployeeRole.employee_id).where(EmployeeRole.role_id.in_(roles))),
        )
        .order_by(Employee.username)
        .limit(COLLEAGUES_MAX)
    ).all()
    return [
        holder
        for holder in holders
        if session.scalar(
            select(UserTask.id).where(
                UserTask.id == task.id, eligible(people.receiver(session, holder.id, today))
            )
        )
    ]


@pages.post("/inbox/<int:task_id>/hand-over")
def hand_over(task_id: int) -> ResponseReturnValue:
    """Give the task to a colleague."""
    to = request.form.get("to", type=int) or 0
    with command() as session:
        wired().engine.hand_over(session, task_id, me().actor, to, request.form.get("comment", ""))
    tell(_("已转办。"), "good")
    return redirect(url_for("inbox.show"), 303)


@pages.post("/inbox/<int:task_id>/comment")
def comment(task_id: int) -> ResponseReturnValue:
    """Leave a remark at the task."""
    with command() as session:
        wired().engine.comment(session, task_id, me().actor, request.form.get("text", ""))
    tell(_("备注已保存。"), "good")
    return redirect(came_from(), 303)


@pages.post("/inbox/<int:task_id>/draft")
def save_draft(task_id: int) -> ResponseReturnValue:
    """Keep what has been typed so far."""
    with command() as session:
        wired().engine.save_draft(session, task_id, me().actor, _answers(request.get_json(silent=True)))
    now = wired().clock.now()
    return {"saved": _("草稿已于 {when} 保存", when=near(now, now))}


@pages.post("/inbox/<int:task_id>")
def complete(task_id: int) -> ResponseReturnValue:
    """Hand the answers and their files to the engine; then on to the next task."""
    try:
        answers = _answers(json.loads(request.form.get("answers", "")))
    except ValueError:
        abort(400)
    uploads = _uploads()
    wiring = wired()
    try:
        with command() as session:
            done = wiring.engine.complete(
                session,
                task_id,
                me().actor,
                answers,
                version=request.form.get("version", type=int),
                files=uploads,
            )
    except FormRefused as refused:
        return {"message": refused.text(current()), "errors": refused.texts(current())}, 422
    wiring.wake()
    tell(_("已提交。"), "good")
    return {"next": _next_address(done.next_task_id)}


def _answers(sent: Any) -> dict[str, Any]:
    """The answers as a mapping; what is in them is the gate's concern."""
    if not isinstance(sent, dict):
        abort(400)
    return sent


def _uploads() -> dict[str, list[Upload]]:
    """The files that came with the form, each already in the file store, by the reference the form gave them.

    An empty or too large one is not stored: the gate refuses it by its size.
    """
    found: dict[str, list[Upload]] = {}
    for reference, sent in request.files.items(multi=True):
        data = sent.stream.read(FILE_BYTES_MAX + 1)
        storable = 0 < len(data) <= FILE_BYTES_MAX
        sha256 = wired().files.put(data).sha256 if storable else ""
        upload = Upload(sent.filename or reference, len(data), sha256, data[:HEAD_BYTES])
        found.setdefault(reference, []).append(upload)
    return found


def _next_address(task_id: int | None) -> str:
    """The next task of the same case, else wherever work waits: that is looked up when the person goes there."""
    return url_for("inbox.follow") if task_id is None else url_for("inbox.open_task", task_id=task_id)


def first_address() -> str:
    """The list where work waits: the person's own, but the group's when only that one has tasks."""
    with wired().database.read() as session:
        pool = not _has_tasks(session, "mine") and _has_tasks(session, "group")
    return url_for("inbox.show", tab="pool" if pool else None)


def _has_tasks(session: Session, view: View) -> bool:
    listed = inbox.list_tasks(session, me().actor, Filter(view=view), Page(size=1), now=wired().clock.now())
    return bool(listed.tasks)
