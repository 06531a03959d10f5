"""What every register is made of: its columns, what is asked of it, a page of rows, totals, and how they tie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from company.messages import Language
from company.organisation import Unit
from lending.customers import Customer
from lending.labels import Labelled
from lending.ledger import JournalLine
from lending.loans import Loan
from lending.spreadsheets import Cell

PAGE_ROWS = 50


class Kind(Labelled):
    """How a column reads."""

    TEXT = "text", "文字", "Text"
    YUAN = "yuan", "金额", "Amount"
    DAY = "day", "日期", "Day"
    COUNT = "count", "数量", "Number"
    RATE = "rate", "比率", "Rate"
    LOAN = "loan", "贷款", "Loan"
    ENTRY = "entry", "凭证", "Entry"
    PERSON = "person", "客户", "Customer"


@dataclass(frozen=True)
class Column:
    """A column by its key; ``summed`` puts its total below. On a phone only ``narrow`` ones are shown."""

    key: str
    zh: str
    en: str
    kind: Kind = Kind.TEXT
    summed: bool = False
    narrow: bool = False

    def label(self, language: Language) -> str:
        """Its head for a person who reads ``language``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Asked:
    """What is asked: the days, whose loans (a condition on :class:`Loan`), and which page.

    ``everything`` says that the reader reaches all loans and asks for all: then lines without a loan count too.
    ``after`` is the key of the last row of the page before; ``limit`` None asks for all rows.
    """

    since: date
    until: date
    loans: ColumnElement[bool] = field(default_factory=true)
    everything: bool = True
    after: str = ""
    limit: int | None = PAGE_ROWS

    @property
    def lines(self) -> ColumnElement[bool]:
        """The condition on :class:`JournalLine` that it belongs to what is asked."""
        if self.everything:
            return true()
        return JournalLine.loan_no.in_(select(Loan.loan_no).where(self.loans))


@dataclass(frozen=True)
class TieLine:
    """A total of the register beside the figure of the ledger that it must equal, in yuan."""

    zh: str
    en: str
    listed: Decimal
    posted: Decimal

    @property
    def difference(self) -> Decimal:
        """What the register lacks."""
        return self.posted - self.listed

    @property
    def holds(self) -> bool:
        """Whether the register ties."""
        return self.difference == 0

    def label(self, language: Language) -> str:
        """What is compared, for a person who reads ``language``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Aside:
    """A figure beside the rows: a bucket of the ages, an opening balance; with ``is_share`` a part of a whole."""

    zh: str
    en: str
    count: int | None
    amount: Decimal
    is_share: bool = False

    def label(self, language: Language) -> str:
        """Its words for a person who reads ``language``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Name:
    """The name of a person of the house or of an account, in both languages."""

    zh: str
    en: str

    def label(self, language: Language) -> str:
        """The name for a person who reads ``language``."""
        return self.zh if language == "zh" else self.en or self.zh


Value = Cell | Name
Row = Mapping[str, Value]


@dataclass(frozen=True)
class Page:
    """One page: its rows by column key, the key of the next page, the totals of all rows asked for, and the ties."""

    rows: Sequence[Row]
    next_after: str | None
    totals: Mapping[str, Decimal]
    ties: Sequence[TieLine]
    asides: Sequence[Aside] = ()


@dataclass(frozen=True)
class Register:
    """A register: its name, what it is for, its columns, and how it is read. ``by_day`` ones have one day only."""

    code: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    read: Callable[[Session, Asked], Page]
    by_day: bool = False

    def label(self, language: Language) -> str:
        """Its name for a person who reads ``language``."""
        return self.zh if language == "zh" else self.en


def of_loans(
    reach: ColumnElement[bool],
    *,
    unit: Unit | None = None,
    dealer_id: int | None = None,
    search: str = "",
    by_name: bool = False,
) -> ColumnElement[bool]:
    """The loans within ``reach`` of a branch, of a dealer, whose number holds ``search``.

    ``by_name``: or whose customer's name does, for who may read customers.
    """
    conditions = [reach]
    if unit is not None:
        conditions.append(Loan.unit_id.in_(select(Unit.id).where(Unit.path.startswith(unit.path))))
    if dealer_id is not None:
        conditions.append(Loan.dealer_id == dealer_id)
    if search:
        found = Loan.loan_no.icontains(search, autoescape=True)
        named = select(Customer.id).where(Customer.name.contains(search, autoescape=True))
        conditions.append(found | Loan.customer_id.in_(named) if by_name else found)
    return and_(*conditions)


def cut(rows: Sequence[Row], limit: int | None, key: str) -> tuple[Sequence[Row], str | None]:
    """The rows of the page and, when one more was found, the key after which the next page begins."""
    if limit is None or len(rows) <= limit:
        return rows, None
    return rows[:limit], str(rows[limit - 1][key])


def number_after(after: str) -> int:
    """The numeric key of the page before; 0 for the first page and for what is no number."""
    return int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
