"""What the strategy table (DT-08) reads of a case, and the priority by which the worklist is ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lending import contact_circumstances, scores
from lending.collections import promises
from lending.collections.agencies import placement_of
from lending.collections.cases import CollectionCase
from lending.collections.kinds import FIRST_DAYS, Stage, stage_of
from lending.contact_circumstances import Circumstance
from lending.contacts import Complaint
from lending.life import changes
from lending.loans import Loan
from lending.money import ZERO

GRADE_DEFAULT = "C"
"""Of a loan without a score, as in the callbacks."""
_HOLDS = (
    Circumstance.DECEASED,
    Circumstance.COURT_ORDER,
    Circumstance.IDENTITY_THEFT,
    Circumstance.DISPUTE,
    Circumstance.HARDSHIP,
)
_AT_RISK = Decimal(50_000)
_LATE_DAYS = Decimal(90)
_WEIGHTS = {"money": 40, "days": 30, "broken": 15, "grade": 15}


@dataclass(frozen=True)
class Part:
    """One part of a priority: what it is for and its points."""

    name: str
    points: int


def refresh(session: Session, found: CollectionCase, loan: Loan, *, today: date) -> None:
    """Bring the figures of a case to the day: days past due, what is overdue and lent, the grade."""
    reading = changes.reading_of(session, loan.loan_no, today)
    if reading is not None:
        late = reading.penalty_earned - reading.penalty_met
        found.days_past_due = reading.days_past_due
        found.overdue = max(reading.principal_overdue + reading.interest_overdue + late, ZERO)
        found.principal = reading.state.principal
    score = scores.latest(session, loan.application_no)
    found.grade = score.grade if score and score.grade else GRADE_DEFAULT
    session.flush()


def stage_with_promises(days_past_due: int, broken: int) -> Stage:
    """The stage of a case: that of its days, and the next one for every two broken promises.

    >>> stage_with_promises(10, 1).name, stage_with_promises(10, 2).name, stage_with_promises(200, 4).name
    ('M1', 'M2', 'M7')
    """
    order = list(Stage)
    further = broken // promises.BROKEN_TO_NEXT_STAGE
    return order[min(order.index(stage_of(days_past_due)) + further, len(order) - 1)]


def facts(session: Session, found: CollectionCase, *, now: datetime) -> dict[str, object]:
    """The inputs of the table: days as the stage with broken promises asks, amounts in yuan."""
    broken = promises.broken(session, found.id)
    stage = stage_with_promises(found.days_past_due, broken)
    return {
        "placed": placement_of(session, found.id) is not None,
        "hold": hold_of(session, found, now),
        "days_past_due": max(found.days_past_due, FIRST_DAYS[stage] if broken else 0),
        "grade": found.grade,
        "amount_overdue": found.overdue,
        "broken_promises": broken,
    }


def hold_of(session: Session, found: CollectionCase, now: datetime) -> str:
    """Why nothing is collected now: the gravest circumstance, an open complaint about the debt, or empty."""
    standing = contact_circumstances.stand(session, found.customer_id, found.loan_no, now)
    grave = next((each.value for each in _HOLDS[:3] if each in standing), "")
    if grave:
        return grave
    complaint = select(Complaint.id).where(
        Complaint.customer_id == found.customer_id,
        Complaint.answered_at.is_(None),
        or_(Complaint.loan_no.is_(None), Complaint.loan_no == found.loan_no),
    )
    if session.scalar(complaint.limit(1)) is not None:
        return "complaint"
    return next((each.value for each in _HOLDS[3:] if each in standing), "")


def parts_of(found: CollectionCase, broken: int) -> tuple[Part, ...]:
    """Why a case stands where it stands: money at risk (overdue, up to 50,000), days late, broken promises, grade."""
    money = min(found.overdue / _AT_RISK, Decimal(1))
    days = min(Decimal(found.days_past_due) / _LATE_DAYS, Decimal(1))
    grade = {"A": Decimal(0), "B": Decimal("0.3"), "C": Decimal("0.7")}.get(found.grade, Decimal(1))
    shares = {"money": money, "days": days, "broken": Decimal(min(broken, 2)) / 2, "grade": grade}
    return tuple(Part(name, int(shares[name] * weight)) for name, weight in _WEIGHTS.items())


def priority_of(found: CollectionCase, broken: int) -> int:
    """The priority of a case from 0 to 100: the sum of its parts."""
    return sum(part.points for part in parts_of(found, broken))
