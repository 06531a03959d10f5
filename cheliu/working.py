"""The worker: what is due in jobs, timers, deadlines and the outbox, each second and after each commit."""

from __future__ import annotations

from collections.abc import Callable

from cheliu.demo.state import is_built as stands_complete
from cheliu.dispatch import carry_out
from cheliu.scheduling import Scheduler
from cheliu.wiring import House
from engine import jobs


def work_off(house: House, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Do all that is due now, also what this itself makes due; returns how many things were done.

    Jobs and outbox take turns, a batch each, so that a slow bank holds up no message; ``stopping`` is asked between.
    """
    total = 0
    while not stopping() and (done := jobs.poll(house.engine) + carry_out(house.engine)):
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
        return work_off(house, stopping=lambda: scheduler.stopping) if is_built else 0

    scheduler = Scheduler(poll)
    scheduler.start()
    house.database.on_commit(scheduler.wake)
    return scheduler
