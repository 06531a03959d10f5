"""The scheduler: APScheduler wakes the poll; the rows in the database decide what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

POLL_SECONDS = 1
_JOB = "poll"
_log = structlog.get_logger(__name__)


class Scheduler:
    """Calls ``poll`` every second or so many, and at once when told that there is work; never twice at a time."""

    def __init__(self, poll: Callable[[], int], *, seconds: int = POLL_SECONDS) -> None:
        self._poll = poll
        self._seconds = seconds
        self._is_polling = False
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
        """Poll now rather than at the next second; a poll under way looks again by itself."""
        if self._is_polling:
            return
        try:
            self._scheduler.modify_job(_JOB, next_run_time=datetime.now(UTC))
        except JobLookupError:  # it is being stopped: what was committed stays due
            _log.debug("wake_ignored")

    def stop(self) -> None:
        """Let the running poll end with the batch it is at, then stop."""
        self.stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _run(self) -> None:
        self._is_polling = True
        try:
            self._poll()
        except Exception:
            _log.exception("poll_failed")
        finally:
            self._is_polling = False
