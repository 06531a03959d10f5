"""The worker: what is due in jobs, timers, deadlines and the outbox, each second and after each commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from cheliu import callbacks, collecting, day_end, revaluing
from cheliu.delivering import deliver_due
from cheliu.demo.state import is_built as stands_complete
from cheliu.dispatch import carry_out
from cheliu.due import Work, work_due
from cheliu.scheduling import POLL_SECONDS, Scheduler
from cheliu.wiring import House
from company.messages import Refusal
from company.organisation import BusinessDayPast, business_date
from engine import jobs
from lending.day_end import refusals
from lending.day_end.errors import DayInFuture

DAY_END_SECONDS = 60
_TRY_AGAIN_AFTER = timedelta(hours=1)
_log = structlog.get_logger(__name__)


def work_off(house: House, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Do all that is due now, also what this itself makes due; returns how many things were done.

    Jobs, outbox and messages to people take turns, a batch each, so that a slow bank holds up nothing else;
    ``stopping`` is asked between.
    """
    total = 0
    while not stopping() and (done := _turn(house)):
        total += done
    return total


def _turn(house: House) -> int:
    """A batch of each kind of work; what a person waits for goes first, what the day brings last."""
    total = jobs.poll(house.engine)
    due = _work_due(house)
    for kind, work in _WORK.items():
        done = work(house) if kind in due else 0
        if done:  # it may have made something of a later kind due
            total, due = total + done, _work_due(house)
    return total


def _work_due(house: House) -> frozenset[Work]:
    with house.database.read() as session:
        return work_due(session, house.clock.now())


_WORK: Mapping[Work, Callable[[House], int]] = {
    Work.OUTBOX: lambda house: carry_out(house.engine),
    Work.DELIVERIES: deliver_due,
    Work.CALLBACKS: callbacks.work_off,
    Work.COLLECTIONS: collecting.work_off,
    Work.REVALUATION: revaluing.work_off,
}


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


class DayEnds:
    """Runs day-ends beside the other work: when one is due (looked at each minute), and when a person asks for one.

    On a travelling clock, where a month may pass between two looks, it looks as often as the worker does.
    One that is refused, because loans fail, is kept with its reason, told to finance and tried again after an hour; a
    person may ask at once.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._asked_by: list[int | None] = []
        self._not_before: datetime | None = None
        travels = house.settings.clock_file is not None
        self._scheduler = Scheduler(self.work_off, seconds=POLL_SECONDS if travels else DAY_END_SECONDS)

    def start(self) -> None:
        """Begin to look."""
        self._scheduler.start()

    def ask(self, by: int | None) -> bool:
        """Run the day-end of the business date, for a person, as soon as may be."""
        self._asked_by.append(by)
        self._scheduler.wake()
        return True

    def stop(self) -> None:
        """Let the running one end, then stop."""
        self._scheduler.stop()

    def work_off(self) -> int:
        """Run what was asked for or is due; returns how many day-ends were completed."""
        now, asked = self._house.clock.now(), self._asked_by
        try:
            if asked:
                day_end.run(self._house, by=asked.pop())
                asked.clear()
                return 1
            if self._not_before is not None and now < self._not_before:
                return 0
            return day_end.run_due(self._house)
        except Refusal as refused:
            _log.warning("day_end_refused", code=refused.code, why=refused.text("en"))
            asked.clear()
            self._not_before = now + _TRY_AGAIN_AFTER
            if not isinstance(refused, (DayInFuture, BusinessDayPast)):
                with self._house.database.write() as session:
                    refusals.note(session, business_date(session), refused, now=now)
            return 0
