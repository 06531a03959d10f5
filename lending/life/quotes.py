"""Quotes: what ends a loan on a day, kept with the day until which it holds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Rate
from lending import loans
from lending.errors import NotFound
from lending.life import changes, errors, events
from lending.life.allocating import due_amounts
from lending.life.applying import apply, cut
from lending.life.changes import Recorded
from lending.life.events import LoanEvent
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.life.replaying import ground_of
from lending.life.state import Reading
from lending.maths.choices import PayOffInterest
from lending.money import ZERO, to_fen


class LoanQuote(Base):
    """What ends a loan on ``pay_on``, in yuan. It holds for that day, for the loan as ``after_event_id`` left it."""

    __tablename__ = "loan_quote"
    __table_args__ = (UniqueConstraint("loan_no", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    number: Mapped[int]
    quote_no: Mapped[str] = mapped_column(String(40), unique=True)
    pay_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    after_event_id: Mapped[int] = mapped_column(ForeignKey("loan_event.id"))
    due: Mapped[Decimal] = mapped_column(Fen)
    principal: Mapped[Decimal] = mapped_column(Fen)
    interest: Mapped[Decimal] = mapped_column(Fen)
    fee: Mapped[Decimal] = mapped_column(Fen)
    fee_rate: Mapped[Decimal] = mapped_column(Rate)
    suspense: Mapped[Decimal] = mapped_column(Fen)
    quoted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    quoted_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def total(self) -> Decimal:
        """What is to be paid: all of it less what lies in suspense."""
        return self.due + self.principal + self.interest + self.fee - self.suspense


def quote(
    session: Session,
    loan_no: str,
    *,
    pay_on: date,
    today: date,
    now: datetime,
    by: int | None = None,
    fee_rate: Decimal | None = None,
) -> LoanQuote:
    """Reckon and keep what ends a loan on a day from ``today`` on; what falls due by then is counted as due.

    Interest is to the day or to the due date, as the convention says, so the quote holds for that day alone. Raises
    :class:`lending.life.errors.NothingNotDue` where all principal is due: a receipt ends such a loan.
    """
    loan = loans.get(session, loan_no, to_change=True)
    if pay_on < today:
        raise errors.EventBeforeLoan(on=pay_on, loan_no=loan_no, value_date=today)
    reading = changes.accrue_to(session, loan_no, today, now=now, by=by)
    last = events.latest(session, loan_no)
    ground, state = ground_of(loan), reading.state
    while (due := state.next_due) is not None and due <= pay_on:
        state = apply(ground, state, Happening(EventKind.DUE, due)).state
    if last is None or state.frozen_on is not None or state.principal_not_due == 0:
        raise errors.NothingNotDue(kind=EventKind.PREPAYMENT)
    at_end = cut(ground, state, pay_on)
    to_the_day = ground.convention.pay_off_interest is PayOffInterest.TO_THE_DAY
    part = at_end.parts[at_end.due]
    running = Reading(ground, at_end, pay_on).running if to_the_day else part.interest
    rate = ground.fee_rate if fee_rate is None else fee_rate
    number = (session.scalar(select(func.max(LoanQuote.number)).where(LoanQuote.loan_no == loan_no)) or 0) + 1
    made = LoanQuote(
        loan_no=loan_no,
        number=number,
        quote_no=f"BJ-{loan_no}-{number}",
        pay_on=pay_on,
        valid_until=pay_on,
        after_event_id=last.id,
        due=sum(due_amounts(ground, state, pay_on).values(), ZERO),
        principal=state.principal_not_due,
        interest=running - part.interest_paid,
        fee=to_fen(state.principal_not_due * rate),
        fee_rate=rate,
        suspense=state.suspense,
        quoted_by=by,
        quoted_at=now,
    )
    session.add(made)
    session.flush()
    return made


def settle(
    session: Session,
    quote_no: str,
    amount: Decimal,
    *,
    on: date,
    reference: str,
    booked_on: date,
    now: datetime,
    by: int | None = None,
) -> Recorded:
    """Record the prepayment that a quote was made for, at the quoted fee.

    :class:`lending.life.errors.QuoteNotValid` on another day, for less, or when the loan has changed since.
    """
    found = session.scalar(select(LoanQuote).where(LoanQuote.quote_no == quote_no))
    if found is None:
        raise NotFound(what_zh="报价", what_en="quote", key=quote_no)
    told = Happening(EventKind.PREPAYMENT, on, amount, fee_rate=found.fee_rate)
    again = events.find(session, f"{EventKind.PREPAYMENT.value}:{reference}")
    changed = again is None and _changed_since(session, found)
    if on != found.pay_on or amount < found.total or changed:
        raise errors.QuoteNotValid(quote_no=quote_no, valid_until=found.valid_until)
    return changes.record(
        session, found.loan_no, told, reference=reference, booked_on=booked_on, now=now, by=by
    )


def of_loan(session: Session, loan_no: str) -> list[LoanQuote]:
    """The quotes of a loan, the newest first."""
    return list(
        session.scalars(
            select(LoanQuote).where(LoanQuote.loan_no == loan_no).order_by(LoanQuote.number.desc())
        )
    )


def _changed_since(session: Session, found: LoanQuote) -> bool:
    """Whether anything but due dates happened to the loan after the quote."""
    later = select(LoanEvent.id).where(
        LoanEvent.loan_no == found.loan_no,
        LoanEvent.id > found.after_event_id,
        LoanEvent.kind != EventKind.DUE,
    )
    return session.scalar(later.limit(1)) is not None
