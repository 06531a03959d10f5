"""Who holds a task: claim, give back, hand over; and what its holder writes beside the form: comments and drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from company import people
from company.calendar import ZONE
from company.people import Absent, Actor
from engine import eligibility, history
from engine.bpmn.model import Element, Kind
from engine.context import Context
from engine.errors import (
    CommentEmpty,
    CommentTooLong,
    DraftTooLarge,
    EngineError,
    ReceiverNotEligible,
    TaskAlreadyDone,
    TaskCancelled,
    TaskChanged,
    TaskNotHeld,
    TaskTakenBy,
    TaskUnknown,
)
from engine.history import Happening
from engine.tasks import Draft, Instance, TaskCandidate, TaskComment, TaskStatus, UserTask

COMMENT_CHARACTERS_MAX = 2000
DRAFT_KIB_MAX = 256


def claim(context: Context, session: Session, task_id: int, actor: Actor) -> UserTask:
    """Take the task; taking what one holds already changes nothing. The slower of two is told who was quicker.

    A substitute takes it for the colleague: to that desk it goes, and there it is found when the substitution ends.
    """
    task = locked_task(session, task_id)
    require_open(task)
    require_free_or_held(task, actor)
    authorise(session, task, actor)
    if task.assignee_id is not None:
        return task
    acting = eligibility.in_whose_name(session, task, actor)
    give(session, task, acting.on_behalf_of or acting)
    noted(context, session, task, acting, Happening.CLAIMED)
    return task


def unclaim(context: Context, session: Session, task_id: int, actor: Actor) -> UserTask:
    """Give the task back to its group."""
    task = held_task(session, task_id, actor)
    acting = eligibility.in_whose_name(session, task, actor)
    give(session, task, None)
    noted(context, session, task, acting, Happening.RETURNED)
    return task


def hand_over(
    context: Context, session: Session, task_id: int, actor: Actor, to_employee_id: int, comment: str
) -> UserTask:
    """Give a held task to a colleague, who must be eligible himself; the comment says why."""
    task = held_task(session, task_id, actor)
    text = comment_text(comment)
    receiver = people.receiver(session, to_employee_id, context.clock.now().astimezone(ZONE).date())
    try:
        authorise(session, task, receiver)
    except EngineError as reason:
        raise ReceiverNotEligible(
            name=receiver.name, reason_zh=reason.text("zh"), reason_en=reason.text("en")
        ) from None
    acting = eligibility.in_whose_name(session, task, actor)
    give(session, task, receiver)
    noted(context, session, task, acting, Happening.HANDED_OVER, f"{receiver.name}：{text}")
    return task


@dataclass(frozen=True)
class PassedOn:
    """What became of a person's work: open tasks that a successor holds now or that went back to their group, and the
    cases that have another owner."""

    held: int
    returned: int
    cases: int


def pass_on(
    context: Context, session: Session, actor: Actor, from_employee_id: int, successor: Actor | None, why: str
) -> PassedOn:
    """Take every open task and every case from a person who cannot go on with them.

    A task goes to the successor where he is eligible himself, four eyes included, and to its group where he is not.
    Without a successor cases keep their owner, and what was offered to the person by name stays so.
    """
    cases = 0 if successor is None else _change_owner(session, from_employee_id, successor)
    held = returned = 0
    for task in session.scalars(
        select(UserTask)
        .where(UserTask.assignee_id == from_employee_id, UserTask.status == TaskStatus.OPEN)
        .with_for_update(key_share=True)
    ).all():
        if successor is not None and session.scalar(
            select(UserTask.id).where(UserTask.id == task.id, eligibility.eligible(successor))
        ):
            give(session, task, successor)
            noted(context, session, task, actor, Happening.HANDED_OVER, f"{successor.name}：{why}")
            held += 1
        else:
            give(session, task, None)
            noted(context, session, task, actor, Happening.RETURNED, why)
            returned += 1
    return PassedOn(held, returned, cases)


def owned_by(session: Session, employee_id: int) -> PassedOn:
    """What :func:`pass_on` would find: open tasks held, open tasks offered by name alone, and cases owned."""
    mine = select(func.count()).select_from(UserTask).where(UserTask.status == TaskStatus.OPEN)
    named = select(TaskCandidate.task_id).where(TaskCandidate.employee_id == employee_id)
    cases = select(func.count()).select_from(Instance).where(Instance.owner_id == employee_id)
    return PassedOn(
        session.scalar(mine.where(UserTask.assignee_id == employee_id)) or 0,
        session.scalar(mine.where(UserTask.id.in_(named))) or 0,
        session.scalar(cases) or 0,
    )


def _change_owner(session: Session, from_employee_id: int, successor: Actor) -> int:
    """Cases, their tasks, and what is offered to the person by name."""
    to, at_once = successor.employee_id, {"synchronize_session": False}
    open_tasks = select(UserTask.id).where(UserTask.status == TaskStatus.OPEN)
    moved = session.execute(
        update(Instance).where(Instance.owner_id == from_employee_id).values(owner_id=to),
        execution_options=at_once,
    )
    session.execute(
        update(UserTask).where(UserTask.owner_id == from_employee_id).values(owner_id=to),
        execution_options=at_once,
    )
    session.execute(
        update(TaskCandidate)
        .where(TaskCandidate.employee_id == from_employee_id, TaskCandidate.task_id.in_(open_tasks))
        .values(employee_id=to),
        execution_options=at_once,
    )
    return cast("CursorResult[Instance]", moved).rowcount


def add_comment(context: Context, session: Session, task_id: int, actor: Actor, text: str) -> TaskComment:
    """Write a remark at an open task that the actor may do or holds."""
    task = locked_task(session, task_id)
    require_open(task)
    if task.assignee_id not in actor.desks:
        authorise(session, task, actor)
    comment = TaskComment(
        task_id=task.id,
        business_key=task.business_key,
        employee_id=actor.employee_id,
        employee_name=actor.name,
        at=context.clock.now(),
        text=comment_text(text),
    )
    session.add(comment)
    session.flush()
    context.audited(session, actor, "task.comment", "user_task", task.id)
    return comment


def save_draft(
    context: Context, session: Session, task_id: int, actor: Actor, values: Mapping[str, Any]
) -> None:
    """Keep what the holder has typed so far, unchecked and sealed as a whole."""
    task = held_task(session, task_id, actor)
    typed = orjson.dumps(dict(values), default=str)
    if len(typed) > DRAFT_KIB_MAX * 1024:
        raise DraftTooLarge(limit=DRAFT_KIB_MAX)
    sealed = context.world.vault.seal(typed, about=place_of_draft(task.id, actor.employee_id))
    saved = session.get(Draft, (task.id, actor.employee_id))
    if saved is None:
        session.add(
            Draft(task_id=task.id, employee_id=actor.employee_id, sealed=sealed, saved_at=context.clock.now())
        )
    else:
        saved.sealed, saved.saved_at = sealed, context.clock.now()
    session.flush()


def draft(context: Context, session: Session, task_id: int, actor: Actor) -> dict[str, Any] | None:
    """What the actor has typed into the task's form, or None."""
    saved = session.get(Draft, (task_id, actor.employee_id))
    if saved is None:
        return None
    typed: dict[str, Any] = orjson.loads(
        context.world.vault.open(saved.sealed, about=place_of_draft(task_id, actor.employee_id))
    )
    return typed


