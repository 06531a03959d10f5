"""Callbacks: for each loan the next one planned, those made, the attempts to reach the customer, what came of each.

A loan has at most one callback that is not ended (``open_for``); ending one leaves the plan of the next. Which day and
which way is said by decision tables; here are the rows and their rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Select,
    SQLColumnExpression,
    String,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from lending import sequences
from lending.callback_kinds import (
    AttemptResult,
    CallbackMethod,
    CallbackOutcome,
    CallbackStatus,
    PlanReason,
    WarningLevel,
)
from lending.columns import worded
from lending.errors import LendingError, NotFound, step
from lending.loans import Loan, LoanStatus
from lending.locks import held

ATTEMPTS_MAX = 3
FIRST_AFTER_DAYS = 30
NOTE_MAX = 1000


class CallbackMissing(LendingError):
    """There is no callback of that number that is under way."""

    code = "callback_missing"
    zh = "没有进行中的回访 {callback_no}，可能已完成或取消。"
    en = "The callback {callback_no} is not under way; it may have been done or cancelled."


class CallbackOpen(LendingError):
    """A loan is called back about once at a time."""

    code = "callback_open"
    zh = "贷款 {loan_no} 的回访 {callback_no} 正在进行，请在该件办理。"
    en = "The callback {callback_no} on the loan {loan_no} is under way; go on with it."


class AttemptToday(LendingError):
    """Attempts are made on different days."""

    code = "attempt_today"
    zh = "今天（{on}）已联系过一次，请在下一个工作日再联系。"
    en = "One attempt was made today ({on}); try again on the next working day."


class AttemptsUsedUp(LendingError):
    """After three attempts nobody is called again."""

    code = "attempts_used_up"
    zh = "已联系 {count} 次，不再联系；请转第三方核实。"
    en = "{count} attempts were made, there are no more; have third parties asked."


class CallbackOfEndedLoan(LendingError):
    """Only loans that are being repaid are called back about."""

    code = "callback_of_ended_loan"
    zh = "贷款 {loan_no} 现为“{status}”，不再安排回访。"
    en = "The loan {loan_no} is {status}; no callback is planned for it."


class PlannedInPast(LendingError):
    """A plan lies ahead."""

    code = "callback_planned_in_past"
    zh = "计划日期 {on} 早于今天 {today}，请改为今天或以后。"
    en = "The planned day {on} lies before today, {today}; choose today or later."


_S = CallbackStatus
_ENDS = frozenset({_S.DONE, _S.UNREACHABLE, _S.REFUSED, _S.CANCELLED})
TRANSITIONS = {
    _S.PLANNED: frozenset({_S.PREPARING, _S.CANCELLED}),
    _S.PREPARING: frozenset({_S.CONTACTING, _S.CANCELLED}),
    _S.CONTACTING: _ENDS,
}
_ENDED_AS = {CallbackOutcome.UNREACHABLE: _S.UNREACHABLE, CallbackOutcome.REFUSED: _S.REFUSED}


class CallbackVisit(Base):
    """One callback of a loan, planned or made.

    ``basis`` are the facts and the interval by which its day was planned. ``open_for`` is the loan's number until it
    is ended. ``answers`` hold the checklist without anything that identifies a person; ``third_party`` what the
    adapter said. ``quality_score`` from 1 to 5.
    """

    __tablename__ = "callback_visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_no: Mapped[str] = mapped_column(String(24), unique=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    open_for: Mapped[str | None] = mapped_column(String(24), unique=True)
    status: Mapped[CallbackStatus] = mapped_column(worded(CallbackStatus))
    planned_on: Mapped[date] = mapped_column(Date, index=True)
    reason: Mapped[PlanReason] = mapped_column(worded(PlanReason))
    basis: Mapped[dict[str, object]] = mapped_column(Tagged)
    planned_at: Mapped[datetime] = mapped_column(Instant)
    started_on: Mapped[date | None] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date, index=True)
    method: Mapped[CallbackMethod | None] = mapped_column(worded(CallbackMethod))
    outcome: Mapped[CallbackOutcome | None] = mapped_column(worded(CallbackOutcome))
    warning: Mapped[WarningLevel | None] = mapped_column(worded(WarningLevel))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    duration_minutes: Mapped[int | None]
    recording_ref: Mapped[str | None] = mapped_column(String(80))
    answers: Mapped[dict[str, object] | None] = mapped_column(Tagged)
    third_party: Mapped[dict[str, object] | None] = mapped_column(Tagged)
    note: Mapped[str | None] = mapped_column(String(NOTE_MAX))
    sampled: Mapped[bool] = mapped_column(default=False)
    quality_score: Mapped[int | None]
    quality_note: Mapped[str | None] = mapped_column(String(NOTE_MAX))
    quality_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


class CallbackAttempt(Base):
    """One attempt to reach the customer; two of one callback lie on different days."""

    __tablename__ = "callback_attempt"
    __table_args__ = (UniqueConstraint("visit_id", "made_on"),)

    visit_id: Mapped[int] = mapped_column(ForeignKey("callback_visit.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    made_on: Mapped[date] = mapped_column(Date)
    result: Mapped[AttemptResult] = mapped_column(worded(AttemptResult))
    note: Mapped[str | None] = mapped_column(String(NOTE_MAX))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Found:
    """What a callback found, to be kept; ``minutes`` is how long it took."""

    outcome: CallbackOutcome
    warning: WarningLevel
    answers: Mapping[str, object]
    minutes: int | None = None
    recording_ref: str | None = None
    note: str | None = None


def plan(
    session: Session, loan: Loan, on: date, reason: PlanReason, basis: Mapping[str, object], *, now: datetime
) -> CallbackVisit:
    """Plan the next callback of a loan. Raises :class:`CallbackOfEndedLoan`, :class:`CallbackOpen`."""
    if loan.status is not LoanStatus.ACTIVE:
        raise CallbackOfEndedLoan(loan_no=loan.loan_no, status=loan.status)
    open_one = open_of(session, loan.loan_no)
    if open_one is not None:
        raise CallbackOpen(loan_no=loan.loan_no, callback_no=open_one.callback_no)
    number = sequences.take(session, f"callback:{on.year}")
    visit = CallbackVisit(
        callback_no=f"HF-{on.year}-{number:06d}",
        loan_no=loan.loan_no,
        open_for=loan.loan_no,
        status=_S.PLANNED,
        planned_on=on,
        reason=reason,
        basis=dict(basis),
        planned_at=now,
    )
    session.add(visit)
    session.flush()
    return visit


def replan(visit: CallbackVisit, on: date, reason: PlanReason, basis: Mapping[str, object]) -> None:
    """Move a callback that has not begun to another day."""
    if visit.status is not _S.PLANNED:
        raise CallbackOpen(loan_no=visit.loan_no, callback_no=visit.callback_no)
    visit.planned_on, visit.reason, visit.basis = on, reason, dict(basis)


def arrange(session: Session, loan: Loan, on: date, *, today: date, now: datetime) -> CallbackVisit:
    """A person wants the next callback on a day from today on. Raises as :func:`plan`; :class:`PlannedInPast`."""
    if on < today:
        raise PlannedInPast(on=on, today=today)
    visit = open_of(session, loan.loan_no, to_change=True)
    if visit is None:
        return plan(session, loan, on, PlanReason.ASKED, {}, now=now)
    replan(visit, on, PlanReason.ASKED, visit.basis)
    session.flush()
    return visit


def is_due(on: date | SQLColumnExpression[date]) -> tuple[ColumnElement[bool], ...]:
    """Which callbacks are to begin on a day."""
    return (CallbackVisit.status == _S.PLANNED, CallbackVisit.planned_on <= on)


def numbers_due(on: date | SQLColumnExpression[date]) -> Select[str]:
    """The numbers of the callbacks that are to begin on a day."""
    return select(CallbackVisit.callback_no).where(*is_due(on))


def due(session: Session, on: date, limit: int, *, without: Select[str]) -> list[str]:
    """The numbers of the callbacks whose day has come and that have not begun, the oldest first.

    Those in ``without`` are passed over.
    """
    asked = numbers_due(on).where(CallbackVisit.callback_no.not_in(without))
    return list(
        session.scalars(asked.order_by(CallbackVisit.planned_on, CallbackVisit.id).limit(limit)).all()
    )


def begin(session: Session, callback_no: str, on: date) -> CallbackVisit | None:
    """Take a planned callback up; None when another was quicker, or its day has been moved."""
    visit = _locked(session, CallbackVisit.callback_no == callback_no)
    if visit is None or visit.status is not _S.PLANNED or visit.planned_on > on:
        return None
    _move(visit, _S.PREPARING)
    visit.started_on = on
    session.flush()
    return visit


def under_way(session: Session, callback_no: str) -> CallbackVisit:
    """The callback, held until the transaction ends, or :class:`CallbackMissing` once it is ended."""
    visit = _locked(session, CallbackVisit.callback_no == callback_no)
    if visit is None or visit.status in _ENDS:
        raise CallbackMissing(callback_no=callback_no)
    return visit


def prepared(session: Session, callback_no: str, method: CallbackMethod) -> CallbackVisit:
    """The way is chosen; from now on the customer may be called."""
    visit = under_way(session, callback_no)
    visit.method = method
    _move(visit, _S.CONTACTING)
    session.flush()
    return visit


def attempt(
    session: Session,
    callback_no: str,
    result: AttemptResult,
    *,
    note: str | None,
    on: date,
    by: int | None,
    now: datetime,
) -> CallbackAttempt:
    """Record one attempt. Raises :class:`CallbackMissing`, :class:`AttemptToday`, :class:`AttemptsUsedUp`."""
    visit = under_way(session, callback_no)
    made = attempts_of(session, visit)
    if any(each.made_on == on for each in made):
        raise AttemptToday(on=on)
    if len(made) >= ATTEMPTS_MAX:
        raise AttemptsUsedUp(count=len(made))
    one = CallbackAttempt(
        visit_id=visit.id, number=len(made) + 1, made_on=on, result=result, note=note, made_by=by, made_at=now
    )
    session.add(one)
    session.flush()
    return one


def conclude(session: Session, callback_no: str, found: Found, *, on: date, by: int | None) -> CallbackVisit:
    """End a callback with what it found."""
    visit = under_way(session, callback_no)
    _move(visit, _ENDED_AS.get(found.outcome, _S.DONE))
    visit.outcome, visit.warning, visit.answers = found.outcome, found.warning, dict(found.answers)
    visit.duration_minutes, visit.recording_ref = found.minutes, found.recording_ref
    visit.note, visit.made_by, visit.ended_on = found.note, by, on
    visit.open_for = None
    session.flush()
    return visit


def cancel(session: Session, callback_no: str, *, on: date, note: str) -> None:
    """Give a callback up, because its loan has ended; one that is ended stays as it is."""
    visit = _locked(session, CallbackVisit.callback_no == callback_no)
    if visit is None or visit.status in _ENDS:
        return
    visit.status = _S.CANCELLED
    visit.note, visit.ended_on, visit.open_for = note, on, None
    session.flush()


def check_quality(
    session: Session, callback_no: str, *, score: int, note: str | None, by: int | None
) -> CallbackVisit:
    """Keep what a second person found of a callback in the sample."""
    visit = get(session, callback_no)
    visit.quality_score, visit.quality_note, visit.quality_by = score, note, by
    session.flush()
    return visit


def note_follow_up(session: Session, callback_no: str, note: str, *, by: int | None) -> CallbackVisit:
    """Keep what a person made of a callback that the customer answered himself, and who it was."""
    visit = get(session, callback_no)
    visit.note, visit.made_by = note[:NOTE_MAX], by
    session.flush()
    return visit


def get(session: Session, callback_no: str) -> CallbackVisit:
    """The callback, or :class:`NotFound`."""
    visit = session.scalar(select(CallbackVisit).where(CallbackVisit.callback_no == callback_no))
    if visit is None:
        raise NotFound(what_zh="回访", what_en="callback", key=callback_no)
    return visit


def open_of(session: Session, loan_no: str, *, to_change: bool = False) -> CallbackVisit | None:
    """The callback of a loan that is not ended."""
    asked = select(CallbackVisit).where(CallbackVisit.open_for == loan_no)
    return session.scalar(held(asked) if to_change else asked)


def of_loan(session: Session, loan_no: str) -> list[CallbackVisit]:
    """Every callback of a loan, the newest first."""
    asked = select(CallbackVisit).where(CallbackVisit.loan_no == loan_no)
    return list(session.scalars(asked.order_by(CallbackVisit.id.desc())))


def last_made(session: Session, loan_no: str) -> CallbackVisit | None:
    """The callback of a loan that ended last with an outcome."""
    asked = select(CallbackVisit).where(CallbackVisit.loan_no == loan_no, CallbackVisit.outcome.is_not(None))
    return session.scalar(asked.order_by(CallbackVisit.id.desc()).limit(1))


def good_in_a_row(session: Session, loan_no: str) -> int:
    """How many of the last callbacks found everything good, without a break."""
    asked = select(CallbackVisit.outcome).where(
        CallbackVisit.loan_no == loan_no, CallbackVisit.outcome.is_not(None)
    )
    count = 0
    for outcome in session.scalars(asked.order_by(CallbackVisit.id.desc())):
        if outcome is not CallbackOutcome.GOOD:
            break
        count += 1
    return count


def attempts_of(session: Session, visit: CallbackVisit) -> list[CallbackAttempt]:
    """The attempts of a callback in their order."""
    asked = select(CallbackAttempt).where(CallbackAttempt.visit_id == visit.id)
    return list(session.scalars(asked.order_by(CallbackAttempt.number)))


def was_reached(session: Session, visit: CallbackVisit) -> bool:
    """Whether the customer was spoken with."""
    return any(each.result is AttemptResult.REACHED for each in attempts_of(session, visit))


def interval_of(visit: CallbackVisit) -> Decimal | None:
    """The interval of the table by which its day was planned, in months."""
    months = visit.basis.get("table_months")
    return months if isinstance(months, Decimal) else None


def _locked(session: Session, condition: ColumnElement[bool]) -> CallbackVisit | None:
    return session.scalar(held(select(CallbackVisit).where(condition)))


def _move(visit: CallbackVisit, to: CallbackStatus) -> None:
    visit.status = step(visit.callback_no, visit.status, to, TRANSITIONS)
