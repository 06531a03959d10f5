"""What ``cheliu check-deployment`` finds open, and that a well-kept installation has nothing open."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from web_house import founded

from cheliu import deployment_checks
from cheliu.command import main
from cheliu.wiring import assemble
from company import database, migrations
from company.clock import SystemClock
from company.organisation import the_company
from company.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    shutil.copyfile(founded(), place / "cheliu.db")
    with closing(sqlite3.connect(place / "cheliu.db")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (migrations.head(),))
        connection.commit()
    return place


@pytest.fixture
def well_kept(home: Path, monkeypatch: pytest.MonkeyPatch):
    """A company of its own behind https, with a bank secret and parties that are spoken to encrypted."""
    # As in operation: each commit waits for the disk.
    monkeypatch.setattr(database, "_prepare_sqlite", database._prepare_sqlite.__wrapped__)
    settings = Settings.from_environment(
        {
            "CHELIU_HOME": str(home),
            "PUBLIC_URL": "https://cheliu.example",
            "BANK_URL": "https://bank.example",
            "BANK_SECRET": "s" * 32,
        }
    )
    house = assemble(settings, clock=SystemClock())
    with house.database.write() as session:
        the_company(session).is_demo = False
    yield house
    house.close()


def open_points(house, key: str = "") -> set[str]:
    return {each.asked for each in deployment_checks.run(house, key) if not each.holds}


@pytest.mark.feature("M-175")
def test_a_well_kept_installation_has_nothing_open_on_any_of_the_three_layers(well_kept):
    found = deployment_checks.run(well_kept, "")

    assert [each.asked for each in found if not each.holds] == []
    assert {each.layer.value for each in found} == {"network", "access", "encryption"}


@pytest.mark.feature("M-175")
def test_each_gap_is_named_with_its_remedy(well_kept, home):
    house = replace(
        well_kept,
        settings=replace(
            well_kept.settings,
            public_url="http://cheliu.example",
            host="0.0.0.0",
            bank_url="http://bank.example",
            secret_keys=(b"n" * 32, b"o" * 32),
            has_bank_secret=False,
        ),
    )
    (home / "secret.key").chmod(0o644)
    with house.database.write() as session:
        the_company(session).is_demo = True

    assert open_points(house) == {
        "people reach the pages by https",
        "the server listens inside only",
        "BANK_URL is spoken to encrypted",
        "no demo: its people share one password that everybody knows",
        "the key comes from the environment, or from a file for its owner alone",
        "no key waits to be taken out of use",
        "the bank signs with a secret of its own",
    }
    assert "the key comes from the environment, or from a file for its owner alone" not in open_points(
        house, "k" * 32
    )
    assert all(each.remedy for each in deployment_checks.run(house, ""))


def test_the_command_says_what_is_open_and_fails(home):
    environment = {
        "CHELIU_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home}/cheliu.db",
        "CHELIU_SECRET_KEY": "",
    }

    ran = CliRunner().invoke(main, ["check-deployment"], env=environment)
    verified = CliRunner().invoke(main, ["verify"], env=environment)
    anchored = CliRunner().invoke(main, ["verify", "--anchor", f"1:{'0' * 64}"], env=environment)

    assert ran.exit_code == 1
    assert "OPEN network    people reach the pages by https" in ran.output
    assert "→" in ran.output
    assert verified.exit_code == 0, verified.output
    assert "documents: 0" in verified.output
    assert anchored.exit_code == 1
