"""A house on each database, and on SQLite alone where the database makes no difference."""

import pytest
from engine_house import House

from engine.topics import Topics


@pytest.fixture
def topics():
    return Topics()


@pytest.fixture
def house(database_url, topics):
    built = House(database_url, topics)
    yield built
    built.database.close()
