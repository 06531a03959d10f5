"""The stored events of a loan: what happened, on which day, what it left, what it posted. Added, never edited.

Two things of a row follow the events before it and are written anew when one of those is back-dated or reversed: the
state it leaves, and what of its postings stands. Neither is told by a person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, Select, String, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from company.database import Base, Fen, Instant, Tagged
from lending.columns import worded
from lending.life.happenings import Happening, Wanted
from lending.life.kinds import Component, EventKind
from lending.life.state import State
from lending.loans import Loan
from lending.maths.choices import Prepayment
from lending.money import ZERO

BANKED = (EventKind.RECEIPT, EventKind.PREPAYMENT, EventKind.RECOVERY, EventKind.SUBSIDY_RECEIPT)
"""Money that comes by the bank, under the bank's reference."""
MONEY = (*BANKED, EventKind.CLAIM)
DUE_RANK = 1
_RANK = {EventKind.DISBURSE: 0, EventKind.OPENING: 0, EventKind.DUE: DUE_RANK}
_OTHER_RANK = 2


class LoanEvent(Base):
    """One event. ``on`` is its day for the loan, ``booked_on`` the business date on which it was recorded.

    Within a day the pay-out comes first, then what falls due, then the rest as recorded (``rank``, ``id``).
    """

    __tablename__ = "loan_event"
    __table_args__ = (Index("ix_loan_event_order", "loan_no", "event_date", "rank", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"))
    kind: Mapped[EventKind] = mapped_column(worded(EventKind))
    on: Mapped[date] = mapped_column("event_date", Date)
    rank: Mapped[int]
    reference: Mapped[str] = mapped_column(String(100), unique=True)
    amount: Mapped[Decimal] = mapped_column(Fen)
    facts: Mapped[dict[str, str]] = mapped_column(Tagged)
    reason: Mapped[str] = mapped_column(String(200))
    booked_on: Mapped[date] = mapped_column(Date)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("loan_event.id"), unique=True)
    reversed_by_id: Mapped[int | None] = mapped_column(ForeignKey("loan_event.id"))
    posted: Mapped[Wanted] = mapped_column(Tagged)
    used: Mapped[dict[str, Decimal]] = mapped_column(Tagged)
    state_data: Mapped[bytes | None] = mapped_column(LargeBinary)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    postings: Mapped[list[LoanPosting]] = relationship(order_by="LoanPosting.id")

    @property
    def state(self) -> State:
        """The loan after it."""
        if self.state_data is None:
            raise ValueError(f"{self.reference} is no state of the loan")
        return State.unpacked(self.state_data)

    @property
    def happening(self) -> Happening:
        """The event as it was told."""
        facts = self.facts
        return Happening(
            self.kind,
            self.on,
            self.amount,
            rule=Prepayment(facts["rule"]) if "rule" in facts else None,
            fee_rate=Decimal(facts["fee_rate"]) if "fee_rate" in facts else None,
            months=int(facts.get("months", 0)),
            holiday=int(facts.get("holiday", 0)),
            returned="returned" in facts,
            annual_rate=Decimal(facts["annual_rate"]) if "annual_rate" in facts else None,
            component=Component(facts["component"]) if "component" in facts else None,
            reason=self.reason,
        )


class LoanPosting(Base):
    """An entry of the ledger that an event posted."""

    __tablename__ = "loan_posting"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("loan_event.id"), index=True)
    entry_reference: Mapped[str] = mapped_column(ForeignKey("journal_entry.reference"), unique=True)


def facts_of(told: Happening) -> dict[str, str]:
    """What a kind needs beside day and amount, as text."""
    facts = {
        "rule": told.rule,
        "fee_rate": told.fee_rate,
        "months": told.months or None,
        "holiday": told.holiday or None,
        "returned": told.returned or None,
        "annual_rate": told.annual_rate,
        "component": told.component,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}


def made(
    loan: Loan, told: Happening, reference: str, *, booked_on: date, by: int | None, now: datetime
) -> LoanEvent:
    """A new row of an event, not yet applied."""
    return LoanEvent(
        loan_no=loan.loan_no,
        kind=told.kind,
        on=told.on,
        rank=_RANK.get(told.kind, _OTHER_RANK),
        reference=reference,
        amount=told.amount,
        facts=facts_of(told),
        reason=told.reason,
        booked_on=booked_on,
        posted={},
        used={},
        recorded_by=by,
        recorded_at=now,
    )