def drop_drafts(session: Session, task_id: int) -> None:
    """Forget all drafts of a task that is done."""
    session.execute(
        delete(Draft).where(Draft.task_id == task_id), execution_options={"synchronize_session": False}
    )


def locked_task(session: Session, task_id: int) -> UserTask:
    """The task, held against other commands until this one ends."""
    task = session.scalars(
        select(UserTask).where(UserTask.id == task_id).with_for_update(key_share=True),
        execution_options={"populate_existing": True},
    ).first()
    if task is None:
        raise TaskUnknown(task_id=task_id)
    return task


def held_task(session: Session, task_id: int, actor: Actor) -> UserTask:
    """The open task that the actor, or a colleague he stands in for, holds, locked."""
    task = locked_task(session, task_id)
    require_open(task)
    require_free_or_held(task, actor)
    if task.assignee_id is None:
        raise TaskNotHeld()
    return task


def require_open(task: UserTask) -> None:
    """Refuse a task that is done or was taken away, telling by whom and when."""
    if task.status == TaskStatus.DONE:
        raise TaskAlreadyDone(by=task.done_by_name, at=task.done_at)
    if task.status == TaskStatus.CANCELLED:
        raise TaskCancelled()


def require_free_or_held(task: UserTask, actor: Actor) -> None:
    """Refuse a task that somebody else holds."""
    if task.assignee_id is not None and task.assignee_id not in actor.desks:
        raise TaskTakenBy(name=task.assignee_name)


def authorise(session: Session, task: UserTask, actor: Actor) -> None:
    """Ask the one condition of :mod:`engine.eligibility`; a refusal says which part does not hold."""
    candidate, other_person = session.execute(
        select(eligibility.is_candidate(actor), eligibility.is_other_person(actor))
        .select_from(UserTask)
        .where(UserTask.id == task.id)
    ).one()
    if not (candidate and other_person):
        raise eligibility.refusal(session, task, actor, bool(candidate))


def give(session: Session, task: UserTask, receiver: Actor | Absent | None) -> None:
    """Let the receiver hold the task, or nobody. Raises TaskChanged."""
    task.assignee_id = receiver.employee_id if receiver else None
    task.assignee_name = receiver.name if receiver else None
    try:
        session.flush()
    except StaleDataError:
        raise TaskChanged() from None


def noted(
    context: Context,
    session: Session,
    task: UserTask,
    actor: Actor,
    kind: Happening,
    note: str | None = None,
    results: Mapping[str, str] | None = None,
) -> None:
    """Write what was done with a task into history and audit."""
    instance = session.get_one(Instance, task.instance_id)
    element = Element(id=task.element_id, name=task.name, kind=Kind.USER_TASK, process_id=task.process_id)
    now = context.clock.now()
    row = history.row(
        instance, kind, actor, now, element=element, token_id=task.token_id, note=note, results=results
    )
    history.write(session, [row])
    context.audited(session, actor, f"task.{kind.value}", "user_task", task.id, holder=task.assignee_id)


def comment_text(text: str) -> str:
    """The trimmed text of a comment or reason; CommentEmpty, CommentTooLong."""
    text = text.strip()
    if not text:
        raise CommentEmpty()
    if len(text) > COMMENT_CHARACTERS_MAX:
        raise CommentTooLong(limit=COMMENT_CHARACTERS_MAX)
    return text


def place_of_draft(task_id: int, employee_id: int | None) -> str:
    """What binds a sealed draft to its task and its author."""
    return f"draft:{task_id}:{employee_id}"
