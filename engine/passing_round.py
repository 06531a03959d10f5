"""What is done around a task by those who do not do it: looking at it, sending a copy of it, reminding who should."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import outbox, people
from company.database import Base, Instant
from company.people import Actor
from engine import sight
from engine.assignment import COMMENT_CHARACTERS_MAX, locked_task, noted, require_open
from engine.context import Context
from engine.errors import CommentTooLong, EngineError, TaskUnknown
from engine.history import Happening
from engine.tasks import RowId, TaskCandidate, UserTask

RECEIVERS_MAX = 20
REMIND_AGAIN_AFTER = timedelta(hours=1)


class ReceiverNotChosen(EngineError):
    """Nobody, or too many, were chosen for a copy."""

    code = "copy_receiver_not_chosen"
    zh = "请选择 1 至 {limit} 位抄送人。"
    en = "Choose one to {limit} people to send a copy to."


class ReceiverMayNotSee(EngineError):
    """The case lies outside the person's reach. Fact: ``name``."""

    code = "copy_receiver_may_not_see"
    zh = "{name}无权查看该案件，不能抄送。"
    en = "{name} may not see this case and cannot get a copy."


class RemindedLately(EngineError):
    """A person reminds of a task once an hour. Fact: ``again_at``."""

    code = "reminded_lately"
    zh = "您一小时内已催办过该任务，{again_at:%H:%M} (UTC) 后可再次催办。"
    en = "You reminded of this task within the hour; do it again after {again_at:%H:%M} UTC."


class RemindedOfOwnTask(EngineError):
    """Who holds a task needs no reminder of his own."""

    code = "reminded_of_own_task"
    zh = "该任务由您本人办理，无需催办。"
    en = "You hold this task yourself; there is nobody to remind."


class TaskOpening(Base):
    """Who has opened a task, and when first: what has been seen is not taken back any more."""

    __tablename__ = "task_opening"

    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"), primary_key=True, autoincrement=False)
    employee_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)


