"""Overdue work: at the deadline owner and supervisor are told, at twice the time the task goes back to its group."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, ColumnElement, select
from sqlalchemy.orm import Session

from company import outbox
from company.messages import Refusal
from company.people import SYSTEM
from engine import history
from engine.bpmn.model import Element, Kind
from engine.history import Happening
from engine.tasks import Instance, TaskStatus, UserTask

if TYPE_CHECKING:
    from engine.runtime import Engine

SUPERVISOR = "branch_manager"
_AGAIN_AFTER = timedelta(hours=1)
_log = logging.getLogger(__name__)


def is_due(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Which tasks have passed a deadline."""
    return (UserTask.status == TaskStatus.OPEN.value, UserTask.alarm_at <= now)


def sweep(engine: Engine, limit: int) -> int:
    """Take the next step of up to ``limit`` tasks that have passed a deadline; returns how many.

    A task whose step is refused is tried again after an hour; the others do not wait for it.
    """
    now = engine.context.clock.now()
    with engine.database.read() as session:
        if session.scalar(select(UserTask.id).where(*is_due(now)).limit(1)) is None:
            return 0
    with engine.database.write() as session:
        due = session.execute(
            select(UserTask, Instance)
            .join(Instance, Instance.id == UserTask.instance_id)
            .where(*is_due(now))
            .order_by(UserTask.alarm_at, UserTask.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=UserTask, key_share=True)
        ).all()
        rows = [row for task, instance in due if (row := _guarded_step(session, task, instance, now))]
        session.flush()
        history.write(session, rows)
    return len(due)


def _guarded_step(
    session: Session, task: UserTask, instance: Instance, now: datetime
) -> dict[str, Any] | None:
    try:
        with session.begin_nested():
            return _step(session, task, instance, now)
    except Refusal as refused:
        _log.warning("deadline of task %s: %s", task.id, refused.code)
        task.alarm_at = now + _AGAIN_AFTER
        return None


def _step(session: Session, task: UserTask, instance: Instance, now: datetime) -> dict[str, Any]:
    task.overdue_level += 1
    _notify(session, task, now)
    note = task.assignee_name
    if task.overdue_level == 1:
        kind, task.alarm_at = Happening.OVERDUE, task.escalate_at
    else:
        kind, task.alarm_at = Happening.BACK_TO_GROUP, None
        if task.groups:
            task.assignee_id = task.assignee_name = None
    element = Element(id=task.element_id, name=task.name, kind=Kind.USER_TASK, process_id=task.process_id)
    return history.row(instance, kind, SYSTEM, now, element=element, token_id=task.token_id, note=note)


def _notify(session: Session, task: UserTask, now: datetime) -> None:
    """Tell the case's owner, who holds the task, and the supervisor of the unit; each once."""
    payload = {
        "template": "task_overdue",
        "task_id": task.id,
        "task": task.name,
        "business_key": task.business_key,
        "level": task.overdue_level,
    }
    for employee_id in sorted({person for person in (task.owner_id, task.assignee_id) if person is not None}):
        key = f"task_overdue:{task.id}:{task.overdue_level}:{employee_id}"
        outbox.put(session, "notify", key, {**payload, "employee_id": employee_id}, now)
    if task.unit_id is not None:
        key = f"task_overdue:{task.id}:{task.overdue_level}:{SUPERVISOR}"
        outbox.put(session, "notify", key, {**payload, "role_id": SUPERVISOR, "unit_id": task.unit_id}, now)
