"""Databases with all tables, empty or begun: laid out once a process, copied for every test.

Making a hundred tables costs half a second of work on either database, founding a company as much again, and thousands
of tests ask for them.
"""

import atexit
import functools
import importlib
import pkgutil
import shutil
import tempfile
from pathlib import Path

import pytest
from postgresql_server import administrator, copied_database, create_database
from sqlalchemy import create_engine

from company.database import Base, Database

ROOMS = ("company", "engine", "lending")


def nothing(database):
    """What a database holds that has tables only."""


def lay_out(url, begin=nothing):
    """Make every table of the product in an empty database, and write there what ``begin`` writes."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    database = Database(url)
    begin(database)
    database.close()


@functools.cache
def sqlite_template(begin=nothing):
    """A SQLite file with all tables and what ``begin`` writes, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="cheliu-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lay_out(f"sqlite:///{folder / 'template.db'}", begin)
    return folder / "template.db"


@functools.cache
def postgresql_template(folder, begin=nothing):
    """The URL of such a PostgreSQL database, to be copied; it goes with its server."""
    with administrator(folder) as connection:
        _name, url = create_database(connection, folder, "template1")
    lay_out(url, begin)
    return url


def sqlite(path, begin=nothing):
    """The URL of a new SQLite file with all tables and what ``begin`` writes."""
    shutil.copyfile(sqlite_template(begin), path)
    return f"sqlite:///{path}"


def fixtures(begin=nothing):
    """The fixtures sqlite_url and postgresql_url for tests that want all tables in place, and what ``begin`` writes."""

    @pytest.fixture
    def sqlite_url(tmp_path):
        """A SQLite file with all tables."""
        return sqlite(tmp_path / "cheliu.db", begin)

    @pytest.fixture
    def postgresql_url(postgresql_folder):
        """A PostgreSQL database with all tables."""
        with copied_database(postgresql_template(postgresql_folder, begin)) as url:
            yield url

    return sqlite_url, postgresql_url
