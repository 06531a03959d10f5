"""The lists beside the inbox: what one is asked to co-sign, has done, has started, and was sent for information."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import inbox, opinions, passing_round, sight
from engine.tasks import Instance, InstanceStatus, TaskStatus, UserTask
from web import story
from web.language import translate as _
from web.session import me
from web.story import Texts
from web.summary import person_name
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("work_lists", __name__)
PAGE_ROWS = 40


@dataclass(frozen=True)
class Row:
    """One line of a list; ``where`` is where the case stands now.

    ``take_back_id`` is a step that may be taken back, ``remind_id`` an open task that others may be reminded of.
    """

    address: str
    business_key: str
    title: str
    step: str
    at: datetime
    where: str
    note: str = ""
    by: str = ""
    take_back_id: int | None = None
    remind_id: int | None = None
    copy_id: int | None = None
    read: bool = True


@dataclass(frozen=True)
class Tab:
    """One of the lists, with how many entries wait on it; ``live`` is the figure that keeps the number up to date."""

    title: str
    address: str
    current: bool
    count: int
    live: str


def tabs(session: Session, shown: str = "") -> tuple[Tab, ...]:
    """All lists, for the strip above each of them."""
    employee_id = me().actor.employee_id or 0
    waiting = {
        "opinions": len(opinions.asked_of(session, employee_id)),
        "copies": passing_round.unread_copies(session, employee_id),
    }
    titles = {
        "opinions": _("待我会签"),
        "done": _("已办"),
        "started": _("我发起"),
        "copies": _("抄送我"),
    }
    return tuple(
        Tab(
            title,
            url_for(f"work_lists.{name}"),
            name == shown,
            waiting.get(name, 0),
            name if name in waiting else "",
        )
        for name, title in titles.items()
    )


@pages.get("/lists/opinions", endpoint="opinions")
def opinions_list() -> ResponseReturnValue:
    """What one is asked to co-sign, the oldest first."""
    with wired().database.read() as session:
        asked = opinions.asked_of(session, me().actor.employee_id or 0)
        names = _names(session, [task for _opinion, task in asked])
        rows = [
            Row(
                url_for("around_task.opinion", opinion_id=opinion.id),
                task.business_key,
                person_name(task.title),
                names[task.id],
                opinion.asked_at,
                "",
                note=opinion.question,
                by=opinion.asked_by_name,
            )
            for opinion, task in asked
            if sight.sees(session, me().actor, task)
        ]
        return _page(session, "opinions", _("待我会签"), rows, None)


@pages.get("/lists/done")
def done() -> ResponseReturnValue:
    """What one has done, the latest first; the last step of a running case may be taken back from here."""
    before = _instant(request.args.get("before", ""))
    with wired().database.read() as session:
        found = inbox.done_by(session, me().actor, limit=PAGE_ROWS + 1, before=before)
        shown = found[:PAGE_ROWS]
        names, places = _names(session, shown), _places(session, {task.instance_id for task in shown})
        last = _last_steps(session, {task.instance_id for task in shown})
        rows = [
            Row(
                url_for("cases.show", business_key=task.business_key, case=task.instance_id),
                task.business_key,
                person_name(task.title),
                names[task.id],
                task.done_at or task.created_at,
                places[task.instance_id],
                take_back_id=task.id if task.id in last else None,
            )
            for task in shown
        ]
        more = len(found) > PAGE_ROWS and rows[-1].at.isoformat()
        return _page(session, "done", _("已办"), rows, more or None)


@pages.get("/lists/started")
def started() -> ResponseReturnValue:
    """The cases one has started, the latest first."""
    with wired().database.read() as session:
        before = request.args.get("before", type=int)
        found = inbox.started_by(session, me().actor, limit=PAGE_ROWS + 1, before=before)
        shown = found[:PAGE_ROWS]
        texts, places = _texts(session, shown), _places(session, {case.id for case in shown})
        waiting = _wait_for_others(session, {case.id for case in shown})
        rows = [
            Row(
                url_for("cases.show", business_key=case.business_key, case=case.id),
                case.business_key,
                person_name(case.title),
                texts.process(case.process_id),
                case.started_at,
                places[case.id],
                remind_id=waiting.get(case.id),
            )
            for case in shown
        ]
        more = str(shown[-1].id) if len(found) > PAGE_ROWS else None
        return _page(session, "started", _("我发起"), rows, more)


@pages.get("/lists/copies")
def copies() -> ResponseReturnValue:
    """What one was sent for information, the latest first."""
    with wired().database.read() as session:
        before = request.args.get("before", type=int)
        found = passing_round.copies_to(session, me().actor, limit=PAGE_ROWS + 1, before=before)
        shown = found[:PAGE_ROWS]
        tasks = {
            task.id: task
            for task in session.scalars(
                select(UserTask).where(UserTask.id.in_({copy.task_id for copy in shown}))
            )
        }
        names = _names(session, tasks.values())
        places = _places(session, {task.instance_id for task in tasks.values()})
        rows = [
            Row(
                url_for("cases.show", business_key=copy.business_key, case=tasks[copy.task_id].instance_id),
                copy.business_key,
                person_name(tasks[copy.task_id].title),
                names[copy.task_id],
                copy.at,
                places[tasks[copy.task_id].instance_id],
                note=copy.note,
                by=copy.by_name,
                copy_id=copy.id,
                read=copy.read_at is not None,
            )
            for copy in shown
        ]
        more = str(shown[-1].id) if len(found) > PAGE_ROWS else None
        return _page(session, "copies", _("抄送我"), rows, more)


@pages.post("/copies/<int:copy_id>/read")
def read(copy_id: int) -> ResponseReturnValue:
    """Mark a copy as read."""
    with command() as session:
        if passing_round.mark_read(session, copy_id, me().actor, wired().clock.now()):
            tell(_("已标为已读。"), "good")
    return redirect(url_for("work_lists.copies"), 303)


def _page(session: Session, name: str, title: str, rows: Sequence[Row], more: str | None) -> str:
    following = url_for(f"work_lists.{name}", before=more) if more else None
    return render_template(
        "work_list.html", name=name, title=title, rows=rows, tabs=tabs(session, name), more=following
    )


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _texts(session: Session, cases: Iterable[Instance]) -> Texts:
    return Texts(story.definitions_of(session, cases))


def _names(session: Session, tasks: Iterable[UserTask]) -> dict[int, str]:
    """What each task is called, by its id."""
    known = list(tasks)
    cases = session.scalars(select(Instance).where(Instance.id.in_({task.instance_id for task in known})))
    texts = _texts(session, cases)
    return {task.id: texts.element(task.process_id, task.element_id, task.name) for task in known}


def _places(session: Session, case_ids: set[int]) -> dict[int, str]:
    """Where each case stands: the names of its open tasks, or that it has ended."""
    cases = session.scalars(select(Instance).where(Instance.id.in_(case_ids))).all()
    open_tasks = session.scalars(
        select(UserTask)
        .where(UserTask.instance_id.in_(case_ids), UserTask.status == TaskStatus.OPEN.value)
        .order_by(UserTask.id)
    ).all()
    texts = _texts(session, cases)
    found: dict[int, dict[str, None]] = {case.id: {} for case in cases}
    for task in open_tasks:
        found[task.instance_id][texts.element(task.process_id, task.element_id, task.name)] = None
    ended = {
        InstanceStatus.RUNNING: _("自动处理中"),
        InstanceStatus.COMPLETED: _("已办结"),
        InstanceStatus.CANCELLED: _("已取消"),
    }
    return {case.id: " · ".join(found[case.id]) or ended[InstanceStatus(case.status)] for case in cases}


def _wait_for_others(session: Session, case_ids: set[int]) -> dict[int, int]:
    """The oldest open task of each case that the person does not hold himself, by case."""
    mine = UserTask.assignee_id.is_not_distinct_from(me().actor.employee_id)
    asked = (
        select(UserTask.instance_id, func.min(UserTask.id).label("task_id"))
        .where(UserTask.instance_id.in_(case_ids), UserTask.status == TaskStatus.OPEN.value, ~mine)
        .group_by(UserTask.instance_id)
    )
    return {row.instance_id: row.task_id for row in session.execute(asked)}


def _last_steps(session: Session, case_ids: set[int]) -> set[int]:
    """The task done last in each running case: nothing but it can be taken back."""
    newest = (
        select(func.max(UserTask.token_id))
        .where(UserTask.instance_id == Instance.id, UserTask.status == TaskStatus.DONE.value)
        .correlate(Instance)
        .scalar_subquery()
    )
    return set(
        session.scalars(
            select(UserTask.id)
            .join(Instance, Instance.id == UserTask.instance_id)
            .where(
                Instance.id.in_(case_ids),
                Instance.status == InstanceStatus.RUNNING.value,
                UserTask.status == TaskStatus.DONE.value,
                UserTask.token_id == newest,
            )
        )
    )
