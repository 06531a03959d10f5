"""One command, one transaction: what a reader sees meanwhile, and what happens to two at once."""

import multiprocessing
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from company.database import Database, WriteInsideWrite


@pytest.fixture
def database(database_url):
    opened = Database(database_url)
    with opened.write() as session:
        session.execute(text("CREATE TABLE counted (n INTEGER)"))
        session.execute(text("INSERT INTO counted VALUES (0)"))
    yield opened
    opened.close()


def count(database):
    with database.read() as session:
        return session.execute(text("SELECT n FROM counted")).scalar_one()


def test_a_write_inside_a_write_is_refused_and_leaves_the_outer_one_to_decide(database):
    with database.write() as session:
        session.execute(text("UPDATE counted SET n = 1"))
        with pytest.raises(WriteInsideWrite), database.write():
            pass

    assert count(database) == 1
    with database.write() as session:  # the refusal has not locked anybody out
        session.execute(text("UPDATE counted SET n = 2"))
    assert count(database) == 2


def test_what_wakes_after_a_commit_may_write_itself(database):
    woken = []

    def listen():
        if not woken:
            woken.append(1)
            with database.write() as session:
                session.execute(text("UPDATE counted SET n = n + 10"))

    database.on_commit(listen)
    with database.write() as session:
        session.execute(text("UPDATE counted SET n = 1"))

    assert count(database) == 11


def test_a_reader_is_not_held_up_by_a_writer_and_sees_the_state_before(database):
    with database.write() as session:
        session.execute(text("UPDATE counted SET n = 1"))
        seen = []
        reader = threading.Thread(target=lambda: seen.append(count(database)))
        reader.start()
        reader.join(10)
        assert seen == [0]


def test_a_reader_sees_one_snapshot_whatever_is_written_meanwhile(database):
    with database.read() as reader:
        first = reader.execute(text("SELECT n FROM counted")).scalar_one()
        with database.write() as session:
            session.execute(text("UPDATE counted SET n = 5"))

        assert reader.execute(text("SELECT n FROM counted")).scalar_one() == first


def test_a_write_in_a_reading_session_is_refused_at_once(database):
    with pytest.raises(DBAPIError), database.read() as session:
        session.execute(text("UPDATE counted SET n = 9"))

    with database.write() as session:  # the connection comes back from the pool as one that may write
        session.execute(text("UPDATE counted SET n = n + 1"))
    assert count(database) == 1


def _add(url, times):
    database = Database(url)
    for _ in range(times):
        with database.write() as session:
            n = session.execute(text("SELECT n FROM counted")).scalar_one()
            session.execute(text("UPDATE counted SET n = :n"), {"n": n + 1})
    database.close()


def test_many_processes_that_read_and_write_lose_nothing_on_sqlite(sqlite_url):
    database = Database(sqlite_url)
    with database.write() as session:
        session.execute(text("CREATE TABLE counted (n INTEGER)"))
        session.execute(text("INSERT INTO counted VALUES (0)"))
    spawning = multiprocessing.get_context("spawn")
    writers = [spawning.Process(target=_add, args=(sqlite_url, 20)) for _ in range(4)]

    for each in writers:
        each.start()
    for each in writers:
        each.join(60)

    assert [each.exitcode for each in writers] == [0] * 4
    assert count(database) == 80
    database.close()


def add(database, n):
    with database.write() as session:
        session.execute(text("UPDATE counted SET n = n + :n"), {"n": n})


def add_and_fail(database, n):
    with database.write() as session:
        session.execute(text("UPDATE counted SET n = n + :n"), {"n": n})
        raise ValueError("no")


def add_twice_and_fail(database):
    add(database, 1)
    add_and_fail(database, 1)


def test_commands_together_see_each_other_and_nobody_else_sees_them_before_the_end(database):
    seen = []
    with database.together():
        assert database.is_together
        add(database, 1)
        add(database, 2)
        assert count(database) == 3
        outside = threading.Thread(target=lambda: seen.append((count(database), database.is_together)))
        outside.start()
        outside.join()

    assert seen == [(0, False)]
    assert not database.is_together
    assert count(database) == 3


def test_a_command_that_fails_among_others_takes_back_only_itself(database):
    with database.together():
        add(database, 1)
        with pytest.raises(ValueError, match="no"):
            add_and_fail(database, 100)
        add(database, 2)

    assert count(database) == 3


def test_commands_together_are_all_taken_back_by_what_ends_the_block(database):
    woken = []
    database.on_commit(lambda: woken.append(1))
    with pytest.raises(ValueError, match="no"), database.together():
        add_twice_and_fail(database)

    assert count(database) == 0
    assert woken == []
    add(database, 5)  # nobody is locked out
    assert count(database) == 5
    assert woken == [1]


def test_a_transaction_of_its_own_is_refused_among_commands_together(database):
    with database.together():
        with pytest.raises(WriteInsideWrite), database.rebuild():
            pass
        with pytest.raises(WriteInsideWrite), database.together():
            pass
        with database.write() as session:
            session.execute(text("UPDATE counted SET n = 1"))
            with pytest.raises(WriteInsideWrite), database.write():
                pass

    assert count(database) == 1
