"""Work of the poll that failed: it waits longer each time, its reason stays, an administrator is told once.

The poll does one row at a time, each in a transaction of its own. One that fails is written down here by its kind and
key and passed over until it is due again, so that it neither holds up the others nor keeps the worker busy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Index, Select, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import audit, outbox
from company.database import IDS_END, Base, Instant, Tagged
from company.messages import Refusal
from company.people import Actor

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
TOLD_TO = "admin"
TEMPLATE = "work_postponed"


class PostponedUnknown(Refusal):
    """The work has been done meanwhile."""

    code = "postponed_unknown"
    zh = "待重试的后台工作 {work_id} 不存在或已完成。"
    en = "There is no postponed work {work_id}; it may be done meanwhile."


class PostponedWork(Base):
    """One piece of work that failed and is tried again from ``due_at`` on; gone once it is done.

    ``cause`` is the refusal's code or the error's class, ``reason`` a sentence by language without personal numbers.
    """

    __tablename__ = "postponed_work"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_postponed_work_due", "kind", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    cause: Mapped[str] = mapped_column(String(80))
    reason: Mapped[dict[str, str]] = mapped_column(Tagged)
    attempts: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)


def waiting(kind: str, now: datetime | BindParameter[datetime]) -> Select[str]:
    """The keys of a kind of work that are not to be tried yet, for a query that looks for what is due."""
    return select(PostponedWork.key).where(PostponedWork.kind == kind, PostponedWork.due_at > now)


def due(kind: str, now: datetime | BindParameter[datetime]) -> Select[str]:
    """The keys of a kind of work that failed and is to be tried again."""
    return select(PostponedWork.key).where(PostponedWork.kind == kind, PostponedWork.due_at <= now)


def moot(kind: str, now: datetime | BindParameter[datetime], still: Select[str]) -> Select[int]:
    """The ids of a kind of work that is to be tried again and is no longer due: its key is not among ``still``."""
    work = PostponedWork
    return select(work.id).where(work.kind == kind, work.due_at <= now, work.key.not_in(still))


def known(kind: str, key: str) -> Select[int]:
    """The id of what is written down of a piece of work, if it has failed."""
    return select(PostponedWork.id).where(PostponedWork.kind == kind, PostponedWork.key == key)


def wait_after(attempts: int) -> timedelta:
    """How long work waits that has failed so many times: a minute, doubled each time, an hour at most.

    >>> [wait_after(attempts).seconds // 60 for attempts in (1, 2, 3, 6, 7, 100)]
    [1, 2, 4, 32, 60, 60]
    """
    return min(FIRST_WAIT * (1 << min(attempts - 1, 10)), LONGEST_WAIT)


def postpone(
    session: Session,
    kind: str,
    key: str,
    *,
    cause: str,
    reason: Mapping[str, str],
    now: datetime,
    quietly: bool = False,
) -> PostponedWork:
    """Write down that work failed and let it wait; the administrators are told the first time it is not ``quietly``."""
    found = session.scalar(_of(kind, key).with_for_update())
    if found is None:
        found = PostponedWork(kind=kind, key=key, attempts=0, first_at=now)
        session.add(found)
    found.attempts += 1
    found.cause, found.reason = cause[:80], dict(reason)
    found.last_at, found.due_at = now, now + wait_after(found.attempts)
    session.flush()
    if not quietly:  # once: the key is the same until the work is done, and no later failure has it again
        told = {"template": TEMPLATE, "role_id": TOLD_TO, "kind": kind, "key": key}
        outbox.put(session, "notify", f"{TEMPLATE}:{kind}:{key}:{found.first_at.isoformat()}", told, now)
    return found


def done(session: Session, kind: str, key: str) -> None:
    """The work is done: nothing of it waits any more."""
    gone = delete(PostponedWork).where(PostponedWork.kind == kind, PostponedWork.key == key)
    session.execute(gone, execution_options={"synchronize_session": False})


def strike_off(session: Session, work_ids: Collection[int]) -> int:
    """Nothing waits any more of these; returns how many there were."""
    gone = delete(PostponedWork).where(PostponedWork.id.in_(work_ids)).returning(PostponedWork.id)
    return len(session.execute(gone, execution_options={"synchronize_session": False}).all())


def listed(session: Session, limit: int) -> list[PostponedWork]:
    """What waits, the latest failure first."""
    asked = select(PostponedWork).order_by(PostponedWork.last_at.desc(), PostponedWork.id.desc())
    return list(session.scalars(asked.limit(limit)))


def count(session: Session, *, without: str = "") -> int:
    """How much waits, but for what has the cause ``without``."""
    asked = select(func.count(PostponedWork.id)).where(PostponedWork.cause != without)
    return session.scalar(asked) or 0


def retry(session: Session, work_id: int, *, actor: Actor, now: datetime) -> PostponedWork:
    """Let the next poll try it at once; :class:`PostponedUnknown` if it is done."""
    asked = select(PostponedWork).where(PostponedWork.id == work_id).with_for_update()
    found = session.scalar(asked) if 0 < work_id < IDS_END else None
    if found is None:
        raise PostponedUnknown(work_id=work_id)
    found.due_at = now
    audit.record(
        session, now, actor, "postponed_work.retry", "postponed_work", found.id, after={"key": found.key}
    )
    session.flush()
    return found


def _of(kind: str, key: str) -> Select[PostponedWork]:
    return select(PostponedWork).where(PostponedWork.kind == kind, PostponedWork.key == key)
