"""Quotes: what ends a loan or repays part of it early on a day, kept with the day until which it holds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant, Rate
from lending import loans, money
from lending.columns import worded
from lending.errors import NotFound
from lending.life import changes, errors, events
from lending.life.allocating import due_amounts
from lending.life.applying import apply, cut
from lending.life.changes import Recorded
from lending.life.events import LoanEvent
from lending.life.happenings import Happening
from lending.life.kinds import Component, EventKind
from lending.life.replaying import ground_of
from lending.life.state import Ground, Reading, State
from lending.maths.choices import PayOffInterest, Prepayment
from lending.maths.errors import TermsRefused
from lending.money import ZERO, to_fen


class LoanQuote(Base):
    """What is paid early on ``pay_on``, in yuan. It holds for that day, for the loan as ``after_event_id`` left it.

    With a ``rule`` part of the principal is repaid and the rest planned anew: ``instalments`` remain after it, the next
    of ``next_amount``, the last on ``last_due``. Without one the quote ends the loan.
    """

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
    rule: Mapped[Prepayment | None] = mapped_column(worded(Prepayment))
    instalments: Mapped[int | None]
    next_amount: Mapped[Decimal | None] = mapped_column(Fen)
    last_due: Mapped[date | None] = mapped_column(Date)
    quoted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    quoted_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def total(self) -> Decimal:
        """What is to be paid: all of it less what lies in suspense; nothing where more lies there."""
        return max(self._asked - self.suspense, ZERO)

    @property
    def left_over(self) -> Decimal:
        """What stays in suspense after it, to be given back: nothing where all of it is needed."""
        return max(self.suspense - self._asked, ZERO)

    @property
    def _asked(self) -> Decimal:
        return self.due + self.principal + self.interest + self.fee


def quote(
    session: Session,
    loan_no: str,
    *,
    pay_on: date,
    today: date,
    now: datetime,
    by: int | None = None,
    fee_rate: Decimal | None = None,
    amount: Decimal | None = None,
    rule: Prepayment | None = None,
) -> LoanQuote:
    """Reckon and keep what is paid early on a day from ``today`` on; what falls due by then is counted as due.

    Without an ``amount`` it ends the loan; with one it repays what the money is worth, by ``rule``. Interest is to the
    day or to the due date, as the convention says, so the quote holds for that day alone. Raises
    :class:`lending.life.errors.NothingNotDue` where all principal is due: a receipt ends such a loan.
    """
    loan = loans.get(session, loan_no, to_change=True)
    if pay_on < today:
        raise errors.QuoteForThePast(pay_on=pay_on, today=today)
    reading = changes.accrue_to(session, loan_no, today, now=now, by=by)
    written = events.last_written(session, loan_no)
    ground, state = ground_of(loan), _on_the_day(ground_of(loan), reading.state, pay_on)
    if written is None or state.frozen_on is not None or state.principal_not_due == 0:
        raise errors.NothingNotDue(kind=EventKind.PREPAYMENT)
    rate = ground.fee_rate if fee_rate is None else fee_rate
    number = (session.scalar(select(func.max(LoanQuote.number)).where(LoanQuote.loan_no == loan_no)) or 0) + 1
    made = LoanQuote(
        loan_no=loan_no,
        number=number,
        quote_no=f"BJ-{loan_no}-{number}",
        pay_on=pay_on,
        valid_until=pay_on,
        after_event_id=written,
        fee_rate=rate,
        suspense=state.suspense,
        quoted_by=by,
        quoted_at=now,
    )
    if amount is None:
        _end(made, ground, state)
    else:
        _part_of_it(made, ground, state, amount, rule or ground.convention.prepayment)
    session.add(made)
    session.flush()
    return made


def _on_the_day(ground: Ground, state: State, pay_on: date) -> State:
    """The loan with what falls due by a day counted as due."""
    while (due := state.next_due) is not None and due <= pay_on:
        state = apply(ground, state, Happening(EventKind.DUE, due)).state
    return state


def _end(made: LoanQuote, ground: Ground, state: State) -> None:
    """Fill in what ends the loan."""
    at_end = cut(ground, state, made.pay_on)
    to_the_day = ground.convention.pay_off_interest is PayOffInterest.TO_THE_DAY
    part = at_end.parts[at_end.due]
    running = Reading(ground, at_end, made.pay_on).running if to_the_day else part.interest
    made.due = sum(due_amounts(ground, state, made.pay_on).values(), ZERO)
    made.principal, made.interest = state.principal_not_due, running - part.interest_paid
    made.fee = to_fen(state.principal_not_due * made.fee_rate)


def _part_of_it(made: LoanQuote, ground: Ground, state: State, amount: Decimal, rule: Prepayment) -> None:
    """Fill in what an amount, with what lies in suspense, repays early, and what remains after it."""
    money.exact(amount)
    if amount <= 0:
        raise errors.AmountNotPositive(amount=amount)
    told = Happening(EventKind.PREPAYMENT, made.pay_on, amount, rule=rule, fee_rate=made.fee_rate)
    done, due = apply(ground, state, told), due_amounts(ground, state, made.pay_on)
    after = done.state
    if after.principal_not_due == 0:
        raise errors.EnoughToEnd(amount=amount)

    def early(component: Component) -> Decimal:
        return done.used.get(component, ZERO) - due.get(component, ZERO)

    made.due = sum(due.values(), ZERO)
    made.principal, made.interest = early(Component.PRINCIPAL), early(Component.INTEREST)
    made.fee = early(Component.FEE)
    left = after.parts[after.due :]
    part = left[0]
    made.rule, made.instalments, made.last_due = rule, len(left), left[-1].due_date
    made.next_amount = part.to_pay


def by_rule(
    session: Session, loan_no: str, amount: Decimal, *, pay_on: date, today: date, now: datetime
) -> list[LoanQuote]:
    """What the amount would come to under each rule, side by side; nothing is kept.

    Rules that the loan's way of repayment cannot follow are left out.
    """
    found = []
    for rule in (Prepayment.SHORTER_TERM, Prepayment.LOWER_INSTALMENT, Prepayment.NEXT_INSTALMENTS):
        aside = session.begin_nested()
        try:
            made = quote(session, loan_no, pay_on=pay_on, today=today, now=now, amount=amount, rule=rule)
            session.expunge(made)
            found.append(made)
        except TermsRefused:
            continue
        finally:
            aside.rollback()
    return found


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
    checked_by: int | None = None,
) -> Recorded:
    """Record the prepayment that a quote was made for, at the quoted fee.

    :class:`lending.life.errors.QuoteNotValid` on another day, for less (of a part: for any other sum), or when the loan
    has changed since.
    """
    found = get(session, quote_no)
    told = Happening(EventKind.PREPAYMENT, on, amount, rule=found.rule, fee_rate=found.fee_rate)
    again = events.find(session, f"{EventKind.PREPAYMENT.value}:{reference}")
    changed = again is None and _changed_since(session, found)
    enough = amount >= found.total if found.rule is None else amount == found.total
    if on != found.pay_on or not enough or changed:
        raise errors.QuoteNotValid(quote_no=quote_no, valid_until=found.valid_until)
    return changes.record(
        session,
        found.loan_no,
        told,
        reference=reference,
        booked_on=booked_on,
        now=now,
        by=by,
        checked_by=checked_by,
    )


def get(session: Session, quote_no: str) -> LoanQuote:
    """The quote of a number, or :class:`NotFound`."""
    found = session.scalar(select(LoanQuote).where(LoanQuote.quote_no == quote_no))
    if found is None:
        raise NotFound(what_zh="报价", what_en="quote", key=quote_no)
    return found


def of_loan(session: Session, loan_no: str) -> list[LoanQuote]:
    """The quotes of a loan, the newest first."""
    return list(
        session.scalars(
            select(LoanQuote).where(LoanQuote.loan_no == loan_no).order_by(LoanQuote.number.desc())
        )
    )


def standing(session: Session, loan_no: str, today: date) -> set[int]:
    """The ids of the quotes of a loan that can still be taken."""
    return {
        found.id
        for found in of_loan(session, loan_no)
        if found.valid_until >= today and not _changed_since(session, found)
    }


def stands(session: Session, found: LoanQuote) -> bool:
    """Whether the loan is still as it was quoted, apart from due dates."""
    return not _changed_since(session, found)


def _changed_since(session: Session, found: LoanQuote) -> bool:
    """Whether anything but due dates happened to the loan after the quote."""
    later = select(LoanEvent.id).where(
        LoanEvent.loan_no == found.loan_no,
        LoanEvent.id > found.after_event_id,
        LoanEvent.kind != EventKind.DUE,
    )
    return session.scalar(later.limit(1)) is not None
