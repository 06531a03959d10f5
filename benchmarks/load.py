"""``python -m benchmarks.load --database sqlite|postgresql [--staff N] [--seconds S]``: many people at once.

Each of them is signed in at a real server of the product and works as a person does: reads the inbox, opens a task,
fills it in, looks somebody up, opens a case, and thinks between two requests. A line of JSON a kind of request: how
many, the median, the 95th percentile and the longest, in milliseconds as the person waits for them; then all requests
together, with what failed, the settings of durability, and the plainest page of the same run as a reference.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import requests
from sqlalchemy import select

from benchmarks import servers
from benchmarks.bare_library import report
from benchmarks.engine import ANSWERS, actors, benchmark_house
from cheliu.wiring import House
from company.organisation import Unit
from company.people import Actor, Employee, actor, hire
from engine.tasks import CaseFacts, UserTask

THINKS_SECONDS = (0.5, 2.5)
_TASKS_A_PERSON_A_SECOND = 0.3


class Measured:
    """Milliseconds by kind of request, and what failed; written by all threads."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self._lock = threading.Lock()

    def time(self, kind: str, request: Callable[[], object]) -> None:
        """Do a request; one that fails is an error and no time."""
        began = time.perf_counter()
        try:
            request()
        except requests.RequestException as error:
            with self._lock:
                self.errors.append(f"{kind}: {error}")
            return
        with self._lock:
            self.milliseconds[kind].append(1000 * (time.perf_counter() - began))

    def figures(self, kinds: Sequence[str]) -> dict[str, float | int]:
        """The figures of some kinds together."""
        found = sorted(value for kind in kinds for value in self.milliseconds[kind])
        if len(found) < 2:
            return {"requests": len(found)}
        return {
            "requests": len(found),
            "p50_ms": round(median(found), 1),
            "p95_ms": round(quantiles(found, n=20, method="inclusive")[-1], 1),
            "longest_ms": round(found[-1], 1),
        }


def hired(house: House, count: int) -> list[Actor]:
    """So many people of the front desk, each with a name to sign in by."""
    with house.database.write() as session:
        desk = session.get_one(Employee, actors(house)["front_desk"].employee_id)
        unit = session.get_one(Unit, desk.unit_id)
        made = [
            hire(session, f"bench{number:03d}", f"员工{number}", unit, ["front_desk"], desk.password_hash)
            for number in range(count)
        ]
        session.flush()
        return [actor(session, each.id) for each in made]


def prepared_tasks(house: House, person: Actor, count: int) -> list[int]:
    """So many open tasks of a person's own cases."""
    facts = CaseFacts(title="", unit_id=person.unit_id, owner_id=person.employee_id)
    made = []
    for number in range(count):
        key = f"BENCH-{person.employee_id}-{number}"
        with house.database.write() as session:
            case = house.engine.start(session, "two_tasks", key, data={}, actor=person, facts=facts)
            task = select(UserTask.id).where(UserTask.instance_id == case.id)
            made.append(session.scalars(task).one())
    return made


def work(client: servers.Client, tasks: list[int], until: float, measured: Measured, seed: int) -> None:
    """A person's time until ``until``: one of the own tasks after the other, until there is none."""
    chance = random.Random(seed)

    def read(kind: str, path: str) -> None:
        def request() -> None:
            answer = client.session.get(f"{client.url}{path}", timeout=30)
            answer.raise_for_status()

        measured.time(kind, request)
        time.sleep(chance.uniform(*THINKS_SECONDS))

    while time.monotonic() < until:
        read("inbox", "/inbox")
        if tasks:
            task_id = tasks.pop()
            read("task", f"/inbox/{task_id}")
            measured.time("complete", partial(client.complete, task_id, ANSWERS[0][2]))
            time.sleep(chance.uniform(*THINKS_SECONDS))
        read("search", f"/customers?q={chance.choice(['林', '王', '138', '0001'])}")
        read("cases", "/cases")


def measure(house: House, *, staff: int, seconds: int) -> Measured:
    """Let so many people work so long."""
    measured, people = Measured(), hired(house, staff)
    own = [prepared_tasks(house, person, int(seconds * _TASKS_A_PERSON_A_SECOND) + 1) for person in people]
    with servers.serving(house.settings) as server:
        clients = [server.sign_in(f"bench{number:03d}") for number in range(staff)]
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=work, args=(client, tasks, until, measured, number))
            for number, (client, tasks) in enumerate(zip(clients, own, strict=True))
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            measured.time("reference: healthz", lambda: requests.get(f"{server.url}/healthz", timeout=30))
            time.sleep(0.5)
        for thread in threads:
            thread.join()
    return measured


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked.add_argument("--staff", type=int, default=50)
    asked.add_argument("--seconds", type=int, default=120)
    options = asked.parse_args()
    with TemporaryDirectory() as folder, servers.database_url(options.database, Path(folder)) as url:
        house = benchmark_house(url, Path(folder))
        measured = measure(house, staff=options.staff, seconds=options.seconds)
        about = {"database": options.database, "durability": house.database.durability()}
        kinds = sorted(measured.milliseconds)
        for kind in kinds:
            report(benchmark="load", kind=kind, **measured.figures([kind]), **about)
        work_kinds = [kind for kind in kinds if not kind.startswith("reference")]
        report(
            benchmark="load",
            kind="all",
            staff=options.staff,
            seconds=options.seconds,
            **measured.figures(work_kinds),
            errors=len(measured.errors),
            first_error=measured.errors[0] if measured.errors else None,
            **about,
        )
        house.close()


if __name__ == "__main__":
    main()
