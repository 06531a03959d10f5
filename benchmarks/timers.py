"""``python -m benchmarks.timers --due N [--steady N] --database sqlite|postgresql``: how fast and how late timers fire.

Two workers of the product, each ``cheliu worker`` in a process of its own, share one database; they poll once a second.
First ``--due`` timers are due at one instant: how many a second. Then ``--steady`` timers come due one after the other,
at a third of that rate: how late. In each part one worker is killed with -9 in the middle, and the other goes on alone;
at the end every case must have fired once. Beside it, in the same run and on the same database: bare durable commits.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from benchmarks import bare_library, servers
from benchmarks.bare_library import report
from benchmarks.engine import benchmark_house
from cheliu.demo.state import mark_built
from cheliu.wiring import House
from company.clock import FileClock
from company.people import SYSTEM
from engine import punctuality
from engine.history import ActivityHistory, Happening
from engine.punctuality import TimerFiring
from engine.tasks import CaseFacts, Instance, InstanceStatus
from engine.waits import TimerJob

STARTED_TOGETHER = 200
AHEAD = timedelta(days=1)  # the burst: far enough to be set up in
STEADY_AFTER = timedelta(days=2)
WAIT_SECONDS_MAX = 1_800
STALLED_SECONDS_MAX = 90


@contextmanager
def workers(house: House, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """``count`` workers of the product on the house's database and clock, once all of them poll."""
    environment = os.environ | {
        "CHELIU_HOME": str(house.settings.home),
        "DATABASE_URL": house.settings.database_url,
        "CHELIU_CLOCK_FILE": str(house.settings.home / "clock"),
    }
    begun = [
        subprocess.Popen(
            [sys.executable, "-m", "cheliu.command", "worker"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        for each in begun:
            if each.stdout is None or b"polling" not in each.stdout.readline():
                raise AssertionError("a worker did not start")
        yield begun
    finally:
        for each in begun:
            each.kill()
        for each in begun:
            each.wait()


def start_cases(house: House, name: str, dues: list[datetime]) -> None:
    """One case for each due time, many in one transaction."""
    for first in range(0, len(dues), STARTED_TOGETHER):
        with house.database.write() as session:
            for number, due in enumerate(dues[first : first + STARTED_TOGETHER], first):
                key = f"{name}-{number:06d}"
                house.engine.start(
                    session, "one_timer", key, data={"due": due}, actor=SYSTEM, facts=CaseFacts(key)
                )


def fired(house: House) -> int:
    """How many firings are committed."""
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(TimerFiring)) or 0


def wait_until(house: House, met: Callable[[int], bool]) -> int:
    """Wait for a number of firings; AssertionError when nothing more fires."""
    ends, last, moved = time.monotonic() + WAIT_SECONDS_MAX, -1, time.monotonic()
    while not met(count := fired(house)):
        if count != last:
            last, moved = count, time.monotonic()
        if time.monotonic() > min(ends, moved + STALLED_SECONDS_MAX):
            raise AssertionError(f"only {count} timers fired")
        time.sleep(0.05)
    return count


def burst(house: House, clock: FileClock, due_at: datetime, count: int) -> dict[str, object]:
    """All due at once: the workers run and wait when the clock leaps to the instant."""
    with workers(house, 2) as (killed, _survivor):
        clock.advance(due_at - clock.now())
        began = time.perf_counter()
        at_kill = wait_until(house, lambda done: done >= count // 3)
        killed.kill()
        until_kill = time.perf_counter() - began
        wait_until(house, lambda done: done >= count)
        seconds = time.perf_counter() - began
    return {
        "due_at_once": count,
        "fires_per_second": round(count / seconds, 1),
        "fires_per_second_two_workers": round(at_kill / until_kill, 1),
        "fires_per_second_survivor": round((count - at_kill) / (seconds - until_kill), 1),
        "fired_before_the_kill": at_kill,
    }


def steady(house: House, clock: FileClock, begin: datetime, count: int) -> dict[str, object]:
    """Due one after the other, real time passing."""
    before = fired(house)
    with workers(house, 2) as (killed, _survivor):
        clock.advance(begin - clock.now() - timedelta(seconds=2))
        at_kill = wait_until(house, lambda done: done >= before + count // 2) - before
        killed.kill()
        wait_until(house, lambda done: done >= before + count)
    with house.database.read() as session:
        found = punctuality.since(session, begin - timedelta(seconds=2), clock.now())
    return {
        "due_in_turn": count,
        "fired_before_the_kill": at_kill,
        "late_ms_p50": found.p50_ms,
        "late_ms_p99": found.p99_ms,
        "late_ms_max": found.latest_ms,
    }


def lost_and_doubled(house: House) -> dict[str, int]:
    """Cases whose timer never fired or whose event is told more than once."""
    told = (
        select(ActivityHistory.instance_id, func.count().label("times"))
        .where(ActivityHistory.kind == Happening.EVENT.value)
        .group_by(ActivityHistory.instance_id)
        .subquery()
    )
    with house.database.read() as session:
        cases = session.scalar(select(func.count()).select_from(Instance)) or 0
        once = session.scalar(select(func.count()).select_from(told).where(told.c.times == 1)) or 0
        twice = session.scalar(select(func.count()).select_from(told).where(told.c.times > 1)) or 0
        over = select(func.count()).where(Instance.status == InstanceStatus.COMPLETED.value)
        waiting = session.scalar(select(func.count()).select_from(TimerJob)) or 0
        completed = session.scalar(over) or 0
    return {"cases": cases, "lost": max(cases - completed, cases - once - twice, waiting), "twice": twice}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked.add_argument("--due", type=int, default=10_000)
    asked.add_argument("--steady", type=int, default=2_000)
    options = asked.parse_args()
    with TemporaryDirectory() as name, servers.database_url(options.database, Path(name)) as url:
        folder = Path(name)
        clock = FileClock(folder / "clock")
        house = benchmark_house(url, folder, clock=clock)
        about = {"database": options.database, "durability": house.database.durability(), "workers": 2}
        commits = bare_library.durable_commits_per_second(house.database, count=500)
        report(benchmark="reference: bare durable commits", commits_per_second=round(commits, 1), **about)
        with house.database.write() as session:
            mark_built(session)
        due_at = clock.now() + AHEAD
        start_cases(house, "BURST", [due_at] * options.due)
        at_once = burst(house, clock, due_at, options.due)
        report(benchmark="timers: all due at once", **at_once, **about)
        begin = clock.now() + STEADY_AFTER
        rate = float(str(at_once["fires_per_second"])) / 3
        in_turn = [begin + timedelta(seconds=number / rate) for number in range(options.steady)]
        start_cases(house, "STEADY", in_turn)
        figures = steady(house, clock, begin, options.steady)
        report(benchmark="timers: due in turn", due_per_second=round(rate, 1), **figures, **about)
        report(benchmark="timers: one worker of two killed", **lost_and_doubled(house), **about)
        house.close()


if __name__ == "__main__":
    main()
