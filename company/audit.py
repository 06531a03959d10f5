"""The audit trail: who did what to what, when and from where, before and after, in one chain of hashes.

The chain makes tampering evident: changing, removing or reordering a row breaks the link to the next. Cutting off the
end, or rewriting all of it, shows only to who kept an earlier head: :func:`head` gives it, :func:`verify` compares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String, event, insert, select, text
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from company import tagged
from company.database import Base, Instant, Tagged
from company.people.actors import Actor

GENESIS = bytes(32)
_ADVISORY_LOCK = 0x63686C61  # any number, the same in every process
REASON_MAX = 400
_PENDING, _MARKS = "audit_pending", "audit_marks"


class AuditEntry(Base):
    """One act. ``before`` and ``after`` hold ids, answers and references, never a clear sensitive value."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor_name: Mapped[str] = mapped_column(String(64))
    on_behalf_of: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(80))
    before: Mapped[dict[str, object] | None] = mapped_column(Tagged)
    after: Mapped[dict[str, object] | None] = mapped_column(Tagged)
    remote: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(REASON_MAX))
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)


@dataclass(frozen=True)
class Head:
    """The last entry of the chain: keep it elsewhere, and a cut or rewritten chain shows."""

    entry_id: int
    hash: bytes


@dataclass(frozen=True)
class Verification:
    """What :func:`verify` found: how many entries, the head, and the ids at which the chain breaks."""

    entries: int
    head: Head | None
    broken: tuple[int, ...]

    @property
    def intact(self) -> bool:
        """Whether no link is broken."""
        return not self.broken


def record(
    session: Session,
    clock_now: datetime,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str | int,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    remote: str | None = None,
    reason: str | None = None,
) -> None:
    """Note an act; it is chained and inserted as the last thing before the commit, or dropped with the command.

    Where it came from and the reason that was given are, unless told here, what the session knows of its command
    (``session.info``: ``remote`` and ``reason``). For whom it was done the actor says.

    So late because the chain has one end: on PostgreSQL the lock on it is held for two statements, not for a command.
    """
    row = {
        "at": clock_now,
        "actor_id": actor.employee_id,
        "actor_name": actor.username,
        "on_behalf_of": actor.on_behalf_of.employee_id if actor.on_behalf_of else None,
        "action": action,
        "object_type": object_type,
        "object_id": str(object_id),
        "before": None if before is None else dict(before),
        "after": None if after is None else dict(after),
        "remote": remote or session.info.get("remote"),
        "reason": (reason or session.info.get("reason") or "")[:REASON_MAX] or None,
    }
    content = _covered(list(row.values()))  # what cannot be stored is refused here, where it was written
    session.info.setdefault(_PENDING, []).append((row, content))


def is_told(session: Session) -> bool:
    """Whether the command of this session has noted any act so far."""
    return bool(session.info.get(_PENDING))


_TABLE = Base.metadata.tables[AuditEntry.__tablename__]
_HEAD = select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)


def head(session: Session) -> Head | None:
    """The end of the chain, None while it is empty."""
    row = session.execute(_HEAD).first()
    return None if row is None else Head(row[0], row[1])


def verify(session: Session, *, anchor: Head | None = None) -> Verification:
    """Walk the whole chain. ``anchor``: a head kept earlier, which must still be a link of it."""
    broken: list[int] = []
    previous = Head(0, GENESIS)
    entries = 0
    anchored = anchor is None
    for entry in session.scalars(
        select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)
    ):
        follows = entry.id == previous.entry_id + 1 and entry.previous_hash == previous.hash
        if not follows or entry.hash != _digest(entry):
            broken.append(entry.id)
        previous = Head(entry.id, entry.hash)
        anchored = anchored or previous == anchor
        entries += 1
    if anchor is not None and not anchored:
        broken.append(anchor.entry_id)
    return Verification(entries, previous if entries else None, tuple(broken))


def _content(entry: AuditEntry) -> bytes:
    """What the hash of an entry covers, in the order in which :func:`record` writes it."""
    return _covered(
        [
            entry.at,
            entry.actor_id,
            entry.actor_name,
            entry.on_behalf_of,
            entry.action,
            entry.object_type,
            entry.object_id,
            entry.before,
            entry.after,
            entry.remote,
            entry.reason,
        ]
    )


def _covered(values: list[object]) -> bytes:
    """The bytes of an entry; without a reason the same as before entries had one, so that old links still hold."""
    return tagged.dumps(values if values[-1] is not None else values[:-1])


def _digest(entry: AuditEntry) -> bytes:
    return _link(entry.id, entry.previous_hash, _content(entry))


def _link(entry_id: int, previous_hash: bytes, content: bytes) -> bytes:
    return hashlib.sha256(previous_hash + entry_id.to_bytes(8, "big") + content).digest()


@event.listens_for(Session, "before_commit")
def _chain(session: Session) -> None:
    pending: list[tuple[dict[str, object], bytes]] = session.info.get(_PENDING, [])
    if not pending or session.in_nested_transaction():
        return
    session.flush()  # take every other lock first: the chain's end is the last, so it can be part of no deadlock
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    last = head(session) or Head(0, GENESIS)
    rows = []
    for row, content in pending:
        entry_id = last.entry_id + 1
        digest = _link(entry_id, last.hash, content)
        rows.append({**row, "id": entry_id, "previous_hash": last.hash, "hash": digest})
        last = Head(entry_id, digest)
    session.connection().execute(insert(_TABLE), rows)
    _forget(session)


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(_MARKS, {})[transaction] = len(session.info.get(_PENDING, []))


@event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, transaction: SessionTransaction) -> None:
    mark = session.info.get(_MARKS, {}).pop(transaction, None)
    if mark is None:
        _forget(session)
    else:
        del session.info.get(_PENDING, [])[mark:]


def _forget(session: Session) -> None:
    session.info.pop(_PENDING, None)
    session.info.pop(_MARKS, None)
