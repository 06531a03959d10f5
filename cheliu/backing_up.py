"""``cheliu backup``: the whole company in one file, from one snapshot of the database, while it works."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from cheliu import archive
from cheliu.archive import ArchiveError, Manifest, TableSum
from cheliu.wiring import House
from company import audit, migrations
from lending import ledger

KEY_WORD = "cheliu backup"
_BATCH = 2000


class SchemaNotCurrent(ArchiveError):
    """The database stands at another revision than the program."""

    code = "schema_not_current"
    zh = "数据库结构为 {found}，程序要求 {wanted}。请先执行 cheliu migrate。"
    en = "The database stands at {found}, this program at {wanted}. Run cheliu migrate first."


class PlaceTaken(ArchiveError):
    """A backup never overwrites a file."""

    code = "place_taken"
    zh = "{file} 已存在，备份不会覆盖。请换一个文件名。"
    en = "{file} exists and is not overwritten. Give another name."


def back_up(house: House, place: Path) -> Manifest:
    """Write everything but the key to ``place``, readable by its owner alone; half a backup never bears that name.

    The files come after the snapshot: a file is written before the row that names it and never changes.
    """
    found, wanted = migrations.stands_at(house.database), migrations.head()
    if found != wanted:
        raise SchemaNotCurrent(found=found, wanted=wanted)
    if place.exists():
        raise PlaceTaken(file=place)
    half = place.with_name(f".{place.name}.half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with ZipFile(file, "w", ZIP_DEFLATED) as zipped:
                made = _written(house, zipped, str(wanted))
            file.flush()
            os.fsync(file.fileno())
        half.replace(place)
    finally:
        half.unlink(missing_ok=True)
    return made


def balance_of(session: Session) -> dict[str, tuple[str, str]]:
    """What every account has turned over since the first entry, debit and credit in yuan."""
    rows = ledger.trial_balance(session, date.max).rows
    return {row.account.code: (str(row.debit), str(row.credit)) for row in rows}


def _written(house: House, zipped: ZipFile, schema: str) -> Manifest:
    with house.database.read() as session:
        tables = {str(whole.name): _table(session, zipped, whole) for whole in archive.whole_tables()}
        end = audit.head(session)
        balance = balance_of(session)
    made = Manifest(
        made_at=house.clock.now().isoformat(timespec="seconds"),
        schema=schema,
        key_check=house.world.vault.seal(KEY_WORD).hex(),
        tables=tables,
        files=_files(house.settings.home / "files", zipped),
        audit=(0, "") if end is None else (end.entry_id, end.hash.hex()),
        balance=balance,
    )
    zipped.writestr(archive.MANIFEST, made.dumps())
    return made


def _table(session: Session, zipped: ZipFile, whole: Table) -> TableSum:
    held = archive.plain(whole)
    asked = select(*held.columns).order_by(*(held.c[name] for name in archive.row_order(whole)))
    digest, rows = hashlib.sha256(), 0
    with zipped.open(_member(archive.member(whole.name)), "w", force_zip64=True) as member:
        for row in session.execute(asked.execution_options(yield_per=_BATCH)):
            line = archive.dump_row(tuple(row))
            digest.update(line)
            member.write(line)
            rows += 1
    return TableSum(tuple(map(str, held.columns.keys())), rows, digest.hexdigest())


def _files(folder: Path, zipped: ZipFile) -> int:
    paths = list(_stored(folder))
    for path in paths:
        member = _member(f"{archive.FILES}{path.parent.name}/{path.name}", ZIP_STORED)
        zipped.writestr(member, path.read_bytes())
    return len(paths)


def _stored(folder: Path) -> Iterator[Path]:
    """The whole files of the store; what begins with a dot is still being written."""
    return (path for path in sorted(folder.glob("??/*")) if not path.name.startswith("."))


def _member(name: str, compression: int = ZIP_DEFLATED) -> ZipInfo:
    """A member without the hour it was written, so that two backups of the same books are alike."""
    member = ZipInfo(name)
    member.compress_type = compression
    return member
