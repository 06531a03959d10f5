"""The fixtures themselves: the databases and the browser the other tests rely on are real."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect
from postgresql_server import PREFIX, sweep
from sqlalchemy import create_engine, text
from surroundings import forget_settings

OWNER = """
import sys, time
from postgresql_server import PostgresqlServer
server = PostgresqlServer()
print(server.folder, server._process.pid, flush=True)
time.sleep(600)
"""


def test_a_database_of_either_kind_keeps_what_is_written(database_url: str) -> None:
    engine = create_engine(database_url)

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE loan (loan_no TEXT PRIMARY KEY, principal_fen BIGINT)"))
        connection.execute(text("INSERT INTO loan VALUES ('CY-1', 10000000)"))

    with engine.connect() as connection:
        assert connection.execute(text("SELECT principal_fen FROM loan")).scalar_one() == 10_000_000
    engine.dispose()


def test_postgresql_is_version_18_and_speaks_utf8(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)

    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version")).scalar_one()
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    engine.dispose()

    assert version.startswith("18")
    assert encoding == "UTF8"


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_database_of_its_own(postgresql_url: str, turn: int) -> None:
    engine = create_engine(postgresql_url)

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE only_mine (id INT)"))
        tables = connection.execute(text("SELECT count(*) FROM pg_stat_user_tables")).scalar_one()
    engine.dispose()

    assert tables == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_the_server_ends_with_its_owner_even_when_the_owner_is_killed(postgresql_folder: str) -> None:
    support = str(Path(__file__).parent / "support")
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        env=os.environ | {"PYTHONPATH": support},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    folder, pid = owner.stdout.readline().split()
    psycopg.connect(host=folder, user="postgres", dbname="postgres").close()

    owner.send_signal(signal.SIGKILL)
    owner.wait()

    # The kernel has told the server; it answers until it has closed its socket.
    for _ in range(600):
        if not Path(f"/proc/{pid}").exists() or "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
            break
        subprocess.run(["sleep", "0.05"], check=True)
    else:
        pytest.fail("the server has outlived its owner by 30 seconds")
    sweep(Path(folder).parent)
    assert not Path(folder).exists()
    assert Path(folder).name.startswith(PREFIX)
    assert Path(postgresql_folder).exists(), "the sweep must not touch a server that has an owner"


def test_the_browser_draws_a_page_and_answers_a_click(page: Page) -> None:
    page.set_content("""<button onclick="this.textContent = '已受理'">受理</button>""")

    page.get_by_role("button", name="受理").click()

    assert page.get_by_role("button").inner_text() == "已受理"
    assert page.evaluate("innerWidth") == 1440


def test_the_phone_is_narrow_has_touch_and_speaks_chinese(phone_page: Page) -> None:
    phone_page.set_content("""
        <meta name=viewport content="width=device-width">
        <button onpointerdown="this.textContent = event.pointerType">签收</button>
    """)

    phone_page.get_by_role("button").tap()

    expect(phone_page.get_by_role("button")).to_have_text("touch")
    assert phone_page.evaluate("innerWidth") == 390
    assert phone_page.evaluate("navigator.language") == "zh-CN"


def test_the_settings_of_whoever_runs_the_tests_do_not_reach_them() -> None:
    environment = {
        "DATABASE_URL": "postgresql://production/cheliu",
        "CHELIU_HOME": "/srv/cheliu",
        "CHELIU_CHROMIUM": "/opt/chromium",
        "PATH": "/usr/bin",
    }

    forget_settings(environment)

    assert environment == {"CHELIU_CHROMIUM": "/opt/chromium", "PATH": "/usr/bin"}
    assert "DATABASE_URL" not in os.environ
