"""Opinions: the holder of a task asks colleagues to co-sign it, and completes it when all have said what they think.

A co-signer must be allowed to look at the case, and four eyes hold for him as for who does the step: he may not have
done a step that excludes him, and once he has given his opinion he counts, for later steps, as one who did this one.
An opinion binds nobody; who asked may also call it off, which history tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import outbox, people
from company.database import Base, Instant
from company.people import Actor
from engine import eligibility, history, sight
from engine.assignment import comment_text, held_task, locked_task, noted, require_open
from engine.context import Context
from engine.deployments import load_definition
from engine.errors import EngineError
from engine.history import Happening
from engine.tasks import Instance, RowId, TaskStatus, UserTask

COSIGNERS_MAX = 10


class Verdict(StrEnum):
    """What a co-signer thinks of what is proposed."""

    AGREE = "agree"
    AGAINST = "against"


class OpinionUnknown(EngineError):
    """No such opinion is asked of the person, or it is not waited for any more."""

    code = "opinion_unknown"
    zh = "没有等待您提出的会签意见，可能已提交或已撤销。"
    en = "No opinion is waited for from you here; it may have been given or called off."


class OpinionsOutstanding(EngineError):
    """The task waits for opinions. Fact: ``names``."""

    code = "opinions_outstanding"
    zh = "会签意见未收齐（{names}），请等待或撤销会签后再提交。"
    en = "Opinions are outstanding ({names}); wait for them or call them off, then submit."


class CosignerNotChosen(EngineError):
    """Nobody, or too many, were chosen."""

    code = "cosigner_not_chosen"
    zh = "请选择 1 至 {limit} 位会签人。"
    en = "Choose one to {limit} people to co-sign."


class CosignerIsHolder(EngineError):
    """One does not co-sign one's own task."""

    code = "cosigner_is_holder"
    zh = "不能请自己会签。"
    en = "You cannot be asked to co-sign your own task."


class CosignerAskedAlready(EngineError):
    """The person has been asked and not answered yet. Fact: ``name``."""

    code = "cosigner_asked_already"
    zh = "已请{name}会签，请等待其意见。"
    en = "{name} has been asked already; wait for the opinion."


class CosignerMayNotSee(EngineError):
    """The case lies outside the person's reach. Fact: ``name``."""

    code = "cosigner_may_not_see"
    zh = "{name}无权查看该案件，不能会签，请选择有权限的同事。"
    en = "{name} may not see this case and cannot co-sign it; choose a colleague who may."


class TaskOpinion(Base):
    """One opinion asked for at a task: open until ``given_at`` or ``called_off_at`` is set."""

    __tablename__ = "task_opinion"
    __table_args__ = (
        Index("ix_task_opinion_task_id", "task_id"),
        Index("ix_task_opinion_business_key", "business_key"),
        Index("ix_task_opinion_asked_of_id", "asked_of_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"))
    business_key: Mapped[str] = mapped_column(String(64))
    asked_of_id: Mapped[int] = mapped_column(BigInteger)
    asked_of_name: Mapped[str] = mapped_column(String(100))
    asked_by_id: Mapped[int | None] = mapped_column(BigInteger)
    asked_by_name: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    question: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str | None] = mapped_column(String(10))
    words: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(
        Instant
    )  # given, or called off where there is no verdict


def ask(
    context: Context, session: Session, task_id: int, actor: Actor, of: Sequence[int], question: str
) -> list[TaskOpinion]:
    """Ask colleagues, by employee id, for their opinion on a task one holds."""
    task = held_task(session, task_id, actor)
    text = comment_text(question)
    chosen = list(dict.fromkeys(of))
    if not 1 <= len(chosen) <= COSIGNERS_MAX:
        raise CosignerNotChosen(limit=COSIGNERS_MAX)
    waiting = {each.asked_of_id for each in of_task(session, task.id) if each.ended_at is None}
    asked = []
    for employee_id in chosen:
        cosigner = people.actor(session, employee_id)
        _refuse_unfit(session, task, actor, cosigner, waiting)
        asked.append(_asked(context, session, task, actor, cosigner, text))
    session.add_all(asked)
    task.opinions_open += len(asked)
    session.flush()
    acting = eligibility.in_whose_name(session, task, actor)
    for each in asked:
        _tell(context, session, task, each)
        noted(context, session, task, acting, Happening.ASKED, text, results={"of": each.asked_of_name})
    return asked


def give(
    context: Context, session: Session, opinion_id: int, actor: Actor, verdict: Verdict, words: str
) -> TaskOpinion:
    """Say whether one agrees, with words; who asked is told."""
    opinion, task = _open(session, opinion_id)
    if opinion.asked_of_id != actor.employee_id:
        raise OpinionUnknown()
    text = comment_text(words)
    _refuse_barred(session, task, actor)
    if not sight.sees(session, actor, task):
        raise CosignerMayNotSee(name=actor.name)
    opinion.verdict, opinion.words, opinion.ended_at = verdict.value, text, context.clock.now()
    task.opinions_open -= 1
    session.flush()
    _note_opinion(context, session, task, actor, opinion)
    if opinion.asked_by_id is not None:
        told = {
            "template": "opinion_given",
            "employee_id": opinion.asked_by_id,
            "task_id": task.id,
            "task": task.name,
            "business_key": task.business_key,
            "by": actor.name,
            "verdict": verdict.value,
        }
        outbox.put(session, "notify", f"opinion_given:{opinion.id}", told, context.clock.now())
    return opinion


