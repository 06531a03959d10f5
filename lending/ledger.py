"""The double-entry ledger: accounts, balanced entries under unique business references, reversals, trial balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from company.database import Base, Fen, Instant
from lending.accounts import Account, AccountKind
from lending.errors import LendingError, NotFound
from lending.money import ZERO, to_fen


class EntryNotBalanced(LendingError):
    """Debit and credit of an entry differ."""

    code = "entry_not_balanced"
    zh = "凭证 {reference} 借贷不平：借方 {debit:,.2f}，贷方 {credit:,.2f}。"
    en = "The entry {reference} does not balance: debit {debit:,.2f}, credit {credit:,.2f}."


class LineRefused(LendingError):
    """A line has exactly one side, with a positive amount exact to the fen, on an account of the chart."""

    code = "ledger_line_refused"
    zh = "凭证 {reference} 的分录无效：科目 {account}，借 {debit}，贷 {credit}。每行只有一方，金额为正且精确到分。"
    en = (
        "A line of {reference} is not valid: account {account}, debit {debit}, credit {credit}. "
        "A line has one side, a positive amount, exact to the fen."
    )


class ReferenceTaken(LendingError):
    """The business reference already stands for other amounts."""

    code = "ledger_reference_taken"
    zh = "业务编号 {reference} 已有金额不同的凭证，不能再记；如需更正请先冲正。"
    en = "The reference {reference} already has an entry with other amounts; reverse that one to correct it."


class AlreadyReversed(LendingError):
    """An entry is reversed once."""

    code = "already_reversed"
    zh = "凭证 {reference} 已由 {reversal} 冲正。"
    en = "The entry {reference} was reversed by {reversal}."


@dataclass(frozen=True)
class Line:
    """One side of an entry, in yuan; ``loan_no`` puts it on the sub-ledger of a loan."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    loan_no: str | None = None


class JournalEntry(Base):
    """A posting. ``reference`` says what business event it is: the same event is never posted twice."""

    __tablename__ = "journal_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(120), unique=True)
    on: Mapped[date] = mapped_column("entry_date", Date, index=True)
    description: Mapped[str] = mapped_column(String(200))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    posted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    posted_at: Mapped[datetime] = mapped_column(Instant)
    lines: Mapped[list[JournalLine]] = relationship(order_by="JournalLine.position", back_populates="entry")
    reverses: Mapped[JournalEntry | None] = relationship(remote_side="JournalEntry.id")


class JournalLine(Base):
    """A line of an entry; a reversal repeats the lines with the signs turned, on the same sides."""

    __tablename__ = "journal_line"

    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.code"), index=True)
    debit: Mapped[Decimal] = mapped_column(Fen)
    credit: Mapped[Decimal] = mapped_column(Fen)
    loan_no: Mapped[str | None] = mapped_column(String(24), index=True)
    entry: Mapped[JournalEntry] = relationship(back_populates="lines")


@dataclass(frozen=True)
class BalanceRow:
    """An account on a day: what was turned over on each side and what remains (debit less credit), in yuan."""

    account: Account
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """Debit less credit."""
        return self.debit - self.credit


@dataclass(frozen=True)
class TrialBalance:
    """All accounts with turnover up to and including a day."""

    on: date
    rows: tuple[BalanceRow, ...]

    @property
    def debit(self) -> Decimal:
        """The debits of the accounts on the balance sheet."""
        return sum((row.debit for row in self.rows if row.account.on_balance), ZERO)

    @property
    def credit(self) -> Decimal:
        """Their credits."""
        return sum((row.credit for row in self.rows if row.account.on_balance), ZERO)

    @property
    def difference(self) -> Decimal:
        """Debits less credits: zero in sound books."""
        return self.debit - self.credit

    def balance(self, account: str) -> Decimal:
        """Debit less credit of one account; zero if it has no turnover."""
        return sum((row.balance for row in self.rows if row.account.code == account), ZERO)


def post(
    session: Session,
    reference: str,
    *,
    on: date,
    lines: Sequence[Line],
    description: str,
    now: datetime,
    by: int | None = None,
) -> JournalEntry:
    """Post a balanced entry dated ``on`` under a unique business reference.

    The same reference with the same lines is the same entry, which is returned unchanged; with other lines it is
    :class:`ReferenceTaken`. Off-balance accounts (class 9) are single-sided and stay outside the balance.
    Raises :class:`LineRefused`, :class:`EntryNotBalanced`.
    """
    _check_lines(session, reference, lines)
    return _write(
        session, reference, on=on, lines=lines, description=description, now=now, by=by, reverses=None
    )


