"""The demo company behind the real pages, on SQLite."""

import pytest
from web_house import WebHouse


@pytest.fixture
def house(tmp_path):
    """A freshly founded company with its pages."""
    made = WebHouse(tmp_path / "cheliu.db", tmp_path)
    yield made
    made.close()
