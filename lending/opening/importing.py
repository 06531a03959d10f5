"""Reading an existing book in: all of it or nothing, checked row by row and against control totals, once.

Each loan becomes one of ours under a new contract number, with an opening entry against the clearing account 4901; the
accountant clears that with the entries of the old books. From the day on the loan lives like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import audit
from company.database import Base, Fen, Instant
from company.organisation import Unit
from company.people import Actor
from company.vault import Vault
from lending import spreadsheets
from lending.books import periods
from lending.dealers import Dealer
from lending.errors import LendingError
from lending.money import ZERO
from lending.opening.loans import take_over
from lending.opening.template import CellError, LoanRow, parse


class BookRefused(LendingError):
    """A book is taken over whole or not at all; every cell that is wrong is named."""

    code = "book_refused"
    zh = "贷款账未导入：{count} 处有误。第一处：{first}"
    en = "The book was not taken over: {count} mistakes. The first: {first}"

    def __init__(self, errors: Sequence[CellError]) -> None:
        self.errors = tuple(errors)
        super().__init__(count=len(errors), first=errors[0])


class BookImport(Base):
    """One file of loans that were taken over; its hash makes sure that it is read once."""

    __tablename__ = "book_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    on: Mapped[date] = mapped_column("on_day", Date)
    loans: Mapped[int]
    principal: Mapped[Decimal] = mapped_column(Fen)
    balance: Mapped[Decimal] = mapped_column(Fen)
    imported_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    imported_at: Mapped[datetime] = mapped_column(Instant)


class ImportedLoan(Base):
    """The number that a loan had before, which is taken over once."""

    __tablename__ = "imported_loan"

    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("book_import.id"), index=True)
    former_no: Mapped[str] = mapped_column(String(60), unique=True)


@dataclass(frozen=True)
class Totals:
    """What the old system says of the whole book: how many loans, lent and still owed in yuan; None is not known."""

    loans: int | None = None
    principal: Decimal | None = None
    balance: Decimal | None = None


@dataclass(frozen=True)
class Outcome:
    """What a file holds, and what came of it: ``kept`` None of a dry run, ``again`` when it was read before."""

    totals: Totals
    kept: BookImport | None
    again: bool = False


def import_book(
    session: Session,
    vault: Vault,
    filename: str,
    data: bytes,
    *,
    controls: Totals,
    on: date,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Take the loans of a file over as they stand at the end of the day ``on``, the business date.

    :class:`BookRefused` names every mistake, and nothing is written; a file read before changes nothing. A dry run does
    everything and takes it back; without one all three controls are needed.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = session.scalar(select(BookImport).where(BookImport.sha256 == digest))
    if known is not None:
        return Outcome(Totals(known.loans, known.principal, known.balance), known, again=True)
    rows, errors = parse(spreadsheets.read(filename, data))
    totals = _totals(rows)
    errors += [] if errors else _controls_differ(totals, controls, needed=not dry_run)
    if periods.is_closed(session, on):
        raise periods.PeriodClosed(month=periods.month_of(on), on=on)
    errors += _known_before(session, rows)
    aside = session.begin_nested()
    kept = None if errors else _kept(filename, digest, totals, on, actor, now)
    if kept is not None:
        session.add(kept)
        session.flush()
    errors += _take_over(session, vault, rows, kept, on, actor, now)
    if errors:
        aside.rollback()
        raise BookRefused(sorted(errors, key=lambda error: (error.row, error.column or "")))
    if dry_run or kept is None:
        aside.rollback()
        return Outcome(totals, None)
    aside.commit()
    facts = {"sha256": digest, "loans": kept.loans, "balance": str(kept.balance)}
    audit.record(session, now, actor, "book.import", "book_import", kept.id, after=facts)
    return Outcome(totals, kept)


def listed(session: Session) -> list[BookImport]:
    """The books taken over, the latest first."""
    return list(session.scalars(select(BookImport).order_by(BookImport.id.desc())))


def _take_over(
    session: Session,
    vault: Vault,
    rows: Sequence[LoanRow],
    kept: BookImport | None,
    on: date,
    actor: Actor,
    now: datetime,
) -> list[CellError]:
    """Every loan of the file in turn; the mistakes of all of them."""
    units = {unit.code: unit for unit in session.scalars(select(Unit))}
    dealers = {dealer.social_credit_code: dealer for dealer in session.scalars(select(Dealer))}
    errors: list[CellError] = []
    for row in rows:
        unit, dealer = units.get(row.branch), dealers.get(row.dealer)
        if unit is None or unit.contract_code is None:
            zh, en = (
                f"没有分公司“{row.branch}”，请核对代码",
                f"there is no branch {row.branch}; check the code",
            )
            errors.append(CellError(row.row, "branch", zh, en))
        if dealer is None:
            zh, en = "经销商未登记，请先登记该经销商", "the dealer is not on the list; register it first"
            errors.append(CellError(row.row, "dealer", zh, en))
        if unit is None or unit.contract_code is None or dealer is None:
            continue
        made = take_over(
            session, vault, row, unit_id=unit.id, dealer_id=dealer.id, on=on, actor=actor, now=now
        )
        if isinstance(made, CellError):
            errors.append(made)
        elif kept is not None:
            session.add(ImportedLoan(loan_no=made, import_id=kept.id, former_no=row.former_no))
    session.flush()
    return errors


def _totals(rows: Sequence[LoanRow]) -> Totals:
    return Totals(
        len(rows),
        sum((row.principal for row in rows), ZERO),
        sum((row.balance for row in rows), ZERO),
    )


def _controls_differ(found: Totals, controls: Totals, *, needed: bool) -> list[CellError]:
    compared = (
        ("笔数", "number of loans", controls.loans, found.loans),
        ("贷款本金合计", "principal lent", controls.principal, found.principal),
        ("本金余额合计", "principal owed", controls.balance, found.balance),
    )
    errors = []
    for zh, en, given, counted in compared:
        if given is None and needed:
            said = f"请填写控制数：{zh}", f"give the control total: {en}"
            errors.append(CellError(0, None, *said))
        elif given is not None and given != counted:
            said = (
                f"控制数{zh}为 {given}，文件为 {counted}",
                f"the {en} is given as {given}, the file has {counted}",
            )
            errors.append(CellError(0, None, *said))
    return errors


def _known_before(session: Session, rows: Sequence[LoanRow]) -> list[CellError]:
    told = {row.former_no: row.row for row in rows}
    numbers, errors = sorted(told), []
    for start in range(0, len(numbers), 500):
        wanted = ImportedLoan.former_no.in_(numbers[start : start + 500])
        for known in session.scalars(select(ImportedLoan).where(wanted)):
            zh = f"此前已导入为 {known.loan_no}，请从文件中删除"
            en = f"it was taken over as {known.loan_no} before; leave it out"
            errors.append(CellError(told[known.former_no], "former_no", zh, en))
    return errors


def _kept(filename: str, digest: str, totals: Totals, on: date, actor: Actor, now: datetime) -> BookImport:
    return BookImport(
        filename=filename[-200:],
        sha256=digest,
        on=on,
        loans=totals.loans or 0,
        principal=totals.principal or ZERO,
        balance=totals.balance or ZERO,
        imported_by=actor.employee_id,
        imported_at=now,
    )
