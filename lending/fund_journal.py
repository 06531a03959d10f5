"""The fund journal (资金日记账): what came into and went out of each bank account, under a unique reference."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from lending.accounts import BANK
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.labels import Labelled

MAIN_ACCOUNT = "MAIN"


class Direction(Labelled):
    """Which way money moved."""

    IN = "in", "收入", "In"
    OUT = "out", "支出", "Out"


class MovementDiffers(LendingError):
    """The reference already stands for another movement of money."""

    code = "fund_movement_differs"
    zh = "资金日记账编号 {reference} 已登记为另一笔收付，请核对。"
    en = "The reference {reference} already stands for another movement of money; compare the two."


class BankAccount(Base):
    """An account of the company at a bank and the ledger account it belongs to; its number stays with the bank."""

    __tablename__ = "bank_account"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    ledger_account: Mapped[str] = mapped_column(ForeignKey("account.code"))


class FundMovement(Base):
    """One movement of money, in yuan."""

    __tablename__ = "fund_movement"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(120), unique=True)
    bank_account: Mapped[str] = mapped_column(ForeignKey("bank_account.code"), index=True)
    direction: Mapped[Direction] = mapped_column(worded(Direction))
    amount: Mapped[Decimal] = mapped_column(Fen)
    value_date: Mapped[date] = mapped_column(Date, index=True)
    counterparty: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(200))
    bank_reference: Mapped[str | None] = mapped_column(String(80))
    journal_reference: Mapped[str | None] = mapped_column(ForeignKey("journal_entry.reference"))
    loan_no: Mapped[str | None] = mapped_column(String(24), index=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


def seed(session: Session) -> None:
    """Write the company's main account where there is none."""
    if session.get(BankAccount, MAIN_ACCOUNT) is None:
        session.add(
            BankAccount(
                code=MAIN_ACCOUNT, name="放款结算户", name_en="Disbursement account", ledger_account=BANK
            )
        )
        session.flush()


def record(
    session: Session,
    reference: str,
    *,
    direction: Direction,
    amount: Decimal,
    value_date: date,
    counterparty: str,
    purpose: str,
    now: datetime,
    bank_account: str = MAIN_ACCOUNT,
    bank_reference: str | None = None,
    journal_reference: str | None = None,
    loan_no: str | None = None,
) -> FundMovement:
    """Write a movement down once: a reference taken for the same money is the same row.

    Taken for other money it is :class:`MovementDiffers`.
    """
    if amount <= 0:
        raise ValueError(f"money moves in positive amounts, not {amount}")
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(FundMovement)
        .values(
            reference=reference,
            bank_account=bank_account,
            direction=direction,
            amount=amount,
            value_date=value_date,
            counterparty=counterparty,
            purpose=purpose,
            bank_reference=bank_reference,
            journal_reference=journal_reference,
            loan_no=loan_no,
            recorded_at=now,
        )
        .on_conflict_do_nothing(index_elements=["reference"])
    )
    movement = get(session, reference)
    if (movement.bank_account, movement.direction, movement.amount) != (bank_account, direction, amount):
        raise MovementDiffers(reference=reference)
    return movement


def get(session: Session, reference: str) -> FundMovement:
    """The movement of a reference, or :class:`NotFound`."""
    movement = session.scalar(select(FundMovement).where(FundMovement.reference == reference))
    if movement is None:
        raise NotFound(what_zh="资金记录", what_en="movement of money", key=reference)
    return movement


def day(session: Session, on: date, bank_account: str = MAIN_ACCOUNT) -> list[FundMovement]:
    """The movements of one account on one value date, in the order they were recorded."""
    return list(
        session.scalars(
            select(FundMovement)
            .where(FundMovement.bank_account == bank_account, FundMovement.value_date == on)
            .order_by(FundMovement.id)
        )
    )
