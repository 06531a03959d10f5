"""Real servers for the benchmarks: a PostgreSQL of our own, and the product's server with people signed in."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from company.settings import Settings

START_SECONDS_MAX = 60
TOO_MANY, TRY_AGAIN_SECONDS = 429, 5


@contextmanager
def database_url(kind: str, folder: Path) -> Iterator[str]:
    """A new SQLite file, or a new PostgreSQL server that keeps its promises of durability."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'benchmark.db'}"
        return
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))
    from postgresql_server import PostgresqlServer, fresh_database

    server = PostgresqlServer(durable=True)
    try:
        with fresh_database(str(server.folder)) as url:
            yield url
    finally:
        server.stop()


class Client:
    """A person at a browser, as far as requests are concerned."""

    def __init__(self, url: str, username: str) -> None:
        self.url = url
        self.session = requests.Session()
        while (
            answer := self._entered(username)
        ).status_code == TOO_MANY:  # so many a minute from one address
            time.sleep(TRY_AGAIN_SECONDS)
        answer.raise_for_status()
        self._csrf = _token(self.session.get(f"{url}/inbox", timeout=30).text)

    def _entered(self, username: str) -> requests.Response:
        page = self.session.get(f"{self.url}/sign-in", timeout=30)
        fields = {"csrf_token": _token(page.text), "username": username, "password": "cheliu-demo"}
        return self.session.post(f"{self.url}/sign-in", data=fields, timeout=30)

    def complete(self, task_id: int, answers: Mapping[str, Any]) -> None:
        """Submit a task's form."""
        answer = self.session.post(
            f"{self.url}/inbox/{task_id}",
            data={"answers": json.dumps(answers)},
            headers={"X-CSRFToken": self._csrf},
            timeout=30,
        )
        answer.raise_for_status()


class Server:
    """The product's server in a process of its own."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process

    def sign_in(self, username: str) -> Client:
        """A person of the demo company."""
        return Client(self.url, username)

    def resident_megabytes(self) -> int:
        """The memory of the serving process (gunicorn's child), in megabytes."""
        sizes = []
        for pid in self._children():
            status = Path(f"/proc/{pid}/status").read_text()
            sizes += [int(kilobytes) for kilobytes in re.findall(r"VmRSS:\s+(\d+) kB", status)]
        return max(sizes) // 1024

    def cpu_seconds(self) -> float:
        """What the serving process has worked so far: unlike its speed, no other program's doing."""
        ticks = 0
        for pid in self._children():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _children(self) -> list[str]:
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()


@contextmanager
def serving(settings: Settings) -> Iterator[Server]:
    """Serve the installation of ``settings`` until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "CHELIU_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "PORT": str(port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.served", "serve", "--no-worker"], env=environment
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_served(url)
        yield Server(url, process)
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_served(url: str) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until:
        try:
            if requests.get(f"{url}/healthz", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {START_SECONDS_MAX} s")


def _token(page: str) -> str:
    found = re.search(r'(?:name="csrf_token"[^>]*value|data-csrf)="([^"]+)"', page)
    if found is None:
        raise AssertionError("the page holds no CSRF token")
    return found.group(1)
