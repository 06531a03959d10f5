"""Planning callbacks: which loans lack a plan, whose plan no longer fits, and what an interval makes of it.

The intervals themselves come from decision tables, which the caller hands over as a function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, Select, SQLColumnExpression, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from company.database import Base, Instant
from lending import callback_facts, callbacks
from lending.callback_intervals import after, months_between, multiplied, stepped
from lending.callback_kinds import CallbackOutcome, CallbackStatus, PlanReason
from lending.callbacks import CallbackVisit
from lending.life.positions import LoanPosition
from lending.loans import Loan, LoanStatus
from lending.scores import ScoreResult

_AT_A_TIME = 1000
_ONE = Decimal(1)
Asked = Callable[[Mapping[str, object]], Decimal]
"""What a decision table answers on facts: an interval in months, or steps of the ladder."""


class CallbackPlanning(Base):
    """One run of the planner: for which business date, and how many callbacks it planned and moved."""

    __tablename__ = "callback_planning"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    planned: Mapped[int]
    moved: Mapped[int]
    ran_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Tables:
    """The two tables of the interval: months by grade, age and arrears, and the steps that shorten them."""

    months: Asked
    steps: Asked


@dataclass(frozen=True)
class Next:
    """When the next callback is due and by which facts."""

    on: date
    reason: PlanReason
    basis: dict[str, object]


def by_interval(
    facts: Mapping[str, object], months: Decimal, steps: int, factor: Decimal, *, since: date
) -> Next:
    """The next day by the table: its interval, so many steps longer or shorter, times the last outcome's factor."""
    interval = multiplied(stepped(months, steps), factor)
    basis = {
        **facts,
        "table_months": months,
        "steps": steps,
        "factor": factor,
        "months": interval,
        "since": since,
    }
    return Next(after(since, interval), PlanReason.INTERVAL, basis)


def unplanned(session: Session, limit: int) -> list[Loan]:
    """Active loans without a callback ahead, but those whose borrower was found deceased; the oldest first."""
    ahead = select(CallbackVisit.id).where(CallbackVisit.open_for == Loan.loan_no)
    dead = select(CallbackVisit.id).where(
        CallbackVisit.loan_no == Loan.loan_no, CallbackVisit.outcome == CallbackOutcome.DECEASED
    )
    asked = select(Loan).where(
        Loan.status == LoanStatus.ACTIVE, Loan.value_date.is_not(None), ~ahead.exists(), ~dead.exists()
    )
    return list(session.scalars(asked.order_by(Loan.id).limit(limit)))


def plan_next(session: Session, loan: Loan, tables: Tables, *, on: date, now: datetime) -> CallbackVisit:
    """Plan the next callback of a loan that has none ahead: thirty days after the pay-out, later by the table."""
    last = callbacks.last_made(session, loan.loan_no)
    if last is None and callback_facts.first_day(loan, on) >= on:
        return plan_first(session, loan, on=on, now=now)
    coming = _coming(session, loan, tables, last, on, factor=_ONE)
    return callbacks.plan(session, loan, max(coming.on, on), coming.reason, coming.basis, now=now)


def plan_first(session: Session, loan: Loan, *, on: date, now: datetime) -> CallbackVisit:
    """Plan the first callback of a loan, once."""
    known = callbacks.open_of(session, loan.loan_no)
    if known is not None:
        return known
    first, basis = callback_facts.first_day(loan, on), {"since": loan.value_date}
    return callbacks.plan(session, loan, first, PlanReason.FIRST, basis, now=now)


def _coming(
    session: Session, loan: Loan, tables: Tables, last: CallbackVisit | None, on: date, *, factor: Decimal
) -> Next:
    """The plan of the table as the loan stands; in arrears nothing makes the interval longer."""
    facts = callback_facts.interval_facts(session, loan, on)
    since = (last.ended_on if last else None) or loan.value_date or on
    steps = int(tables.steps(callback_facts.modifier_facts(session, loan)))
    if facts["days_past_due"] != 0:
        factor = min(factor, _ONE)
    return by_interval(facts, tables.months(facts), steps, factor, since=since)


def outdated(session: Session, tables: Tables, on: date) -> list[tuple[int, str]]:
    """The plans whose table interval has changed with grade, arrears or age: id of the visit, number of the loan.

    Plans that a person or an outcome has made stay where they are unless the table now asks for a shorter interval.
    """
    known: dict[tuple[object, ...], Decimal] = {}
    found = []
    for visit, loan, grade, oldest_day in session.execute(_planned()):
        facts: dict[str, object] = {
            "grade": grade or callback_facts.UNGRADED,
            "days_past_due": callback_facts.days_past_due(oldest_day, on),
            "loan_age_months": months_between(loan.value_date or on, on),
            "balloon_near": callback_facts.is_balloon_near(loan.method, loan.maturity_date, on),
        }
        key = tuple(facts.values())
        if key not in known:
            known[key] = tables.months(facts)
        if _differs(visit, known[key], facts, on):
            found.append((visit.id, loan.loan_no))
    return found


