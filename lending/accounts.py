"""The chart of accounts: numbers after 企业会计准则, dated rows that an accountant may extend.

The rows a company begins with are ``charts/accounts.csv``; a code below another (``1303.1`` below ``1303``) is its
sub-account, and a figure of the account includes it.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import ColumnElement, Date, String, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from company.database import Base
from company.messages import Language
from lending.columns import worded
from lending.labels import Labelled

_CHART = Path(__file__).parent / "charts" / "accounts.csv"
FIRST_DAY = date(2000, 1, 1)


class AccountKind(Labelled):
    """What an account measures."""

    ASSET = "asset", "资产", "Asset"
    LIABILITY = "liability", "负债", "Liability"
    EQUITY = "equity", "所有者权益", "Equity"
    INCOME = "income", "收入", "Income"
    EXPENSE = "expense", "费用", "Expense"
    OFF_BALANCE = "off_balance", "表外", "Off balance"


class Account(Base):
    """An account of the chart; entries on it are dated from ``valid_from`` to ``valid_to``.

    ``line`` is the line of the balance sheet or income statement that takes its balance, None off balance.
    """

    __tablename__ = "account"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    kind: Mapped[AccountKind] = mapped_column(worded(AccountKind))
    line: Mapped[str | None] = mapped_column(String(30))
    valid_from: Mapped[date] = mapped_column(Date, default=FIRST_DAY)
    valid_to: Mapped[date | None] = mapped_column(Date)

    @property
    def on_balance(self) -> bool:
        """Whether its entries must balance."""
        return self.kind is not AccountKind.OFF_BALANCE

    @property
    def parent(self) -> str | None:
        """The code of the account above, None for an account of the first level."""
        return self.code.rpartition(".")[0] or None

    def is_open(self, on: date) -> bool:
        """Whether an entry dated ``on`` may touch it."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def label(self, language: Language) -> str:
        """Its name for a person who reads ``language``."""
        return self.name if language == "zh" else self.name_en


BANK = "1002"
INTEREST_RECEIVABLE = "1132"
PENALTY_RECEIVABLE = "1132.1"
OTHER_RECEIVABLES = "1221"
LOANS = "1303"
LOANS_NORMAL = "1303.1"
LOANS_OVERDUE = "1303.2"
LOANS_NON_ACCRUAL = "1303.3"
ALLOWANCE = "1304"
REPOSSESSED = "1441"
OUTPUT_VAT = "2221.1"
OUTPUT_VAT_PENDING = "2221.9"
SUSPENSE = "2241"
DEFERRED_SUBSIDY = "2401"
DEFERRED_FEES = "2402"
OPENING_BALANCES = "4901"
INTEREST_INCOME = "6011"
PENALTY_INCOME = "6011.1"
FEE_INCOME = "6021"
OTHER_INCOME = "6051"
BANK_CHARGES = "6421"
IMPAIRMENT = "6702"
UNCOLLECTED_INTEREST = "9001"
WRITTEN_OFF_CLAIMS = "9002"

# The accounts that the product itself posts to: they may be renamed, never closed.
REQUIRED = frozenset(
    {
        BANK,
        INTEREST_RECEIVABLE,
        PENALTY_RECEIVABLE,
        OTHER_RECEIVABLES,
        LOANS,
        LOANS_NORMAL,
        LOANS_OVERDUE,
        LOANS_NON_ACCRUAL,
        ALLOWANCE,
        REPOSSESSED,
        OUTPUT_VAT,
        OUTPUT_VAT_PENDING,
        SUSPENSE,
        DEFERRED_SUBSIDY,
        DEFERRED_FEES,
        OPENING_BALANCES,
        INTEREST_INCOME,
        PENALTY_INCOME,
        FEE_INCOME,
        OTHER_INCOME,
        BANK_CHARGES,
        IMPAIRMENT,
        UNCOLLECTED_INTEREST,
        WRITTEN_OFF_CLAIMS,
    }
)


def within(column: InstrumentedAttribute[str], code: str) -> ColumnElement[bool]:
    """The condition that ``column`` holds ``code`` or one of its sub-accounts."""
    return or_(column == code, column.startswith(f"{code}.", autoescape=True))


def chart(session: Session) -> dict[str, Account]:
    """Every account by its code, closed ones too, in the order of the codes."""
    return {account.code: account for account in session.scalars(select(Account).order_by(Account.code))}


def seed(session: Session) -> None:
    """Write the accounts that are missing; those that exist stay as they are."""
    present = set(session.scalars(select(Account.code)))
    session.add_all(
        Account(
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            kind=AccountKind(row["kind"]),
            line=row["line"] or None,
        )
        for row in delivered()
        if row["code"] not in present
    )
    session.flush()


@cache
def delivered() -> tuple[dict[str, str], ...]:
    """The rows of ``charts/accounts.csv``: code, name, name_en, kind, line."""
    with _CHART.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
