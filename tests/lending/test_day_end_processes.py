"""A day-end spread over processes of its own on PostgreSQL: what it posts and keeps is what one process would."""

from dataclasses import replace

import pytest
from loan_book import FIRST_DUE, PAID_ON, at, check_exact, check_ties, posted
from postgresql_server import copied_database
from sqlalchemy import select

from cheliu.day_end import OverProcesses, means_of
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


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_processes_end_a_day_as_one_does(book, database_url, tmp_path):
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
        with OverProcesses(house, carrier, 2) as spread:
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
