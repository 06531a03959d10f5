"""The open tasks of a process case: found by their element, with what their forms show filled in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu.wiring import House
from company.people import Actor
from engine.deployments import load_definition
from engine.tasks import Instance, TaskStatus, UserTask
from engine.waits import Incident
from forms.model import read
from forms.view import prepare

Step = dict[str, Any]
"""A step of a case, or the case itself, as it is written in JSON."""


class CaseFailed(Exception):
    """The case did not go as written; the message says at which step and how."""


def shown(house: House, session: Session, task_id: int) -> dict[str, object]:
    """What the form shows filled in already, as the browser sends it back."""
    task = session.get_one(UserTask, task_id)
    definition = load_definition(session, session.get_one(Instance, task.instance_id).definition_id)
    form = definition.form(task.form_key or "")
    data = prepare(form, house.engine.form_data(session, task), "zh", {})["data"]
    fields = {one.key for one in read(form).fields() if not one.read_only}
    return {key: value for key, value in data.items() if key in fields and value is not None}


def open_task(house: House, business_key: str, element_id: str, who: Actor) -> int:
    """The open task of the element in the case, one that the person holds first; CaseFailed says what is open."""
    with house.database.read() as session:
        found = session.scalars(
            select(UserTask)
            .where(
                UserTask.business_key == business_key,
                UserTask.element_id == element_id,
                UserTask.status == TaskStatus.OPEN.value,
            )
            .order_by(UserTask.id)
        ).all()
        mine = [task.id for task in found if task.assignee_id in (None, who.employee_id)]
        if found:
            return mine[0] if mine else found[0].id
        open_now = session.scalars(
            select(UserTask.element_id).where(
                UserTask.business_key == business_key, UserTask.status == TaskStatus.OPEN.value
            )
        ).all()
        stuck = session.scalars(select(Incident).where(Incident.resolved_at.is_(None))).all()
    incidents = [f"{one.element_id}: {one.cause}" for one in stuck]
    raise CaseFailed(f"no open task {element_id}; open are {sorted(open_now)}, incidents {incidents}")