_COUNTS = (LoanEvent.reversed_by_id.is_(None), LoanEvent.kind != EventKind.REVERSAL)
"""Neither a reversal nor what one took back."""


def find(session: Session, *references: str) -> LoanEvent | None:
    """The event of a reference, or the oldest that one of several references names, if there is one."""
    asked = select(LoanEvent).where(LoanEvent.reference.in_(references)).order_by(LoanEvent.id)
    return session.scalars(asked.limit(1)).first()


def first(session: Session, loan_no: str) -> LoanEvent | None:
    """The event that the life of a loan began with here: its pay-out, or that it was taken over."""
    begun = (f"disbursement:{loan_no}", f"{EventKind.OPENING.value}:{loan_no}")
    return session.scalar(select(LoanEvent).where(LoanEvent.reference.in_(begun)))


def live_after(session: Session, event: LoanEvent) -> list[LoanEvent]:
    """The events that come after one in the life of its loan, in order, without reversals and what they took back."""
    place = tuple_(LoanEvent.on, LoanEvent.rank, LoanEvent.id)
    return list(
        session.scalars(
            select(LoanEvent)
            .where(
                LoanEvent.loan_no == event.loan_no,
                *_COUNTS,
                place > tuple_(event.on, event.rank, event.id),
            )
            .order_by(LoanEvent.on, LoanEvent.rank, LoanEvent.id)
        )
    )


def live_before(session: Session, event: LoanEvent) -> LoanEvent:
    """The event that stands before one in the life of its loan."""
    place = tuple_(LoanEvent.on, LoanEvent.rank, LoanEvent.id)
    return session.scalars(
        _backwards(event.loan_no).where(place < tuple_(event.on, event.rank, event.id)).limit(1)
    ).one()


def latest(session: Session, loan_no: str, *, until: date | None = None) -> LoanEvent | None:
    """The last event in the life of a loan, of those up to a day if one is given; None before its pay-out."""
    backwards = _backwards(loan_no)
    if until is not None:
        backwards = backwards.where(LoanEvent.on <= until)
    return session.scalar(backwards.limit(1))


def latest_of(session: Session, loan_nos: Collection[str], *, until: date) -> dict[str, LoanEvent]:
    """The last event of each of so many loans up to a day, by loan number; a loan before its pay-out lacks."""
    back = func.row_number().over(
        partition_by=LoanEvent.loan_no,
        order_by=(LoanEvent.on.desc(), LoanEvent.rank.desc(), LoanEvent.id.desc()),
    )
    ranked = (
        select(LoanEvent.id, back.label("back"))
        .where(LoanEvent.loan_no.in_(loan_nos), LoanEvent.on <= until, *_COUNTS)
        .subquery()
    )
    asked = select(LoanEvent).join(ranked, ranked.c.id == LoanEvent.id).where(ranked.c.back == 1)
    return {event.loan_no: event for event in session.scalars(asked)}


def last_written(session: Session, loan_no: str) -> int | None:
    """The id of the event that was written last, a reversal as well; None before the pay-out."""
    return session.scalar(select(func.max(LoanEvent.id)).where(LoanEvent.loan_no == loan_no))


def listed(session: Session, loan_no: str) -> list[LoanEvent]:
    """Every event of a loan in the order of its life, reversed ones and reversals too."""
    return list(
        session.scalars(
            select(LoanEvent)
            .where(LoanEvent.loan_no == loan_no)
            .order_by(LoanEvent.on, LoanEvent.rank, LoanEvent.id)
        )
    )


def suspense_moved(told: Sequence[LoanEvent]) -> dict[int, Decimal]:
    """What each event that stands put into the loan's own suspense, or took out of it (negative), in yuan by its id.

    ``told`` are all events of the loan in the order of its life (:func:`listed`).
    """
    moved, before = {}, ZERO
    for event in told:
        if event.state_data is not None and event.reversed_by_id is None:
            after = event.state.suspense
            moved[event.id], before = after - before, after
    return moved


def _backwards(loan_no: str) -> Select[LoanEvent]:
    return (
        select(LoanEvent)
        .where(LoanEvent.loan_no == loan_no, *_COUNTS)
        .order_by(LoanEvent.on.desc(), LoanEvent.rank.desc(), LoanEvent.id.desc())
    )


def same_as_told(event: LoanEvent, loan_no: str, told: Happening) -> bool:
    """Whether a stored event is the one being told again."""
    kept = (event.loan_no, event.kind, event.on, event.amount or ZERO, event.facts)
    return kept == (loan_no, told.kind, told.on, told.amount, facts_of(told))
