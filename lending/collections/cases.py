"""The case of an overdue loan: its stage, what is done next and by when, who works on it, how it ended.

A case belongs to one loan; all open cases of a customer are worked on by one collector and shown as one customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, ForeignKey, Select, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import outbox
from company.database import Base, Fen
from lending import sequences
from lending.collections.kinds import CLOSED, Action, CaseStatus, Stage, stage_of
from lending.columns import worded
from lending.errors import NotFound
from lending.loans import Loan, LoanStatus
from lending.locks import held
from lending.money import ZERO

SUPERVISOR = "postloan_manager"
CHANGED = "CollectionChanged"
"""The message by which a case is told that its strategy is to be chosen anew."""
ENDED = "CollectionEnded"
"""The message by which a case is told that its loan has ended, or that somebody else owes it."""


class CollectionCase(Base):
    """One overdue loan of one debtor, from its first day past due until it is paid, written off or passed on.

    ``open_for`` is the loan's number while it is open. ``owner_role`` is who has to act: the strategy's word, not
    always a role. ``priority`` from 0 to 100. ``escalations``: how often nobody did in time what was asked.
    ``principal`` is what is lent still, ``overdue`` what is past due with interest and penalty, both in yuan.
    """

    __tablename__ = "collection_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(String(24), unique=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    open_for: Mapped[str | None] = mapped_column(String(24), unique=True)
    status: Mapped[CaseStatus] = mapped_column(worded(CaseStatus), index=True)
    stage: Mapped[Stage] = mapped_column(worded(Stage))
    days_past_due: Mapped[int]
    overdue: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    principal: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    grade: Mapped[str] = mapped_column(String(4), default="")
    action: Mapped[Action] = mapped_column(worded(Action), default=Action.MESSAGE)
    due_on: Mapped[date | None] = mapped_column(Date)
    owner_role: Mapped[str] = mapped_column(String(40), default="system")
    script: Mapped[str] = mapped_column(String(20), default="")
    collector_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    priority: Mapped[int] = mapped_column(default=0)
    escalations: Mapped[int] = mapped_column(default=0)
    held_for: Mapped[str] = mapped_column(String(32), default="")
    opened_on: Mapped[date] = mapped_column(Date, index=True)
    closed_on: Mapped[date | None] = mapped_column(Date, index=True)


class StagePassage(Base):
    """A case in one stage, from when until when; ``cured`` if it was paid there."""

    __tablename__ = "collection_stage"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("collection_case.id"), index=True)
    stage: Mapped[Stage] = mapped_column(worded(Stage))
    entered_on: Mapped[date] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date, index=True)
    cured: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class Plan:
    """The next step of a case as the strategy has chosen it."""

    action: Action
    due_on: date | None
    owner_role: str
    script: str
    priority: int


def open_case(session: Session, loan: Loan, days_past_due: int, *, on: date) -> CollectionCase:
    """The open case of a loan; a new one, numbered CS-<year>-<number>, where it has none."""
    found = open_of(session, loan.loan_no)
    if found is not None:
        return found
    number = sequences.take(session, f"collection:{on.year}")
    made = CollectionCase(
        case_no=f"CS-{on.year}-{number:06d}",
        loan_no=loan.loan_no,
        customer_id=loan.customer_id,
        open_for=loan.loan_no,
        status=CaseStatus.OPEN,
        stage=stage_of(days_past_due),
        days_past_due=days_past_due,
        opened_on=on,
    )
    session.add(made)
    session.flush()
    session.add(StagePassage(case_id=made.id, stage=made.stage, entered_on=on))
    session.flush()
    return made


def stand_at(session: Session, found: CollectionCase, stage: Stage, *, on: date) -> None:
    """Move a case to a stage and note when; the stage it is in changes nothing."""
    if found.stage is stage:
        return
    passage = _passage(session, found)
    if passage is not None:
        passage.left_on = on
    found.stage = stage
    session.add(StagePassage(case_id=found.id, stage=stage, entered_on=on))
    session.flush()


_STATUS = {
    Action.HOLD: CaseStatus.HELD,
    Action.AGENCY: CaseStatus.PLACED,
    Action.LEGAL: CaseStatus.LEGAL,
}


def plan(session: Session, found: CollectionCase, chosen: Plan, held_for: str) -> None:
    """What is done next in a case; ``held_for`` is the ground of a hold, empty without one."""
    found.action, found.due_on, found.owner_role = chosen.action, chosen.due_on, chosen.owner_role
    found.script, found.priority = chosen.script, chosen.priority
    found.status = _STATUS.get(chosen.action, CaseStatus.OPEN)
    found.held_for = held_for if chosen.action is Action.HOLD else ""
    session.flush()


def close(session: Session, found: CollectionCase, status: CaseStatus, *, on: date) -> None:
    """End a case; one that is closed stays as it is."""
    if found.status in CLOSED:
        return
    passage = _passage(session, found)
    if passage is not None:
        passage.left_on, passage.cured = on, status in (CaseStatus.CURED, CaseStatus.SETTLED)
    found.status, found.closed_on, found.open_for, found.held_for = status, on, None, ""
    found.overdue, found.due_on = ZERO, None
    session.flush()


def get(session: Session, case_no: str, *, to_change: bool = False) -> CollectionCase:
    """The case, or :class:`NotFound`."""
    asked = select(CollectionCase).where(CollectionCase.case_no == case_no)
    found = session.scalar(held(asked) if to_change else asked)
    if found is None:
        raise NotFound(what_zh="催收案件", what_en="collection case", key=case_no)
    return found


def open_of(session: Session, loan_no: str) -> CollectionCase | None:
    """The open case of a loan."""
    return session.scalar(select(CollectionCase).where(CollectionCase.open_for == loan_no))


def open_of_customer(session: Session, customer_id: int) -> list[CollectionCase]:
    """All open cases of a customer, the most urgent first."""
    asked = select(CollectionCase).where(
        CollectionCase.customer_id == customer_id, CollectionCase.open_for.is_not(None)
    )
    return list(session.scalars(asked.order_by(CollectionCase.priority.desc(), CollectionCase.id)))


def tell_changed(session: Session, customer_id: int, occasion: str, now: datetime) -> None:
    """Let the strategy of every open case of a customer be chosen anew; the same occasion is told once."""
    for found in open_of_customer(session, customer_id):
        tell_case(session, found, occasion, now)


def tell_case(session: Session, found: CollectionCase, occasion: str, now: datetime) -> None:
    """Let the strategy of one case be chosen anew; the same occasion is told once."""
    key = f"{CHANGED}:{found.case_no}:{occasion}"
    payload: Mapping[str, object] = {"name": CHANGED, "key": found.loan_no, "payload": {}, "message_id": key}
    outbox.put(session, "message", key, payload, now)


def tell_supervisors(
    session: Session, found: CollectionCase, loan: Loan, template: str, occasion: str, now: datetime
) -> None:
    """Tell the supervisors of the loan's unit something of a case, once an occasion."""
    payload = {
        "template": template,
        "case_no": found.case_no,
        "loan_no": found.loan_no,
        "due_on": found.due_on,
        "role_id": SUPERVISOR,
        "unit_id": loan.unit_id,
    }
    outbox.put(session, "notify", f"{template}:{found.case_no}:{occasion}", payload, now)


