"""Offering work: what a token that waits for a person becomes in the inbox, and who may see it there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from company import calendar
from company.people import Employee
from engine.attributes import names_in, value_of
from engine.bpmn import times
from engine.bpmn.model import Element
from engine.errors import PersonUnknown
from engine.instants import after_working_hours, due_at
from engine.spiff import Token
from engine.tasks import Draft, Instance, TaskCandidate, TaskStatus, UserTask, table_of

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
_PRIORITY = 50
# Money at risk goes ahead of its deadline: an hour for each 10,000 yuan, at most ten days.
_YUAN_PER_HOUR = 10_000
_HEAD_START_HOURS_MAX = 240
_INSERT_TASKS = insert(table_of(UserTask)).returning(table_of(UserTask).c.id, sort_by_parameter_order=True)
_INSERT_CANDIDATES = insert(table_of(TaskCandidate))


@dataclass(frozen=True)
class _Deadline:
    due_at: datetime | None
    escalate_at: datetime | None
    calendar_mark: str | None  # of the calendar, where working time was counted by it


def offer(
    session: Session, instance: Instance, tokens: Sequence[Token], now: datetime, *, round_before: str | None
) -> list[int]:
    """Insert a task and its candidates for each token; returns the tasks' ids.

    ``round_before`` is the round of the task just done: the next vote of a sequential round belongs to it.
    """
    if not tokens:
        return []
    people = _people(session, tokens)
    rows: list[dict[str, Any]] = []
    round_now = round_before
    for token in sorted(tokens, key=lambda each: each.id):
        if token.index is None:
            round_of = None
        else:
            round_now = f"{instance.id}.{token.id}" if token.index == 0 or round_now is None else round_now
            round_of = round_now
        rows.append(_task_row(session, instance, token, now, people, round_of))
    ids = list(session.connection().scalars(_INSERT_TASKS, rows))
    candidates = [
        candidate
        for task_id, token in zip(ids, sorted(tokens, key=lambda each: each.id), strict=True)
        for candidate in _candidates(task_id, token, people)
    ]
    if candidates:
        session.connection().execute(_INSERT_CANDIDATES, candidates)
    return ids


def withdraw(session: Session, instance_id: int, token_ids: Iterable[int]) -> None:
    """Take back the open tasks of these tokens, drafts included: the case goes another way."""
    token_ids = list(token_ids)
    if not token_ids:
        return
    unsynchronised = {"synchronize_session": False}
    taken = select(UserTask.id).where(UserTask.instance_id == instance_id, UserTask.token_id.in_(token_ids))
    session.execute(delete(Draft).where(Draft.task_id.in_(taken)), execution_options=unsynchronised)
    session.execute(
        update(UserTask)
        .where(
            UserTask.instance_id == instance_id,
            UserTask.token_id.in_(token_ids),
            UserTask.status == TaskStatus.OPEN.value,
        )
        .values(status=TaskStatus.CANCELLED.value, alarm_at=None, version=UserTask.version + 1),
        execution_options=unsynchronised,
    )


def forget_ways_back(session: Session, instance_id: int) -> None:
    """A case that has ended goes back nowhere: the states kept for it go."""
    session.execute(
        update(UserTask)
        .where(UserTask.instance_id == instance_id, UserTask.state_before.is_not(None))
        .values(state_before=None),
        execution_options={"synchronize_session": False},
    )


def rank_at(order_at: datetime, amount: Decimal | None) -> datetime:
    """Where a task stands in the order by money at risk (yuan) and deadline: the earlier, the sooner it is wanted.

    >>> rank_at(datetime(2026, 1, 9, 12, tzinfo=UTC), Decimal(50_000)).isoformat()
    '2026-01-09T07:00:00+00:00'
    """
    hours = min(int(amount or 0) // _YUAN_PER_HOUR, _HEAD_START_HOURS_MAX)
    return order_at - timedelta(hours=max(hours, 0))


def recount(session: Session, task: UserTask, token: Token) -> None:
    """Count the deadlines of an open task again from its beginning; a step taken for a past one stays taken."""
    deadline = _deadline(session, token, task.created_at)
    changed: dict[str, datetime | None] = {"escalate_at": deadline.escalate_at}
    if task.overdue_level == 0:
        changed |= {
            "due_at": deadline.due_at,
            "order_at": deadline.due_at or END_OF_TIME,
            "rank_at": rank_at(deadline.due_at or END_OF_TIME, task.amount),
            "alarm_at": deadline.due_at,
        }
    elif task.overdue_level == 1:
        changed["alarm_at"] = deadline.escalate_at
    # Nobody's page becomes old by it: the version stays.
    session.execute(update(table_of(UserTask)).where(table_of(UserTask).c.id == task.id).values(changed))


def redescribe(session: Session, instance: Instance) -> None:
    """Let the open tasks show what the instance now says of itself."""
    ranks = [
        {"task_id": task_id, "new_rank": rank_at(order_at, instance.amount)}
        for task_id, order_at in session.execute(
            select(UserTask.id, UserTask.order_at).where(
                UserTask.instance_id == instance.id,
                UserTask.status == TaskStatus.OPEN.value,
                UserTask.amount.is_distinct_from(instance.amount),
            )
        )
    ]
    if ranks:
        tasks = table_of(UserTask)
        moved = update(tasks).where(tasks.c.id == bindparam("task_id")).values(rank_at=bindparam("new_rank"))
        session.connection().execute(moved, ranks)
    session.execute(
        update(UserTask)
        .where(UserTask.instance_id == instance.id, UserTask.status == TaskStatus.OPEN.value)
        .values(
            title=instance.title,
            subtitle=instance.subtitle,
            amount=instance.amount,
            unit_id=instance.unit_id,
            owner_id=instance.owner_id,
        ),
        execution_options={"synchronize_session": False},
    )


def _task_row(
    session: Session,
    instance: Instance,
    token: Token,
    now: datetime,
    people: Mapping[str, Employee],
    round_of: str | None,
) -> dict[str, Any]:
    element = token.element
    assignee = next(iter(_named(element, (element.assignee,), token, people)), None)
    deadline = _deadline(session, token, now)
    return {
        "instance_id": instance.id,
        "token_id": token.id,
        "process_id": element.process_id,
        "element_id": element.id,
        "name": element.name or element.id,
        "business_key": instance.business_key,
        "unit_id": instance.unit_id,
        "owner_id": instance.owner_id,
        "assignee_id": assignee.id if assignee else None,
        "assignee_name": assignee.name if assignee else None,
        "title": instance.title,
        "subtitle": instance.subtitle,
        "amount": instance.amount,
        "priority": int(value_of(element.priority, token.data) or _PRIORITY),
        "created_at": now,
        "due_at": deadline.due_at,
        "order_at": deadline.due_at or END_OF_TIME,
        "rank_at": rank_at(deadline.due_at or END_OF_TIME, instance.amount),
        "follow_up_at": _instant(session, element.follow_up_date, token, now),
        "escalate_at": deadline.escalate_at,
        "alarm_at": deadline.due_at,
        "calendar_mark": deadline.calendar_mark,
        "overdue_level": 0,
        "form_key": value_of(element.form_key, token.data),
        "groups": ",".join(_groups(token)),
        "four_eyes": _four_eyes(element, round_of),
        "round": round_of,
        "status": TaskStatus.OPEN.value,
        "version": 1,
        "done_by_name": None,
        "done_at": None,
        "opinions_open": 0,
        "state_before": None,
    }


def _deadline(session: Session, token: Token, now: datetime) -> _Deadline:
    working = calendar.current(session)
    date = value_of(token.element.due_date, token.data)
    due = None if date is None else due_at(date, now, working)
    sla = value_of(token.element.properties.get("slaHours"), token.data)
    if sla is None:
        counted = date is not None and times.working_time(str(date).strip()) is not None
        return _Deadline(due, None, working.mark if counted else None)
    due = due or after_working_hours(sla, now, working)
    return _Deadline(due, after_working_hours(sla, due, working), working.mark)


def _instant(session: Session, text: str | None, token: Token, now: datetime) -> datetime | None:
    value = value_of(text, token.data)
    return None if value is None else due_at(value, now, calendar.current(session))


def _four_eyes(element: Element, round_of: str | None) -> str | None:
    names = [name.strip() for name in element.properties.get("fourEyes", "").split(",") if name.strip()]
    if element.properties.get("distinctPeople") == "true" and round_of:
        names.append(round_of)
    return f",{','.join(names)}," if names else None


def _groups(token: Token) -> list[str]:
    return names_in(token.element.candidate_groups, token.data)


def _candidates(task_id: int, token: Token, people: Mapping[str, Employee]) -> list[dict[str, Any]]:
    element = token.element
    named = _named(element, (element.assignee, *element.candidate_users), token, people)
    rows: list[dict[str, Any]] = [
        {"task_id": task_id, "role_id": role_id, "employee_id": None} for role_id in _groups(token)
    ]
    rows += [
        {"task_id": task_id, "role_id": None, "employee_id": employee_id}
        for employee_id in sorted({person.id for person in named})
    ]
    return rows


def _people(session: Session, tokens: Sequence[Token]) -> dict[str, Employee]:
    """The employees whom the tokens' elements name, by user name and by id, in one statement and only if any."""
    names: set[str] = set()
    for token in tokens:
        names.update(names_in((token.element.assignee, *token.element.candidate_users), token.data))
    if not names:
        return {}
    ids = [int(name) for name in names if name.isdecimal() and len(name) < 10]
    found = session.scalars(select(Employee).where(Employee.username.in_(names) | Employee.id.in_(ids)))
    return {key: person for person in found for key in (person.username, str(person.id))}


def _named(
    element: Element, texts: Sequence[str | None], token: Token, people: Mapping[str, Employee]
) -> list[Employee]:
    names = names_in(texts, token.data)
    for name in names:
        if name not in people:
            raise PersonUnknown(username=name, element=element.key)
    return [people[name] for name in names]
