"""Work that waits: a kind and key once, told once, due again later and later, gone when it is done."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from company import postponed
from company.database import Database
from company.outbox import OutboxMessage
from company.people import SYSTEM
from company.postponed import PostponedUnknown, PostponedWork

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
REASON = {"zh": "坏了", "en": "broken"}


def fail(database: Database, at: datetime, key: str = "HF-1", *, quietly: bool = False) -> int:
    with database.write() as session:
        facts = {"cause": "KeyError", "reason": REASON, "now": at, "quietly": quietly}
        return postponed.postpone(session, "callback_begin", key, **facts).id


def waiting(database: Database, at: datetime) -> list[str]:
    with database.read() as session:
        return list(session.scalars(postponed.waiting("callback_begin", at)))


def test_a_failure_is_kept_once_told_once_and_waits_longer_each_time(empty: Database) -> None:
    first = fail(empty, NOW)
    second = fail(empty, NOW + timedelta(minutes=1))
    fail(empty, NOW, "HF-2", quietly=True)

    with empty.read() as session:
        rows = {row.key: (row.attempts, row.due_at) for row in session.scalars(select(PostponedWork))}
        told = [row.payload["key"] for row in session.scalars(select(OutboxMessage))]
    assert first == second
    assert rows == {
        "HF-1": (2, NOW + timedelta(minutes=3)),
        "HF-2": (1, NOW + timedelta(minutes=1)),
    }
    assert told == ["HF-1"]
    assert waiting(empty, NOW + timedelta(minutes=2)) == ["HF-1"]


def times_told(database: Database) -> int:
    with database.read() as session:
        return len(list(session.scalars(select(OutboxMessage.id))))


def test_a_failure_that_was_quiet_at_first_is_told_once_it_is_none(empty: Database) -> None:
    fail(empty, NOW, quietly=True)
    at_first = times_told(empty)
    fail(empty, NOW + timedelta(minutes=1))
    fail(empty, NOW + timedelta(minutes=3))

    assert (at_first, times_told(empty)) == (0, 1)


def test_what_fails_again_after_it_was_done_is_told_again(empty: Database) -> None:
    fail(empty, NOW)
    with empty.write() as session:
        postponed.done(session, "callback_begin", "HF-1")
    fail(empty, NOW + timedelta(days=1))

    assert times_told(empty) == 2


def test_what_is_done_waits_no_more_and_cannot_be_retried(empty: Database) -> None:
    work_id = fail(empty, NOW)
    with empty.write() as session:
        postponed.retry(session, work_id, actor=SYSTEM, now=NOW)
    at_once = waiting(empty, NOW)
    with empty.write() as session:
        postponed.done(session, "callback_begin", "HF-1")

    assert at_once == []
    for unknown in (work_id, 2**70):
        with empty.write() as session, pytest.raises(PostponedUnknown):
            postponed.retry(session, unknown, actor=SYSTEM, now=NOW)
