"""Tables in and out: Excel workbooks and CSV files as rows of texts, and rows of values as a workbook.

A number in a workbook is a binary fraction; its shortest text is what was typed, and only that text is handed on:
amounts are read from it by :func:`lending.money.parse` and never pass through a float of ours.

openpyxl, and numpy behind it, are loaded with the first workbook: together they take as long as the pages to start.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING

from lending.errors import LendingError

if TYPE_CHECKING:
    from openpyxl.cell import Cell as WritableCell
    from openpyxl.worksheet.worksheet import Worksheet

ROWS_MAX = 50_000
BYTES_MAX = 20 * 1024 * 1024
_UNZIPPED_BYTES_MAX = 200 * 1024 * 1024
_MONEY = "#,##0.00;[Red]-#,##0.00"
# What a program would take for a formula when it opens the file.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | Decimal | date | None


class FileNotATable(LendingError):
    """Only workbooks (.xlsx) and CSV files are read."""

    code = "file_not_a_table"
    zh = "文件“{filename}”不是可读取的 Excel（.xlsx）或 CSV 表格，请使用模板填写后重新上传。"
    en = "The file {filename} is no Excel workbook (.xlsx) or CSV table; fill in the template and send it again."


class TableTooLarge(LendingError):
    """A table has a limit."""

    code = "table_too_large"
    zh = "文件“{filename}”超过 {limit:,} 行或 20 MB 的上限，请分成几个文件。"
    en = "The file {filename} has more than {limit:,} rows or 20 MB; split it."


@dataclass(frozen=True)
class Table:
    """What one sheet of a workbook holds; ``notes`` stand above the head."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    notes: Sequence[str] = ()


def read(filename: str, data: bytes) -> list[list[str]]:
    """The rows of a CSV file (UTF-8 or GB 18030) or of the first sheet of a workbook, each cell as text.

    A day reads as 2026-09-15; empty cells are empty texts; empty rows at the end are left out.
    Raises :class:`FileNotATable`, :class:`TableTooLarge`.
    """
    if len(data) > BYTES_MAX:
        raise TableTooLarge(filename=filename, limit=ROWS_MAX)
    kind = PurePath(filename).suffix.lower()
    if kind == ".xlsx":
        rows = _workbook_rows(filename, data)
    elif kind == ".csv":
        rows = _csv_rows(filename, data)
    else:
        raise FileNotATable(filename=filename)
    if len(rows) > ROWS_MAX:
        raise TableTooLarge(filename=filename, limit=ROWS_MAX)
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _workbook_rows(filename: str, data: bytes) -> list[list[str]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _UNZIPPED_BYTES_MAX:
                raise TableTooLarge(filename=filename, limit=ROWS_MAX)
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        return [
            [_text(cell) for cell in row]
            for row in sheet.iter_rows(max_row=ROWS_MAX + 1, max_col=60, values_only=True)
        ]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as error:
        raise FileNotATable(filename=filename) from error


def _csv_rows(filename: str, data: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        try:
            return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
        except csv.Error as error:
            raise FileNotATable(filename=filename) from error
    raise FileNotATable(filename=filename)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell).strip()


def workbook(tables: Sequence[Table], mark: str = "") -> bytes:
    """An Excel workbook with a sheet a table: heads in bold and frozen, amounts as numbers with two decimals.

    ``mark``: who took it, when and what for; below the notes of each sheet, at the foot of each printed page, and among
    the properties of the file.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    book.properties.description = mark or None
    for table in tables:
        sheet = book.create_sheet(table.title[:31])
        notes = [*table.notes, mark] if mark else table.notes
        sheet.freeze_panes = f"A{len(notes) + 2}"
        sheet.oddFooter.center.text = mark.replace("&", "&&") or None
        for index, name in enumerate(table.head, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = max(12, min(40, 2 * len(name) + 6))
        for note in notes:
            sheet.append([_styled(sheet, note)])
        sheet.append([_styled(sheet, name, bold=True) for name in table.head])
        for row in table.rows:
            sheet.append([_styled(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _styled(sheet: Worksheet, value: Cell, *, bold: bool = False) -> WritableCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with = stays a text
    if isinstance(value, Decimal):
        cell.number_format = _MONEY
    if bold:
        cell.font = Font(bold=True)
    return cell


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV after RFC 4180, amounts with two decimals; a text that a program would run gets an apostrophe."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    for row in rows:
        writer.writerow([_plain(value) for value in row])
    return written.getvalue()


def _plain(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return str(value)
