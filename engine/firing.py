"""Due timers: those of running cases, a few in one transaction, and those that start cases."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, ColumnElement, select
from sqlalchemy.orm import Session

from company.people import SYSTEM
from engine import incidents, punctuality, starting, starts
from engine.deployments import load_definition
from engine.edge import at_the_edge, attempt, each_at_the_edge
from engine.errors import AlreadyRunning, StartedBefore
from engine.starts import StartTimer
from engine.tasks import Instance
from engine.turn import Turn
from engine.waits import TimerJob, WorkStatus

if TYPE_CHECKING:
    from engine.runtime import Engine

# Timers fired in one transaction: a commit costs more than a firing, and nobody waits long for a case of so few.
TOGETHER = 10
_log = logging.getLogger(__name__)


def is_due(
    table: type[TimerJob | StartTimer], now: datetime | BindParameter[datetime]
) -> tuple[ColumnElement[bool], ...]:
    """Which timers are to fire."""
    return (table.status == WorkStatus.OPEN.value, table.due_at <= now)


def fire_due(engine: Engine, limit: int) -> int:
    """Fire up to ``limit`` due timers of cases, the highest priority first; returns how many were dealt with.

    Timers whose case another command or worker has in hand are passed over: they are due at the next poll.
    """
    now = engine.context.clock.now()
    due = (
        select(TimerJob.id)
        .where(*is_due(TimerJob, now))
        .order_by(TimerJob.priority.desc(), TimerJob.due_at, TimerJob.id)
        .limit(limit)
    )
    with engine.database.read() as session:
        ids = session.scalars(due).all()
    return sum(_fire_together(engine, ids[at : at + TOGETHER]) for at in range(0, len(ids), TOGETHER))


def _fire_together(engine: Engine, timer_ids: Sequence[int]) -> int:
    """Fire these timers, each in a savepoint; if they cannot be committed together, each alone."""
    failures: list[tuple[int, Exception]] = []
    fired: list[int] = []

    def fire_all(ids: Sequence[int]) -> None:
        fired.clear()
        failures.clear()
        with engine.database.write() as session:
            rows = []
            for timer, instance in _locked(session, ids, engine.context.clock.now()):
                row = punctuality.firing(timer, instance.id, engine.context.clock.now())
                error = attempt(f"timer {timer.id}", partial(_fire, engine, session, timer, instance))
                if error is None:
                    rows.append(row)
                    fired.append(timer.id)
                else:
                    failures.append((timer.id, error))
            punctuality.record(session, rows)

    if attempt(f"timers {timer_ids}", partial(fire_all, timer_ids)) is not None:
        if len(timer_ids) > 1:
            return sum(_fire_together(engine, (timer_id,)) for timer_id in timer_ids)
        return 0
    written = sum(
        at_the_edge(f"timer {timer_id}", partial(_raise, error), partial(_failed, engine, TimerJob, timer_id))
        for timer_id, error in failures
    )
    return len(fired) + written


def _raise(error: Exception) -> None:
    raise error


def _locked(session: Session, ids: Sequence[int], now: datetime) -> list[tuple[TimerJob, Instance]]:
    """The timers still due, of each case one, with their cases; all of them locked."""
    rows = session.execute(
        select(TimerJob, Instance)
        .join(Instance, Instance.id == TimerJob.instance_id)
        .where(TimerJob.id.in_(ids), *is_due(TimerJob, now))
        .order_by(TimerJob.priority.desc(), TimerJob.due_at, TimerJob.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    of_case: dict[int, tuple[TimerJob, Instance]] = {}
    for timer, instance in rows:
        of_case.setdefault(instance.id, (timer, instance))
    return list(of_case.values())


def _fire(engine: Engine, session: Session, timer: TimerJob, instance: Instance) -> None:
    with session.begin_nested():
        definition = load_definition(session, instance.definition_id)
        turn = Turn(engine.context, session, instance, definition, SYSTEM)
        token_id = timer.token_id
        turn.run(turn.load(), lambda case: case.fire_timer(token_id))


def _failed(
    engine: Engine, table: type[TimerJob] | type[StartTimer], timer_id: int, error: Exception
) -> None:
    """Plan the next try of a timer, or raise an incident."""
    with engine.database.write() as session:
        timer: TimerJob | StartTimer | None
        if table is TimerJob:
            timer = session.get(TimerJob, timer_id, with_for_update=True)
        else:
            timer = session.get(StartTimer, timer_id, with_for_update=True)
        if timer is None or timer.status != WorkStatus.OPEN:
            return
        timer.attempts += 1
        if isinstance(timer, TimerJob):
            element = incidents.element_of(session, timer.instance_id, timer.process_id, timer.element_id)
        else:
            element = incidents.element_in(session, timer.definition_id, timer.process_id, timer.element_id)
        incidents.note_failure(session, engine.context, timer, error, element, None)


def start_due(engine: Engine, limit: int) -> int:
    """Start a case for each due start timer; returns how many were dealt with."""
    now = engine.context.clock.now()
    due = (
        select(StartTimer.id)
        .where(*is_due(StartTimer, now))
        .order_by(StartTimer.priority.desc(), StartTimer.due_at, StartTimer.id)
        .limit(limit)
    )
    with engine.database.read() as session:
        ids = session.scalars(due).all()
    return each_at_the_edge("timer", ids, partial(_start, engine), partial(_failed, engine, StartTimer))


def _start(engine: Engine, timer_id: int) -> None:
    """Start the case and let the timer go on, in one transaction; a case that still runs for the key is enough."""
    with engine.database.write() as session:
        now = engine.context.clock.now()
        locked = select(StartTimer).where(StartTimer.id == timer_id, *is_due(StartTimer, now))
        timer = session.scalars(locked.with_for_update(skip_locked=True)).first()
        if timer is None:
            return
        definition = load_definition(session, timer.definition_id)
        element = definition.compiled.model.elements[timer.element_id]
        key = starting.key_of_timer(element, timer.due_at, now)
        row = punctuality.firing(timer, None, now)
        try:
            with session.begin_nested():
                started = starting.by_event(engine.context, session, definition, element, key, {})
            row["instance_id"] = started.id
        except (AlreadyRunning, StartedBefore) as refused:
            _log.info("start timer %s: %s", timer_id, refused.code)
        punctuality.record(session, [row])
        starts.go_on(session, timer, now)
