"""Bank statements: read from a file once, checked row by row and against control totals, kept line by line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import audit
from company.database import Base, Fen, Instant
from company.people import Actor
from lending import spreadsheets
from lending.bank.template import ParsedLine, RowError, parse
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.fund_journal import MAIN_ACCOUNT, BankAccount, Direction
from lending.money import ZERO


class StatementRefused(LendingError):
    """A statement is read whole or not at all; every row that is wrong is named."""

    code = "bank_statement_refused"
    zh = "对账单未读入：{count} 处有误。第一处：{first}"
    en = "The statement was not read: {count} mistakes. The first: {first}"

    def __init__(self, errors: Sequence[RowError]) -> None:
        self.errors = tuple(errors)
        super().__init__(count=len(errors), first=errors[0])


class BankStatement(Base):
    """One file of a bank account; its hash makes sure that it is read once."""

    __tablename__ = "bank_statement"

    id: Mapped[int] = mapped_column(primary_key=True)
    bank_account: Mapped[str] = mapped_column(ForeignKey("bank_account.code"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    lines_read: Mapped[int]
    lines_known: Mapped[int]
    total_in: Mapped[Decimal] = mapped_column(Fen)
    total_out: Mapped[Decimal] = mapped_column(Fen)
    closing: Mapped[Decimal | None] = mapped_column(Fen)
    imported_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    imported_at: Mapped[datetime] = mapped_column(Instant)


class BankStatementLine(Base):
    """One movement as the bank tells it, in yuan; ``movement_id`` is the same in our fund journal, once it is found."""

    __tablename__ = "bank_statement_line"
    __table_args__ = (UniqueConstraint("bank_account", "bank_reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"), index=True)
    bank_account: Mapped[str] = mapped_column(ForeignKey("bank_account.code"))
    on: Mapped[date] = mapped_column("line_date", Date, index=True)
    direction: Mapped[Direction] = mapped_column(worded(Direction))
    amount: Mapped[Decimal] = mapped_column(Fen)
    balance: Mapped[Decimal | None] = mapped_column(Fen)
    counterparty: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(200))
    bank_reference: Mapped[str] = mapped_column(String(80))
    movement_id: Mapped[int | None] = mapped_column(ForeignKey("fund_movement.id"), unique=True)

    @property
    def signed(self) -> Decimal:
        """The amount, negative for money that went out."""
        return self.amount if self.direction is Direction.IN else -self.amount


@dataclass(frozen=True)
class Controls:
    """What the bank says of the whole statement; what is None is not compared. Amounts in yuan."""

    lines: int | None = None
    total_in: Decimal | None = None
    total_out: Decimal | None = None


@dataclass(frozen=True)
class Imported:
    """The statement, and whether this very file had been read before (then nothing was written)."""

    statement: BankStatement
    again: bool


def import_file(
    session: Session,
    filename: str,
    data: bytes,
    *,
    controls: Controls,
    actor: Actor,
    now: datetime,
    bank_account: str = MAIN_ACCOUNT,
) -> Imported:
    """Read a statement in: all of it, or :class:`StatementRefused` with every row that is wrong.

    A file read before changes nothing. A line known by its bank reference is left out if it says the same, and is a
    mistake if it says something else: statements may overlap, money moves once.
    """
    digest = hashlib.sha256(bank_account.encode() + b"\0" + data).hexdigest()
    known = session.scalar(select(BankStatement).where(BankStatement.sha256 == digest))
    if known is not None:
        return Imported(known, again=True)
    if session.get(BankAccount, bank_account) is None:
        raise NotFound(what_zh="银行账户", what_en="bank account", key=bank_account)
    lines, errors = parse(spreadsheets.read(filename, data))
    errors = [*errors, *_controls_differ(lines, controls)]
    fresh, clashes = _new_lines(session, bank_account, lines)
    errors += clashes
    if not errors:
        errors += _does_not_follow(session, bank_account, lines)
    if errors:
        raise StatementRefused(sorted(errors, key=lambda error: error.row))
    statement = _write(session, bank_account, filename, digest, lines, fresh, actor, now)
    audit.record(
        session,
        now,
        actor,
        "bank_statement.import",
        "bank_statement",
        statement.id,
        after={
            "sha256": digest,
            "lines": len(lines),
            "in": str(statement.total_in),
            "out": str(statement.total_out),
        },
    )
    return Imported(statement, again=False)


def listed(session: Session, *, before: int | None = None, limit: int = 20) -> list[BankStatement]:
    """The statements read in, latest first, those before an id."""
    asked = select(BankStatement).order_by(BankStatement.id.desc()).limit(limit)
    return list(session.scalars(asked.where(BankStatement.id < before) if before else asked))


def line(session: Session, line_id: int) -> BankStatementLine:
    """One line, or :class:`NotFound`."""
    found = session.get(BankStatementLine, line_id)
    if found is None:
        raise NotFound(what_zh="对账单流水", what_en="statement line", key=line_id)
    return found


def _controls_differ(lines: Sequence[ParsedLine], controls: Controls) -> list[RowError]:
    sums = {
        direction: sum((line.amount for line in lines if line.direction is direction), ZERO)
        for direction in Direction
    }
    compared: tuple[tuple[str, str, object, object], ...] = (
        ("笔数", "number of lines", controls.lines, len(lines)),
        ("收入合计", "total in", controls.total_in, sums[Direction.IN]),
        ("支出合计", "total out", controls.total_out, sums[Direction.OUT]),
    )
    return [
        RowError(
            0, f"控制数{zh}为 {given}，文件为 {found}", f"the {en} is given as {given}, the file has {found}"
        )
        for zh, en, given, found in compared
        if given is not None and given != found
    ]


def _new_lines(
    session: Session, bank_account: str, lines: Sequence[ParsedLine]
) -> tuple[list[ParsedLine], list[RowError]]:
    known: dict[str, BankStatementLine] = {}
    references = [line.bank_reference for line in lines]
    for start in range(0, len(references), 500):
        found = session.scalars(
            select(BankStatementLine).where(
                BankStatementLine.bank_account == bank_account,
                BankStatementLine.bank_reference.in_(references[start : start + 500]),
            )
        )
        known.update({line.bank_reference: line for line in found})
    fresh = [line for line in lines if line.bank_reference not in known]
    clashes = [
        RowError(
            line.row,
            f"流水号 {line.bank_reference} 已读入，但金额、方向或日期不同（原为 {before.signed:,.2f}，{before.on}）",
            f"the reference {line.bank_reference} was read before with another amount, direction or day "
            f"({before.signed:,.2f} on {before.on})",
        )
        for line in lines
        if (before := known.get(line.bank_reference)) is not None
        and (before.on, before.direction, before.amount) != (line.on, line.direction, line.amount)
    ]
    return fresh, clashes


def _does_not_follow(session: Session, bank_account: str, lines: Sequence[ParsedLine]) -> list[RowError]:
    """The opening balance of a statement is the closing one of the statement before."""
    first = lines[0]
    if first.balance is None:
        return []
    earlier = session.scalar(
        select(BankStatement)
        .where(
            BankStatement.bank_account == bank_account,
            BankStatement.last_day < first.on,
            BankStatement.closing.is_not(None),
        )
        .order_by(BankStatement.last_day.desc(), BankStatement.id.desc())
        .limit(1)
    )
    opening = first.balance - first.signed
    if earlier is None or earlier.closing == opening:
        return []
    return [
        RowError(
            first.row,
            f"期初余额 {opening:,.2f} 与上一份对账单（至 {earlier.last_day}）期末余额 {earlier.closing:,.2f} 不衔接，"
            "请先读入中间的对账单",
            f"the opening balance {opening:,.2f} does not follow {earlier.closing:,.2f} of the statement up to "
            f"{earlier.last_day}; read the one between first",
        )
    ]


def _write(
    session: Session,
    bank_account: str,
    filename: str,
    digest: str,
    lines: Sequence[ParsedLine],
    fresh: Sequence[ParsedLine],
    actor: Actor,
    now: datetime,
) -> BankStatement:
    statement = BankStatement(
        bank_account=bank_account,
        filename=filename[-200:],
        sha256=digest,
        first_day=min(line.on for line in lines),
        last_day=max(line.on for line in lines),
        lines_read=len(lines),
        lines_known=len(lines) - len(fresh),
        total_in=sum((line.amount for line in lines if line.direction is Direction.IN), ZERO),
        total_out=sum((line.amount for line in lines if line.direction is Direction.OUT), ZERO),
        closing=lines[-1].balance,
        imported_by=actor.employee_id,
        imported_at=now,
    )
    session.add(statement)
    session.flush()
    session.add_all(
        BankStatementLine(
            statement_id=statement.id,
            bank_account=bank_account,
            on=line.on,
            direction=line.direction,
            amount=line.amount,
            balance=line.balance,
            counterparty=line.counterparty,
            purpose=line.purpose,
            bank_reference=line.bank_reference,
        )
        for line in fresh
    )
    session.flush()
    return statement


def days_covered(session: Session, bank_account: str) -> date | None:
    """The last day of which a statement was read, None before the first."""
    return session.scalar(
        select(func.max(BankStatement.last_day)).where(BankStatement.bank_account == bank_account)
    )
