"""Who may touch the positions of loans: events share them, a day-end takes them alone while it posts.

On SQLite the one writer at a time is enough; on PostgreSQL advisory locks of the database do it, and end with the
connection of a process that is killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from company.database import Database

_POSITIONS = 0x706F7369  # any numbers, the same in every process
_DAY_END = 0x64617965


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
