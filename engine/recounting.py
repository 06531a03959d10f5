"""Working time counted again, once the calendar it was counted by has changed: timers, start timers, deadlines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from company import calendar
from company.people import SYSTEM
from engine import offers, starts
from engine.deployments import load_definition
from engine.edge import each_at_the_edge
from engine.locking import locked_instance
from engine.starts import StartTimer
from engine.tasks import TaskStatus, UserTask
from engine.turn import Turn
from engine.waits import TimerJob, WorkStatus

if TYPE_CHECKING:
    from engine.runtime import Engine


def recount(engine: Engine, limit: int) -> int:
    """Reckon anew up to ``limit`` each of what was counted by a calendar of former days; returns how many.

    What cannot be reckoned keeps its time: what is wrong with its case shows when that comes.
    """
    with engine.database.read() as session:
        mark = calendar.current(session).mark
        cases, begins = (
            session.scalars(
                select(table.id).where(*is_of_former_days(table, mark)).order_by(table.id).limit(limit)
            ).all()
            for table in (TimerJob, StartTimer)
        )
        tasks = session.scalars(
            select(UserTask.id).where(*is_of_former_days(UserTask, mark)).order_by(UserTask.id).limit(limit)
        ).all()
    return (
        each_at_the_edge("timer", cases, partial(_recount_case, engine), partial(_keep, engine, TimerJob))
        + each_at_the_edge(
            "start timer", begins, partial(_recount_start, engine), partial(_keep, engine, StartTimer)
        )
        + each_at_the_edge(
            "deadline", tasks, partial(_recount_task, engine), partial(_keep, engine, UserTask)
        )
    )


def is_of_former_days(
    table: type[TimerJob | StartTimer | UserTask], mark: str | BindParameter[str]
) -> tuple[ColumnElement[bool], ...]:
    """Which open rows have another mark than today's, said so that an index answers it."""
    still = TaskStatus.OPEN.value if table is UserTask else WorkStatus.OPEN.value
    return (or_(table.calendar_mark < mark, table.calendar_mark > mark), table.status == still)


def _recount_case(engine: Engine, timer_id: int) -> None:
    with engine.database.write() as session:
        instance_id = session.scalar(select(TimerJob.instance_id).where(TimerJob.id == timer_id))
        if instance_id is None:
            return
        instance = locked_instance(session, instance_id, must_run=False)
        timer = session.get(TimerJob, timer_id)
        if timer is None:
            return
        token_id = timer.token_id
        definition = load_definition(session, instance.definition_id)
        turn = Turn(engine.context, session, instance, definition, SYSTEM)
        turn.run(turn.load(), lambda case: case.recount(token_id))
        _mark(session, TimerJob, TimerJob.instance_id == instance.id, TimerJob.token_id == token_id)


def _recount_start(engine: Engine, timer_id: int) -> None:
    with engine.database.write() as session:
        timer = session.get(StartTimer, timer_id, with_for_update=True)
        if timer is not None:
            starts.recount(session, timer)


def _recount_task(engine: Engine, task_id: int) -> None:
    with engine.database.write() as session:
        instance_id = session.scalar(select(UserTask.instance_id).where(UserTask.id == task_id))
        if instance_id is None:
            return
        instance = locked_instance(session, instance_id, must_run=False)
        task = session.get_one(UserTask, task_id)
        definition = load_definition(session, instance.definition_id)
        case = Turn(engine.context, session, instance, definition, SYSTEM).load()
        for waiting in case.waiting():
            if waiting.kind == "user" and waiting.token.id == task.token_id:
                offers.recount(session, task, waiting.token)
        _mark(session, UserTask, UserTask.id == task_id)


def _keep(
    engine: Engine, table: type[TimerJob | StartTimer | UserTask], row_id: int, _error: Exception
) -> None:
    with engine.database.write() as session:
        _mark(session, table, table.id == row_id)


def _mark(
    session: Session, table: type[TimerJob | StartTimer | UserTask], *which: ColumnElement[bool]
) -> None:
    session.execute(
        update(table)
        .where(*which, table.calendar_mark.is_not(None))
        .values(calendar_mark=calendar.current(session).mark),
        execution_options={"synchronize_session": False},
    )
