"""The scheduler: APScheduler wakes the poll; the rows in the database decide what is due."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

POLL_SECONDS = 1
_JOB = "poll"
_RESTS = 3
_log = structlog.get_logger(__name__)


class Scheduler:
    """Calls ``poll`` every second or so many, and at once when told that there is work; never twice at a time."""

    def __init__(self, poll: Callable[[], int], *, seconds: int = POLL_SECONDS) -> None:
        self._poll = poll
        self._seconds = seconds
        self._is_polling = False
        self._rests_until = 0.0
        self.stopping = False
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        """Begin to poll."""
        self._scheduler.add_job(
            self._run, "interval", seconds=self._seconds, id=_JOB, misfire_grace_time=None
        )
        self._scheduler.start()

    def wake(self) -> None:
        """Poll now rather than at the next second; a poll under way looks again by itself.

        One that has just found nothing rests first, three times as long as it took: many commits in a row, as of a
        day-end, cost a quarter of a core at most.
        """
        if self._is_polling:
            return
        rest = max(self._rests_until - time.monotonic(), 0)
        try:
            self._scheduler.modify_job(_JOB, next_run_time=datetime.now(UTC) + timedelta(seconds=rest))
        except JobLookupError:  # it is being stopped: what was committed stays due
            _log.debug("wake_ignored")

    def stop(self) -> None:
        """Let the running poll end with the batch it is at, then stop."""
        self.stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _run(self) -> None:
        self._is_polling = True
        began, done = time.monotonic(), 1
        try:
            done = self._poll()
        except Exception:
            _log.exception("poll_failed")
        finally:
            ended = time.monotonic()
            self._rests_until = ended if done else ended + min(_RESTS * (ended - began), POLL_SECONDS)
            self._is_polling = False
