"""What the strategy table (DT-08) reads of a case, and the priority by which the worklist is ordered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lending import contact_circumstances, scores
from lending.collections import promises
from lending.collections.agencies import placement_of
from lending.collections.cases import CollectionCase
from lending.collections.kinds import FIRST_DAYS, Stage, stage_of
from lending.contact_circumstances import Circumstance
from lending.contacts import Complaint
from lending.life import arrears
from lending.life.arrears import Arrears
from lending.loans import Loan

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
    stands = arrears.of_loan(session, loan.loan_no, today)
    if stands is not None:
        found.days_past_due, found.overdue = stands.days_past_due, stands.overdue
        found.principal = stands.principal
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


def parts_of(found: CollectionCase, broken: int, now: Arrears | None = None) -> tuple[Part, ...]:
    """Why a case stands where it stands: money at risk (overdue, up to 50,000), days late, broken promises, grade.

    ``now`` are the arrears of the day; without them those that the strategy has last read.
    """
    stands = now or found
    money = min(stands.overdue / _AT_RISK, Decimal(1))
    days = min(Decimal(stands.days_past_due) / _LATE_DAYS, Decimal(1))
    grade = {"A": Decimal(0), "B": Decimal("0.3"), "C": Decimal("0.7")}.get(found.grade, Decimal(1))
    shares = {"money": money, "days": days, "broken": Decimal(min(broken, 2)) / 2, "grade": grade}
    return tuple(Part(name, int(shares[name] * weight)) for name, weight in _WEIGHTS.items())


def priority_of(found: CollectionCase, broken: int, now: Arrears | None = None) -> int:
    """The priority of a case from 0 to 100: the sum of its parts."""
    return sum(part.points for part in parts_of(found, broken, now))


@dataclass(frozen=True)
class Standing:
    """An open case as it stands on a business date: its arrears and its priority then."""

    case: CollectionCase
    arrears: Arrears
    priority: int


def standings(
    session: Session, found: Sequence[CollectionCase], loan_nos: Select[str] | Collection[str], on: date
) -> list[Standing]:
    """How open cases stand on a business date, the most urgent first; ``loan_nos`` are those of their loans.

    What a case keeps itself is of the day of its last strategy; days and penalty go on meanwhile, also on hold.
    """
    now = arrears.of_loans(session, loan_nos, on)
    broken = promises.broken_of(session, loan_nos)
    made = []
    for each in found:
        stands = now.get(each.loan_no) or Arrears(each.days_past_due, each.overdue, each.principal)
        made.append(Standing(each, stands, priority_of(each, broken.get(each.id, 0), stands)))
    return sorted(made, key=lambda one: (-one.priority, -one.arrears.overdue, one.case.id))
