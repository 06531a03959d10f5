"""The double-entry ledger: accounts, balanced entries under unique business references, reversals, trial balance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, String, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

from company.database import Base, Fen, Instant
from lending.accounts import Account, chart
from lending.books import periods
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


class AccountNotOpen(LendingError):
    """An account takes entries of the days for which it is open."""

    code = "ledger_account_not_open"
    zh = "科目 {account} 在 {on} 未启用或已停用，凭证 {reference} 不能使用，请改用有效科目。"
    en = "The account {account} is not open on {on}; use one that is for {reference}."


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
    """A posting. ``reference`` says what business event it is: the same event is never posted twice.

    ``kind`` is the part of the reference before its colon; a reversal has the kind of what it reverses.
    ``voucher_id`` is set when the entry is put under a voucher; ``checked_by`` is who checked what ``posted_by`` made.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (Index("ix_journal_entry_kind", "kind", "entry_date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    on: Mapped[date] = mapped_column("entry_date", Date, index=True)
    description: Mapped[str] = mapped_column(String(200))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    posted_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    posted_at: Mapped[datetime] = mapped_column(Instant)
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"), index=True)
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
    """An account over some days: what stood before, what was turned over on each side, what remains, in yuan."""

    account: Account
    debit: Decimal
    credit: Decimal
    opening: Decimal = ZERO

    @property
    def balance(self) -> Decimal:
        """What remains: debit less credit, from the beginning."""
        return self.opening + self.debit - self.credit


@dataclass(frozen=True)
class TrialBalance:
    """All accounts with entries up to and including ``on``; turned over since ``since``, None from the beginning."""

    on: date
    rows: tuple[BalanceRow, ...]
    since: date | None = None

    @property
    def debit(self) -> Decimal:
        """The debits of the accounts on the balance sheet."""
        return sum((row.debit for row in self.rows if row.account.on_balance), ZERO)

    @property
    def credit(self) -> Decimal:
        """Their credits."""
        return sum((row.credit for row in self.rows if row.account.on_balance), ZERO)

    @property
    def opening(self) -> Decimal:
        """What stood before on the accounts of the balance sheet together: zero in sound books."""
        return sum((row.opening for row in self.rows if row.account.on_balance), ZERO)

    @property
    def difference(self) -> Decimal:
        """What remains on the accounts of the balance sheet together: zero in sound books."""
        return self.opening + self.debit - self.credit

    def balance(self, code: str) -> Decimal:
        """What remains on an account and its sub-accounts, debit less credit; zero if nothing was posted."""
        return sum((row.balance for row in self.rows if _at_or_below(row.account, code)), ZERO)

    def turnover(self, code: str) -> Decimal:
        """Debit less credit turned over on an account and its sub-accounts."""
        return sum((row.debit - row.credit for row in self.rows if _at_or_below(row.account, code)), ZERO)


def _at_or_below(account: Account, code: str) -> bool:
    return account.code == code or account.code.startswith(f"{code}.")


def post(
    session: Session,
    reference: str,
    *,
    on: date,
    lines: Sequence[Line],
    description: str,
    now: datetime,
    by: int | None = None,
    checked_by: int | None = None,
) -> JournalEntry:
    """Post a balanced entry dated ``on`` under a unique business reference.

    The same reference with the same lines is the same entry, which is returned unchanged; with other lines it is
    :class:`ReferenceTaken`. Off-balance accounts (class 9) are single-sided and stay outside the balance.
    Raises :class:`LineRefused`, :class:`AccountNotOpen`, :class:`EntryNotBalanced`, and
    :class:`lending.books.periods.PeriodClosed` for a new entry dated in a closed period.
    """
    _check_lines(session, reference, on, lines)
    return _write(
        session,
        reference,
        on=on,
        lines=lines,
        description=description,
        now=now,
        by=by,
        checked_by=checked_by,
        reverses=None,
    )


def reverse(
    session: Session,
    reference: str,
    *,
    on: date,
    now: datetime,
    by: int | None = None,
    checked_by: int | None = None,
    reason: str,
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
        checked_by=checked_by,
        reverses=entry,
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


def reversed_on(session: Session, references: Collection[str]) -> dict[str, date]:
    """The days on which those of the entries that were reversed were, by their references."""
    first = aliased(JournalEntry)
    asked = (
        select(first.reference, JournalEntry.on)
        .join(first, first.id == JournalEntry.reverses_id)
        .where(first.reference.in_(references))
    )
    return {row.reference: row.on for row in session.execute(asked)}


def trial_balance(
    session: Session,
    on: date,
    *,
    since: date | None = None,
    loan_no: str | None = None,
    reach: ColumnElement[bool] | None = None,
) -> TrialBalance:
    """The accounts up to and including ``on``: opening before ``since``, turned over from then on, remaining.

    Without ``since`` everything is turnover. With ``loan_no`` only the lines of one loan's sub-ledger, with ``reach``
    only the lines that the condition on :class:`JournalLine` lets through.
    """
    moved = true() if since is None else JournalEntry.on >= since
    sums = (
        select(
            JournalLine.account,
            func.coalesce(func.sum(JournalLine.debit).filter(moved), 0, type_=Fen),
            func.coalesce(func.sum(JournalLine.credit).filter(moved), 0, type_=Fen),
            func.sum(JournalLine.debit),
            func.sum(JournalLine.credit),
        )
        .join(JournalEntry)
        .where(JournalEntry.on <= on)
        .group_by(JournalLine.account)
        .order_by(JournalLine.account)
    )
    if loan_no is not None:
        sums = sums.where(JournalLine.loan_no == loan_no)
    if reach is not None:
        sums = sums.where(reach)
    accounts = chart(session)
    return TrialBalance(
        on,
        tuple(
            BalanceRow(accounts[code], debit, credit, (all_debit - debit) - (all_credit - credit))
            for code, debit, credit, all_debit, all_credit in session.execute(sums)
        ),
        since,
    )


def _check_lines(session: Session, reference: str, on: date, lines: Sequence[Line]) -> None:
    asked = select(Account).where(Account.code.in_({line.account for line in lines}))
    accounts = {account.code: account for account in session.scalars(asked)}
    for line in lines:
        one_side = (line.debit > 0 and line.credit == 0) or (line.credit > 0 and line.debit == 0)
        exact = to_fen(line.debit) == line.debit and to_fen(line.credit) == line.credit
        if line.account not in accounts or not one_side or not exact:
            raise LineRefused(reference=reference, account=line.account, debit=line.debit, credit=line.credit)
        if not accounts[line.account].is_open(on):
            raise AccountNotOpen(reference=reference, account=line.account, on=on)
    balanced = [line for line in lines if accounts[line.account].on_balance]
    debit = sum((line.debit for line in balanced), ZERO)
    credit = sum((line.credit for line in balanced), ZERO)
    if debit != credit or not lines:
        raise EntryNotBalanced(reference=reference, debit=debit, credit=credit)


def kind_of(reference: str) -> str:
    """What kind of business event a reference names: its part before the colon.

    >>> kind_of("disbursement:CY2026SH1JK000123-7")
    'disbursement'
    """
    return reference.partition(":")[0][:40]


def _write(
    session: Session,
    reference: str,
    *,
    on: date,
    lines: Sequence[Line],
    description: str,
    now: datetime,
    by: int | None,
    checked_by: int | None,
    reverses: JournalEntry | None,
) -> JournalEntry:
    """Insert, or find that another transaction did: the unique reference decides, also between two at once."""
    if periods.is_closed(session, on):  # what was posted before the closing is still the same entry
        return _same(session, reference, lines, on)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = session.scalar(
        insert(JournalEntry)
        .values(
            reference=reference,
            kind=reverses.kind if reverses else kind_of(reference),
            on=on,
            description=description,
            reverses_id=reverses.id if reverses else None,
            posted_by=by,
            checked_by=checked_by,
            posted_at=now,
        )
        .on_conflict_do_nothing(index_elements=["reference"])
        .returning(JournalEntry.id)
    )
    if made is None:
        return _same(session, reference, lines, on)
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


def _same(session: Session, reference: str, lines: Sequence[Line], on: date) -> JournalEntry:
    """The entry that stands under the reference, if it is this one."""
    entry = find(session, reference)
    if entry is None:
        raise periods.PeriodClosed(month=periods.month_of(on), on=on)
    if _content(entry.lines) != _content(lines):
        raise ReferenceTaken(reference=reference)
    return entry


def _content(lines: Sequence[Line] | Sequence[JournalLine]) -> list[tuple[str, Decimal, Decimal, str]]:
    return sorted((line.account, line.debit, line.credit, line.loan_no or "") for line in lines)
