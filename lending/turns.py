"""Who may touch the positions of loans: events share them, a day-end takes them alone while it posts.

On SQLite the one writer at a time is enough; on PostgreSQL advisory locks of the database do it, and end with the
connection of a process that is killed.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from company.database import Database
from lending.errors import LendingError

_POSITIONS = 0x706F7369  # any numbers, the same in every process
_DAY_END = 0x64617965


class DayEndRunning(LendingError):
    """One day-end runs at a time."""

    code = "day_end_running"
    zh = "另一个日终正在运行，请等待其结束。"
    en = "Another day-end is running; wait for it to end."


def share(session: Session) -> None:
    """Change the position of a loan until the transaction ends; waits for a day-end that posts."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _POSITIONS})


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Keep events off all positions inside the block, in every process."""
    if database.is_sqlite:
        yield
        return
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _POSITIONS})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _POSITIONS})
            connection.commit()


def is_anybody_alone(database: Database) -> bool:
    """Whether some process keeps events off all positions now (PostgreSQL)."""
    with database.engine.begin() as connection:
        free = connection.scalar(text("SELECT pg_try_advisory_xact_lock_shared(:key)"), {"key": _POSITIONS})
    return not free


@contextmanager
def one_day_end(database: Database) -> Iterator[None]:
    """Let no other day-end run on this database, in any process; :class:`DayEndRunning` at once if one does."""
    if database.is_sqlite:
        with Path(f"{database.url.database}.day-end").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as taken:
                raise DayEndRunning() from taken
            yield
        return
    with database.engine.connect() as connection:
        mine = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _DAY_END})
        connection.commit()
        if not mine:
            raise DayEndRunning()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _DAY_END})
            connection.commit()
