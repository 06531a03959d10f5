"""The inbox: a person's own tasks and those of the groups, by deadline, a page at a time, out of one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from company.people import Actor
from engine import eligibility, sight
from engine.errors import TaskUnknown
from engine.tasks import Instance, TaskStatus, UserTask

View = Literal["all", "mine", "group"]
Urgency = Literal["any", "due_soon", "overdue"]
Order = Literal["deadline", "priority", "newest", "amount"]

SOON = timedelta(hours=24)
PAGE_TASKS_MAX = 200
COUNTED_MAX = 500


@dataclass(frozen=True)
class Filter:
    """Which tasks to list. ``text`` is looked for in title, subtitle, business key and the task's name.

    ``found_keys`` are business keys that the text leads to elsewhere, such as by a plate or a phone: a task of one of
    them is listed as well.
    """

    view: View = "all"
    urgency: Urgency = "any"
    text: str = ""
    found_keys: tuple[str, ...] | None = None
    process_id: str | None = None
    element_id: str | None = None
    business_key: str | None = None


@dataclass(frozen=True)
class Page:
    """How many tasks, in which order, and after which one: ``after`` is the last page's ``next``.

    ``offset`` is for pages by number; the two exclude each other.
    """

    size: int = 50
    order: Order = "deadline"
    after: tuple[datetime, int] | None = None
    offset: int = 0


@dataclass(frozen=True)
class TaskPage:
    """One page of the inbox; ``next`` is None on the last one, and in orders by amount or age."""

    tasks: Sequence[UserTask]
    next: tuple[datetime, int] | None
    has_more: bool


@dataclass(frozen=True)
class Tally:
    """How many tasks a filter finds, how many of them are due soon, how many overdue; ``newest`` is the highest id.

    No figure is above ``COUNTED_MAX``: the tasks are counted in the order of their deadlines, and beyond that nobody
    wants to know more than that there are too many.
    """

    all: int
    soon: int
    late: int
    newest: int


@dataclass(frozen=True)
class TaskRights:
    """A task and what the actor may do with it; ``refusal`` says why he may not do it, if so."""

    task: UserTask
    is_mine: bool
    may_claim: bool
    may_complete: bool
    refusal: Exception | None


def list_tasks(
    session: Session, actor: Actor, filter: Filter = Filter(), page: Page = Page(), *, now: datetime
) -> TaskPage:
    """The open tasks the actor may do, held by him or by nobody."""
    size = min(max(page.size, 1), PAGE_TASKS_MAX)
    query = _ordered(select(UserTask).where(*_conditions(actor, filter, now)), page)
    tasks = list(session.scalars(query.limit(size + 1).offset(page.offset or None)))
    more = len(tasks) > size
    tasks = tasks[:size]
    following = None
    if more and page.order in ("deadline", "priority"):
        last = tasks[-1]
        following = (last.order_at if page.order == "deadline" else last.rank_at), last.id
    return TaskPage(tasks, following, more)


def tally(session: Session, actor: Actor, filter: Filter = Filter(), *, now: datetime) -> Tally:
    """The figures over a list, in one statement that looks at no more tasks than it counts."""
    found = (
        select(UserTask.id, UserTask.due_at)
        .where(*_conditions(actor, filter, now))
        .order_by(UserTask.order_at, UserTask.id)
        .limit(COUNTED_MAX)
        .subquery()
    )
    soon = and_(found.c.due_at > now, found.c.due_at <= now + SOON)
    row = session.execute(
        select(
            func.count(),
            func.count(case((soon, 1))),
            func.count(case((found.c.due_at <= now, 1))),
            func.coalesce(func.max(found.c.id), 0),
        ).select_from(found)
    ).one()
    return Tally(*(int(each) for each in row))


def task(session: Session, task_id: int, actor: Actor) -> TaskRights:
    """One task, in whatever state, with the actor's rights on it. Who may read the case is the caller's to ask."""
    row = session.execute(
        select(UserTask, eligibility.is_candidate(actor), eligibility.is_other_person(actor)).where(
            UserTask.id == task_id
        )
    ).first()
    if row is None:
        raise TaskUnknown(task_id=task_id)
    found, candidate, other_person = row
    is_open = found.status == TaskStatus.OPEN
    is_mine = found.assignee_id is not None and found.assignee_id in actor.desks
    allowed = bool(candidate and other_person)
    why = None if allowed else eligibility.refusal(session, found, actor, bool(candidate))
    free = found.assignee_id is None
    return TaskRights(
        found, is_mine, is_open and allowed and free, is_open and allowed and (free or is_mine), why
    )


def _conditions(actor: Actor, filter: Filter, now: datetime) -> list[ColumnElement[bool]]:
    mine = UserTask.assignee_id.in_(actor.desks)
    free = UserTask.assignee_id.is_(None)
    conditions = [
        UserTask.status == TaskStatus.OPEN.value,
        {"all": or_(mine, free), "mine": mine, "group": free}[filter.view],
        eligibility.eligible(actor),
    ]
    if filter.urgency == "overdue":
        conditions.append(UserTask.order_at <= now)
    elif filter.urgency == "due_soon":
        conditions.append(and_(UserTask.order_at > now, UserTask.order_at <= now + SOON))
    if text := filter.text.strip():
        fields = (UserTask.title, UserTask.subtitle, UserTask.business_key, UserTask.name)
        found = [field.icontains(text, autoescape=True) for field in fields]
        if filter.found_keys:
            found.append(UserTask.business_key.in_(filter.found_keys))
        conditions.append(or_(*found))
    elif filter.found_keys is not None:
        conditions.append(UserTask.business_key.in_(filter.found_keys))
    if filter.process_id is not None:
        conditions.append(UserTask.process_id == filter.process_id)
    if filter.element_id is not None:
        conditions.append(UserTask.element_id == filter.element_id)
    if filter.business_key is not None:
        conditions.append(UserTask.business_key == filter.business_key)
    return conditions


def _ordered(query: Select[UserTask], page: Page) -> Select[UserTask]:
    if page.order == "newest":
        return query.order_by(UserTask.id.desc())
    if page.order == "amount":
        return query.order_by(func.coalesce(UserTask.amount, 0).desc(), UserTask.id)
    by = UserTask.rank_at if page.order == "priority" else UserTask.order_at
    if page.after is not None:
        at, task_id = page.after
        query = query.where(or_(by > at, and_(by == at, UserTask.id > task_id)))
    return query.order_by(by, UserTask.id)


def done_by(session: Session, actor: Actor, *, limit: int, before: datetime | None = None) -> list[UserTask]:
    """The tasks the actor has done and may still look at, the latest first; ``before``: when the last one seen was."""
    asked = select(UserTask).where(
        UserTask.assignee_id == actor.employee_id,
        UserTask.status == TaskStatus.DONE.value,
        sight.seen_tasks(actor),
    )
    if before is not None:
        asked = asked.where(UserTask.done_at < before)
    return list(session.scalars(asked.order_by(UserTask.done_at.desc(), UserTask.id.desc()).limit(limit)))


def started_by(session: Session, actor: Actor, *, limit: int, before: int | None = None) -> list[Instance]:
    """The cases the actor has started and may still look at, the latest first; ``before``: id of the last one seen."""
    asked = select(Instance).where(Instance.started_by_id == actor.employee_id, sight.in_sight(actor))
    if before is not None:
        asked = asked.where(Instance.id < before)
    return list(session.scalars(asked.order_by(Instance.id.desc()).limit(limit)))
