"""Promises to pay: an amount and a day; kept or broken by what is received, never by what somebody says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Select, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.calendar import ZONE
from company.database import Base, Fen, Instant
from lending import loans
from lending.collections import cases
from lending.collections.cases import CollectionCase
from lending.collections.kinds import PromiseStatus
from lending.columns import worded
from lending.errors import LendingError
from lending.life.events import LoanEvent
from lending.life.kinds import EventKind
from lending.money import ZERO, exact

KEPT_FROM = Decimal("0.95")
"""A promise is kept if this share of it is received by the day after its date."""
LATE_BY = timedelta(days=1)
AHEAD_MAX = timedelta(days=30)
MONEY_IN = (EventKind.RECEIPT, EventKind.PREPAYMENT, EventKind.CLAIM)
BROKEN_TO_NEXT_STAGE = 2


class PromiseInPast(LendingError):
    """A promise lies ahead."""

    code = "promise_in_past"
    zh = "承诺还款日 {on} 早于今天 {today}，请填写今天或以后的日期。"
    en = "The promised day {on} lies before today, {today}; enter today or a later day."


class PromiseTooFar(LendingError):
    """A promise in the far future is a new plan."""

    code = "promise_too_far"
    zh = "承诺还款日 {on} 超过三十天（最晚 {latest}）；更长的期限请申请调整还款计划。"
    en = "The promised day {on} is more than thirty days away (the latest is {latest}); ask for an adjusted plan."


class PromiseBeyondDebt(LendingError):
    """Nobody promises more than is owed."""

    code = "promise_beyond_debt"
    zh = "承诺金额 {amount:,.2f} 元应大于零且不超过逾期金额 {overdue:,.2f} 元。"
    en = "The promised amount {amount:,.2f} is to be above zero and at most what is overdue, {overdue:,.2f}."


class PromisePending(LendingError):
    """One promise of a case is awaited at a time."""

    code = "promise_pending"
    zh = "本案已有待兑现的承诺（{on} 还款 {amount:,.2f} 元），兑现或到期后再登记。"
    en = "A promise of this case is pending ({amount:,.2f} on {on}); wait until it is kept or past."


_FINAL = (PromiseStatus.BROKEN, PromiseStatus.LAPSED)


class PromiseToPay(Base):
    """One promise; ``received`` is what came in since it was made, told when it was judged."""

    __tablename__ = "promise_to_pay"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("collection_case.id"), index=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    amount: Mapped[Decimal] = mapped_column(Fen)
    on: Mapped[date] = mapped_column("promised_on", Date)
    status: Mapped[PromiseStatus] = mapped_column(worded(PromiseStatus))
    received: Mapped[Decimal] = mapped_column(Fen, default=ZERO)
    after_event: Mapped[int]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    judged_on: Mapped[date | None] = mapped_column(Date)

    @property
    def check_on(self) -> date:
        """The last day on which money still keeps it."""
        return self.on + LATE_BY


_NOT_KEPT = PromiseToPay.status.in_((PromiseStatus.BROKEN, PromiseStatus.PARTLY))


def make(
    session: Session,
    found: CollectionCase,
    amount: Decimal,
    on: date,
    *,
    today: date,
    by: int | None,
    now: datetime,
) -> PromiseToPay:
    """Record a promise.

    Raises :class:`PromiseInPast`, :class:`PromiseTooFar`, :class:`PromiseBeyondDebt`, :class:`PromisePending`.
    """
    if on < today:
        raise PromiseInPast(on=on, today=today)
    if on > today + AHEAD_MAX:
        raise PromiseTooFar(on=on, latest=today + AHEAD_MAX)
    promised = exact(amount)
    if not ZERO < promised <= found.overdue:
        raise PromiseBeyondDebt(amount=promised, overdue=found.overdue)
    earlier = pending(session, found.loan_no)
    if earlier is not None:
        raise PromisePending(on=earlier.on, amount=earlier.amount)
    made = PromiseToPay(
        case_id=found.id,
        loan_no=found.loan_no,
        amount=promised,
        on=on,
        status=PromiseStatus.PENDING,
        after_event=session.scalar(select(func.max(LoanEvent.id)).where(LoanEvent.loan_no == found.loan_no))
        or 0,
        made_by=by,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made


def note_money(session: Session, loan_no: str, *, on: date) -> None:
    """Money of a loan came in or was taken back: its promise is kept as soon as enough of it is there.

    A promise that was kept by money taken back is judged anew.
    """
    asked = select(PromiseToPay).where(PromiseToPay.loan_no == loan_no).order_by(PromiseToPay.id.desc())
    promise = session.scalar(asked.limit(1))
    if promise is not None and promise.status not in _FINAL:
        judge(session, promise, on=on)


def judge(session: Session, promise: PromiseToPay, *, on: date) -> PromiseStatus:
    """Whether a promise is kept by what was received up to the day after its date; before that it may be pending."""
    received = session.scalars(
        select(LoanEvent.amount).where(
            LoanEvent.loan_no == promise.loan_no,
            LoanEvent.id > promise.after_event,
            LoanEvent.kind.in_(MONEY_IN),
            LoanEvent.reversed_by_id.is_(None),
            LoanEvent.on <= promise.check_on,
        )
    )
    promise.received = sum(received, ZERO)
    if promise.received >= promise.amount * KEPT_FROM:
        promise.status, promise.judged_on = PromiseStatus.KEPT, on
    elif on <= promise.check_on:
        promise.status, promise.judged_on = PromiseStatus.PENDING, None
    else:
        promise.status = PromiseStatus.PARTLY if promise.received > ZERO else PromiseStatus.BROKEN
        promise.judged_on = on
    session.flush()
    return promise.status


def judge_awaited(session: Session, found: CollectionCase, *, now: datetime, books_at: date) -> None:
    """Judge the promise that is awaited, if its day is over or its money there; tell who supervises of a broken one.

    Its day is over by the calendar or by the business date ``books_at``, whichever is further.
    """
    promise = pending(session, found.loan_no)
    if promise is None:
        return
    status = judge(session, promise, on=max(now.astimezone(ZONE).date(), books_at))
    if status in (PromiseStatus.BROKEN, PromiseStatus.PARTLY):
        loan = loans.get(session, found.loan_no)
        cases.tell_supervisors(session, found, loan, "promise_broken", str(promise.id), now)


def lapse(session: Session, loan_no: str, *, on: date) -> None:
    """Somebody else owes the loan: a promise that is awaited is neither kept nor broken."""
    promise = pending(session, loan_no)
    if promise is not None:
        promise.status, promise.judged_on = PromiseStatus.LAPSED, on
        session.flush()


def pending(session: Session, loan_no: str) -> PromiseToPay | None:
    """The promise of a loan that is awaited."""
    asked = select(PromiseToPay).where(
        PromiseToPay.loan_no == loan_no, PromiseToPay.status == PromiseStatus.PENDING
    )
    return session.scalar(asked.order_by(PromiseToPay.id.desc()).limit(1))


def broken(session: Session, case_id: int) -> int:
    """How many promises of a case were not kept in full."""
    return session.scalar(select(func.count()).where(PromiseToPay.case_id == case_id, _NOT_KEPT)) or 0


def broken_of(session: Session, loan_nos: Select[str] | Collection[str]) -> dict[int, int]:
    """The same of the cases of many loans, by case; those without a broken promise lack."""
    asked = (
        select(PromiseToPay.case_id, func.count())
        .where(PromiseToPay.loan_no.in_(loan_nos), _NOT_KEPT)
        .group_by(PromiseToPay.case_id)
    )
    return dict(session.execute(asked).all())


def of_case(session: Session, case_id: int) -> list[PromiseToPay]:
    """The promises of a case, the newest first."""
    asked = select(PromiseToPay).where(PromiseToPay.case_id == case_id)
    return list(session.scalars(asked.order_by(PromiseToPay.id.desc())))
