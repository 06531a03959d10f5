"""How a loan's life begins: with its pay-out, or as a book taken over says that it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from company.organisation import business_date
from lending import contracts, ledger, loans
from lending.ledger import Line
from lending.life import errors, events, fees, positions
from lending.life.events import LoanEvent, LoanPosting
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.life.planning import opened
from lending.life.positions import LoanPosition
from lending.life.replaying import Work, ground_of, open_day, post, schedule_now
from lending.life.state import Reading, State
from lending.loans import LoanStatus
from lending.money import ZERO

RUNNING = (LoanStatus.ACTIVE, LoanStatus.SETTLED, LoanStatus.WRITTEN_OFF, LoanStatus.TRANSFERRED)
"""The states in which a loan has a life."""


def begin(session: Session, loan_no: str, *, now: datetime, by: int | None = None) -> LoanEvent:
    """Write the pay-out down as the first event of an active loan; a second time changes nothing."""
    loan = loans.get(session, loan_no, to_change=True)
    begun = events.first(session, loan_no)
    if begun is not None:
        return begun
    if loan.status not in RUNNING or loan.value_date is None:
        raise errors.LoanNotRunning(loan_no=loan_no, status=loan.status, kind=EventKind.DISBURSE)
    told, paid = (
        Happening(EventKind.DISBURSE, loan.value_date, loan.principal),
        loans.posting_reference(loan_no),
    )
    first = events.made(loan, told, paid, booked_on=loan.value_date, by=by, now=now)
    ground = ground_of(loan)
    state, claimed = fees.claimed(opened(ground), contracts.get(session, loan_no).fees_data)
    first.state_data = state.packed()
    session.add(first)
    session.flush()
    session.add(LoanPosting(event_id=first.id, entry_reference=first.reference))
    position = LoanPosition(
        loan_no=loan_no, accrued_to=loan.value_date, interest=ZERO, penalty=ZERO, corrections=0
    )
    session.add(position)
    session.flush()
    work = Work(session, loan, ground, position, business_date(session), now, by)
    day, reference = open_day(work, loan.value_date), f"{fees.KIND}:{loan_no}"
    if post(work, reference, claimed, on=day, description="计提合同约定费用") is not None:
        session.add(LoanPosting(event_id=first.id, entry_reference=reference))
    positions.note(session, position, ground, state, loan.value_date, event_id=first.id)
    return first


def take_over(
    session: Session,
    loan_no: str,
    state: State,
    *,
    on: date,
    lines: Sequence[Line],
    now: datetime,
    by: int | None = None,
) -> LoanEvent:
    """Let an active loan begin here as ``state`` says it stands at the end of a day, under its opening entry.

    ``lines`` are that entry's. Interest and penalty earned before the day are those that the entry posts.
    """
    loan = loans.get(session, loan_no, to_change=True)
    ground = ground_of(loan)
    reading = Reading(ground, state, on)
    told = Happening(EventKind.OPENING, on, state.principal)
    reference = f"{EventKind.OPENING.value}:{loan_no}"
    first = events.made(loan, told, reference, booked_on=on, by=by, now=now)
    first.state_data = state.packed()
    session.add(first)
    session.flush()
    entry = ledger.post(
        session, reference, on=on, lines=lines, description=EventKind.OPENING.zh, now=now, by=by
    )
    session.add(LoanPosting(event_id=first.id, entry_reference=entry.reference))
    position = LoanPosition(
        loan_no=loan_no,
        accrued_to=on,
        interest=reading.interest_earned,
        penalty=reading.penalty_earned,
        corrections=0,
    )
    session.add(position)
    session.flush()
    positions.note(session, position, ground, state, on, event_id=first.id)
    loan.maturity_date = state.parts[-1].due_date
    plan = schedule_now(ground, state)
    loans.add_schedule(session, loan, plan, reason=EventKind.OPENING.zh, now=now, event_id=first.id)
    return first
