"""How a change of debtor begins: an application of its own for who takes the loan over, whose number is the case's."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from lending import applications, customers, loans

PROCESS = "debt_transfer"


def open_debt_transfer(
    engine: Engine, session: Session, actor: Actor, loan_no: str
) -> tuple[Instance, int | None]:
    """Start the case for a person; the case, and the task that the person holds.

    Raises :class:`lending.loan_changes.ChangeOfEndedLoan`, :class:`lending.loan_changes.ChangeOpen`.
    """
    loan = loans.get(session, loan_no)
    application = applications.open_draft(
        session,
        unit_id=loan.unit_id,
        owner_id=actor.employee_id,
        year=business_date(session).year,
        now=engine.context.clock.now(),
    )
    facts = CaseFacts(
        title=customers.get(session, loan.customer_id).name,
        amount=loan.principal,
        unit_id=loan.unit_id,
        owner_id=actor.employee_id,
    )
    number = application.application_no
    data = {"application_no": number, "loan_no": loan_no}
    case = engine.start(session, PROCESS, number, data=data, actor=actor, facts=facts)
    task_id = session.scalar(
        select(UserTask.id).where(UserTask.instance_id == case.id, UserTask.status == TaskStatus.OPEN)
    )
    if task_id is not None:
        engine.claim(session, task_id, actor)
    return case, task_id
