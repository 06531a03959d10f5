"""A backup from the command line: what it is, where it may not go, and that a damaged one leaves nothing behind."""

from __future__ import annotations

import stat
from pathlib import Path
from zipfile import ZipFile

import orjson
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from cheliu.archive import MANIFEST, member, whole_tables
from cheliu.command import main
from company import audit
from company.database import Database
from company.people import Employee

KEY = "the-key-of-a-company-that-is-backed-up"


class Place:
    """An installation of its own below a folder."""

    def __init__(self, home: Path, key: str = KEY) -> None:
        home.mkdir()
        self.url = f"sqlite:///{home}/cheliu.db"
        self._environment = {"CHELIU_HOME": str(home), "CHELIU_SECRET_KEY": key, "DATABASE_URL": self.url}

    def run(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], env=self._environment)

    def holds_nothing(self) -> bool:
        database = Database(self.url)
        with database.engine.connect() as connection:
            counts = [
                connection.scalar(select(func.count()).select_from(each))
                if connection.dialect.has_table(connection, each.name)
                else 0
                for each in whole_tables()
            ]
        database.close()
        return not any(counts)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A company that was just founded."""
    founded = Place(tmp_path_factory.mktemp("company") / "home")
    assert founded.run("demo", "--without-cases").exit_code == 0
    return founded


@pytest.fixture(scope="module")
def kept(company: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup."""
    place = tmp_path_factory.mktemp("backups") / "kept.zip"
    made = company.run("backup", place)
    assert made.exit_code == 0, made.output
    return place


def rewritten(kept: Path, place: Path, name: str, change) -> Path:
    """The backup with one member changed, well packed."""
    with ZipFile(kept) as old, ZipFile(place, "w") as new:
        for each in old.namelist():
            data = old.read(each)
            new.writestr(each, change(data) if each == name else data)
    return place


def test_a_company_comes_back_with_its_people_and_its_audit_chain_and_is_mixed_with_nothing(
    kept: Path, tmp_path: Path
) -> None:
    place = Place(tmp_path / "home")

    done, again = place.run("restore", kept), place.run("restore", kept)

    assert done.exit_code == 0, done.output
    assert again.exit_code == 1
    assert "空库" in again.output
    database = Database(place.url)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Employee)) > 10
        checked = audit.verify(session)
    database.close()
    assert checked.intact
    assert f"audit chain {checked.entries:,}" in done.output


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(company: Place, kept: Path) -> None:
    before = kept.read_bytes()

    again = company.run("backup", kept)

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert again.exit_code == 1
    assert "已存在" in again.output
    assert kept.read_bytes() == before
    assert [each.name for each in kept.parent.iterdir()] == [kept.name]


def test_a_backup_asks_for_its_own_key_before_anything_is_written(kept: Path, tmp_path: Path) -> None:
    place = Place(tmp_path / "home", key="another-key-that-is-long-enough-to-be-one")

    refused = place.run("restore", kept)

    assert refused.exit_code == 1
    assert "secret.key" in refused.output
    assert place.holds_nothing()


def _cut(kept: Path, place: Path) -> Path:
    place.write_bytes(kept.read_bytes()[:-2000])
    return place


def _of_manifest(**changes: object):
    def change(data: bytes) -> bytes:
        return orjson.dumps(orjson.loads(data) | changes)

    return lambda kept, place: rewritten(kept, place, MANIFEST, change)


def _in_table(name: str, old: bytes, new: bytes):
    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new)

    return lambda kept, place: rewritten(kept, place, member(name), change)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut, "BadZipFile"),
        (_in_table("employee", b"front_desk", b"front_desc"), "employee"),
        (_of_manifest(format=2), "format"),
        (_of_manifest(tables=None), MANIFEST),
        (_of_manifest(schema="0001"), "cheliu migrate"),
        (_of_manifest(balance={"1002": ["1.00", "0.00"]}), "试算平衡表"),
        (_of_manifest(audit=[1, "00" * 32]), "审计链"),
    ],
    ids=["cut", "a row", "format", "tables", "schema", "balance", "audit"],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    kept: Path, tmp_path: Path, damage, said: str
) -> None:
    place = Place(tmp_path / "home")

    refused = place.run("restore", damage(kept, tmp_path / "damaged.zip"))

    assert refused.exit_code == 1
    assert said in refused.output
    assert place.holds_nothing()
