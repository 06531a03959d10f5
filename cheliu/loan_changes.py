"""How a change of a loan begins that its customer asks for: a case of the application, held by whoever asks."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from lending import customers, loan_changes, loans
from lending.loan_changes import ChangeKind

_PROCESSES = {ChangeKind.EXTENSION: "loan_extension", ChangeKind.HARDSHIP: "restructuring"}


def open_loan_change(
    engine: Engine, session: Session, actor: Actor, loan_no: str, kind: ChangeKind
) -> tuple[Instance, int | None]:
    """Start the case of a request for a person; the case, and the task that the person holds.

    Raises :class:`lending.loan_changes.ChangeOfEndedLoan`, :class:`lending.loan_changes.ChangeOpen`.
    """
    loan = loans.get(session, loan_no)
    loan_changes.require_free(session, loan)  # in the words of the trade, before the engine finds its own
    facts = CaseFacts(
        title=customers.get(session, loan.customer_id).name,
        subtitle=kind.zh,
        amount=loan.principal,
        unit_id=loan.unit_id,
        owner_id=loan.owner_id,
    )
    data = {"application_no": loan.application_no, "loan_no": loan_no}
    case = engine.start(session, _PROCESSES[kind], loan.application_no, data=data, actor=actor, facts=facts)
    task_id = session.scalar(
        select(UserTask.id).where(UserTask.instance_id == case.id, UserTask.status == TaskStatus.OPEN)
    )
    if task_id is not None:
        engine.claim(session, task_id, actor)
    return case, task_id
