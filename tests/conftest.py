"""Fixtures of all tests: a real database of either kind, and a real browser.

Nothing that needs PostgreSQL or a browser is skipped where CI=true: what is absent there is an error.
"""

import functools
import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from chromium import BrowserMissing, open_chromium
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from postgresql_server import PostgresqlMissing, PostgresqlServer, fresh_database
from sqlalchemy.util import LRUCache
from surroundings import forget_settings

from company import database
from company.people import credentials

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
PLACE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}

FAILURES = Path(__file__).parents[1] / "var" / "failures"

server_key = pytest.StashKey[PostgresqlServer | PostgresqlMissing]()


def pytest_configure() -> None:
    """Nothing outside a test decides how it ends: neither the environment nor how busy the machine is."""
    forget_settings(os.environ)
    hash_cheaply()
    commit_quickly()
    compile_once()
    settings.register_profile("cheliu", deadline=None, derandomize=os.environ.get("CI") == "true")
    settings.load_profile("cheliu")


def hash_cheaply() -> None:
    """Let passwords be hashed as always, at the smallest cost: no test's people need a tenth of a second each."""
    credentials._hasher = credentials.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    credentials._NOBODY = credentials.hash_password("nobody signs in with this")


def commit_quickly() -> None:
    """Let SQLite not wait for the disk in this process: losing the data of a test in a power cut is no loss."""
    prepare = database._prepare_sqlite

    @functools.wraps(prepare)
    def prepare_quickly(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    database._prepare_sqlite = prepare_quickly


class CompiledOnce(LRUCache[Any, Any]):
    """Compiled statements by all that makes them what they are but the dialect, which each database has anew."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


def compile_once() -> None:
    """Let the databases of this process share what SQLAlchemy has compiled: every test has one of its own."""
    create = database.create_engine
    caches: dict[str, CompiledOnce] = {}

    @functools.wraps(create)
    def create_sharing(*arguments: Any, **options: Any) -> Any:
        made = create(*arguments, **options)
        made._compiled_cache = caches.setdefault(made.dialect.name, CompiledOnce(2000))
        return made

    database.create_engine = create_sharing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser or PostgreSQL by the fixtures it asks for."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if "browser" in asked:
            item.add_marker(pytest.mark.browser)
        if "postgresql_folder" in asked:
            item.add_marker(pytest.mark.postgresql)


def absent(reason: object) -> NoReturn:
    """Skip, but where CI=true asks for every test, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, and yet: {reason}", pytrace=False)
    pytest.skip(str(reason))


def the_server(config: pytest.Config) -> PostgresqlServer | PostgresqlMissing:
    """The one server of this process, started when first asked for."""
    if server_key not in config.stash:
        try:
            config.stash[server_key] = PostgresqlServer()
        except PostgresqlMissing as missing:
            config.stash[server_key] = missing
    return config.stash[server_key]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under xdist the controller owns the server, so that it outlives every worker and ends with the run."""
    server = the_server(node.config)
    if isinstance(server, PostgresqlServer):
        node.workerinput["postgresql_folder"] = str(server.folder)
    else:
        node.workerinput["postgresql_missing"] = str(server)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server this process has started."""
    server = config.stash.get(server_key, None)
    if isinstance(server, PostgresqlServer):
        server.stop()


@pytest.fixture(scope="session")
def postgresql_folder(request: pytest.FixtureRequest) -> str:
    """The folder of the socket of a running PostgreSQL server."""
    given = getattr(request.config, "workerinput", None)
    if given is None:
        server = the_server(request.config)
        return str(server.folder) if isinstance(server, PostgresqlServer) else absent(server)
    if "postgresql_missing" in given:
        absent(given["postgresql_missing"])
    folder: str = given["postgresql_folder"]
    return folder


@pytest.fixture
def postgresql_url(postgresql_folder: str) -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    with fresh_database(postgresql_folder) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'cheliu.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database; a test that asks for it runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium that draws pages."""
    with sync_playwright() as playwright:
        try:
            chromium = open_chromium(playwright)
        except BrowserMissing as missing:
            absent(missing)
        yield chromium
        chromium.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the picture of the page a test has failed on, as var/failures/<test>.png."""
    report = yield
    used = getattr(item, "funcargs", {})
    page = used.get("page") or used.get("phone_page")
    if report.when == "call" and report.failed and page is not None:
        picture = FAILURES / (re.sub(r"[^\w.-]+", "_", item.nodeid)[-150:] + ".png")
        try:
            page.screenshot(path=picture, full_page=True, timeout=5_000)
            report.sections.append(("page", f"{page.url}\n{picture}"))
        except Error as error:
            report.sections.append(("page", f"no picture: {error.message}"))
    return report


def watched_page(context: BrowserContext) -> Iterator[Page]:
    """A page whose scripts must not fail: an uncaught error in one fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, f"uncaught errors in the page's scripts: {errors}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on a desk: 1440 x 900, Chinese, Shanghai time."""
    yield from watched_page(browser.new_context(**DESKTOP, **PLACE))


@pytest.fixture
def phone_page(browser: Browser) -> Iterator[Page]:
    """A page on a phone: 390 x 844, touch, Chinese, Shanghai time."""
    yield from watched_page(browser.new_context(**PHONE, **PLACE))
