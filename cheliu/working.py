"""The worker: what is due in jobs, timers, deadlines and the outbox, each second and after each commit."""

from __future__ import annotations

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
    """Poll in the background until stopped; a commit of this process wakes it at once."""
    scheduler = Scheduler(lambda: work_off(house))
    scheduler.start()
    house.database.on_commit(scheduler.wake)
    return scheduler
