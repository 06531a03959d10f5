"""How a booking on a loan begins: its number, the case that carries it, and the maker's answers, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from lending import debt_transfers, loans, sequences
from lending.life import bookings, errors
from lending.life.kinds import EventKind

PROCESS = "loan_booking"


def open_booking(
    engine: Engine,
    session: Session,
    actor: Actor,
    loan_no: str,
    kind: EventKind,
    answers: Mapping[str, object] | None = None,
) -> Instance:
    """Start the case of a booking for a person, who holds its form; with ``answers`` the form is handed in at once.

    Raises :class:`lending.life.errors.BookingNotAllowed`, :class:`lending.loan_changes.ChangeOpen` for what would
    cross a change under way, and with answers whatever the form or the booking refuse.
    """
    if not bookings.may_ask(session, actor, loan_no, kind):
        raise errors.BookingNotAllowed(act="登记", act_en="ask for", loan_no=loan_no, kind=kind)
    debt_transfers.require_unchanging(session, loan_no, kind)
    loan = loans.get(session, loan_no)
    year = business_date(session).year
    number = f"ZW-{year}-{sequences.take(session, f'booking:{year}'):06d}"
    facts = CaseFacts(title=loan_no, subtitle=kind.zh, unit_id=loan.unit_id, owner_id=actor.employee_id)
    data = {"booking_no": number, "loan_no": loan_no, "booking_kind": kind.value, "check_comment": None}
    case = engine.start(session, PROCESS, number, data=data, actor=actor, facts=facts)
    task_id = session.scalars(
        select(UserTask.id).where(UserTask.instance_id == case.id, UserTask.status == TaskStatus.OPEN)
    ).one()
    engine.claim(session, task_id, actor)
    if answers is not None:
        engine.complete(session, task_id, actor, answers)
    return case
