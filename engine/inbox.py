"""The inbox: a person's own tasks and those of the groups, by deadline, a page at a time, out of one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from company.people import Actor
from engine import eligibility
from engine.errors import TaskUnknown
from engine.tasks import TaskStatus, UserTask

View = Literal["all", "mine", "group"]
Urgency = Literal["any", "due_soon", "overdue"]
Order = Literal["deadline", "newest", "amount"]

SOON = timedelta(hours=24)
PAGE_TASKS_MAX = 200


@dataclass(frozen=True)
class Filter:
    """Which tasks to list. ``text`` is looked for in title, subtitle, business key and the task's name."""

    view: View = "all"
    urgency: Urgency = "any"
    text: str = ""
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
    """One page of the inbox; ``next`` is None on the last one, and in orders other than by deadline."""

    tasks: Sequence[UserTask]
    next: tuple[datetime, int] | None
    has_more: bool


@dataclass(frozen=True)
class Counts:
    """How much there is to do."""

    all: int
    mine: int
    group: int
    due_soon: int
    overdue: int


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
    following = (tasks[-1].order_at, tasks[-1].id) if more and page.order == "deadline" else None
    return TaskPage(tasks, following, more)


def counts(session: Session, actor: Actor, filter: Filter = Filter(), *, now: datetime) -> Counts:
    """The figures over the list, in one statement; the filter's view and urgency do not narrow them."""
    everything = Filter(
        text=filter.text,
        process_id=filter.process_id,
        element_id=filter.element_id,
        business_key=filter.business_key,
    )

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = session.execute(
        select(
            func.count(),
            number(UserTask.assignee_id.in_(actor.desks)),
            number(UserTask.assignee_id.is_(None)),
            number(and_(UserTask.due_at > now, UserTask.due_at <= now + SOON)),
            number(UserTask.due_at <= now),
        )
        .select_from(UserTask)
        .where(*_conditions(actor, everything, now))
    ).one()
    return Counts(*(int(each) for each in row))


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
        conditions.append(UserTask.due_at <= now)
    elif filter.urgency == "due_soon":
        conditions.append(and_(UserTask.due_at > now, UserTask.due_at <= now + SOON))
    if text := filter.text.strip():
        fields = (UserTask.title, UserTask.subtitle, UserTask.business_key, UserTask.name)
        conditions.append(or_(*(field.icontains(text, autoescape=True) for field in fields)))
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
    if page.after is not None:
        at, task_id = page.after
        query = query.where(or_(UserTask.order_at > at, and_(UserTask.order_at == at, UserTask.id > task_id)))
    return query.order_by(UserTask.order_at, UserTask.id)