def reverse(
    session: Session, reference: str, *, on: date, now: datetime, by: int | None = None, reason: str
) -> JournalEntry:
    """Post the entry ``reference`` with the signs turned, dated ``on``, as ``reversal:<reference>``; once only."""
    entry = get(session, reference)
    earlier = session.scalar(select(JournalEntry).where(JournalEntry.reverses_id == entry.id))
    if earlier is not None:
        raise AlreadyReversed(reference=reference, reversal=earlier.reference)
    turned = [Line(line.account, -line.debit, -line.credit, line.loan_no) for line in entry.lines]
    return _write(
        session,
        f"reversal:{reference}",
        on=on,
        lines=turned,
        description=reason,
        now=now,
        by=by,
        reverses=entry.id,
    )


def get(session: Session, reference: str) -> JournalEntry:
    """The entry of a business reference, or :class:`NotFound`."""
    entry = find(session, reference)
    if entry is None:
        raise NotFound(what_zh="凭证", what_en="entry", key=reference)
    return entry


def find(session: Session, reference: str) -> JournalEntry | None:
    """The entry of a business reference, if it was posted."""
    return session.scalar(select(JournalEntry).where(JournalEntry.reference == reference))


def entries_of_loan(session: Session, loan_no: str) -> list[JournalEntry]:
    """All entries with a line on the loan's sub-ledger, in order of date and posting."""
    touched = select(JournalLine.entry_id).where(JournalLine.loan_no == loan_no)
    return list(
        session.scalars(
            select(JournalEntry)
            .where(JournalEntry.id.in_(touched))
            .order_by(JournalEntry.on, JournalEntry.id)
        )
    )


def trial_balance(session: Session, on: date, *, loan_no: str | None = None) -> TrialBalance:
    """The accounts' turnover up to and including ``on``; with ``loan_no`` only that of one loan's sub-ledger."""
    sums = (
        select(JournalLine.account, func.sum(JournalLine.debit), func.sum(JournalLine.credit))
        .join(JournalEntry)
        .where(JournalEntry.on <= on)
        .group_by(JournalLine.account)
        .order_by(JournalLine.account)
    )
    if loan_no is not None:
        sums = sums.where(JournalLine.loan_no == loan_no)
    accounts = {account.code: account for account in session.scalars(select(Account))}
    return TrialBalance(
        on, tuple(BalanceRow(accounts[code], debit, credit) for code, debit, credit in session.execute(sums))
    )


def _check_lines(session: Session, reference: str, lines: Sequence[Line]) -> None:
    kinds = {account.code: account.kind for account in session.scalars(select(Account))}
    for line in lines:
        one_side = (line.debit > 0 and line.credit == 0) or (line.credit > 0 and line.debit == 0)
        exact = to_fen(line.debit) == line.debit and to_fen(line.credit) == line.credit
        if line.account not in kinds or not one_side or not exact:
            raise LineRefused(reference=reference, account=line.account, debit=line.debit, credit=line.credit)
    balanced = [line for line in lines if kinds[line.account] is not AccountKind.OFF_BALANCE]
    debit = sum((line.debit for line in balanced), ZERO)
    credit = sum((line.credit for line in balanced), ZERO)
    if debit != credit or not lines:
        raise EntryNotBalanced(reference=reference, debit=debit, credit=credit)


def _write(
    session: Session,
    reference: str,
    *,
    on: date,
    lines: Sequence[Line],
    description: str,
    now: datetime,
    by: int | None,
    reverses: int | None,
) -> JournalEntry:
    """Insert, or find that another transaction did: the unique reference decides, also between two at once."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = session.scalar(
        insert(JournalEntry)
        .values(
            reference=reference,
            on=on,
            description=description,
            reverses_id=reverses,
            posted_by=by,
            posted_at=now,
        )
        .on_conflict_do_nothing(index_elements=["reference"])
        .returning(JournalEntry.id)
    )
    if made is None:
        entry = get(session, reference)
        if _content(entry.lines) != _content(lines):
            raise ReferenceTaken(reference=reference)
        return entry
    session.add_all(
        JournalLine(
            entry_id=made,
            position=position,
            account=line.account,
            debit=line.debit,
            credit=line.credit,
            loan_no=line.loan_no,
        )
        for position, line in enumerate(lines, start=1)
    )
    session.flush()
    return session.get_one(JournalEntry, made)


def _content(lines: Sequence[Line] | Sequence[JournalLine]) -> list[tuple[str, Decimal, Decimal, str]]:
    return sorted((line.account, line.debit, line.credit, line.loan_no or "") for line in lines)
