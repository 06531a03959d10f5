"""Money in suspense whose loan was not known: what of it is left, and putting it to a loan (暂收款认领).

A claim is an event of the loan, like a receipt; its money comes out of suspense instead of the bank. One entry moves it
to the loan's own suspense, the event's entry pays what is owed from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, ForeignKey, Subquery, exists, func, select, type_coerce
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from company.database import Base, Fen
from lending import fund_journal, ledger
from lending.accounts import BANK, SUSPENSE, within
from lending.bank.settling import Treatment
from lending.bank.statements import BankStatement, BankStatementLine
from lending.errors import LendingError, NotFound
from lending.fund_journal import MAIN_ACCOUNT, Direction, FundMovement
from lending.ledger import JournalEntry, JournalLine, Line
from lending.life import changes
from lending.life.changes import Recorded
from lending.life.events import LoanEvent, LoanPosting
from lending.life.happenings import Happening
from lending.locks import held
from lending.money import ZERO

KIND = "suspense_claim"
SHOWN_MAX = 500


class ClaimAboveRest(LendingError):
    """No more is claimed of a sum in suspense than is left of it."""

    code = "claim_above_rest"
    zh = "认领 {amount:,.2f} 元超过暂收款 {reference} 尚未认领的 {rest:,.2f} 元，请更正金额。"
    en = "{amount:,.2f} is more than the {rest:,.2f} left of the suspense item {reference}; correct the amount."


class ClaimBeforeMoney(LendingError):
    """Money pays from the day on which it came."""

    code = "claim_before_money"
    zh = "业务日期 {on} 早于该笔暂收款的到账日 {came}，请以到账日或以后的日期认领。"
    en = "{on} is before the money came on {came}; claim it as of that day or a later one."


class ClaimCheckedByMaker(LendingError):
    """Who brought the money in or claims it does not approve the claim."""

    code = "claim_checked_by_maker"
    zh = "复核人是该笔暂收款 {reference} 的读入、入账或认领经办人，请由他人复核。"
    en = "The checker read in, posted or claims the suspense item {reference}; another person has to check the claim."


class SuspenseClaim(Base):
    """What an event of a loan took of a sum in suspense, the entry ``entry_reference``; none if it was reversed."""

    __tablename__ = "suspense_claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_reference: Mapped[str] = mapped_column(ForeignKey("journal_entry.reference"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("loan_event.id"), unique=True)
    amount: Mapped[Decimal] = mapped_column(Fen)


@dataclass(frozen=True)
class Item:
    """A sum in suspense that names no loan: the entry, the day it came, from whom, and what of it is left, in yuan."""

    reference: str
    on: date
    amount: Decimal
    rest: Decimal
    counterparty: str
    purpose: str
    bank_reference: str | None


@dataclass(frozen=True)
class Suspense:
    """The items with something left, the oldest first; ``posted`` is what 2241 holds that names no loan."""

    items: Sequence[Item]
    posted: Decimal

    @property
    def rest(self) -> Decimal:
        """What is left of all items."""
        return sum((item.rest for item in self.items), ZERO)

    @property
    def difference(self) -> Decimal:
        """What of the account belongs to no item: a refund or a voucher by hand."""
        return self.posted - self.rest


def of_nobody(line: type[JournalLine] = JournalLine) -> ColumnElement[bool]:
    """The lines on suspense that name no loan."""
    return within(line.account, SUSPENSE) & line.loan_no.is_(None)


def unclaimed(session: Session) -> Suspense:
    """All sums in suspense of which something is left, at most :data:`SHOWN_MAX`, and what the account holds."""
    posted = session.scalar(
        select(func.coalesce(func.sum(JournalLine.credit - JournalLine.debit), 0, type_=Fen)).where(
            of_nobody()
        )
    )
    return Suspense(_items(session), posted or ZERO)


def is_any_left(session: Session) -> bool:
    """Whether there is anything to claim: entries are looked at one by one until one has something left."""
    put_in, reversal = aliased(JournalLine), aliased(JournalEntry)
    came = func.coalesce(func.sum(put_in.credit - put_in.debit), 0, type_=Fen)
    amount = select(came).where(put_in.entry_id == JournalEntry.id, of_nobody(put_in)).scalar_subquery()
    taken = (
        select(func.coalesce(func.sum(SuspenseClaim.amount), 0, type_=Fen))
        .join(LoanEvent, LoanEvent.id == SuspenseClaim.event_id)
        .where(SuspenseClaim.entry_reference == JournalEntry.reference, LoanEvent.reversed_by_id.is_(None))
        .scalar_subquery()
    )
    left = (
        select(JournalLine.entry_id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(of_nobody(), JournalLine.credit > ZERO, *_puts_in(reversal), amount > taken)
    )
    return session.scalar(left.limit(1)) is not None


def item(session: Session, reference: str) -> Item:
    """One sum in suspense with what is left of it; :class:`NotFound` if there is none with anything left."""
    found = _items(session, reference)
    if not found:
        raise NotFound(what_zh="待认领的暂收款", what_en="open suspense item", key=reference)
    return found[0]


def _puts_in(reversal: type[JournalEntry]) -> tuple[ColumnElement[bool], ...]:
    """The entries that stand and are no claim."""
    return (
        JournalEntry.kind != KIND,
        JournalEntry.reverses_id.is_(None),
        ~exists().where(reversal.reverses_id == JournalEntry.id),
    )


def _sums() -> Subquery:
    """The entries that put money into suspense for nobody yet, and how much."""
    reversal = aliased(JournalEntry)
    amount = func.sum(JournalLine.credit - JournalLine.debit, type_=Fen)
    return (
        select(JournalLine.entry_id, amount.label("amount"))
        .join(JournalEntry)
        .where(of_nobody(), *_puts_in(reversal))
        .group_by(JournalLine.entry_id)
        .having(amount > ZERO)
        .subquery()
    )


def _items(session: Session, reference: str | None = None) -> list[Item]:
    sums = _sums()
    claimed = (
        select(SuspenseClaim.entry_reference, func.sum(SuspenseClaim.amount, type_=Fen).label("amount"))
        .join(LoanEvent, LoanEvent.id == SuspenseClaim.event_id)
        .where(LoanEvent.reversed_by_id.is_(None))
        .group_by(SuspenseClaim.entry_reference)
        .subquery()
    )
    rest = type_coerce(sums.c.amount - func.coalesce(claimed.c.amount, 0, type_=Fen), Fen)
    query = (
        select(JournalEntry, FundMovement, sums.c.amount, rest)
        .join(sums, sums.c.entry_id == JournalEntry.id)
        .outerjoin(claimed, claimed.c.entry_reference == JournalEntry.reference)
        .outerjoin(FundMovement, FundMovement.journal_reference == JournalEntry.reference)
        .where(rest > ZERO)
        .order_by(JournalEntry.on, JournalEntry.id)
        .limit(SHOWN_MAX)
    )
    if reference is not None:
        query = query.where(JournalEntry.reference == reference)
    return [
        Item(
            entry.reference,
            entry.on,
            amount,
            left,
            movement.counterparty if movement else "",
            movement.purpose if movement else entry.description,
            movement.bank_reference if movement else None,
        )
        for entry, movement, amount, left in session.execute(query)
    ]


def put_in(
    session: Session,
    bank_reference: str,
    *,
    amount: Decimal,
    on: date,
    counterparty: str,
    purpose: str,
    now: datetime,
    by: int | None = None,
    checked_by: int | None = None,
) -> JournalEntry:
    """Post money of nobody that came on the main account to suspense; the entry, the same if it was posted before."""
    entry = ledger.post(
        session,
        f"{Treatment.SUSPENSE.value}:{MAIN_ACCOUNT}:{bank_reference}",
        on=on,
        lines=[Line(BANK, debit=amount), Line(SUSPENSE, credit=amount)],
        description=Treatment.SUSPENSE.zh,
        now=now,
        by=by,
        checked_by=checked_by,
    )
    fund_journal.record(
        session,
        entry.reference,
        direction=Direction.IN,
        amount=amount,
        value_date=on,
        counterparty=counterparty,
        purpose=purpose,
        now=now,
        bank_reference=bank_reference,
        journal_reference=entry.reference,
    )
    return entry


def entries_of(
    session: Session, bank_reference: str, *, standing: bool = True
) -> list[tuple[JournalEntry, FundMovement]]:
    """What put money of the bank's reference into suspense, by the bank's word or from a statement, the oldest first.

    Those that stand, or those that were reversed.
    """
    reversal = aliased(JournalEntry)
    reversed_ = exists().where(reversal.reverses_id == JournalEntry.id)
    asked = (
        select(JournalEntry, FundMovement)
        .join(FundMovement, FundMovement.journal_reference == JournalEntry.reference)
        .where(
            JournalEntry.kind == Treatment.SUSPENSE.value,
            JournalEntry.reverses_id.is_(None),
            FundMovement.bank_reference == bank_reference,
            FundMovement.direction == Direction.IN,
            ~reversed_ if standing else reversed_,
        )
        .order_by(JournalEntry.id)
    )
    return [(entry, movement) for entry, movement in session.execute(asked)]


def claim(
    session: Session,
    loan_no: str,
    told: Happening,
    claimed: str,
    *,
    reference: str,
    booked_on: date,
    now: datetime,
    by: int | None = None,
    checked_by: int | None = None,
) -> Recorded:
    """Put money in suspense, the entry ``claimed``, to a loan; told again under its reference nothing happens.

    ``told`` is of the kind claim, dated from the day on which the money came on. Raises :class:`NotFound`,
    :class:`ClaimAboveRest`, :class:`ClaimBeforeMoney`, :class:`ClaimCheckedByMaker` and what
    :func:`lending.life.changes.record` does.
    """
    if checked_by is not None and checked_by in {by, *makers(session, claimed)}:
        raise ClaimCheckedByMaker(reference=claimed)
    session.execute(held(select(JournalEntry.id).where(JournalEntry.reference == claimed))).all()
    with session.begin_nested():
        done = changes.record(
            session,
            loan_no,
            told,
            reference=reference,
            booked_on=booked_on,
            now=now,
            by=by,
            checked_by=checked_by,
        )
        if done.applied:
            _move(session, done.event, claimed, now=now)
    return done


def makers(session: Session, reference: str) -> set[int]:
    """Who brought a sum into suspense: who posted it, and who read in the statement on which it stands."""
    posted = select(JournalEntry.posted_by).where(JournalEntry.reference == reference)
    read_in = (
        select(BankStatement.imported_by)
        .join(BankStatementLine, BankStatementLine.statement_id == BankStatement.id)
        .join(FundMovement, FundMovement.id == BankStatementLine.movement_id)
        .where(FundMovement.journal_reference == reference)
    )
    return {by for by in (*session.scalars(posted), *session.scalars(read_in)) if by is not None}


def _move(session: Session, event: LoanEvent, claimed: str, *, now: datetime) -> None:
    """Move the claimed sum from nobody's suspense to the loan's, on the day of the event."""
    source = item(session, claimed)
    if event.amount > source.rest:
        raise ClaimAboveRest(amount=event.amount, reference=claimed, rest=source.rest)
    if event.on < source.on:
        raise ClaimBeforeMoney(on=event.on, came=source.on)
    entry = ledger.post(
        session,
        f"{KIND}:{event.reference}",
        on=event.on,
        lines=[
            Line(SUSPENSE, debit=event.amount),
            Line(SUSPENSE, credit=event.amount, loan_no=event.loan_no),
        ],
        description=event.kind.zh,
        now=now,
        by=event.recorded_by,
        checked_by=event.checked_by,
    )
    event.postings.append(LoanPosting(event_id=event.id, entry_reference=entry.reference))
    session.add(SuspenseClaim(entry_reference=claimed, event_id=event.id, amount=event.amount))
    session.flush()
