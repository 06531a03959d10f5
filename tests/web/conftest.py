"""The demo company behind the real pages, on SQLite."""

import pytest
from web_house import WebHouse


@pytest.fixture
def house(sqlite_url, tmp_path):
    """A freshly founded company with its pages."""
    made = WebHouse(sqlite_url, tmp_path)
    yield made
    made.database.close()
