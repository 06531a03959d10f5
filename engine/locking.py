"""The instance a command works on, held against every other command until it ends."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.errors import InstanceEnded, InstanceUnknown, TaskUnknown
from engine.tasks import Instance, InstanceStatus, UserTask

# Kept, since building a statement costs more than running it.
_INSTANCE = select(Instance).where(Instance.id == bindparam("instance_id")).with_for_update(key_share=True)
_INSTANCE_OF_TASK = (
    select(Instance)
    .where(
        Instance.id
        == select(UserTask.instance_id).where(UserTask.id == bindparam("task_id")).scalar_subquery()
    )
    .with_for_update(key_share=True)
)
AFRESH = {"populate_existing": True}  # what was read before the lock was had may be old


def locked_instance(session: Session, instance_id: int, *, must_run: bool = True) -> Instance:
    """The instance. InstanceUnknown, and InstanceEnded where it ``must_run``."""
    instance = session.scalars(_INSTANCE, {"instance_id": instance_id}, execution_options=AFRESH).first()
    if instance is None:
        raise InstanceUnknown(instance_id=instance_id)
    if must_run and instance.status != InstanceStatus.RUNNING:
        raise InstanceEnded()
    return instance


def locked_instance_of(session: Session, task_id: int) -> Instance:
    """The instance of a task. TaskUnknown."""
    instance = session.scalars(_INSTANCE_OF_TASK, {"task_id": task_id}, execution_options=AFRESH).first()
    if instance is None:
        raise TaskUnknown(task_id=task_id)
    return instance
