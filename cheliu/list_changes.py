"""How a change of the lists begins: its number, and the case that carries it, in one transaction."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from lending import watch_lists

PROCESS = "blacklist_change"


def open_list_change(engine: Engine, session: Session, actor: Actor) -> tuple[Instance, int | None]:
    """Start the case of a new proposal for a person, who holds its first task; the case and that task's id."""
    number = watch_lists.next_number(session, business_date(session).year)
    return begin_held(engine, session, actor, PROCESS, number, {"entry_no": number, "list_comment": None})


def begin_held(
    engine: Engine,
    session: Session,
    actor: Actor,
    process_id: str,
    number: str,
    data: dict[str, object],
    facts: CaseFacts | None = None,
) -> tuple[Instance, int | None]:
    """Start a case under a number of its own for a person who holds its first task; the case and that task's id.

    ``facts``: what lists show of it, where that is not the number within the person's unit.
    """
    facts = facts or CaseFacts(title=number, unit_id=actor.unit_id, owner_id=actor.employee_id)
    case = engine.start(session, process_id, number, data=data, actor=actor, facts=facts)
    task_id = session.scalar(
        select(UserTask.id).where(UserTask.instance_id == case.id, UserTask.status == TaskStatus.OPEN)
    )
    if task_id is not None:
        engine.claim(session, task_id, actor)
    return case, task_id
