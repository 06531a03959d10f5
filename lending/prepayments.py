"""Prepayments that a customer asks for: one open at a time a loan, its quote, and what came of it.

The money and the schedule are those of :mod:`lending.life.quotes`; here stands where the customer's wish has got to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Rate
from company.people import Actor
from lending import debt_transfers, loans, sequences
from lending.columns import worded
from lending.errors import LendingError, NotFound, step
from lending.labels import Labelled
from lending.life import bookings, changes, errors, events, quotes
from lending.life.changes import Recorded
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.life.quotes import LoanQuote
from lending.loans import LoanStatus
from lending.locks import held
from lending.maths.choices import Prepayment as Rule

DESKS = frozenset({"customer_manager", "finance_maker"})
"""The candidate groups of the first task of the process: whoever begins it holds its form."""


class Scope(Labelled):
    """How much is repaid."""

    FULL = "full", "全部结清", "Early repayment in full"
    PARTIAL = "partial", "部分提前还款", "Early repayment in part"


class PrepaymentStatus(Labelled):
    """How far the customer's wish has got."""

    ASKED = "asked", "已提出", "Asked for"
    QUOTED = "quoted", "已报价", "Quoted"
    AWAITED = "awaited", "待到账", "Money awaited"
    CHECKING = "checking", "待复核", "Receipt being checked"
    SETTLED = "settled", "已结清", "Settled"
    REDUCED = "reduced", "已部分提前还款", "Part repaid"
    DIFFERS = "differs", "金额不符，已转暂收款", "Sum differed, money in suspense"
    EXPIRED = "expired", "报价已过期", "Quote expired"
    DECLINED = "declined", "客户不再办理", "Given up"


_S = PrepaymentStatus
_ENDS = frozenset({_S.SETTLED, _S.REDUCED, _S.DIFFERS, _S.EXPIRED, _S.DECLINED})
TRANSITIONS = {
    _S.ASKED: frozenset({_S.QUOTED, _S.DECLINED}),
    _S.QUOTED: frozenset({_S.AWAITED, _S.EXPIRED, _S.DECLINED}),
    _S.AWAITED: frozenset({_S.CHECKING, *_ENDS}),
    _S.CHECKING: frozenset({_S.AWAITED, *_ENDS}),
}


class PrepaymentRefused(LendingError):
    """The loan cannot be repaid early as asked."""

    code = "prepayment_refused"


class PrepaymentOpen(PrepaymentRefused):
    """One quote at a time."""

    code = "prepayment_open"
    zh = "贷款 {loan_no} 已有办理中的提前还款 {number}（{status}），请先办完或结束该笔，再重新报价。"
    en = "The prepayment {number} of {loan_no} is open ({status}); finish or end it before another is quoted."


