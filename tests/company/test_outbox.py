"""The outbox: written with the command, carried out once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from company import outbox
from company.database import Base, Database
from company.outbox import OutboxKeyTaken, OutboxMessage

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
START = {"process_id": "contract_signing", "business_key": "APP-1"}


def keys_due(database: Database, now: datetime) -> list[str]:
    with database.read() as session:
        return [message.key for message in outbox.due(session, now, 10)]


def test_the_same_message_put_twice_is_one_message(empty: Database) -> None:
    for _ in range(2):
        with empty.write() as session:
            first = outbox.put(session, "start_process", "sign:APP-1", START, NOW)
            assert outbox.put(session, "start_process", "sign:APP-1", START, NOW).id == first.id

    with empty.read() as session:
        assert session.scalars(select(OutboxMessage.payload)).all() == [START]


def test_the_same_key_with_other_contents_is_refused(empty: Database) -> None:
    with empty.write() as session:
        outbox.put(session, "start_process", "sign:APP-1", START, NOW)
        with pytest.raises(OutboxKeyTaken, match="sign:APP-1"):
            outbox.put(session, "start_process", "sign:APP-1", START | {"process_id": "disbursement"}, NOW)
        with pytest.raises(OutboxKeyTaken):
            outbox.put(session, "notify", "sign:APP-1", START, NOW)


def test_a_message_of_a_command_that_failed_was_never_written(empty: Database) -> None:
    def command() -> None:
        with empty.write() as session:
            outbox.put(session, "start_process", "sign:APP-1", START, NOW)
            raise KeyError

    with pytest.raises(KeyError):
        command()

    assert keys_due(empty, NOW) == []


def test_messages_come_when_due_in_order_and_not_again_when_done(empty: Database) -> None:
    with empty.write() as session:
        outbox.put(session, "notify", "later", {}, NOW, due_at=NOW + timedelta(hours=1))
        outbox.put(session, "notify", "first", {}, NOW)
        outbox.put(session, "notify", "second", {}, NOW)

    assert keys_due(empty, NOW) == ["first", "second"]
    with empty.write() as session:
        outbox.done(session, outbox.due(session, NOW, 1)[0], NOW)
    assert keys_due(empty, NOW) == ["second"]
    assert keys_due(empty, NOW + timedelta(hours=1)) == ["second", "later"]


def test_a_failed_attempt_waits_longer_each_time(empty: Database) -> None:
    with empty.write() as session:
        message_id = outbox.put(session, "notify", "k", {}, NOW).id

    waited = []
    for attempt in range(1, 5):
        with empty.write() as session:
            assert outbox.postpone(session, message_id, NOW) == attempt
            waited.append(session.get_one(OutboxMessage, message_id).due_at - NOW)

    assert waited == [timedelta(minutes=minutes) for minutes in (1, 5, 30, 30)]
    assert keys_due(empty, NOW) == []


def test_two_workers_on_postgresql_never_hold_the_same_message(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        message_id = outbox.put(session, "notify", "k", {}, NOW).id

    elsewhere = Database(postgresql_url)
    with database.write() as one, elsewhere.write() as other:
        first, second = outbox.take(one, message_id), outbox.take(other, message_id)

    assert first is not None
    assert second is None
    database.close()
