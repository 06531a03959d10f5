"""How a reconsideration begins: the case that carries it, under the number of the rejected application."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from lending import applications, customers, vehicles

PROCESS = "reconsideration"


def open_reconsideration(
    engine: Engine, session: Session, actor: Actor, application_no: str
) -> tuple[Instance, int | None]:
    """Start the reconsideration that the customer asked this person for; the case and the task the person holds.

    Raises the refusals of :func:`lending.reconsiderations.check`.
    """
    application = applications.get(session, application_no)
    customer = customers.get(session, application.customer_id) if application.customer_id else None
    vehicle = vehicles.get(session, application.vehicle_id) if application.vehicle_id else None
    facts = CaseFacts(
        title=customer.name if customer else application_no,
        subtitle=vehicle.model_name if vehicle else "",
        amount=application.amount,
        unit_id=application.unit_id,
        owner_id=application.owner_id,
    )
    data = {"application_no": application_no}
    case = engine.start(session, PROCESS, application_no, data=data, actor=actor, facts=facts)
    task_id = session.scalar(
        select(UserTask.id).where(UserTask.instance_id == case.id, UserTask.status == TaskStatus.OPEN)
    )
    if task_id is not None:
        engine.claim(session, task_id, actor)
    return case, task_id