class LoanPrepayment(Base):
    """One wish to repay early, under its case's number; ``open_loan_no`` only while it is open.

    ``fee_rate`` is what the decision table and the signed terms come to, before a waiver.
    ``asked_online``: the customer asked for it himself.
    """

    __tablename__ = "loan_prepayment"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    open_loan_no: Mapped[str | None] = mapped_column(String(24), unique=True)
    status: Mapped[PrepaymentStatus] = mapped_column(worded(PrepaymentStatus))
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("loan_quote.id"))
    ground: Mapped[str] = mapped_column(String(20), default="")
    fee_rate: Mapped[Decimal | None] = mapped_column(Rate)
    fee_waived: Mapped[bool] = mapped_column(default=False)
    confirmed_way: Mapped[str] = mapped_column(String(20), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_on: Mapped[date | None] = mapped_column(Date)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    asked_online: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Wish:
    """What the customer asks for; without ``amount`` (yuan) all of the loan is repaid."""

    pay_on: date
    amount: Decimal | None
    rule: Rule | None


@dataclass(frozen=True)
class Money:
    """Money that came for it, in yuan, under the bank's reference, on its value date."""

    amount: Decimal
    on: date
    reference: str


def may_begin(session: Session, actor: Actor, loan_no: str) -> bool:
    """Whether the person may take a customer's wish for the loan: of a desk that does, with a duty on the loan."""
    duties = (EventKind.PREPAYMENT, EventKind.EXTENSION)
    has_duty = any(bookings.may_ask(session, actor, loan_no, kind) for kind in duties)
    return has_duty and not DESKS.isdisjoint(actor.groups)


def open_one(
    session: Session, loan_no: str, *, year: int, by: int | None, now: datetime, online: bool = False
) -> LoanPrepayment:
    """Begin a prepayment under the next number. Raises what :func:`require_free` does."""
    loan = loans.get(session, loan_no, to_change=True)
    if loan.status is not LoanStatus.ACTIVE:
        raise errors.LoanNotRunning(loan_no=loan_no, status=loan.status, kind=EventKind.PREPAYMENT)
    require_free(session, loan_no)
    number = f"TH-{year}-{sequences.take(session, f'prepayment:{year}'):06d}"
    made = LoanPrepayment(
        number=number,
        loan_no=loan_no,
        open_loan_no=loan_no,
        status=_S.ASKED,
        opened_by=by,
        asked_online=online,
        opened_at=now,
    )
    session.add(made)
    session.flush()
    return made


def require_free(session: Session, loan_no: str) -> None:
    """Refuse another beside one that is open (:class:`PrepaymentOpen`) or a change of the loan (``ChangeOpen``)."""
    other = open_of(session, loan_no)
    if other is not None:
        raise PrepaymentOpen(loan_no=loan_no, number=other.number, status=other.status)
    debt_transfers.require_unchanging(session, loan_no, EventKind.PREPAYMENT)


def is_free(session: Session, loan_no: str) -> bool:
    """Whether another may begin, as :func:`require_free` has it."""
    return open_of(session, loan_no) is None and debt_transfers.change_under_way(session, loan_no) is None


def get(session: Session, number: str) -> LoanPrepayment:
    """The prepayment of a number, held until the transaction ends, or :class:`NotFound`."""
    found = session.scalar(held(select(LoanPrepayment).where(LoanPrepayment.number == number)))
    if found is None:
        raise NotFound(what_zh="提前还款", what_en="prepayment", key=number)
    return found


def open_of(session: Session, loan_no: str) -> LoanPrepayment | None:
    """The prepayment of a loan that is open, if one is."""
    return session.scalar(select(LoanPrepayment).where(LoanPrepayment.open_loan_no == loan_no))


def loans_repaid_on(day: date) -> Select[str]:
    """The loans whose early repayment on a day the customer has confirmed: its quote contains what falls due then."""
    return (
        select(LoanPrepayment.loan_no)
        .join(LoanQuote, LoanQuote.id == LoanPrepayment.quote_id)
        .where(LoanPrepayment.status.in_((_S.AWAITED, _S.CHECKING)), LoanQuote.pay_on == day)
    )


def of_loan(session: Session, loan_no: str) -> list[LoanPrepayment]:
    """All of a loan, the newest first."""
    asked = select(LoanPrepayment).where(LoanPrepayment.loan_no == loan_no)
    return list(session.scalars(asked.order_by(LoanPrepayment.id.desc())))


def make_quote(
    session: Session, found: LoanPrepayment, wish: Wish, *, today: date, now: datetime, by: int | None
) -> LoanQuote:
    """Quote it, without fee if that was waived; raises what :func:`lending.life.quotes.quote` does."""
    made = quotes.quote(
        session,
        found.loan_no,
        pay_on=wish.pay_on,
        today=today,
        now=now,
        by=by,
        fee_rate=Decimal(0) if found.fee_waived else found.fee_rate,
        amount=wish.amount,
        rule=wish.rule,
    )
    found.quote_id = made.id
    move(found, _S.QUOTED)
    session.flush()
    return made


def quote_of(session: Session, found: LoanPrepayment) -> LoanQuote:
    """Its quote, or :class:`NotFound` while there is none."""
    if found.quote_id is None:
        raise NotFound(what_zh="报价", what_en="quote of", key=found.number)
    return session.get_one(LoanQuote, found.quote_id)


def move(found: LoanPrepayment, to: PrepaymentStatus, *, on: date | None = None) -> None:
    """Bring it into a status (:class:`StatusRefused`); an end of it, on a day, makes room for another."""
    if found.status is to:
        return
    found.status = step(found.number, found.status, to, TRANSITIONS)
    if to in _ENDS:
        found.open_loan_no, found.ended_on = None, on


def take_money(
    session: Session,
    found: LoanPrepayment,
    money: Money,
    *,
    booked_on: date,
    now: datetime,
    by: int | None = None,
    checked_by: int | None = None,
) -> Recorded:
    """Post money that came: as quoted if it is what the quote asks for, else as a receipt, its rest to suspense.

    Short by a fen, late by a day or for a loan that has changed since: the quote is void then.
    """
    quote = quote_of(session, found)
    try:
        done = quotes.settle(
            session,
            quote.quote_no,
            money.amount,
            on=money.on,
            reference=money.reference,
            booked_on=booked_on,
            now=now,
            by=by,
            checked_by=checked_by,
        )
        to = _S.SETTLED if done.reading.is_settled else _S.REDUCED
    except errors.QuoteNotValid:
        done = changes.record(
            session,
            found.loan_no,
            Happening(EventKind.RECEIPT, money.on, money.amount),
            reference=money.reference,
            booked_on=booked_on,
            now=now,
            by=by,
            checked_by=checked_by,
        )
        to = _S.DIFFERS
    move(found, to, on=booked_on)
    session.flush()
    return done


def was_recorded(session: Session, reference: str) -> bool:
    """Whether money of this bank reference stands on a loan already."""
    return any(
        events.find(session, f"{kind.value}:{reference}") is not None
        for kind in (EventKind.RECEIPT, EventKind.PREPAYMENT)
    )
