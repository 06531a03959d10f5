"""How an application begins: a draft with its number, and the case that carries it, in one transaction."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from lending import applications

ENTRY_PROCESS, INTAKE_PROCESS = "credit_application", "front_desk_intake"
TITLE = "新进件"


def open_application(
    engine: Engine, session: Session, actor: Actor, process_id: str = ENTRY_PROCESS
) -> tuple[Instance, int | None]:
    """Open a draft application for a person and start its case; the person holds its first task.

    ``process_id``: the entry for what was gathered elsewhere, or the whole intake at the front desk, which starts the
    entry by itself at its end. Returns the case and that task's id.
    """
    now = engine.context.clock.now()
    application = applications.open_draft(
        session,
        unit_id=actor.unit_id or 0,
        owner_id=actor.employee_id,
        year=business_date(session).year,
        now=now,
    )
    facts = CaseFacts(title=TITLE, unit_id=application.unit_id, owner_id=application.owner_id)
    number = application.application_no
    case = engine.start(
        session, process_id, number, data={"application_no": number}, actor=actor, facts=facts
    )
    task_id = session.scalar(
        select(UserTask.id).where(UserTask.instance_id == case.id, UserTask.status == TaskStatus.OPEN)
    )
    if task_id is not None:
        engine.claim(session, task_id, actor)
    return case, task_id
