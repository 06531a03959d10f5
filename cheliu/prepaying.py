"""How an early repayment begins: its number, the case that carries it, and the person who holds its first form."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cheliu.list_changes import begin_held
from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance
from lending import loans, prepayments
from lending.life import bookings, errors
from lending.life.kinds import EventKind

PROCESS = "prepayment"


def open_prepayment(
    engine: Engine, session: Session, actor: Actor, loan_no: str
) -> tuple[Instance, int | None]:
    """Start the case for a person, who holds its first task; the case and that task's id.

    Raises :class:`lending.life.errors.BookingNotAllowed` and :class:`lending.prepayments.PrepaymentOpen`.
    """
    desk = bookings.may_ask(session, actor, loan_no, EventKind.PREPAYMENT)
    if not desk and not bookings.may_ask(session, actor, loan_no, EventKind.EXTENSION):
        raise errors.BookingNotAllowed(
            act="办理", act_en="ask for", loan_no=loan_no, kind=EventKind.PREPAYMENT
        )
    loan = loans.get(session, loan_no)
    year = business_date(session).year
    made = prepayments.open_one(
        session, loan_no, year=year, by=actor.employee_id, now=engine.context.clock.now()
    )
    facts = CaseFacts(title=loan_no, unit_id=loan.unit_id, owner_id=actor.employee_id)
    data: dict[str, object] = {"prepayment_no": made.number, "loan_no": loan_no}
    return begin_held(engine, session, actor, PROCESS, made.number, data, facts)
