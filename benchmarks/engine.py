"""``python -m benchmarks.engine --database sqlite|postgresql [--http] [--instances N]``: the cost of a two-task case.

``--steps 20,200,2000`` measures instead what a completion costs in cases with so many steps behind them.

The process of ``diagrams/two_tasks.bpmn`` runs with inbox, history, audit, form gate and four eyes. Beside it, in the
same run and on the same database: bare durable commits, and the bare SpiffWorkflow library saving its JSON.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import bindparam, event, func, select

from benchmarks import bare_library, servers
from benchmarks.bare_library import report
from cheliu.demo.people import found_demo
from cheliu.wiring import House, assemble
from company import migrations, people
from company.clock import Clock, SystemClock
from company.organisation import open_business_day
from company.people import SYSTEM, Actor, Employee, hash_password
from company.settings import Settings
from engine.bundles import Bundle
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance, TaskStatus, UserTask
from engine.topics import Call, Topics
from forms.gate import Gate

DIAGRAMS = Path(__file__).parent / "diagrams"
WARM_UP = 20
ANSWERS = (
    ("Task_Enter", "front_desk", {"customer_name": "王建国", "amount": 150000}),
    ("Task_Review", "reviewer_l1", {"decision": "approve", "opinion": "同意"}),
)
_OPEN_TASK = select(UserTask.id).where(
    UserTask.business_key == bindparam("business_key"), UserTask.status == TaskStatus.OPEN.value
)
TOPICS = Topics()


@TOPICS.topic("bench-register")
def register(call: Call, customer_name: str) -> dict[str, Any]:
    """Name the case after its customer, as the entry of an application does."""
    call.describe(title=customer_name)
    return {"registered": True}


@TOPICS.topic("bench-notify")
def notify(call: Call, decision: str) -> dict[str, Any]:
    """Tell nobody: the step's own cost is what is measured."""
    return {"notified": decision}


@dataclass
class Counter:
    """Statements and commits of one database engine while it counts."""

    statements: int = 0
    commits: int = 0


@contextmanager
def counting(house: House) -> Iterator[Counter]:
    """Count what is sent to the database, transaction control apart."""
    counter = Counter()

    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            counter.statements += 1

    def commit(_connection: Any) -> None:
        counter.commits += 1

    event.listen(house.database.engine, "before_cursor_execute", statement)
    event.listen(house.database.engine, "commit", commit)
    yield counter
    event.remove(house.database.engine, "before_cursor_execute", statement)
    event.remove(house.database.engine, "commit", commit)


def benchmark_house(url: str, home: Path, *, clock: Clock | None = None) -> House:
    """A founded company on a new database with the benchmark's process deployed."""
    settings = Settings.from_environment({"CHELIU_HOME": str(home), "DATABASE_URL": url})
    house = assemble(settings, clock=clock or SystemClock())
    migrations.upgrade(house.database)
    engine = Engine(
        database=house.database, clock=house.clock, topics=TOPICS, forms=Gate(), world=house.world
    )
    house = House(settings, house.world, engine)
    password_hash = hash_password("cheliu-demo")
    with house.database.write() as session:
        found_demo(session, password_hash=password_hash, clock_offset_seconds=0)
        open_business_day(session, house.clock.now().date())
        engine.deploy(session, Bundle.from_folder(DIAGRAMS, name="benchmark"), SYSTEM, "benchmark")
    return house


def actors(house: House) -> dict[str, Actor]:
    """The two people of the process."""
    with house.database.read() as session:
        found = session.execute(select(Employee.username, Employee.id))
        return {
            name: people.actor(session, number)
            for name, number in found
            if name in ("front_desk", "reviewer_l1")
        }


def run_instance(house: House, staff: dict[str, Actor], number: int) -> None:
    """One case from its start to its end, each command in a transaction of its own."""
    front_desk = staff["front_desk"]
    facts = CaseFacts(title="", unit_id=front_desk.unit_id, owner_id=front_desk.employee_id)
    with house.database.write() as session:
        house.engine.start(
            session, "two_tasks", f"BENCH-{number:06d}", data={}, actor=front_desk, facts=facts
        )
        task_id = open_task(session, number)
    for _element, username, answers in ANSWERS:
        with house.database.write() as session:
            house.engine.complete(session, task_id, staff[username], answers)
            task_id = open_task(session, number)


def open_task(session: Any, number: int) -> int:
    """Finding the next task costs a statement that the product's own list would have made anyway."""
    return session.scalar(_OPEN_TASK, {"business_key": f"BENCH-{number:06d}"}) or 0


def statements_a_completion(house: House, staff: dict[str, Actor], number: int) -> tuple[float, float]:
    """Statements and commits of one completion, without the benchmark's own look for the task."""
    front_desk = staff["front_desk"]
    facts = CaseFacts(title="", unit_id=front_desk.unit_id, owner_id=front_desk.employee_id)
    with house.database.write() as session:
        house.engine.start(
            session, "two_tasks", f"BENCH-{number:06d}", data={}, actor=front_desk, facts=facts
        )
        task_id = open_task(session, number)
    with counting(house) as counter, house.database.write() as session:
        house.engine.complete(session, task_id, staff["front_desk"], ANSWERS[0][2])
    return counter.statements, counter.commits


