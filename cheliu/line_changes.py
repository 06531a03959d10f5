"""How a change of a credit line begins: its number, and the case that carries it, in one transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cheliu.list_changes import begin_held
from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import Instance
from lending import credit_lines

PROCESS = "credit_line_change"


def open_line_change(engine: Engine, session: Session, actor: Actor) -> tuple[Instance, int | None]:
    """Start the case of a new proposal for a person, who holds its first task; the case and that task's id."""
    number = credit_lines.next_number(session, business_date(session).year)
    return begin_held(engine, session, actor, PROCESS, number, {"line_comment": None})
