"""Where a loan stands, in one row: what has been posted of it, and how its figures grow until something happens.

A day-end reads these rows instead of the events and writes one row a loan and day (:class:`LoanDay`). What has been
posted of a loan is told by its position, or, when a day-end has posted since, by its latest day; :func:`fold` brings
the two together before an event posts more.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen
from lending.columns import worded
from lending.labels import Labelled
from lending.life.course import Course, Line, course_of
from lending.life.state import Ground, Reading, State
from lending.money import ZERO


class Category(Labelled):
    """The five categories of risk (商业银行金融资产风险分类办法, 2023)."""

    NORMAL = "normal", "正常", "Normal"
    WATCH = "watch", "关注", "Special mention"
    SUBSTANDARD = "substandard", "次级", "Substandard"
    DOUBTFUL = "doubtful", "可疑", "Doubtful"
    LOSS = "loss", "损失", "Loss"


class LoanPosition(Base):
    """A loan as its last event left it. Amounts in yuan, days of the course as ordinals, its lines in fen.

    ``interest``, ``penalty`` (income), ``uncollected`` (off balance) and ``allowance`` are what has been posted
    altogether, up to the day row ``folded_on``. ``next_amount`` is what the next instalment asks for, ``other_owed``
    costs and fees. ``clean_day``: since when nothing is overdue. ``observed_until``: the observation after a
    restructuring. ``decided``: a person's category from the day-end of ``decided_on`` on, which the proposed one does
    not better. ``live`` loans have a row each day.
    """

    __tablename__ = "loan_position"
    __table_args__ = (Index("ix_loan_position_refresh", "refresh_on"),)

    loan_no: Mapped[str] = mapped_column(String(24), ForeignKey("loan.loan_no"), primary_key=True)
    accrued_to: Mapped[date] = mapped_column(Date)
    interest: Mapped[Decimal] = mapped_column(Fen)
    penalty: Mapped[Decimal] = mapped_column(Fen)
    corrections: Mapped[int]
    uncollected: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    allowance: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    folded_on: Mapped[date | None] = mapped_column(Date)
    live: Mapped[bool] = mapped_column(default=True)
    noted: Mapped[int] = mapped_column(default=0)
    last_event_id: Mapped[int | None]
    principal: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    principal_overdue: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    interest_overdue: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    interest_met: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    penalty_met: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    other_owed: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    suspense: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    next_amount: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    periods_overdue: Mapped[int] = mapped_column(default=0)
    oldest_day: Mapped[int | None]
    next_due: Mapped[date | None] = mapped_column(Date)
    refresh_on: Mapped[date | None] = mapped_column(Date)
    interest_fixed: Mapped[int] = mapped_column(BigInteger, default=0)
    interest_start: Mapped[int] = mapped_column(BigInteger, default=0)
    interest_step: Mapped[int] = mapped_column(BigInteger, default=0)
    interest_per: Mapped[int] = mapped_column(BigInteger, default=1)
    interest_since: Mapped[int] = mapped_column(default=0)
    late_lines: Mapped[int] = mapped_column(default=0)
    clean_day: Mapped[int | None]
    observed_until: Mapped[date | None] = mapped_column(Date)
    decided: Mapped[Category | None] = mapped_column(worded(Category))
    decided_on: Mapped[date | None] = mapped_column(Date)


class LoanLate(Base):
    """A line of penalty or compound interest of a loan (:class:`lending.life.course.Line`), in fen."""

    __tablename__ = "loan_late"

    loan_no: Mapped[str] = mapped_column(String(24), ForeignKey("loan_position.loan_no"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    fixed: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[int] = mapped_column(BigInteger)
    per: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[int]
    after: Mapped[int]


class LoanDay(Base):
    """A loan at the end of a business date: what was posted of it altogether and on the day, and what is overdue.

    No foreign keys: a row is made from the loan's own row, a million a night. ``part`` numbers the rows that were
    made, and posted, together. ``interest``, ``penalty``,
    ``uncollected`` and ``allowance`` as in :class:`LoanPosition`; ``…_moved`` is what this day posted, ``…_tax`` the
    VAT inside it. ``required`` is the provision its category asks for. ``on_overdue`` and ``on_stopped`` are what of
    the principal stands on the sub-accounts of overdue and of non-accrual loans.
    """

    __tablename__ = "loan_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    loan_no: Mapped[str] = mapped_column(String(24), primary_key=True)
    part: Mapped[int]
    unit_id: Mapped[int]
    noted: Mapped[int]
    principal: Mapped[Decimal] = mapped_column(Fen)
    principal_overdue: Mapped[Decimal] = mapped_column(Fen)
    interest_overdue: Mapped[Decimal] = mapped_column(Fen)
    penalty_owed: Mapped[Decimal] = mapped_column(Fen)
    days_past_due: Mapped[int]
    periods_overdue: Mapped[int]
    proposed: Mapped[Category] = mapped_column(worded(Category))
    category: Mapped[Category] = mapped_column(worded(Category))
    stopped: Mapped[bool]
    interest: Mapped[Decimal] = mapped_column(Fen)
    penalty: Mapped[Decimal] = mapped_column(Fen)
    uncollected: Mapped[Decimal] = mapped_column(Fen)
    required: Mapped[Decimal] = mapped_column(Fen)
    allowance: Mapped[Decimal] = mapped_column(Fen)
    interest_moved: Mapped[Decimal] = mapped_column(Fen)
    interest_tax: Mapped[Decimal] = mapped_column(Fen)
    penalty_moved: Mapped[Decimal] = mapped_column(Fen)
    penalty_tax: Mapped[Decimal] = mapped_column(Fen)
    uncollected_moved: Mapped[Decimal] = mapped_column(Fen)
    allowance_moved: Mapped[Decimal] = mapped_column(Fen)
    on_overdue: Mapped[Decimal] = mapped_column(Fen)
    on_stopped: Mapped[Decimal] = mapped_column(Fen)
    on_overdue_moved: Mapped[Decimal] = mapped_column(Fen)
    on_stopped_moved: Mapped[Decimal] = mapped_column(Fen)


def noted(
    ground: Ground, state: State, day: date, *, oldest_day: int | None, clean_day: int | None
) -> tuple[dict[str, object], Course]:
    """The columns of a position for a loan in ``state`` on a day, and its course.

    ``oldest_day`` and ``clean_day`` are what the position says before.
    """
    reading, course = Reading(ground, state, day), course_of(ground, state, day)
    oldest, today = reading.oldest_due, day.toordinal()
    was_late = oldest_day is not None and oldest_day < today
    is_late = oldest is not None and oldest < day
    since = clean_day if clean_day is not None and not was_late else today
    due = state.next_due
    part = state.parts[state.due] if due is not None else None
    asked = part.to_pay - state.suspense if part else ZERO
    line = course.interest
    return {
        "live": True,
        "principal": state.principal,
        "principal_overdue": ZERO if state.frozen_on else reading.principal_overdue,
        "interest_overdue": ZERO if state.frozen_on else reading.interest_overdue,
        "interest_met": reading.interest_met,
        "penalty_met": reading.penalty_met,
        "other_owed": state.costs + state.fees_owed,
        "suspense": state.suspense,
        "next_amount": max(asked, ZERO),
        "periods_overdue": 0 if state.frozen_on else reading.periods_overdue,
        "oldest_day": None if oldest is None or state.frozen_on else oldest.toordinal(),
        "next_due": due,
        "refresh_on": course.refresh_on,
        "interest_fixed": line.fixed,
        "interest_start": line.start,
        "interest_step": line.step,
        "interest_per": line.per,
        "interest_since": line.since,
        "late_lines": len(course.late),
        "clean_day": None if is_late else since,
    }, course


def note(
    session: Session, position: LoanPosition, ground: Ground, state: State, day: date, *, event_id: int
) -> None:
    """Write down how a loan stands after its last event, for the day-ends to come."""
    columns, course = noted(ground, state, day, oldest_day=position.oldest_day, clean_day=position.clean_day)
    had = position.late_lines
    for name, value in columns.items():
        setattr(position, name, value)
    position.noted += 1
    position.last_event_id = event_id
    session.flush()
    if had:
        session.execute(delete(LoanLate).where(LoanLate.loan_no == position.loan_no))
    if course.late:
        session.execute(insert(LoanLate), late_rows(position.loan_no, course.late))


def late_rows(loan_no: str, lines: tuple[Line, ...]) -> list[dict[str, object]]:
    """The lines of a loan's penalty as rows."""
    return [
        {
            "loan_no": loan_no,
            "number": number,
            "fixed": line.fixed,
            "step": line.step,
            "per": line.per,
            "since": line.since,
            "after": line.after,
        }
        for number, line in enumerate(lines, start=1)
    ]


def fold(session: Session, position: LoanPosition) -> None:
    """Let the position say what has been posted of its loan, the latest day-end included."""
    latest = session.scalar(select(func.max(LoanDay.day)))
    if latest is None or (position.folded_on is not None and position.folded_on >= latest):
        return
    row = session.scalars(
        select(LoanDay)
        .where(LoanDay.day.in_([latest, latest - timedelta(days=1)]), LoanDay.loan_no == position.loan_no)
        .order_by(LoanDay.day.desc())
        .execution_options(populate_existing=True)
    ).first()
    if row is None or (position.folded_on is not None and row.day <= position.folded_on):
        return
    position.interest, position.penalty = row.interest, row.penalty
    position.uncollected, position.allowance = row.uncollected, row.allowance
    position.folded_on = row.day
    position.accrued_to = max(position.accrued_to, row.day)
    session.flush()
