"""The worker's side: jobs under leases, due timers, deadlines and kept messages, each in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.people import SYSTEM, Actor
from engine import deadlines, incidents, messages
from engine.bpmn.model import Element, Kind
from engine.deployments import LoadedDefinition, load_definition
from engine.errors import FingerprintMismatch, LeaseLost, WorkerLost
from engine.runtime import Engine, locked_instance
from engine.spiff import BpmnError, BpmnInvalid
from engine.tasks import Instance, InstanceStatus
from engine.topics import OutsideCall
from engine.turn import Outcome, Turn
from engine.waits import Job, Message, TimerJob, WorkStatus

_log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
# So few that the last of them is begun, and done, within the lease even if each waits for its own timeout: a lease
# that runs out in the queue costs a try that was never made.
LEASED_MAX = 10


@dataclass(frozen=True)
class _Lease:
    """The right to run a job until another worker takes it over."""

    job_id: int
    version: int
    instance_id: int
    token_id: int


@dataclass
class _Attempt:
    """What is known of a try when it fails."""

    inputs: Mapping[str, Any] | None = None
    outcomes: dict[int, Outcome] = field(default_factory=dict)


class Worker:
    """Does all that is due; the scheduler wakes it."""

    def __init__(self, engine: Engine, *, batch: int = 50) -> None:
        self.engine = engine
        self.batch = batch

    def run_once(self) -> int:
        """Poll until nothing is due; returns how many things were done."""
        total = 0
        while done := poll(self.engine, self.batch):
            total += done
        return total


def poll(engine: Engine, limit: int = 50) -> int:
    """Do up to ``limit`` due timers, jobs, deadline steps and kept messages each; returns how many were begun.

    What fails is planned again or becomes an incident; nothing is raised for it, and nothing else waits for it. Jobs
    are taken :data:`LEASED_MAX` at a time.
    """
    return (
        _fire_timers(engine, limit)
        + _run_jobs(engine, limit)
        + deadlines.sweep(engine, limit)
        + _hand_out_overlooked(engine, limit)
    )


def retry_incident(engine: Engine, session: Session, incident_id: int, actor: Actor) -> None:
    """An operator sets a failed job or timer going again, at once and with all its tries."""
    incidents.retry_incident(engine.context, session, incident_id, actor)


# -- jobs ------------------------------------------------------------------------------------------------------


def lease_due(engine: Engine, limit: int) -> list[_Lease]:
    """Take due jobs, also those whose worker let its lease run out; nobody else runs them until theirs does."""
    now = engine.context.clock.now()
    is_due = (
        Job.status == WorkStatus.OPEN.value,
        Job.due_at <= now,
        or_(Job.lease_until.is_(None), Job.lease_until <= now),
    )
    with engine.database.read() as session:
        if session.scalar(select(Job.id).where(*is_due).limit(1)) is None:
            return []
    with engine.database.write() as session:
        due = select(Job.id).where(*is_due).order_by(Job.due_at, Job.id).limit(limit)
        ids = list(session.scalars(due.with_for_update(skip_locked=True)))
        taken = session.execute(
            update(Job)
            .where(Job.id.in_(ids))
            .values(lease_until=now + LEASE, lease_version=Job.lease_version + 1, attempts=Job.attempts + 1)
            .returning(Job.id, Job.lease_version, Job.instance_id, Job.token_id),
            execution_options={"synchronize_session": False},
        )
        return sorted((_Lease(*row) for row in taken), key=lambda lease: ids.index(lease.job_id))


def run_leased(engine: Engine, lease: _Lease) -> None:
    """Run one leased job: its outside step with no transaction open, then its effect in one."""
    attempt = _Attempt()

    def run() -> None:
        _outside_step(engine, lease, attempt)
        with engine.database.write() as session:
            _inside_step(engine, session, lease, attempt)

    def failed(error: Exception) -> None:
        _fail(engine, Job, lease.job_id, error, attempt.inputs, lease_version=lease.version)

    _at_the_edge(f"job {lease.job_id}", run, failed)


def _at_the_edge(what: str, run: Callable[[], None], failed: Callable[[Exception], None]) -> bool:
    """Any failure of a piece of work is planned again or shown; none stops the worker or what comes after it.

    False if not even that could be written: the work is due as before, and the next poll tries it.
    """
    try:
        run()
    except LeaseLost:
        _log.info("%s was taken over by another worker", what)
    except Exception as error:
        _log.warning("%s failed: %s", what, type(error).__name__)
        try:
            failed(error)
        except Exception:
            _log.exception("the failure of %s could not be written down", what)
            return False
    return True


def _run_jobs(engine: Engine, limit: int) -> int:
    leases = lease_due(engine, min(limit, LEASED_MAX))
    for lease in leases:
        run_leased(engine, lease)
    return len(leases)


def _outside_step(engine: Engine, lease: _Lease, attempt: _Attempt) -> None:
    with engine.database.read() as session:
        job = session.get(Job, lease.job_id)
        if job is None or job.lease_version != lease.version:
            raise LeaseLost(job_id=lease.job_id)
        if job.attempts > len(incidents.back_off(job.retry_cycle, engine.context.clock.now())) + 1:
            raise WorkerLost()
        instance = session.get_one(Instance, lease.instance_id)
        definition = load_definition(session, instance.definition_id)
        case = Turn(engine.context, session, instance, definition, SYSTEM).load()
    token = next((each.token for each in case.waiting() if each.token.id == lease.token_id), None)
    if token is None:
        raise LeaseLost(job_id=lease.job_id)
    attempt.inputs = dict(token.data)
    if token.element.topic is None:
        return
    handler = engine.context.topics.handler(token.element.topic)
    attempt.inputs = handler.arguments(token.element, token.data)
    if handler.outside_function is None:
        return
    call = OutsideCall(
        clock_now=engine.context.clock.now(),
        business_key=instance.business_key,
        instance_id=instance.id,
        idempotency_key=f"{instance.business_key}:{instance.id}:{token.id}",
        element=token.element,
        data=token.data,
        world=engine.context.world,
        reveal=_revealing(engine, instance.business_key),
    )
    attempt.outcomes[token.id] = _outcome(definition, token.element, lambda: handler.run_outside(call))


def _outcome(definition: LoadedDefinition, element: Element, step: Callable[[], Any]) -> Outcome:
    """The outcome of an outside step; a refusal that a boundary event catches is one."""
    try:
        return Outcome(value=step())
    except (Refusal, BpmnError) as refusal:
        if not definition.catches(element, refusal):
            raise
        return Outcome(refusal=refusal)


def _inside_step(engine: Engine, session: Session, lease: _Lease, attempt: _Attempt) -> None:
    instance = locked_instance(session, lease.instance_id, must_run=False)
    mine = delete(Job).where(
        Job.id == lease.job_id,
        Job.lease_version == lease.version,
        Job.status == WorkStatus.OPEN.value,
    )
    taken = session.execute(mine.returning(Job.id), execution_options={"synchronize_session": False})
    if taken.first() is None or instance.status != InstanceStatus.RUNNING:
        raise LeaseLost(job_id=lease.job_id)
    definition = load_definition(session, instance.definition_id)
    turn = Turn(engine.context, session, instance, definition, SYSTEM, outcomes=attempt.outcomes)
    turn.run(turn.load(), lambda case: case.grant(lease.token_id))


def _revealing(engine: Engine, business_key: str) -> Callable[[str], str]:
    def reveal(reference: str) -> str:
        with engine.database.read() as session:
            return engine.context.world.vault.reveal(session, reference, business_key=business_key)

    return reveal


# -- timers ----------------------------------------------------------------------------------------------------


def _fire_timers(engine: Engine, limit: int) -> int:
    now = engine.context.clock.now()
    with engine.database.read() as session:
        due = session.execute(
            select(TimerJob.id, TimerJob.instance_id)
            .where(TimerJob.status == WorkStatus.OPEN.value, TimerJob.due_at <= now)
            .order_by(TimerJob.due_at, TimerJob.id)
            .limit(limit)
        ).all()
    return sum(
        _at_the_edge(
            f"timer {timer_id}",
            partial(_fire, engine, timer_id, instance_id),
            partial(_timer_failed, engine, timer_id),
        )
        for timer_id, instance_id in due
    )


def _fire(engine: Engine, timer_id: int, instance_id: int) -> None:
    """Fire the timer unless a person or another worker was quicker."""
    with engine.database.write() as session:
        instance = locked_instance(session, instance_id, must_run=False)
        timer = session.get(TimerJob, timer_id)
        now = engine.context.clock.now()
        if timer is None or timer.status != WorkStatus.OPEN or timer.due_at > now:
            return
        definition = load_definition(session, instance.definition_id)
        turn = Turn(engine.context, session, instance, definition, SYSTEM)
        token_id = timer.token_id
        turn.run(turn.load(), lambda case: case.fire_timer(token_id))


def _timer_failed(engine: Engine, timer_id: int, error: Exception) -> None:
    _fail(engine, TimerJob, timer_id, error, None)


# -- messages and failures -------------------------------------------------------------------------------------


def _hand_out_overlooked(engine: Engine, limit: int) -> int:
    now = engine.context.clock.now()
    with engine.database.read() as session:
        found = [message.id for message in messages.overlooked(session, now, limit)]
    taken: list[int] = []

    def hand_out(message_id: int) -> None:
        with engine.database.write() as session:
            message = session.get_one(Message, message_id, with_for_update=True)
            if message.consumed_at is None:
                engine.hand_out(session, message)
        if message.consumed_at is not None:
            taken.append(message_id)

    for message_id in found:
        _at_the_edge(f"message {message_id}", partial(hand_out, message_id), lambda _error: None)
    return len(taken)


def _fail(
    engine: Engine,
    table: type[Job] | type[TimerJob],
    work_id: int,
    error: Exception,
    inputs: Mapping[str, Any] | None,
    *,
    lease_version: int | None = None,
) -> None:
    with engine.database.write() as session:
        work: Job | TimerJob | None
        if table is Job:
            work = session.get(Job, work_id, with_for_update=True)
        else:
            work = session.get(TimerJob, work_id, with_for_update=True)
        if work is None or work.status != WorkStatus.OPEN:
            return
        if isinstance(work, Job):
            if work.lease_version != lease_version:
                return
        else:
            work.attempts += 1
        element = _element_of(session, work)
        incidents.note_failure(session, engine.context, work, error, element, inputs)


def _element_of(session: Session, work: Job | TimerJob) -> Element:
    """The element, from the diagram where that can be read, else with its id for a name."""
    instance = session.get_one(Instance, work.instance_id)
    try:
        elements = load_definition(session, instance.definition_id).compiled.elements
    except (FingerprintMismatch, BpmnInvalid):
        elements = {}
    unnamed = Element(
        id=work.element_id, name=work.element_id, kind=Kind.SERVICE_TASK, process_id=work.process_id
    )
    return elements.get(unnamed.key, unnamed)
