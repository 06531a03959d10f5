"""A day-end spread over processes or workers on PostgreSQL: what it posts and keeps is what one process would."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest
from loan_book import FIRST_DUE, PAID_ON, at, check_exact, check_ties, posted
from postgresql_server import copied_database
from sqlalchemy import select

from cheliu.day_end import OverProcesses, means_of
from cheliu.day_end_workers import OverWorkers, messages
from cheliu.wiring import assemble
from company.clock import StandingClock
from company.database import Database
from company.settings import Settings
from lending.day_end.carrying import carry
from lending.day_end.tables import DayEndPart
from lending.life.positions import LoanDay


def kept(database):
    """Every row of the days, as values."""
    with database.read() as session:
        table = LoanDay.__table__
        return session.execute(select(table).order_by(table.c.day, table.c.loan_no)).all()


@contextmanager
def spread_over(way, house, carrier, folder):
    """The parts over two processes; by a worker of its own; or over workers of whom none listens."""
    if way == "processes":
        with OverProcesses(house, carrier, 2) as spread:
            yield spread
        return
    broker = f"sqla+sqlite:///{folder / 'broker.db'}"
    if way == "nobody":
        yield OverWorkers(house, carrier, messages(broker), patience_seconds=0.5)
        return
    surroundings = {
        **os.environ,
        "DATABASE_URL": house.settings.database_url,
        "CHELIU_HOME": str(house.settings.home),
        "CELERY_BROKER_URL": broker,
    }
    command = [sys.executable, "-m", "cheliu.command", "day-end-worker", "--concurrency", "2"]
    worker = subprocess.Popen(command, env=surroundings)
    try:
        # Longer than the test may take: had the worker done nothing, the day would not end.
        yield OverWorkers(house, carrier, messages(broker), patience_seconds=1000)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", ["processes", "worker", "nobody"])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_day_ends_the_same_however_its_parts_are_spread(book, database_url, tmp_path, way):
    with book.database.write() as session:
        for number in range(7):
            book.lend(session, number, PAID_ON, due_day=3 + number % 3)
        book.classifies = means_of(session).classifies
    book.loans_a_part = 3
    book.open(FIRST_DUE)
    book.database.close()
    with copied_database(database_url) as other:
        alone = replace(book, database=Database(other))
        alone.end(FIRST_DUE)
        surroundings = {"DATABASE_URL": database_url, "CHELIU_HOME": str(tmp_path / "home")}
        house = assemble(Settings.from_environment(surroundings), clock=StandingClock(at(FIRST_DUE)))
        carrier = book.carrier(FIRST_DUE)
        with spread_over(way, house, carrier, tmp_path) as spread:
            carry(carrier, FIRST_DUE, spread=spread)
        house.close()

        assert posted(book.database) == posted(alone.database)
        assert kept(book.database) == kept(alone.database)
        alone.database.close()
    with book.database.read() as session:
        assert check_exact(session, FIRST_DUE) == 8
        check_ties(session, FIRST_DUE)
        parts = session.scalars(select(DayEndPart)).all()
        assert len(parts) == 3 * 3 + 2
        assert all(part.done_at for part in parts)