def _note_opinion(
    context: Context, session: Session, task: UserTask, actor: Actor, opinion: TaskOpinion
) -> None:
    """In history under all names by which a four-eyes rule may know the step: element, case role and round."""
    instance = session.get_one(Instance, task.instance_id)
    elements = load_definition(session, instance.definition_id).compiled.elements
    row = history.row(
        instance,
        Happening.OPINION,
        actor,
        context.clock.now(),
        element=elements[f"{task.process_id}/{task.element_id}"],
        token_id=task.token_id,
        case_round=task.round,
        results={"verdict": opinion.verdict},
        note=opinion.words,
    )
    history.write(session, [row])
    context.audited(session, actor, "task.opinion", "user_task", task.id, verdict=opinion.verdict)


def call_off(context: Context, session: Session, opinion_id: int, actor: Actor, why: str) -> TaskOpinion:
    """Wait no more for an opinion: by who holds the task."""
    opinion, _task = _open(session, opinion_id)
    task = held_task(session, opinion.task_id, actor)
    text = comment_text(why)
    opinion.ended_at = context.clock.now()
    task.opinions_open -= 1
    session.flush()
    acting = eligibility.in_whose_name(session, task, actor)
    noted(context, session, task, acting, Happening.CALLED_OFF, text, results={"of": opinion.asked_of_name})
    return opinion


def outstanding(session: Session, task: UserTask) -> OpinionsOutstanding:
    """Why a task that waits for opinions cannot be done: whose are missing."""
    names = [each.asked_of_name for each in of_task(session, task.id) if each.ended_at is None]
    return OpinionsOutstanding(names="、".join(names))


def of_task(session: Session, task_id: int) -> list[TaskOpinion]:
    """All opinions asked for at a task, oldest first."""
    return list(
        session.scalars(select(TaskOpinion).where(TaskOpinion.task_id == task_id).order_by(TaskOpinion.id))
    )


def asked_of(session: Session, employee_id: int) -> list[tuple[TaskOpinion, UserTask]]:
    """The opinions that wait for a person, with their open tasks, oldest first."""
    rows = session.execute(
        select(TaskOpinion, UserTask)
        .join(UserTask, UserTask.id == TaskOpinion.task_id)
        .where(
            TaskOpinion.asked_of_id == employee_id,
            TaskOpinion.ended_at.is_(None),
            UserTask.status == TaskStatus.OPEN.value,
        )
        .order_by(TaskOpinion.id)
    )
    return [(opinion, task) for opinion, task in rows]


def _open(session: Session, opinion_id: int) -> tuple[TaskOpinion, UserTask]:
    opinion = session.get(TaskOpinion, opinion_id)
    if opinion is None:
        raise OpinionUnknown()
    task = locked_task(session, opinion.task_id)
    session.refresh(opinion)
    require_open(task)
    if opinion.ended_at is not None:
        raise OpinionUnknown()
    return opinion, task


def _refuse_unfit(session: Session, task: UserTask, actor: Actor, cosigner: Actor, waiting: set[int]) -> None:
    if cosigner.employee_id in (*actor.desks, task.assignee_id):
        raise CosignerIsHolder()
    if cosigner.employee_id in waiting:
        raise CosignerAskedAlready(name=cosigner.name)
    if not sight.sees(session, cosigner, task):
        raise CosignerMayNotSee(name=cosigner.name)
    _refuse_barred(session, task, cosigner)


def _refuse_barred(session: Session, task: UserTask, cosigner: Actor) -> None:
    """Four eyes, as for who does the task himself."""
    other = select(UserTask.id).where(UserTask.id == task.id, eligibility.may_co_sign(cosigner.employee_id))
    if session.scalar(other) is None:
        alone = replace(cosigner, stands_in_for=())
        raise eligibility.refusal(session, task, alone, candidate=True)


def _asked(
    context: Context, session: Session, task: UserTask, actor: Actor, cosigner: Actor, question: str
) -> TaskOpinion:
    return TaskOpinion(
        task_id=task.id,
        business_key=task.business_key,
        asked_of_id=cosigner.employee_id,
        asked_of_name=cosigner.name,
        asked_by_id=actor.employee_id,
        asked_by_name=actor.name,
        asked_at=context.clock.now(),
        question=question,
    )


def _tell(context: Context, session: Session, task: UserTask, opinion: TaskOpinion) -> None:
    told = {
        "template": "opinion_asked",
        "employee_id": opinion.asked_of_id,
        "task_id": task.id,
        "opinion_id": opinion.id,
        "task": task.name,
        "business_key": task.business_key,
        "by": opinion.asked_by_name,
    }
    outbox.put(session, "notify", f"opinion_asked:{opinion.id}", told, context.clock.now())
