"""A whole installation for a story: server, simulated bank, travelling clock, each a process or a file of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from postgresql_server import _die_with_parent

from cheliu.demo.building import found_without_cases
from company import migrations
from company.clock import FileClock
from company.database import Base, Database
from company.settings import Settings

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 20
# A Tuesday, 9:00 in Shanghai: the first business day of the demo company.
MORNING = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
TODAY = "2026-09-01"
SECRET = "a-secret-of-the-journeys-of-no-other-use"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class NotServing(Exception):
    """A process of the installation did not come up; its output is in the message."""


class Installation:
    """A founded demo company without cases, ready to be started, killed and started again."""

    def __init__(self, home, database_url=None):
        self.home = Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.database_file = self.home / "cheliu.db" if database_url is None else None
        self.address = f"http://127.0.0.1:{free_port()}"
        self.bank_address = f"http://127.0.0.1:{free_port()}"
        self.clock = FileClock(self.home / "clock")
        self.clock.path.write_text(f"{(MORNING - datetime.now(UTC)).total_seconds():.0f}\n")
        self.log = self.home / "server.log"
        self.bank_log = self.home / "bank.log"
        self.environment = {
            "CHELIU_HOME": str(self.home),
            "CHELIU_SECRET_KEY": SECRET,
            "CHELIU_CLOCK_FILE": str(self.clock.path),
            "DATABASE_URL": database_url or f"sqlite:///{self.database_file}",
            "PORT": self.address.rpartition(":")[2],
            "PUBLIC_URL": self.address,
            "BANK_URL": self.bank_address,
        }
        self.server = self.bank = None

    def found(self):
        """Lay out the database and found the company."""
        settings = Settings.from_environment(self.environment)
        database = Database(settings.database_url)
        if migrations.head() is None:
            Base.metadata.create_all(database.engine)
        else:
            migrations.upgrade(database)
        database.close()
        found_without_cases(settings)

    def start(self, *arguments):
        """Start the server; returns when it answers."""
        self.server = self._run(self.log, "serve", *arguments)
        self._await(self.server, self.address, self.log)

    def start_bank(self):
        self.bank = self._run(self.bank_log, "sandbox", "--port", self.bank_address.rpartition(":")[2])
        self._await(self.bank, self.bank_address, self.bank_log)

    def kill(self):
        """End the server and all it has forked, as a power cut does."""
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def stop(self):
        """End what runs, politely first."""
        for process in (self.server, self.bank):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(STOP_SECONDS_MAX)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def travel(self, *, seconds=0, hours=0):
        """Let time pass for the whole installation."""
        self.clock.advance(timedelta(seconds=seconds, hours=hours))

    def _run(self, log, *command):
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "cheliu.command", *command],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def _await(self, process, address, log):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if requests.get(f"{address}/healthz", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise NotServing(f"{address} does not answer:\n{log.read_text()[-4000:]}")


@contextmanager
def running(home, database_url=None):
    """A founded installation with its server and its bank; ended afterwards."""
    installation = Installation(home, database_url)
    installation.found()
    try:
        installation.start_bank()
        installation.start()
        yield installation
    finally:
        installation.stop()
