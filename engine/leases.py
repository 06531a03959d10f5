"""Leases: the right of one worker to run a job, renewed while it lives, taken back when it does not.

Several workers share one database. On PostgreSQL each passes over the rows that another has locked (SKIP LOCKED); on
SQLite they queue at the writers' lock. A try is counted when a job is begun, not when it is leased: what a worker that
died had taken and not begun has lost nothing.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, ColumnElement, func, not_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from engine import incidents
from engine.bpmn import retries
from engine.errors import LeaseLost, WorkerLost
from engine.tasks import Instance
from engine.waits import Job, WorkStatus

if TYPE_CHECKING:
    from engine.runtime import Engine

LEASE = timedelta(minutes=1)
RENEW_SECONDS = 20
LEASED_MAX = 10  # jobs that a worker holds at a time; the others are free for the next worker
_UNSYNCHRONISED = {"synchronize_session": False}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lease:
    """The right to run a job until another worker takes it over."""

    job_id: int
    version: int
    instance_id: int
    token_id: int


def owner() -> str:
    """The name of this worker in the rows it holds: machine, process, and a mark that no later process has."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{_MARK}"


_MARK = uuid.uuid4().hex[:8]


def is_due(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Which jobs are to be taken."""
    return (Job.status == WorkStatus.OPEN.value, Job.due_at <= now, Job.lease_until.is_(None))


def is_lost(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Which jobs no worker has in hand any more."""
    return (Job.status == WorkStatus.OPEN.value, Job.lease_until <= now)


def lease_due(engine: Engine, limit: int) -> list[Lease]:
    """Take due jobs, the highest priority first, of each case one exclusive job at a time."""
    now = engine.context.clock.now()
    with engine.database.read() as session:
        if session.scalar(select(Job.id).where(*is_due(now)).limit(1)) is None:
            return []
    with engine.database.write() as session:
        ids = _lock(session, is_due(now), limit)
        taken = session.execute(
            update(Job)
            .where(Job.id.in_(ids))
            .values(
                lease_until=now + LEASE,
                lease_version=Job.lease_version + 1,
                lease_owner=owner(),
                begun_at=None,
            )
            .returning(Job.id, Job.lease_version, Job.instance_id, Job.token_id),
            execution_options=_UNSYNCHRONISED,
        )
        return sorted((Lease(*row) for row in taken), key=lambda lease: ids.index(lease.job_id))


def _lock(session: Session, due: tuple[ColumnElement[bool], ...], limit: int) -> list[int]:
    """Lock the jobs to take, in their order.

    An exclusive job needs its case as well: it is locked first, and asked about its other jobs in a statement of its
    own, which sees what a worker that had the lock a moment ago has committed.
    """
    other = aliased(Job)
    first_of_case = select(func.min(Job.id)).where(*due, Job.exclusive).group_by(Job.instance_id)
    is_held = (
        select(other.id)
        .where(other.instance_id == Job.instance_id, other.exclusive, other.lease_until.is_not(None))
        .exists()
    )
    candidates = session.execute(
        select(Job.id, Job.instance_id, Job.exclusive)
        .where(*due, or_(not_(Job.exclusive), Job.id.in_(first_of_case) & not_(is_held)))
        .order_by(Job.priority.desc(), Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    wanted = {instance_id for _, instance_id, exclusive in candidates if exclusive}
    locked = select(Instance.id).where(Instance.id.in_(wanted)).order_by(Instance.id)
    free = set(session.scalars(locked.with_for_update(skip_locked=True, key_share=True)))
    busy = select(Job.instance_id).where(
        Job.instance_id.in_(free), Job.exclusive, Job.lease_until.is_not(None)
    )
    free -= set(session.scalars(busy))
    return [job_id for job_id, instance_id, exclusive in candidates if not exclusive or instance_id in free]


def begin(engine: Engine, lease: Lease) -> None:
    """Count the try, before anything is done. Raises LeaseLost."""
    now = engine.context.clock.now()
    mine = (
        Job.id == lease.job_id,
        Job.lease_version == lease.version,
        Job.lease_until.is_not(None),
        Job.status == WorkStatus.OPEN.value,
    )
    with engine.database.write() as session:
        begun = session.execute(
            update(Job)
            .where(*mine)
            .values(attempts=Job.attempts + 1, begun_at=now, lease_until=now + LEASE)
            .returning(Job.id),
            execution_options=_UNSYNCHRONISED,
        )
        if begun.first() is None:
            raise LeaseLost(job_id=lease.job_id)


def renew(engine: Engine, leases: Sequence[Lease]) -> None:
    """Hold what is still held for another minute; a job that is done or was taken back is left alone."""
    until = engine.context.clock.now() + LEASE
    with engine.database.write() as session:
        session.execute(
            update(Job)
            .where(
                Job.id.in_([lease.job_id for lease in leases]),
                Job.lease_owner == owner(),
                Job.lease_until.is_not(None),
            )
            .values(lease_until=until),
            execution_options=_UNSYNCHRONISED,
        )


def reap(engine: Engine, limit: int) -> int:
    """Take back the jobs whose worker has not renewed its lease; returns how many.

    One that had been begun has lost a try and goes on at once, or becomes an incident after the last; one that had not
    has lost nothing.
    """
    now = engine.context.clock.now()
    with engine.database.read() as session:
        lost = session.scalars(select(Job.id).where(*is_lost(now)).order_by(Job.id).limit(limit)).all()
    taken = 0
    for job_id in lost:
        with engine.database.write() as session:
            locked = select(Job).where(Job.id == job_id, *is_lost(now)).with_for_update(skip_locked=True)
            job = session.scalars(locked).first()
            if job is not None:
                _take_back(engine, session, job)
                taken += 1
    return taken


def _take_back(engine: Engine, session: Session, job: Job) -> None:
    begun = job.begun_at is not None
    _log.warning("job %s: its worker %s is gone, begun: %s", job.id, job.lease_owner, begun)
    now = engine.context.clock.now()
    if begun and job.attempts > len(retries.pauses(job.retry_cycle, now)):
        element = incidents.element_of(session, job.instance_id, job.process_id, job.element_id)
        incidents.note_failure(session, engine.context, job, WorkerLost(), element, None)
    job.lease_until = job.lease_owner = job.begun_at = None


class Renewal:
    """Renews leases in the background while the block runs, however long the jobs in it take."""

    def __init__(self, engine: Engine, leases: Sequence[Lease]) -> None:
        self._engine = engine
        self._leases = leases
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="cheliu-leases", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            try:
                renew(self._engine, self._leases)
            except SQLAlchemyError:
                _log.exception("the leases could not be renewed; they hold for what is left of %s", LEASE)
