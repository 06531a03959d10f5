"""Who may look at a case: who may read what it is about, within his reach, and who may do one of its tasks."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from company.people import Actor, in_scope, may
from engine import eligibility
from engine.tasks import Instance, UserTask

# What an application becomes: who may read one of them may look at its cases.
RECORDS = ("application", "contract", "disbursement", "ledger")


def in_sight(actor: Actor) -> ColumnElement[bool]:
    """The condition on :class:`Instance` that the actor may look at the case."""
    grants = [grant for record in RECORDS for grant in may(actor, record, "R")]
    return in_scope(grants, Instance.unit_id.expression, Instance.owner_id.expression)


def sees(session: Session, actor: Actor, task: UserTask) -> bool:
    """Whether the actor may look at the task and its case."""
    case = select(Instance.id).where(Instance.id == task.instance_id, in_sight(actor))
    doable = select(UserTask.id).where(UserTask.id == task.id, eligibility.is_candidate(actor))
    return session.scalar(case) is not None or session.scalar(doable) is not None


def seen_tasks(actor: Actor) -> ColumnElement[bool]:
    """The condition on :class:`UserTask`, open or not, that the actor may look at it."""
    case = select(Instance.id).where(Instance.id == UserTask.instance_id, in_sight(actor)).exists()
    return or_(case, eligibility.is_candidate(actor))
