"""Many tasks at once: a page of tasks to tick, to claim them or, for a supervisor, to give them to a colleague."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company import people
from company.people import Employee, EmployeeRole
from engine import bulk, inbox
from engine.deadlines import SUPERVISOR
from engine.inbox import Filter, Page
from engine.tasks import TaskCandidate
from web import queue
from web.language import current
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("bulk", __name__)
COLLEAGUES_MAX = 200


def is_supervisor() -> bool:
    """Whether the person supervises the tasks of a unit."""
    return SUPERVISOR in me().actor.roles


@pages.get("/inbox/many")
def show() -> ResponseReturnValue:
    """The group's tasks to claim; for a supervisor, all open tasks of his units to assign."""
    supervising = is_supervisor()
    with wired().database.read() as session:
        if supervising:
            tasks = bulk.supervised(session, me().actor)
        else:
            page = Page(size=bulk.TASKS_MAX, order="priority")
            listed = inbox.list_tasks(
                session, me().actor, Filter(view="group"), page, now=wired().clock.now()
            )
            tasks = list(listed.tasks)
        holders = {task.id: task.assignee_name or "" for task in tasks}
        colleagues = _colleagues(session, [task.id for task in tasks]) if supervising else []
        return render_template(
            "inbox/many.html",
            rows=queue.rows_of(session, tasks),
            holders=holders,
            supervising=supervising,
            colleagues=colleagues,
        )


def _colleagues(session: Session, task_ids: list[int]) -> list[Employee]:
    """Who belongs to a group that may do one of the tasks, by a role's own name or by a group composed into it; whether
    scope and four eyes let him is asked when assigning."""
    groups = select(TaskCandidate.role_id).where(TaskCandidate.task_id.in_(task_ids)).distinct()
    roles = people.in_groups(group for group in session.scalars(groups) if group)
    held = select(EmployeeRole.employee_id).where(EmployeeRole.role_id.in_(roles))
    return list(
        session.scalars(
            select(Employee)
            .where(Employee.active, Employee.id.in_(held))
            .order_by(Employee.unit_id != me().actor.unit_id, Employee.username)
            .limit(COLLEAGUES_MAX)
        )
    )


def _chosen() -> list[int]:
    return [int(each) for each in request.form.getlist("task") if each.isdecimal() and len(each) < 19]


@pages.post("/inbox/many/claim")
def claim() -> ResponseReturnValue:
    """Claim what was ticked."""
    with command() as session:
        done = bulk.claim_many(wired().engine.context, session, _chosen(), me().actor)
    _tell(done, _("已领取 {n} 条任务。", n=done.count))
    return redirect(url_for("inbox.show"), 303)


@pages.post("/inbox/many/assign")
def assign() -> ResponseReturnValue:
    """Give what was ticked to a colleague."""
    to = request.form.get("to", type=int) or 0
    with command() as session:
        why = request.form.get("why", "")
        done = bulk.assign_many(wired().engine.context, session, _chosen(), me().actor, to, why)
    _tell(done, _("已指派 {n} 条任务。", n=done.count))
    return redirect(url_for("bulk.show"), 303)


def _tell(done: bulk.Done, words: str) -> None:
    if done.count:
        tell(words, "good")
    for reason in dict.fromkeys(refusal.text(current()) for refusal in done.refused.values()):
        tell(reason, "bad")
