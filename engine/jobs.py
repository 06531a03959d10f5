"""The worker's side: jobs under leases, due timers, deadlines and kept messages, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.people import SYSTEM, Actor
from engine import deadlines, firing, incidents, leases, messages, punctuality, recounting
from engine.bpmn.model import Element
from engine.deployments import LoadedDefinition, load_definition
from engine.due import Kind, kinds_due
from engine.edge import at_the_edge
from engine.errors import LeaseLost
from engine.leases import Lease, Renewal
from engine.locking import locked_instance
from engine.runtime import Engine
from engine.spiff import BpmnError
from engine.tasks import Instance, InstanceStatus
from engine.topics import OutsideCall
from engine.turn import Outcome, Turn
from engine.waits import Job, Message, WorkStatus


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
    are taken :data:`engine.leases.LEASED_MAX` at a time. Timers and deadlines counted by a calendar that was changed
    since are reckoned anew first; what has been kept long enough is swept away. Where nothing is due, one statement
    finds that out.
    """
    total, due = 0, _kinds_due(engine)
    for kind, work in _WORK.items():
        done = work(engine, limit) if kind in due else 0
        if done:  # it may have made something of a later kind due
            total, due = total + done, _kinds_due(engine)
    return total


def _kinds_due(engine: Engine) -> frozenset[Kind]:
    with engine.database.read() as session:
        return kinds_due(engine.context, session)


def retry_incident(engine: Engine, session: Session, incident_id: int, actor: Actor) -> None:
    """An operator sets a failed job, timer or message going again, at once and with all its tries."""
    incidents.retry_incident(engine.context, session, incident_id, actor)


def run_leased(engine: Engine, lease: Lease) -> None:
    """Run one leased job: its outside step with no transaction open, then its effect in one."""
    attempt = _Attempt()

    def run() -> None:
        leases.begin(engine, lease)
        _outside_step(engine, lease, attempt)
        with engine.database.write() as session:
            _inside_step(engine, session, lease, attempt)

    at_the_edge(f"job {lease.job_id}", run, partial(_failed, engine, lease, attempt))


def _run_jobs(engine: Engine, limit: int) -> int:
    taken = leases.lease_due(engine, min(limit, leases.LEASED_MAX))
    if taken:
        with nullcontext() if engine.database.is_together else Renewal(engine, taken):
            for lease in taken:
                run_leased(engine, lease)
    return len(taken)


def _outside_step(engine: Engine, lease: Lease, attempt: _Attempt) -> None:
    with engine.database.read() as session:
        instance = session.get_one(Instance, lease.instance_id)
        definition = load_definition(session, instance.definition_id)
        case = Turn(engine.context, session, instance, definition, SYSTEM).load()
    waiting = next((each for each in case.waiting() if each.token.id == lease.token_id), None)
    if waiting is None or waiting.kind != "job":
        raise LeaseLost(job_id=lease.job_id)
    token = waiting.token
    attempt.inputs = dict(token.data)
    if token.element.topic is None or waiting.after:
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


def _inside_step(engine: Engine, session: Session, lease: Lease, attempt: _Attempt) -> None:
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


def _failed(engine: Engine, lease: Lease, attempt: _Attempt, error: Exception) -> None:
    with engine.database.write() as session:
        job = session.get(Job, lease.job_id, with_for_update=True)
        if job is None or job.status != WorkStatus.OPEN or job.lease_version != lease.version:
            return
        element = incidents.element_of(session, job.instance_id, job.process_id, job.element_id)
        incidents.note_failure(session, engine.context, job, error, element, attempt.inputs)


def _revealing(engine: Engine, business_key: str) -> Callable[[str], str]:
    def reveal(reference: str) -> str:
        with engine.database.read() as session:
            return engine.context.world.vault.reveal(session, reference, business_key=business_key)

    return reveal


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
        at_the_edge(f"message {message_id}", partial(hand_out, message_id), lambda _error: None)
    return len(taken)


def _sweep(engine: Engine, limit: int) -> int:
    """Let messages expire that nobody has taken, and forget old firings; neither counts as work done."""
    now = engine.context.clock.now()
    with engine.database.read() as session:
        if not messages.have_expired(session, now) and not punctuality.has_old(session, now):
            return 0
    with engine.database.write() as session:
        messages.expire(session, now, limit)
        punctuality.prune(session, now)
    return 0


_WORK: Mapping[Kind, Callable[[Engine, int], int]] = {
    Kind.LOST: leases.reap,
    Kind.FORMER_DAYS: recounting.recount,
    Kind.TIMERS: firing.fire_due,
    Kind.STARTS: firing.start_due,
    Kind.JOBS: _run_jobs,
    Kind.DEADLINES: deadlines.sweep,
    Kind.OVERLOOKED: _hand_out_overlooked,
    Kind.OLD: _sweep,
}
