"""``cheliu restore``: a backup put into an empty installation, on either database, and held against its own sums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.orm import Session

from cheliu import archive
from cheliu.archive import ArchiveDamaged, ArchiveError, Manifest, TableSum
from cheliu.backing_up import KEY_WORD, SchemaNotCurrent, balance_of
from cheliu.wiring import House
from company import audit, migrations
from company.audit import Head
from company.database import Base
from company.vault import SealBroken, Vault

_BATCH = 1000
_FOREIGN_KEYS = text(
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)


class NotEmpty(ArchiveError):
    """A backup is never mixed with what is there."""

    code = "restore_not_empty"
    zh = "目标数据库的表 {table} 已有数据，恢复只能写入空库。请换一个新库（DATABASE_URL）。"
    en = "Table {table} of this database has rows; a backup goes into an empty one only. Name a new DATABASE_URL."


class WrongKey(ArchiveError):
    """The key of the backup is not at hand."""

    code = "restore_wrong_key"
    zh = "本机密钥不是做备份的那把，恢复后将无法解密。请先放回原来的 secret.key 或 CHELIU_SECRET_KEY。"
    en = (
        "The key here is not that of the backup, which could not be read with it. "
        "First put back its secret.key or CHELIU_SECRET_KEY."
    )


class NotTheSame(ArchiveError):
    """What was restored does not come to what the backup says; nothing was kept."""

    code = "restore_differs"
    zh = "恢复后的{what}与备份记录不一致，未保留任何数据。请换一份备份。"
    en = "After restoring, the {what_en} is not what the backup says; nothing was kept. Take another backup."


def restore(house: House, file: Path) -> Manifest:
    """Bring the company of a backup into this installation's empty database and file store, all of it or nothing.

    What it comes to is held against the manifest: rows, links of the audit chain, every account's turnover.
    """
    try:
        with ZipFile(file) as zipped:
            made = Manifest.read(zipped, file.name)
            _require_fitting(house, made)
            migrations.upgrade(house.database)
            _files(house, zipped, file.name)
            with house.database.rebuild() as connection, _without_foreign_keys(connection):
                _require_empty(connection)
                for whole in archive.whole_tables():
                    _table(connection, zipped, whole, made.tables[whole.name], file.name)
                _require_same(connection, made)
    except (BadZipFile, OSError, EOFError) as error:
        raise ArchiveDamaged(file=file.name, what=type(error).__name__) from error
    return made


def _require_fitting(house: House, made: Manifest) -> None:
    if made.schema != migrations.head() or set(made.tables) != {each.name for each in archive.whole_tables()}:
        raise SchemaNotCurrent(found=made.schema, wanted=migrations.head())
    _require_key(house.world.vault, made)


def _require_key(vault: Vault, made: Manifest) -> None:
    try:
        known = vault.open_text(bytes.fromhex(made.key_check)) == KEY_WORD
    except SealBroken:
        known = False
    if not known:
        raise WrongKey()


def _require_empty(connection: Connection) -> None:
    for whole in archive.whole_tables():
        if connection.execute(select(whole.c[archive.row_order(whole)[0]]).limit(1)).first():
            raise NotEmpty(table=whole.name)


def _files(house: House, zipped: ZipFile, name: str) -> None:
    """Before the rows that name them; each is opened with the key, so that a damaged one shows now."""
    for member in zipped.namelist():
        if member.startswith(archive.FILES):
            digest = PurePosixPath(member).name
            data = house.world.vault.open(zipped.read(member), about=f"file:{digest}")
            if house.world.files.put(data).sha256 != digest:
                raise ArchiveDamaged(file=name, what=digest[:12])


def _table(connection: Connection, zipped: ZipFile, whole: Table, told: TableSum, name: str) -> None:
    held = archive.plain(whole)
    if set(told.columns) != set(held.columns.keys()):
        raise ArchiveDamaged(file=name, what=whole.name)
    digest = hashlib.sha256()
    with zipped.open(archive.member(whole.name)) as member:
        rows = archive.load_rows(_noted(member, digest), told.columns)
        while batch := list(islice(rows, _BATCH)):
            connection.execute(insert(held), batch)
    if digest.hexdigest() != told.sha256:
        raise ArchiveDamaged(file=name, what=whole.name)
    _count_on(connection, whole)


def _noted(lines: Iterable[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for line in lines:
        digest.update(line)
        yield line


def _count_on(connection: Connection, whole: Table) -> None:
    """PostgreSQL numbers the next row after the highest that was put back; SQLite does so by itself."""
    counted = whole.autoincrement_column
    if connection.dialect.name != "postgresql" or counted is None:
        return
    highest = connection.scalar(select(func.max(counted)))
    sequence = connection.scalar(select(func.pg_get_serial_sequence(whole.name, counted.name)))
    if highest is not None and sequence is not None:
        connection.execute(select(func.setval(sequence, highest)))


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Rows may point at rows that come later; that all arrive is checked when the keys are put back.

    On SQLite :meth:`company.database.Database.rebuild` does both.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    keys = connection.execute(_FOREIGN_KEYS).all()
    for table, name, _said in keys:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield
    for table, name, said in keys:
        connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {said}"))


def _require_same(connection: Connection, made: Manifest) -> None:
    with Session(connection) as session:
        for name, told in made.tables.items():
            rows = session.scalar(select(func.count()).select_from(Base.metadata.tables[name]))
            if rows != told.rows:
                raise NotTheSame(what=f"表 {name} 的行数", what_en=f"number of rows of {name}")
        entries, digest = made.audit
        anchor = Head(entries, bytes.fromhex(digest)) if entries else None
        if not audit.verify(session, anchor=anchor).intact:
            raise NotTheSame(what="审计链", what_en="audit chain")
        if balance_of(session) != made.balance:
            raise NotTheSame(what="试算平衡表", what_en="trial balance")
