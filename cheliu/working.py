"""The worker: what is due in jobs, timers, deadlines and the outbox, each second and after each commit."""

from __future__ import annotations

from cheliu.demo.state import is_built as stands_complete
from cheliu.dispatch import carry_out
from cheliu.scheduling import Scheduler
from cheliu.wiring import House
from engine.jobs import Worker


def work_off(house: House) -> int:
    """Do all that is due now, also what this itself makes due; returns how many things were done."""
    worker = Worker(house.engine)
    total = 0
    while done := worker.run_once() + carry_out(house.engine):
        total += done
    return total


def start_worker(house: House) -> Scheduler:
    """Poll in the background until stopped; a commit of this process wakes it at once.

    While a demo company is being built, on a clock of its own, the worker holds still.
    """
    is_built = False

    def poll() -> int:
        nonlocal is_built
        if not is_built:
            with house.database.read() as session:
                is_built = stands_complete(session)
        return work_off(house) if is_built else 0

    scheduler = Scheduler(poll)
    scheduler.start()
    house.database.on_commit(scheduler.wake)
    return scheduler
