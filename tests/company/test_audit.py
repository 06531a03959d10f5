"""The trail: complete, in order, and telling when touched."""

import threading
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from company import audit, outbox
from company.audit import AuditEntry
from company.database import Base, Database
from company.people import SYSTEM

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)


def note(session: Session, action: str, **after: Any) -> None:
    audit.record(session, NOW, SYSTEM, action, "application", "APP-310115-2026-000001", after=after or None)


def filled(database: Database, count: int) -> audit.Head:
    with database.write() as session:
        for number in range(count):
            note(session, f"act_{number}", amount=Decimal("100000.00"), on=date(2026, 9, 1))
    with database.read() as session:
        found = audit.head(session)
    assert found is not None
    return found


def checked(database: Database, anchor: audit.Head | None = None) -> audit.Verification:
    with database.read() as session:
        return audit.verify(session, anchor=anchor)


def test_an_empty_trail_is_intact(empty: Database) -> None:
    assert checked(empty) == audit.Verification(0, None, ())


def test_entries_of_one_and_of_several_commands_form_one_chain(empty: Database) -> None:
    filled(empty, 3)
    head = filled(empty, 2)

    assert checked(empty) == audit.Verification(5, head, ())


def test_what_a_command_noted_is_dropped_with_it_and_with_the_savepoint_it_was_noted_in(
    empty: Database,
) -> None:
    with suppress(KeyError), empty.write() as session:
        note(session, "lost")
        raise KeyError
    with empty.write() as session:
        note(session, "first")
        with session.begin_nested():
            note(session, "inside")
            with suppress(KeyError), session.begin_nested():
                note(session, "lost_inside")
                raise KeyError
        with suppress(KeyError), session.begin_nested():
            with session.begin_nested():
                note(session, "lost_although_released")
            raise KeyError
        note(session, "last")

    with empty.read() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["first", "inside", "last"]
    assert checked(empty).intact


@pytest.mark.parametrize(
    ("column", "forged"),
    [
        ("action", "another"),
        ("actor_name", "somebody"),
        ("actor_id", 7),
        ("on_behalf_of", 7),
        ("object_id", "APP-310115-2026-000002"),
        ("object_type", "loan"),
        ("remote", "192.0.2.1"),
        ("at", NOW.replace(second=1)),
        ("before", {"amount": Decimal("1")}),
        ("after", {"amount": Decimal("100000.01"), "on": date(2026, 9, 1)}),
        ("after", None),
    ],
)
def test_no_field_can_be_changed_unseen(empty: Database, column: str, forged: object) -> None:
    filled(empty, 4)

    with empty.write() as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == 2).values({column: forged}))

    assert checked(empty).broken == (2,)


def test_a_removed_row_shows_at_the_next_one(empty: Database) -> None:
    filled(empty, 4)

    with empty.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.id == 2))

    assert checked(empty).broken == (3,)


def test_an_entry_forged_with_its_own_hash_breaks_the_link_to_the_next(empty: Database) -> None:
    filled(empty, 4)

    with empty.write() as session:
        entry = session.get_one(AuditEntry, 2)
        entry.action = "another"
        entry.hash = audit._digest(entry)

    assert checked(empty).broken == (3,)


def test_a_cut_end_shows_to_who_kept_the_head(empty: Database) -> None:
    kept = filled(empty, 4)

    with empty.write() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.id > 2))

    assert checked(empty).intact
    assert checked(empty, anchor=kept).broken == (4,)


def test_an_earlier_head_stays_a_link_of_the_grown_chain(empty: Database) -> None:
    kept = filled(empty, 2)
    filled(empty, 2)

    assert checked(empty, anchor=kept).intact


def test_many_at_once_write_one_chain_without_a_gap(empty: Database) -> None:
    threads = [threading.Thread(target=filled, args=(empty, 2)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = checked(empty)
    assert found.intact
    assert found.entries == 16


def test_a_command_that_waits_for_another_does_not_hold_the_end_of_the_chain(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        message = outbox.put(session, "notify", "k", {}, NOW)
    noted = threading.Event()

    def second() -> None:
        with database.write() as session:
            note(session, "second")
            noted.set()
            outbox.postpone(session, message.id, NOW)  # waits here for the first

    with database.write() as session:
        outbox.postpone(session, message.id, NOW)
        waiting = threading.Thread(target=second)
        waiting.start()
        assert noted.wait(10)
        note(session, "first")
    waiting.join()

    with database.read() as session:
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all() == ["first", "second"]
        assert session.get_one(outbox.OutboxMessage, message.id).attempts == 2
    database.close()


def test_what_could_not_be_kept_exactly_is_refused_where_it_is_noted(empty: Database) -> None:
    with pytest.raises(TypeError), empty.write() as session:
        note(session, "act", rate=0.0588)

    assert checked(empty).entries == 0


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=20)
    | st.dates()
    | st.decimals(allow_nan=False, allow_infinity=False, places=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(after=st.dictionaries(st.sampled_from(["amount", "reason", "votes"]), values, max_size=3))
def test_whatever_is_noted_verifies_when_read_back(empty: Database, after: dict[str, Any]) -> None:
    with empty.write() as session:
        audit.record(session, NOW, SYSTEM, "act", "loan", 1, before=after, after=after)

    assert checked(empty).intact
