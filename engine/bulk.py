"""Many tasks at once: claiming several, and a supervisor's giving several to one colleague.

Each task is judged for itself, under the same rules as alone: what is refused is told, the rest is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from company import people
from company.calendar import ZONE
from company.people import Actor, in_scope
from engine.assignment import authorise, claim, comment_text, give, locked_task, noted, require_open
from engine.context import Context
from engine.deadlines import SUPERVISOR
from engine.errors import EngineError, NotAllowed, ReceiverNotEligible
from engine.history import Happening
from engine.tasks import TaskStatus, UserTask

TASKS_MAX = 200


class TooManyTasks(EngineError):
    """Fact: ``limit``."""

    code = "too_many_tasks"
    zh = "请选择 1 至 {limit} 条任务。"
    en = "Choose one to {limit} tasks."


@dataclass(frozen=True)
class Done:
    """How many tasks were changed, and what was refused, by task id."""

    count: int
    refused: dict[int, EngineError]


def claim_many(context: Context, session: Session, task_ids: Sequence[int], actor: Actor) -> Done:
    """Claim each of the tasks; TooManyTasks."""
    return _each(session, task_ids, lambda task_id: claim(context, session, task_id, actor))


def assign_many(
    context: Context, session: Session, task_ids: Sequence[int], actor: Actor, to_employee_id: int, why: str
) -> Done:
    """Give each of the open tasks to a colleague who may do it, held by another or not: by the unit's supervisor."""
    text = comment_text(why)
    receiver = people.receiver(session, to_employee_id, context.clock.now().astimezone(ZONE).date())

    def assign(task_id: int) -> None:
        task = locked_task(session, task_id)
        require_open(task)
        if session.scalar(select(UserTask.id).where(UserTask.id == task.id, supervises(actor))) is None:
            raise NotAllowed(command="assign")
        try:
            authorise(session, task, receiver)
        except EngineError as reason:
            raise ReceiverNotEligible(
                name=receiver.name, reason_zh=reason.text("zh"), reason_en=reason.text("en")
            ) from None
        give(session, task, receiver)
        noted(context, session, task, actor, Happening.HANDED_OVER, f"{receiver.name}：{text}")

    return _each(session, task_ids, assign)


def supervises(actor: Actor) -> ColumnElement[bool]:
    """The condition on :class:`UserTask` that the actor supervises the unit of the task."""
    grants = [grant for grant in actor.grants if grant.role_id == SUPERVISOR]
    return in_scope(grants, UserTask.unit_id.expression, UserTask.owner_id.expression)


def supervised(session: Session, actor: Actor, limit: int = TASKS_MAX) -> list[UserTask]:
    """The open tasks of the units that the actor supervises, the most pressing first."""
    asked = select(UserTask).where(UserTask.status == TaskStatus.OPEN.value, supervises(actor))
    return list(session.scalars(asked.order_by(UserTask.rank_at, UserTask.id).limit(limit)))


def _each(session: Session, task_ids: Sequence[int], act: Callable[[int], object]) -> Done:
    chosen = list(dict.fromkeys(task_ids))
    if not 1 <= len(chosen) <= TASKS_MAX:
        raise TooManyTasks(limit=TASKS_MAX)
    refused: dict[int, EngineError] = {}
    for task_id in sorted(chosen):  # always in one order, so that two people never wait for each other
        try:
            with session.begin_nested():
                act(task_id)
        except EngineError as reason:
            refused[task_id] = reason
    return Done(len(chosen) - len(refused), refused)
