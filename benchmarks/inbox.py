"""``python -m benchmarks.inbox --tasks N --database sqlite|postgresql``: the pages of an inbox in a large company.

300 units, 20,000 people and N open tasks, each of a case of its own with the history of the step before. The pages are
asked of the product's server over HTTP by one person after the other, of a branch and of the whole company; what is
told is the time of the whole answer. A line of JSON a page, with median and p95 in milliseconds; beside them, of the
same run, a page that reads nothing (``/healthz``) and the settings of durability.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from benchmarks import servers
from benchmarks.bare_library import report
from benchmarks.engine import actors, benchmark_house
from cheliu.wiring import House
from company.database import Base
from company.organisation import Unit, UnitKind, add_unit
from company.people import Employee, EmployeeRole, hire
from engine.history import ActivityHistory
from engine.offers import rank_at
from engine.tasks import CaseFacts, Instance, TaskCandidate, UserTask, table_of

UNITS = 300
PEOPLE = 20_000
BRANCHES = 30
CHUNK = 5_000
ROUNDS = 40
STAFF = ("front_desk", "reviewer_l1", "investigator", "finance_maker")
Row = dict[str, object]


@dataclass(frozen=True)
class Company:
    """The branches that tasks lie in, and who asks for pages: of one branch, and of the whole company."""

    branches: Sequence[int]
    readers: Sequence[str]


def founded(house: House) -> Company:
    """Units and people as of a company with 20,000 staff; the readers can sign in."""
    with house.database.write() as session:
        password = session.scalars(select(Employee.password_hash).limit(1)).one()
        root = session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one()
        branches, units = [], []
        for number in range(BRANCHES):
            branch = _unit(session, root, UnitKind.BRANCH, f"B{number}")
            branches.append(branch.id)
            units += [branch] + [
                _unit(session, branch, UnitKind.DEPARTMENT, f"B{number}D{below}")
                for below in range(UNITS // BRANCHES - 1)
            ]
        hire(session, "bench_l1", "基准一审", session.get_one(Unit, branches[0]), ["reviewer_l1"], password)
        hire(session, "bench_l2", "基准二审", root, ["reviewer_l2", "reviewer_l1"], password)
        _staff(session, [unit.id for unit in units], password)
    return Company(branches, ("bench_l1", "bench_l2"))


def _unit(session: Session, parent: Unit, kind: UnitKind, code: str) -> Unit:
    return add_unit(session, parent=parent, kind=kind, code=code, name=f"单位{code}", name_en=f"Unit {code}")


def _staff(session: Session, unit_ids: Sequence[int], password: str) -> None:
    """Everybody else: one role each, in all units."""
    first = (session.scalars(select(Employee.id).order_by(Employee.id.desc()).limit(1)).one()) + 1
    pattern = session.get_one(Employee, first - 1)
    people, roles = [], []
    for number in range(PEOPLE):
        unit_id = unit_ids[number % len(unit_ids)]
        named: Row = {
            "id": first + number,
            "username": f"bench{number}",
            "name": f"员工{number}",
            "unit_id": unit_id,
        }
        people.append(_copy(pattern, named | {"name_en": f"Staff {number}", "password_hash": password}))
        roles.append(
            {"employee_id": first + number, "role_id": STAFF[number % len(STAFF)], "unit_id": unit_id}
        )
    _insert(session, table_of(Employee), people)
    _insert(session, table_of(EmployeeRole), roles)


def multiplied(house: House, company: Company, tasks: int) -> None:
    """Copies of one real case that waits for its review, spread over branches, deadlines and amounts."""
    staff = actors(house)
    desk = staff["front_desk"]
    with house.database.write() as session:
        facts = CaseFacts("王建国", "2024 款轿车", unit_id=company.branches[0], owner_id=desk.employee_id)
        case_id = house.engine.start(session, "two_tasks", "BENCH-0", data={}, actor=desk, facts=facts).id
    with house.database.write() as session:
        task_id = session.scalars(select(UserTask.id).where(UserTask.instance_id == case_id)).one()
        house.engine.complete(session, task_id, desk, {"customer_name": "王建国", "amount": 150000})
    with house.database.read() as session:
        case = session.get_one(Instance, case_id)
        done, waiting = session.scalars(
            select(UserTask).where(UserTask.instance_id == case_id).order_by(UserTask.id)
        )
        told = session.scalars(select(ActivityHistory).where(ActivityHistory.instance_id == case_id)).all()
        candidates = session.scalars(select(TaskCandidate).where(TaskCandidate.task_id == waiting.id)).all()
        session.expunge_all()
    for begin in range(1, tasks, CHUNK):
        with house.database.write() as session:
            numbers = range(begin, min(begin + CHUNK, tasks))
            _copies(session, company, numbers, case, done, waiting, told, candidates)
        print(f"{min(begin + CHUNK, tasks):,}/{tasks:,} tasks", file=sys.stderr)


def _copies(
    session: Session,
    company: Company,
    numbers: range,
    case: Instance,
    done: UserTask,
    waiting: UserTask,
    told: Sequence[ActivityHistory],
    candidates: Sequence[TaskCandidate],
) -> None:
    cases, tasks, rows, who = [], [], [], []
    for number in numbers:
        case_id, key = case.id + number, f"BENCH-{number}"
        about: Row = {
            "business_key": key,
            "unit_id": company.branches[number % BRANCHES],
            "title": f"客户{number}",
        }
        cases.append(_copy(case, about | {"id": case_id}))
        due = _due(waiting.created_at, number)
        tasks.append(_copy(done, about | {"id": done.id + 2 * number, "instance_id": case_id}))
        ranked: Row = {"due_at": due, "order_at": due, "rank_at": rank_at(due, waiting.amount)}
        task_id = waiting.id + 2 * number
        tasks.append(_copy(waiting, about | ranked | {"id": task_id, "instance_id": case_id}))
        rows += [_copy(row, {"id": None, "business_key": key, "instance_id": case_id}) for row in told]
        who += [_copy(each, {"id": None, "task_id": task_id}) for each in candidates]
    for model, made in ((Instance, cases), (UserTask, tasks), (ActivityHistory, rows), (TaskCandidate, who)):
        _insert(session, table_of(model), made)


def _due(since: datetime, number: int) -> datetime:
    return since + timedelta(minutes=number * 7919 % 60_000 - 3_000)


def _copy(row: Base, changes: Mapping[str, object]) -> Row:
    """The columns of a row with some of them changed; a column set to None is left to the database."""
    columns = {
        column.key: getattr(row, column.key)
        for column in row.__table__.columns
        if column.key != "state_before"
    }
    return {name: value for name, value in {**columns, **changes}.items() if changes.get(name, 0) is not None}


def _insert(session: Session, table: Table, rows: Sequence[Row]) -> None:
    for begin in range(0, len(rows), CHUNK):
        session.connection().execute(insert(table), list(rows[begin : begin + CHUNK]))


def asked(house: House, company: Company) -> Iterator[tuple[str, list[float]]]:
    """The time of each answer in milliseconds, by page and reader."""
    with servers.serving(house.settings) as server:
        yield "healthz", _times([f"{server.url}/healthz"], requests.Session())
        ids = _open_ids(house, company.branches[0])
        pages: dict[str, list[str]] = {
            "inbox, mine": ["/inbox"],
            "inbox, group": ["/inbox?tab=pool"],
            "inbox, group by priority": ["/inbox?tab=pool&order=priority"],
            "task": [f"/inbox/{task_id}?tab=pool" for task_id in ids],
            "events": ["/events"],
        }
        for reader in company.readers:
            session = server.sign_in(reader).session
            for name, paths in pages.items():
                yield f"{name} ({reader})", _times([server.url + path for path in paths], session)


def _open_ids(house: House, branch_id: int) -> list[int]:
    with house.database.read() as session:
        found = select(UserTask.id).where(UserTask.unit_id == branch_id, UserTask.status == "open")
        return list(session.scalars(found.order_by(UserTask.order_at).limit(ROUNDS)))


def _times(addresses: Sequence[str], session: requests.Session) -> list[float]:
    times = []
    for turn in range(ROUNDS + 2):
        address = addresses[turn % len(addresses)]
        began = time.perf_counter()
        answer = session.get(address, timeout=60)
        times.append((time.perf_counter() - began) * 1000)
        if not answer.ok:
            raise AssertionError(f"{address} answered {answer.status_code}")
    return times[2:]  # the first two fill caches


def main() -> None:
    """Read the arguments, make the company, measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox", description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    with (
        TemporaryDirectory(prefix="cheliu-inbox-") as folder,
        servers.database_url(given.database, Path(folder)) as url,
    ):
        house = benchmark_house(url, Path(folder))
        company = founded(house)
        multiplied(house, company, given.tasks)
        _count_anew(house)
        for page, times in asked(house, company):
            report(
                page=page,
                median_ms=round(statistics.median(times), 1),
                p95_ms=round(statistics.quantiles(times, n=20)[-1], 1),
            )
        report(
            tasks=given.tasks,
            people=PEOPLE,
            units=UNITS,
            database=given.database,
            durability=house.database.durability(),
        )
        house.close()


def _count_anew(house: House) -> None:
    """Let the database look at what it holds, as it does by itself in the course of a day."""
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


if __name__ == "__main__":
    main()
