"""Vouchers as files that the usual accounting packages read in: an Excel workbook, 金蝶 and 用友 text.

金蝶 (凭证引入) reads a table whose head names its columns; account codes keep their dots. 用友 (总账工具) reads
lines without a head, after the line ``填制凭证,V800``: date, word, number, enclosures, summary of up to 60 characters,
account code without dots, debit, credit, quantity, foreign amount, rate, maker. An amount in red is a negative one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.messages import Language
from company.people import Employee
from lending.accounts import Account, chart
from lending.books import vouchers
from lending.books.vouchers import WORD, Voucher, VoucherLine
from lending.labels import Labelled
from lending.spreadsheets import Cell, Table, csv_text, workbook

_BATCH = 500
_KINGDEE = (
    "凭证日期",
    "会计年度",
    "会计期间",
    "凭证字",
    "凭证号",
    "科目代码",
    "科目名称",
    "币别代码",
    "币别名称",
    "原币金额",
    "借方",
    "贷方",
    "制单",
    "凭证摘要",
    "汇率",
    "分录序号",
)


class Package(Labelled):
    """Who reads the file."""

    EXCEL = "excel", "Excel 工作簿", "Excel workbook"
    KINGDEE = "kingdee", "金蝶凭证引入（CSV）", "Kingdee voucher import (CSV)"
    YONYOU = "yonyou", "用友凭证导入（TXT）", "Yonyou voucher import (text)"


_NAMES = {Package.EXCEL: "vouchers", Package.KINGDEE: "kingdee", Package.YONYOU: "yonyou"}
_ENDINGS = {Package.EXCEL: ".xlsx", Package.KINGDEE: ".csv", Package.YONYOU: ".txt"}


def rows_of(session: Session, month: str) -> int:
    """How many lines the vouchers of a period have."""
    return sum(1 for _line in _lines(session, vouchers.of_month(session, month)))


def name_of(package: Package, month: str) -> str:
    """The name of the file."""
    return f"{_NAMES[package]}-{month}{_ENDINGS[package]}"


def written(session: Session, package: Package, month: str, language: Language, mark: str = "") -> bytes:
    """The content of the file with all vouchers of a period.

    The texts of the packages are in GB 18030, as they read them, and have no place for a ``mark``; the workbook has its
    heads in ``language`` and bears it.
    """
    found = vouchers.of_month(session, month)
    accounts = chart(session)
    makers = {person.id: person.name for person in session.scalars(select(Employee))}
    lines = _lines(session, found)
    if package is Package.EXCEL:
        return workbook([_table(lines, accounts, makers, month, language)], mark)
    if package is Package.KINGDEE:
        rows = [_KINGDEE, *_kingdee(lines, accounts, makers)]
        return csv_text(rows).encode("gb18030")
    rows = [("填制凭证", "V800"), *_yonyou(lines, makers)]
    return csv_text(rows).encode("gb18030")


_Numbered = tuple[Voucher, int, VoucherLine]


def _lines(session: Session, found: Sequence[Voucher]) -> Iterator[_Numbered]:
    for start in range(0, len(found), _BATCH):
        batch = found[start : start + _BATCH]
        lines = vouchers.lines_of(session, batch)
        for voucher in batch:
            for number, line in enumerate(lines[voucher.id], start=1):
                yield voucher, number, line


def _table(
    lines: Iterator[_Numbered],
    accounts: dict[str, Account],
    makers: dict[int, str],
    month: str,
    language: Language,
) -> Table:
    heads = (
        ("日期", "凭证号", "摘要", "科目代码", "科目名称", "借方", "贷方", "贷款编号", "制单人")
        if language == "zh"
        else ("Date", "Voucher", "Summary", "Account", "Name", "Debit", "Credit", "Loan", "Made by")
    )
    rows = (
        (
            voucher.on,
            voucher.label(language),
            line.summary,
            line.account,
            accounts[line.account].label(language),
            line.debit or None,
            line.credit or None,
            line.loan_no,
            makers.get(voucher.made_by or 0),
        )
        for voucher, _number, line in lines
    )
    return Table(month, heads, rows)


def _kingdee(
    lines: Iterator[_Numbered], accounts: dict[str, Account], makers: dict[int, str]
) -> Iterator[Sequence[Cell]]:
    for voucher, number, line in lines:
        yield (
            voucher.on,
            voucher.on.year,
            voucher.on.month,
            WORD,
            voucher.number,
            line.account,
            accounts[line.account].name,
            "RMB",
            "人民币",
            line.debit or line.credit,
            line.debit,
            line.credit,
            makers.get(voucher.made_by or 0),
            line.summary,
            1,
            number,
        )


def _yonyou(lines: Iterator[_Numbered], makers: dict[int, str]) -> Iterator[Sequence[Cell]]:
    for voucher, _number, line in lines:
        yield (
            voucher.on,
            WORD,
            voucher.number,
            0,
            line.summary[:60].replace(",", "，"),
            flat_code(line.account),
            line.debit,
            line.credit,
            0,
            0,
            0,
            makers.get(voucher.made_by or 0),
        )


def flat_code(code: str) -> str:
    """An account code without dots, each level below the first of two digits, as 用友 numbers accounts.

    >>> flat_code("1002"), flat_code("2221.1"), flat_code("6602.10")
    ('1002', '222101', '660210')
    """
    first, *below = code.split(".")
    return first + "".join(level.zfill(2) for level in below)
