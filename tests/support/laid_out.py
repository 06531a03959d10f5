"""Databases with all tables and no rows: laid out once a process, copied for every test.

Making a hundred tables costs half a second of work on either database, and thousands of tests ask for them.
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

from company.database import Base

ROOMS = ("company", "engine", "lending")


def lay_out(url):
    """Make every table of the product in an empty database."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()


@functools.cache
def sqlite_template():
    """A SQLite file with all tables, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="cheliu-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lay_out(f"sqlite:///{folder / 'template.db'}")
    return folder / "template.db"


@functools.cache
def postgresql_template(folder):
    """The URL of a PostgreSQL database with all tables, to be copied; it goes with its server."""
    with administrator(folder) as connection:
        _name, url = create_database(connection, folder, "template1")
    lay_out(url)
    return url


def sqlite(path):
    """The URL of a new SQLite file with all tables."""
    shutil.copyfile(sqlite_template(), path)
    return f"sqlite:///{path}"


def fixtures():
    """The fixtures sqlite_url and postgresql_url for a folder whose tests want all tables in place."""

    @pytest.fixture
    def sqlite_url(tmp_path):
        """A SQLite file with all tables."""
        return sqlite(tmp_path / "cheliu.db")

    @pytest.fixture
    def postgresql_url(postgresql_folder):
        """A PostgreSQL database with all tables."""
        with copied_database(postgresql_template(postgresql_folder)) as url:
            yield url

    return sqlite_url, postgresql_url
