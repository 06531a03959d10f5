"""How an assignment of claims begins: a package with its number, and the case that carries it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from lending import claim_transfers

PROCESS = "claim_assignment"
TITLE = "债权转让"


def open_claim_package(engine: Engine, session: Session, actor: Actor) -> tuple[Instance, int | None]:
    """Begin a package for a person; the case, and the task that the person holds."""
    package = claim_transfers.begin(
        session, unit_id=actor.unit_id or 0, owner_id=actor.employee_id, on=business_date(session)
    )
    facts = CaseFacts(title=TITLE, unit_id=package.unit_id, owner_id=actor.employee_id)
    data = {"package_no": package.package_no}
    case = engine.start(session, PROCESS, package.package_no, data=data, actor=actor, facts=facts)
    task_id = session.scalar(
        select(UserTask.id).where(UserTask.instance_id == case.id, UserTask.status == TaskStatus.OPEN)
    )
    if task_id is not None:
        engine.claim(session, task_id, actor)
    return case, task_id
