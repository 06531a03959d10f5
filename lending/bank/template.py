"""The template of a bank statement: its columns, and reading its rows, each mistake told with its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from company.messages import Language
from lending import money
from lending.errors import LendingError
from lending.fund_journal import Direction
from lending.money import ZERO

# Column by key: the head in Chinese and in English.
COLUMNS = {
    "on": ("日期", "Date"),
    "money_in": ("收入", "In"),
    "money_out": ("支出", "Out"),
    "balance": ("余额", "Balance"),
    "counterparty": ("对方户名", "Counterparty"),
    "purpose": ("摘要", "Purpose"),
    "bank_reference": ("银行流水号", "Bank reference"),
}
REQUIRED = ("on", "money_in", "money_out", "bank_reference")
EXAMPLES = (
    ("2026-09-15", "3036.76", "", "103036.76", "林晓芸", "还款", "B202609150001"),
    ("2026-09-15", "", "100000.00", "3036.76", "沪东远航汽车销售有限公司", "放款", "B202609150002"),
)


@dataclass(frozen=True)
class RowError:
    """What is wrong in a row of the file (1 is its first; 0 the file as a whole), in both languages."""

    row: int
    zh: str
    en: str

    def label(self, language: Language) -> str:
        """The sentence with its row, for a person who reads ``language``."""
        if language == "zh":
            return f"第 {self.row} 行：{self.zh}" if self.row else self.zh
        return f"row {self.row}: {self.en}" if self.row else self.en


@dataclass(frozen=True)
class ParsedLine:
    """A row that can be read, in yuan; ``balance`` is the account's after it, None if the bank tells none."""

    row: int
    on: date
    direction: Direction
    amount: Decimal
    balance: Decimal | None
    counterparty: str
    purpose: str
    bank_reference: str

    @property
    def signed(self) -> Decimal:
        """The amount, negative for money that went out."""
        return self.amount if self.direction is Direction.IN else -self.amount


def parse(rows: Sequence[Sequence[str]]) -> tuple[list[ParsedLine], list[RowError]]:
    """The lines of a statement, the earliest first, and every mistake; the head may be in either language."""
    at = next((index for index, row in enumerate(rows) if _places(row)), None)
    if at is None:
        heads = "、".join(zh for zh, _en in COLUMNS.values())
        english = ", ".join(en for _zh, en in COLUMNS.values())
        return [], [RowError(0, f"没有找到表头，须有：{heads}", f"there is no head; it names {english}")]
    places = _places(rows[at])
    lines: list[ParsedLine] = []
    errors: list[RowError] = []
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if not any(row):
            continue
        try:
            lines.append(_line(number, {key: _cell(row, place) for key, place in places.items()}))
        except _Mistake as mistake:
            errors.append(RowError(number, mistake.zh, mistake.en))
        except LendingError as refused:
            errors.append(RowError(number, refused.text("zh"), refused.text("en")))
    if not lines and not errors:
        errors.append(RowError(0, "文件没有流水", "the file holds no lines"))
    if _balances_break(lines) and not _balances_break(lines[::-1]):
        lines.reverse()  # some banks write the latest first
    return lines, errors + _doubles(lines) + ([] if errors else _balances_break(lines))


class _Mistake(Exception):
    """What is wrong with a row, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def _places(row: Sequence[str]) -> dict[str, int]:
    """Where each column stands, if this row is the head; else nothing."""
    cells = [cell.strip().lower() for cell in row]
    places = {
        key: cells.index(name.lower())
        for key, names in COLUMNS.items()
        for name in names
        if name.lower() in cells
    }
    return places if all(key in places for key in REQUIRED) else {}


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _line(number: int, cells: dict[str, str]) -> ParsedLine:
    money_in, money_out = _amount(cells["money_in"]), _amount(cells["money_out"])
    if (money_in > 0) == (money_out > 0) or money_in < 0 or money_out < 0:
        raise _Mistake(
            "收入和支出须有且只有一项，且为正数", "exactly one of in and out holds a positive amount"
        )
    reference = cells["bank_reference"]
    if not reference or len(reference) > 80:
        raise _Mistake(
            "银行流水号必填，最多 80 个字符", "a bank reference of at most 80 characters is needed"
        )
    balance = cells.get("balance", "")
    return ParsedLine(
        row=number,
        on=_day(cells["on"]),
        direction=Direction.IN if money_in else Direction.OUT,
        amount=money_in or money_out,
        balance=money.parse(balance) if balance else None,
        counterparty=cells.get("counterparty", "")[:120],
        purpose=cells.get("purpose", "")[:200],
        bank_reference=reference,
    )


def _amount(text: str) -> Decimal:
    return money.parse(text) if text not in ("", "-", "—") else ZERO


def _day(text: str) -> date:
    plain = text.replace("/", "-").replace(".", "-")
    if len(plain) == 8 and plain.isdigit():
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    try:
        year, month, day = (int(part) for part in plain.split(" ")[0].split("-"))
        return date(year, month, day)
    except ValueError as error:
        raise _Mistake(
            f"日期“{text[:20]}”无效，请写作 2026-09-15", f"{text[:20]} is no day; write 2026-09-15"
        ) from error


def _doubles(lines: Sequence[ParsedLine]) -> list[RowError]:
    first: dict[str, int] = {}
    errors = []
    for line in lines:
        before = first.setdefault(line.bank_reference, line.row)
        if before != line.row:
            errors.append(
                RowError(
                    line.row,
                    f"流水号 {line.bank_reference} 与第 {before} 行重复",
                    f"the reference {line.bank_reference} stands in row {before} already",
                )
            )
    return errors


def _balances_break(lines: Sequence[ParsedLine]) -> list[RowError]:
    """Each balance is the one before with the amount added or taken off."""
    errors = []
    for before, line in pairwise(lines):
        if before.balance is None or line.balance is None:
            continue
        expected = before.balance + line.signed
        if expected != line.balance:
            errors.append(
                RowError(
                    line.row,
                    f"余额 {line.balance:,.2f} 与上一行推算的 {expected:,.2f} 不符",
                    f"the balance is {line.balance:,.2f}, after the row before it should be {expected:,.2f}",
                )
            )
    return errors
