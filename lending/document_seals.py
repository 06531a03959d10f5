"""Whether documents and photos are still those that were brought: what each was is an entry of the audit chain.

The entry is written with the row, in one transaction, and holds the hash of the content: the chain that shows a changed
audit log shows a changed, exchanged or vanished document as well, and needs no second one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit
from company.audit import AuditEntry
from company.files import FileMissing, FileStore
from company.people import SYSTEM
from company.vault import SealBroken

KEPT = "document.keep"


@dataclass(frozen=True)
class Kept:
    """One document or photo: type and id of its row, case, kind, version and hash of its content."""

    object_type: str
    object_id: int
    business_key: str
    kind: str
    version: int
    sha256: str

    @property
    def facts(self) -> dict[str, object]:
        """What its entry holds."""
        return {
            "business_key": self.business_key,
            "kind": self.kind,
            "version": self.version,
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class Found:
    """What a check found, as names of rows ("document 12") and files; ``older``: kept before there were entries."""

    checked: int
    older: int
    altered: tuple[str, ...]
    missing: tuple[str, ...]
    damaged: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether everything is as it was brought."""
        return not (self.altered or self.missing or self.damaged)


def seal(session: Session, kept: Kept, *, by: int | None, now: datetime) -> None:
    """Write into the audit chain what was brought, and by whom."""
    facts = {**kept.facts, "by": by}
    audit.record(session, now, SYSTEM, KEPT, kept.object_type, kept.object_id, after=facts)


def verify(session: Session, rows: Iterator[Kept], files: FileStore | None = None) -> Found:
    """Hold rows against their entries, and with ``files`` the contents against their hashes."""
    sealed: dict[tuple[str, str], dict[str, object]] = {}
    entries = select(AuditEntry).where(AuditEntry.action == KEPT).order_by(AuditEntry.id)
    for entry in session.scalars(entries.execution_options(yield_per=1000)):
        sealed[entry.object_type, entry.object_id] = entry.after or {}
    first = {kind: min(int(number) for of, number in sealed if of == kind) for kind, _number in sealed}
    altered, contents, checked, older = [], set(), 0, 0
    for row in rows:
        entry_facts = sealed.pop((row.object_type, str(row.object_id)), None)
        checked += 1
        contents.add(row.sha256)
        if entry_facts is None and row.object_id < first.get(row.object_type, row.object_id + 1):
            older += 1
        elif entry_facts is None or any(entry_facts.get(name) != value for name, value in row.facts.items()):
            altered.append(f"{row.object_type} {row.object_id}")
    missing = [f"{kind} {number}" for kind, number in sealed]
    damaged = [sha256 for sha256 in sorted(contents) if files is not None and not _is_whole(files, sha256)]
    return Found(checked, older, tuple(altered), tuple(missing), tuple(damaged))


def _is_whole(files: FileStore, sha256: str) -> bool:
    try:
        files.read(sha256)
    except (FileMissing, SealBroken):
        return False
    return True
