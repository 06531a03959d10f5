"""The form of a backup: one ZIP file with a manifest, a member of JSON lines for each table, and the sealed files.

It is the same for SQLite and PostgreSQL, so that a company can move from one to the other. What the vault sealed stays
sealed in it; the key is not in it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TypeAlias, cast
from zipfile import ZipFile

import orjson
from sqlalchemy import Enum, String, Table, TableClause, TypeDecorator, column, table
from sqlalchemy.types import TypeEngine

from company.database import Base, Instant
from company.messages import Refusal

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "files/"
Plain: TypeAlias = bool | int | str | bytes | date | None
"""What a column holds below its Python type."""

_TEXT = cast("TypeEngine[Plain]", String())
_TIMES = {"date": date.fromisoformat, "instant": datetime.fromisoformat}


class ArchiveError(Refusal):
    """Why a company is not backed up, or not restored."""

    code = "archive"


class ArchiveDamaged(ArchiveError):
    """The file is no backup, or not as it was written."""

    code = "archive_damaged"
    zh = "备份文件 {file} 已损坏或不是车流的备份（{what}）。请换一份备份。"
    en = "{file} is damaged or no backup of Cheliu ({what}). Take another backup."


@dataclass(frozen=True)
class TableSum:
    """What a table had: its columns in the order of the rows, how many rows, and the SHA-256 of its member."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the backup holds, and what must be true again after restoring.

    ``key_check``: a word sealed with the key. ``audit``: entries of the chain and the hash of the last, in hex.
    ``balance``: account to debit and credit, yuan.
    """

    made_at: str
    schema: str
    key_check: str
    tables: dict[str, TableSum]
    files: int
    audit: tuple[int, str]
    balance: dict[str, tuple[str, str]]
    format: int = FORMAT

    def dumps(self) -> bytes:
        """As it is written."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)

    def said(self) -> str:
        """What it holds, in a line."""
        rows = sum(sums.rows for sums in self.tables.values())
        entries, digest = self.audit
        return (
            f"{self.made_at}, schema {self.schema}, {len(self.tables)} tables, {rows:,} rows, {self.files:,} files, "
            f"audit chain {entries:,} {digest[:16]}"
        )

    @classmethod
    def read(cls, archive: ZipFile, name: str) -> Manifest:
        """That of an archive; :class:`ArchiveDamaged` when it has none that this program can read."""
        try:
            given = orjson.loads(archive.read(MANIFEST))
            if given.pop("format") != FORMAT:
                raise ArchiveDamaged(file=name, what="format")
            tables = {
                each: TableSum(tuple(sums["columns"]), int(sums["rows"]), str(sums["sha256"]))
                for each, sums in given.pop("tables").items()
            }
            balance = {
                code: (str(debit), str(credit)) for code, (debit, credit) in given.pop("balance").items()
            }
            entries, digest = given.pop("audit")
            return cls(tables=tables, balance=balance, audit=(int(entries), str(digest)), **given)
        except (KeyError, ValueError, TypeError, AttributeError):
            raise ArchiveDamaged(file=name, what=MANIFEST) from None


def member(name: str) -> str:
    """Where the rows of a table stand."""
    return f"tables/{name}.jsonl"


def whole_tables() -> list[Table]:
    """Every table of the house, those that are pointed at before those that point."""
    return list(Base.metadata.sorted_tables)


def plain(whole: Table) -> TableClause:
    """The table with its columns as the database holds them: fen and not yuan, bytes and not what they mean."""
    return table(whole.name, *(column(each.name, _below(each.type)) for each in whole.columns))


def row_order(whole: Table) -> list[str]:
    """By which columns the rows are written: those of the key."""
    return [each.name for each in whole.primary_key.columns]


def dump_row(values: Sequence[Plain]) -> bytes:
    """A row as a line."""
    return orjson.dumps([_shown(value) for value in values], option=orjson.OPT_PASSTHROUGH_DATETIME) + b"\n"


def load_row(line: bytes) -> list[Plain]:
    """The row of a line."""
    return [_told(value) for value in orjson.loads(line)]


def load_rows(lines: Iterable[bytes], columns: Sequence[str]) -> Iterator[dict[str, Plain]]:
    """The rows of a member by column."""
    return (dict(zip(columns, load_row(line), strict=True)) for line in lines)


def _below(kind: TypeEngine[Plain]) -> TypeEngine[Plain]:
    if isinstance(kind, TypeDecorator) and not isinstance(kind, Instant):
        below: TypeEngine[Plain] = kind.impl_instance
        return below
    return _TEXT if isinstance(kind, Enum) else kind


def _shown(value: Plain) -> object:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _told(value: object) -> Plain:
    if not isinstance(value, dict):
        return cast("Plain", value)
    ((kind, text),) = value.items()
    return base64.b64decode(text) if kind == "bytes" else _TIMES[kind](text)