class TaskCopy(Base):
    """A task shown to a person for information; ``read_at`` is his mark that he has read it."""

    __tablename__ = "task_copy"
    __table_args__ = (
        Index("ix_task_copy_to_id", "to_id", "read_at"),
        Index("ix_task_copy_business_key", "business_key"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"))
    business_key: Mapped[str] = mapped_column(String(64))
    to_id: Mapped[int] = mapped_column(BigInteger)
    to_name: Mapped[str] = mapped_column(String(100))
    by_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(String(100))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class TaskReminder(Base):
    """One reminder of a task."""

    __tablename__ = "task_reminder"
    __table_args__ = (Index("ix_task_reminder_task_id", "task_id", "by_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"))
    by_id: Mapped[int | None] = mapped_column(BigInteger)
    by_name: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(Instant)


def is_opened_by(session: Session, task_id: int, actor: Actor) -> bool:
    """Whether the person has opened the task before."""
    return session.get(TaskOpening, (task_id, actor.employee_id)) is not None


def note_opened(session: Session, task_id: int, actor: Actor, now: datetime) -> None:
    """The person has the task before his eyes; told once."""
    if actor.employee_id is None:
        return
    locked_task(session, task_id)
    if not is_opened_by(session, task_id, actor):
        session.add(TaskOpening(task_id=task_id, employee_id=actor.employee_id, at=now))
        session.flush()


def send_copies(
    context: Context, session: Session, task_id: int, actor: Actor, to: Sequence[int], note: str
) -> list[TaskCopy]:
    """Send a task that one may look at to colleagues, by employee id, who may look at it too.

    Who has an unread copy of the task gets no second one.
    """
    task = _visible(session, task_id, actor)
    text = note.strip()
    if len(text) > COMMENT_CHARACTERS_MAX:
        raise CommentTooLong(limit=COMMENT_CHARACTERS_MAX)
    chosen = list(dict.fromkeys(to))
    if not 1 <= len(chosen) <= RECEIVERS_MAX:
        raise ReceiverNotChosen(limit=RECEIVERS_MAX)
    unread = set(
        session.scalars(select(TaskCopy.to_id).where(TaskCopy.task_id == task.id, TaskCopy.read_at.is_(None)))
    )
    copies = []
    for employee_id in chosen:
        receiver = people.actor(session, employee_id)
        if not sight.sees(session, receiver, task):
            raise ReceiverMayNotSee(name=receiver.name)
        if employee_id not in unread:
            copies.append(_copy(context, task, actor, receiver, text))
    session.add_all(copies)
    session.flush()
    for each in copies:
        told = {
            "template": "task_copied",
            "employee_id": each.to_id,
            "task_id": task.id,
            "task": task.name,
            "business_key": task.business_key,
            "by": actor.name,
        }
        outbox.put(session, "notify", f"task_copied:{each.id}", told, context.clock.now())
        noted(context, session, task, actor, Happening.COPIED, text or None, results={"of": each.to_name})
    return copies


def copies_to(session: Session, actor: Actor, *, limit: int, before: int | None = None) -> list[TaskCopy]:
    """The copies a person got and may still look at, the latest first; ``before`` is the id of the last one seen."""
    asked = (
        select(TaskCopy)
        .join(UserTask, UserTask.id == TaskCopy.task_id)
        .where(TaskCopy.to_id == actor.employee_id, sight.seen_tasks(actor))
    )
    if before is not None:
        asked = asked.where(TaskCopy.id < before)
    return list(session.scalars(asked.order_by(TaskCopy.id.desc()).limit(limit)))


def unread_copies(session: Session, employee_id: int) -> int:
    """How many copies a person has not marked as read."""
    asked = select(func.count()).where(TaskCopy.to_id == employee_id, TaskCopy.read_at.is_(None))
    return session.scalar(asked) or 0


def mark_read(session: Session, copy_id: int, actor: Actor, now: datetime) -> bool:
    """The person has read a copy of his; False when it is none of his or was read before."""
    marked = session.scalars(
        update(TaskCopy)
        .where(TaskCopy.id == copy_id, TaskCopy.to_id == actor.employee_id, TaskCopy.read_at.is_(None))
        .values(read_at=now)
        .returning(TaskCopy.id),
        execution_options={"synchronize_session": False},
    )
    return bool(marked.all())


def remind(context: Context, session: Session, task_id: int, actor: Actor) -> TaskReminder:
    """Remind who holds an open task, or everybody who may take it, that it waits; once an hour a person and task."""
    task = _visible(session, task_id, actor)
    require_open(task)
    now = context.clock.now()
    if task.assignee_id == actor.employee_id:
        raise RemindedOfOwnTask()
    last = session.scalar(
        select(func.max(TaskReminder.at)).where(
            TaskReminder.task_id == task.id, TaskReminder.by_id == actor.employee_id
        )
    )
    if last is not None and last + REMIND_AGAIN_AFTER > now:
        raise RemindedLately(again_at=last + REMIND_AGAIN_AFTER)
    reminder = TaskReminder(task_id=task.id, by_id=actor.employee_id, by_name=actor.name, at=now)
    session.add(reminder)
    session.flush()
    told = {
        "template": "task_reminded",
        "task_id": task.id,
        "task": task.name,
        "business_key": task.business_key,
        "by": actor.name,
    }
    for receiver in _who_should(session, task):
        whom = "_".join(str(part) for part in receiver.values())
        outbox.put(session, "notify", f"task_reminded:{reminder.id}:{whom}", told | receiver, now)
    noted(context, session, task, actor, Happening.REMINDED)
    return reminder


def _who_should(session: Session, task: UserTask) -> list[dict[str, object]]:
    """The addresses of a notice: the holder, else each candidate by name and each candidate role of the unit."""
    if task.assignee_id is not None:
        return [{"employee_id": task.assignee_id}]
    addresses: list[dict[str, object]] = []
    for each in session.scalars(select(TaskCandidate).where(TaskCandidate.task_id == task.id)):
        if each.employee_id is not None:
            addresses.append({"employee_id": each.employee_id})
        else:
            addresses.append({"role_id": each.role_id, "unit_id": task.unit_id})
    return addresses


def _visible(session: Session, task_id: int, actor: Actor) -> UserTask:
    """The task, locked; unknown where the actor may not look at it."""
    task = locked_task(session, task_id)
    if task.assignee_id != actor.employee_id and not sight.sees(session, actor, task):
        raise TaskUnknown(task_id=task_id)
    return task


def _copy(context: Context, task: UserTask, actor: Actor, receiver: Actor, note: str) -> TaskCopy:
    return TaskCopy(
        task_id=task.id,
        business_key=task.business_key,
        to_id=receiver.employee_id,
        to_name=receiver.name,
        by_id=actor.employee_id,
        by_name=actor.name,
        note=note,
        at=context.clock.now(),
    )