def is_orphaned() -> tuple[ColumnElement[bool], ...]:
    """Which cases, beside their loans, are open though the loan is repaid no more, or by somebody else."""
    passed_on = Loan.customer_id != CollectionCase.customer_id
    return (CollectionCase.open_for.is_not(None), or_(Loan.status != LoanStatus.ACTIVE, passed_on))


def numbers_orphaned() -> Select[str]:
    """The numbers of those cases."""
    return (
        select(CollectionCase.case_no)
        .join(Loan, Loan.loan_no == CollectionCase.loan_no)
        .where(*is_orphaned())
    )


def orphaned(session: Session, limit: int, *, without: Select[str]) -> list[tuple[str, str]]:
    """Open cases whose loan is repaid no more, or by somebody else, as case number and loan number.

    Those in ``without`` are passed over.
    """
    asked = (
        select(CollectionCase.case_no, CollectionCase.loan_no)
        .join(Loan, Loan.loan_no == CollectionCase.loan_no)
        .where(*is_orphaned(), CollectionCase.case_no.not_in(without))
        .order_by(CollectionCase.id)
        .limit(limit)
    )
    return [(case_no, loan_no) for case_no, loan_no in session.execute(asked)]


def _passage(session: Session, found: CollectionCase) -> StagePassage | None:
    return session.scalar(
        select(StagePassage).where(StagePassage.case_id == found.id, StagePassage.left_on.is_(None))
    )