def _differs(visit: CallbackVisit, months: Decimal, facts: Mapping[str, object], on: date) -> bool:
    before = callbacks.interval_of(visit)
    is_late = facts["days_past_due"] != 0
    if visit.reason in (PlanReason.INTERVAL, PlanReason.CHANGED):
        return before != months
    since = visit.basis.get("since")
    start = since if isinstance(since, date) else on
    return is_late and before != months and after(start, months) < visit.planned_on


def _planned() -> Select[CallbackVisit, Loan, str, int | None]:
    """Every plan of a loan that is repaid, with the newest grade and the oldest unpaid due date, in thousands."""
    newest = (
        select(ScoreResult.application_no, func.max(ScoreResult.id).label("id"))
        .group_by(ScoreResult.application_no)
        .subquery()
    )
    score = aliased(ScoreResult)
    return (
        select(CallbackVisit, Loan, score.grade, LoanPosition.oldest_day)
        .join(Loan, Loan.loan_no == CallbackVisit.open_for)
        .outerjoin(LoanPosition, LoanPosition.loan_no == Loan.loan_no)
        .outerjoin(newest, newest.c.application_no == Loan.application_no)
        .outerjoin(score, score.id == newest.c.id)
        .where(CallbackVisit.status == CallbackStatus.PLANNED, Loan.status == LoanStatus.ACTIVE)
        .execution_options(yield_per=_AT_A_TIME)
    )


def move(session: Session, visit_id: int, loan_no: str, tables: Tables, *, on: date) -> bool:
    """Plan a callback anew by the loan as it stands, not before today; whether it could still be moved."""
    visit = callbacks.open_of(session, loan_no, to_change=True)
    if visit is None or visit.id != visit_id or visit.status is not CallbackStatus.PLANNED:
        return False
    loan = session.scalars(select(Loan).where(Loan.loan_no == loan_no)).one()
    last = callbacks.last_made(session, loan_no)
    before = visit.basis.get("factor")
    factor = before if isinstance(before, Decimal) else _ONE
    coming = _coming(session, loan, tables, last, on, factor=factor)
    wanted = max(coming.on, on)
    if last is None:
        wanted = min(wanted, max(callback_facts.first_day(loan, on), on))
    callbacks.replan(visit, wanted, PlanReason.CHANGED, coming.basis)
    session.flush()
    return True


def claim_run(session: Session, day: date, *, now: datetime) -> bool:
    """Take the run of a business date; False when another worker has it. What one leaves undone the next day does."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"day": day, "planned": 0, "moved": 0, "ran_at": now}
    taken = insert(CallbackPlanning).values(values).on_conflict_do_nothing(index_elements=["day"])
    return session.scalar(taken.returning(CallbackPlanning.day)) is not None


def note_run(session: Session, day: date, *, planned: int, moved: int) -> None:
    """Keep what the run of a business date has done."""
    run = session.get_one(CallbackPlanning, day)
    run.planned, run.moved = planned, moved
    session.flush()


def has_run(session: Session, day: date) -> bool:
    """Whether the planner ran for a business date."""
    return session.scalar(select(CallbackPlanning.day).where(is_run_of(day))) is not None


def is_run_of(day: date | SQLColumnExpression[date]) -> ColumnElement[bool]:
    """Which run of the planner was for a business date."""
    return CallbackPlanning.day == day


def is_over() -> tuple[ColumnElement[bool], ...]:
    """Which callbacks, beside their loans, are not ended though the loan is repaid no more."""
    return (CallbackVisit.open_for.is_not(None), Loan.status != LoanStatus.ACTIVE)


def numbers_over() -> Select[str]:
    """The numbers of those callbacks."""
    return (
        select(CallbackVisit.callback_no).join(Loan, Loan.loan_no == CallbackVisit.open_for).where(*is_over())
    )


def ended(session: Session, limit: int, *, without: Select[str]) -> list[tuple[str, str, str]]:
    """Callbacks not ended whose loan is no longer repaid: their number, the application's, and how the loan stands.

    Those in ``without`` are passed over.
    """
    asked = (
        select(CallbackVisit.callback_no, Loan.application_no, Loan.status)
        .join(Loan, Loan.loan_no == CallbackVisit.open_for)
        .where(*is_over(), CallbackVisit.callback_no.not_in(without))
        .order_by(CallbackVisit.id)
        .limit(limit)
    )
    return [(number, key, status.label("zh")) for number, key, status in session.execute(asked)]