def measure_engine(house: House, *, instances: int) -> dict[str, Any]:
    """Run the cases one after the other and weigh what they cost."""
    staff = actors(house)
    for number in range(WARM_UP):
        run_instance(house, staff, number)
    began, cpu_began = time.perf_counter(), time.process_time()
    for number in range(WARM_UP, WARM_UP + instances):
        run_instance(house, staff, number)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    statements, commits = statements_a_completion(house, staff, WARM_UP + instances)
    with house.database.read() as session:
        state_bytes = session.scalar(select(func.avg(func.length(Instance.state)))) or 0
    return {
        "instances_per_second": round(instances / seconds, 1),
        "completions_per_second": round(2 * instances / seconds, 1),
        "cpu_ms_an_instance": round(1000 * cpu / instances, 2),
        "statements_a_completion": statements,
        "commits_a_completion": commits,
        "state_bytes_an_instance": round(float(state_bytes)),
    }


def measure_steps(house: House, steps: list[int], *, completions: int) -> list[dict[str, Any]]:
    """The CPU time of a completion in cases with that many steps behind them, the cases taken in turn."""
    front_desk = actors(house)["front_desk"]
    numbers = {count: 500_000 + count for count in steps}
    for count, number in numbers.items():
        facts = CaseFacts(title="", unit_id=front_desk.unit_id, owner_id=front_desk.employee_id)
        with house.database.write() as session:
            house.engine.start(
                session, "many_steps", f"BENCH-{number:06d}", data={}, actor=front_desk, facts=facts
            )
        for _ in range(count):
            _one_step(house, front_desk, number)
    seconds = dict.fromkeys(steps, 0.0)
    for _ in range(completions):
        for count, number in numbers.items():
            seconds[count] += _one_step(house, front_desk, number)
    return [
        {
            "steps_behind": count,
            "cpu_ms_a_completion": round(1000 * seconds[count] / completions, 3),
            "ratio_to_the_first": round(seconds[count] / seconds[steps[0]], 2),
        }
        for count in steps
    ]


def _one_step(house: House, front_desk: Actor, number: int) -> float:
    """Complete the case's one task; returns the CPU seconds, without the benchmark's own look for the task."""
    with house.database.write() as session:
        task_id = open_task(session, number)
        began = time.process_time()
        house.engine.complete(session, task_id, front_desk, ANSWERS[0][2])
        return time.process_time() - began


def measure_http(house: House, *, instances: int, clients: int) -> dict[str, Any]:
    """Completions over real sockets against one serving process, each client a person at a browser."""
    staff = actors(house)
    front_desk = staff["front_desk"]
    task_ids = []
    with house.database.write() as session:
        facts = CaseFacts(title="", unit_id=front_desk.unit_id, owner_id=front_desk.employee_id)
        for number in range(900_000, 900_000 + instances):
            house.engine.start(
                session, "two_tasks", f"BENCH-{number:06d}", data={}, actor=front_desk, facts=facts
            )
            task_ids.append(open_task(session, number))
    with servers.serving(house.settings) as server:
        shares = [task_ids[start::clients] for start in range(clients)]
        signed_in = [server.sign_in("front_desk") for _ in range(clients)]
        threads = [
            threading.Thread(target=_complete_all, args=(client, share))
            for client, share in zip(signed_in, shares, strict=True)
        ]
        began, cpu_began = time.perf_counter(), server.cpu_seconds()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds, cpu = time.perf_counter() - began, server.cpu_seconds() - cpu_began
        megabytes = server.resident_megabytes()
    _require_done(house, task_ids)
    return {
        "completions_per_second": round(instances / seconds, 1),
        "serving_cpu_ms_a_completion": round(1000 * cpu / instances, 1),
        "clients": clients,
        "serving_processes": 1,
        "resident_megabytes": megabytes,
    }


def _require_done(house: House, task_ids: list[int]) -> None:
    """A refused submission answers as fast as one that was taken: none may be counted."""
    done = select(func.count()).where(UserTask.id.in_(task_ids), UserTask.status == TaskStatus.DONE.value)
    with house.database.read() as session:
        taken = session.scalar(done) or 0
    if taken != len(task_ids):
        raise AssertionError(f"only {taken} of {len(task_ids)} submissions were taken")


def _complete_all(client: servers.Client, task_ids: list[int]) -> None:
    for task_id in task_ids:
        client.complete(task_id, ANSWERS[0][2])


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked.add_argument("--http", action="store_true")
    asked.add_argument("--instances", type=int, default=300)
    asked.add_argument("--clients", type=int, default=8)
    asked.add_argument("--steps", type=lambda text: [int(count) for count in text.split(",")])
    options = asked.parse_args()
    with TemporaryDirectory() as folder, servers.database_url(options.database, Path(folder)) as url:
        house = benchmark_house(url, Path(folder))
        about = {"database": options.database, "durability": house.database.durability()}
        count = max(options.instances, 200)
        commits = bare_library.durable_commits_per_second(house.database, count=count)
        report(benchmark="reference: bare durable commits", commits_per_second=round(commits, 1), **about)
        seconds, cpu, size = bare_library.run_instances(house.database, count=options.instances)
        bare_ms = 1000 * cpu / options.instances
        report(
            benchmark="reference: bare library",
            instances_per_second=round(options.instances / seconds, 1),
            cpu_ms_an_instance=round(bare_ms, 2),
            state_bytes_an_instance=size,
            **about,
        )
        if options.steps:
            for figures in measure_steps(house, options.steps, completions=200):
                report(benchmark="engine: steps behind", **figures, **about)
            house.close()
            return
        figures = measure_engine(house, instances=options.instances)
        ratio = round(figures["cpu_ms_an_instance"] / bare_ms, 2)
        report(benchmark="engine", **figures, cpu_ratio_to_bare_library=ratio, **about)
        if options.http:
            over_http = measure_http(house, instances=options.instances, clients=options.clients)
            report(benchmark="engine over HTTP", **over_http, **about)
        house.close()


if __name__ == "__main__":
    main()
