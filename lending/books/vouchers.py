"""Vouchers (记账凭证): the entries of a period under running numbers, as an accountant files and exports them.

An entry gets its voucher when its day is over, in the order of the days (docs/adr/0018). Events of which a day-end
makes one a loan stand together in one voucher a day and kind, summed by account; any other entry is one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload

from company.database import Base, Instant
from company.messages import Language
from lending.books import periods
from lending.books.periods import AccountingPeriod
from lending.errors import NotFound
from lending.ledger import JournalEntry, JournalLine
from lending.locks import held

WORD = "记"
WORD_EN = "JV"
# Kinds of which a day-end posts one entry a loan: one voucher a day holds them all.
SUMMARISED = frozenset({"accrual", "due", "penalty", "provision", "subsidy", "non_accrual", "loan_form"})


class Voucher(Base):
    """A numbered voucher: ``number`` counts from 1 within its period, without gaps."""

    __tablename__ = "voucher"
    __table_args__ = (UniqueConstraint("month", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(ForeignKey("accounting_period.month"))
    number: Mapped[int]
    on: Mapped[date] = mapped_column("voucher_date", Date)
    kind: Mapped[str] = mapped_column(String(40))
    summary: Mapped[str] = mapped_column(String(200))
    entries: Mapped[int]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)

    def label(self, language: Language) -> str:
        """Its number as it is written on paper, 记-0007; in English JV-0007, for journal voucher."""
        return f"{WORD if language == 'zh' else WORD_EN}-{self.number:04d}"


@dataclass(frozen=True)
class VoucherLine:
    """A line of a voucher, in yuan; red (negative) in a reversal. ``loan_no`` is None where loans are summed up."""

    summary: str
    account: str
    debit: Decimal
    credit: Decimal
    loan_no: str | None = None


@dataclass(frozen=True)
class _Waiting:
    """An entry that has no voucher yet."""

    id: int
    on: date
    kind: str
    description: str


def number(session: Session, through: date, *, now: datetime, by: int | None = None) -> int:
    """Put every entry dated up to ``through`` that has no voucher under one; how many vouchers were made.

    Entries of a closed period have theirs. Called again it makes none.
    """
    rows = session.execute(
        select(JournalEntry.id, JournalEntry.on, JournalEntry.kind, JournalEntry.description)
        .where(JournalEntry.voucher_id.is_(None), JournalEntry.on <= through)
        .order_by(JournalEntry.on, JournalEntry.id)
    )
    waiting = [_Waiting(*row) for row in rows]
    made = 0
    for month, found in groupby(waiting, key=lambda entry: periods.month_of(entry.on)):
        made += _number_month(session, month, list(found), now, by)
    return made


def _number_month(
    session: Session, month: str, waiting: Sequence[_Waiting], now: datetime, by: int | None
) -> int:
    session.scalars(held(select(AccountingPeriod).where(AccountingPeriod.month == month))).one()
    next_number = 1 + (session.scalar(select(func.max(Voucher.number)).where(Voucher.month == month)) or 0)
    heaps: dict[tuple[date, str, int], list[_Waiting]] = {}
    for entry in waiting:
        alone = 0 if entry.kind in SUMMARISED else entry.id
        heaps.setdefault((entry.on, entry.kind, alone), []).append(entry)
    for offset, heap in enumerate(heaps.values()):
        first = heap[0]
        voucher = Voucher(
            month=month,
            number=next_number + offset,
            on=first.on,
            kind=first.kind,
            summary=first.description,
            entries=len(heap),
            made_by=by,
            made_at=now,
        )
        session.add(voucher)
        session.flush()
        _file(session, voucher, [entry.id for entry in heap])
    return len(heaps)


def _file(session: Session, voucher: Voucher, entry_ids: Sequence[int]) -> None:
    for start in range(0, len(entry_ids), 500):
        session.execute(
            update(JournalEntry)
            .where(JournalEntry.id.in_(entry_ids[start : start + 500]))
            .values(voucher_id=voucher.id)
            .execution_options(synchronize_session=False)
        )


def unfiled(session: Session, first: date, last: date) -> int:
    """How many entries dated from ``first`` to ``last`` stand under no voucher yet."""
    counted = select(func.count()).where(
        JournalEntry.voucher_id.is_(None), JournalEntry.on >= first, JournalEntry.on <= last
    )
    return session.scalar(counted) or 0


def of_month(session: Session, month: str, *, after: int = 0, limit: int | None = None) -> list[Voucher]:
    """The vouchers of a period by number, those above ``after``."""
    asked = select(Voucher).where(Voucher.month == month, Voucher.number > after).order_by(Voucher.number)
    return list(session.scalars(asked.limit(limit) if limit else asked))


def get(session: Session, month: str, number: int) -> Voucher:
    """One voucher, or :class:`NotFound`."""
    found = session.scalar(select(Voucher).where(Voucher.month == month, Voucher.number == number))
    if found is None:
        raise NotFound(what_zh="凭证", what_en="voucher", key=f"{month} {WORD}-{number:04d}")
    return found


def entries_of(session: Session, voucher: Voucher, limit: int) -> list[JournalEntry]:
    """The first ``limit`` entries that stand under a voucher, with their lines."""
    return list(
        session.scalars(
            select(JournalEntry)
            .where(JournalEntry.voucher_id == voucher.id)
            .order_by(JournalEntry.id)
            .limit(limit)
            .options(selectinload(JournalEntry.lines))
        )
    )


def lines_of(session: Session, vouchers: Sequence[Voucher]) -> dict[int, list[VoucherLine]]:
    """The lines of each voucher by its id: of one entry as posted, of several summed by account."""
    lines: dict[int, list[VoucherLine]] = {voucher.id: [] for voucher in vouchers}
    single = {voucher.id: voucher.summary for voucher in vouchers if voucher.entries == 1}
    summed = {voucher.id: voucher.summary for voucher in vouchers if voucher.entries > 1}
    posted = session.execute(
        select(
            JournalEntry.voucher_id,
            JournalLine.account,
            JournalLine.debit,
            JournalLine.credit,
            JournalLine.loan_no,
        )
        .join(JournalLine)
        .where(JournalEntry.voucher_id.in_(list(single)))
        .order_by(JournalEntry.voucher_id, JournalLine.position)
    )
    for voucher_id, account, debit, credit, loan_no in posted:
        if voucher_id is not None:
            lines[voucher_id].append(VoucherLine(single[voucher_id], account, debit, credit, loan_no))
    sides = session.execute(
        select(
            JournalEntry.voucher_id,
            JournalLine.account,
            func.sum(JournalLine.debit),
            func.sum(JournalLine.credit),
        )
        .join(JournalLine)
        .where(JournalEntry.voucher_id.in_(list(summed)))
        .group_by(JournalEntry.voucher_id, JournalLine.account)
        .order_by(JournalEntry.voucher_id, JournalLine.account)
    )
    for voucher_id, account, debit, credit in sides:
        if voucher_id is not None:
            lines[voucher_id] += _sides(summed[voucher_id], account, debit, credit)
    return lines


def _sides(summary: str, account: str, debit: Decimal, credit: Decimal) -> list[VoucherLine]:
    """One line a side that is not zero: a voucher's line has one side."""
    nothing = Decimal("0.00")
    found = [VoucherLine(summary, account, debit, nothing), VoucherLine(summary, account, nothing, credit)]
    return [line for line in found if line.debit or line.credit]
