"""The parts of a day-end done on other machines: Celery carries the word, the row of the part decides.

A message says no more than "look at this part". Who works on it holds its row, so one told twice is done once, and one
whose message or worker is lost stays undone: the day-end, which watches the rows, then does it itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import structlog
from celery import Celery, signals
from kombu.exceptions import OperationalError

from cheliu.day_end import means_of
from cheliu.wiring import House, assemble
from company.clock import SystemClock
from company.settings import Settings
from lending import turns
from lending.day_end import running
from lending.day_end.carrying import Carrier, do_part
from lending.day_end.tables import DayEndPart, Phase

QUEUE = "cheliu-day-end"
TASK = "cheliu.day_end.part"
PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.2
_SENT_TRIES = 3
_log = structlog.get_logger(__name__)


def messages(broker_url: str) -> Celery:
    """The way to and from the broker; what a worker that is lost had not ended is told to another."""
    app = Celery("cheliu", broker=broker_url)
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
    )
    return app


class OverWorkers:
    """Does the parts of the phases through workers on any machine that reach the same database and broker."""

    def __init__(
        self, house: House, carrier: Carrier, app: Celery, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._house, self._carrier, self._app = house, carrier, app
        self._patience = patience_seconds

    def __call__(
        self, day: date, phase: Phase, parts: Sequence[DayEndPart], told: Callable[[DayEndPart], None]
    ) -> None:
        """Have all ``parts`` done and tell each; where nothing moves for a while, do the next one here."""
        waiting = {part.number: part for part in parts}
        patience = self._patience if self._sent(day, phase, waiting) else 0.0
        moved = time.monotonic()
        while waiting:
            done = waiting.keys() - self._left(day, phase)
            if not done and time.monotonic() - moved < patience:
                time.sleep(_LOOK_SECONDS)
                continue
            if not done:
                number = min(waiting)
                do_part(
                    self._house.database, day, phase, number, self._carrier.means, self._house.clock.now()
                )
                done = {number}
            for number in sorted(done):
                told(waiting.pop(number))
            moved = time.monotonic()

    def _left(self, day: date, phase: Phase) -> set[int]:
        with self._house.database.read() as session:
            return {part.number for part in running.parts_left(session, day, phase)}

    def _sent(self, day: date, phase: Phase, numbers: Mapping[int, DayEndPart]) -> bool:
        """Whether the broker took the word of every part."""
        now = self._house.clock.now().isoformat()
        try:
            for number in numbers:
                self._app.send_task(
                    TASK,
                    args=(day.isoformat(), phase.value, number, now),
                    retry=True,
                    retry_policy={"max_retries": _SENT_TRIES, "interval_max": 1},
                )
        except OperationalError as error:
            _log.warning("broker_unreachable", error=str(error))
            return False
        return True


def work(settings: Settings, app: Celery, *, concurrency: int) -> None:
    """Do parts as they are told, so many at once, until told to stop. Each process opens the house for itself."""
    opened: list[House] = []

    def begin(**_told: object) -> None:
        opened.append(assemble(settings, clock=SystemClock()))

    def part(day: str, phase: str, number: int, now: str) -> None:
        house = opened[0]
        if Phase(phase) is Phase.ACCRUE and not turns.is_anybody_alone(house.database):
            return  # the night that asked is gone, and events are let in again: the next one does it
        with house.database.read() as session:
            means = means_of(session)
        do_part(
            house.database, date.fromisoformat(day), Phase(phase), number, means, datetime.fromisoformat(now)
        )

    signals.worker_process_init.connect(begin, weak=False)
    app.task(name=TASK)(part)
    app.Worker(concurrency=concurrency, queues=[QUEUE], loglevel="WARNING").start()
