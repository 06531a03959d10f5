"""A house on each database, and on SQLite alone where the database makes no difference."""

import pytest
from engine_house import House, found_company
from laid_out import fixtures

from engine.topics import Topics

sqlite_url, postgresql_url = fixtures(found_company)


@pytest.fixture
def topics():
    return Topics()


@pytest.fixture
def house(database_url, topics):
    built = House(database_url, topics)
    yield built
    built.database.close()
