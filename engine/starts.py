"""What starts cases beside people: the message, timer and signal start events of the newest version of each process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import calendar
from company.calendar import WorkingCalendar
from company.database import Base, Instant
from company.people import Actor
from engine.bpmn import cycles
from engine.bpmn.cycles import Cycle
from engine.bpmn.expressions import ExpressionInvalid, value_of
from engine.bpmn.model import Element, Kind, Problem, TimerKind, Trigger
from engine.bpmn.rules import problem
from engine.bpmn.times import TimeNotReadable, is_working_time
from engine.errors import DeploymentRefused, EngineError
from engine.feel import FeelError
from engine.instants import due_at
from engine.spiff import CompiledProcess
from engine.tasks import RowId, table_of
from engine.waits import Due, Incident, WorkStatus, priority


class StartSubscription(Base):
    """A message or signal that starts a case of the definition; ``trigger`` is that of its start event."""

    __tablename__ = "start_subscription"
    __table_args__ = (
        Index("ix_start_subscription_name", "name"),
        Index("ix_start_subscription_process_id", "process_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    trigger: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))


class StartTimer(Due, Base):
    """A timer that starts a case of the definition, once or as its cycle says.

    Of a cycle: ``interval``, how many ``rounds`` follow (None: without end), where the grid began (``anchor``), until
    when. Of working time: what was counted from when, and the mark of the calendar it was counted by.
    """

    __tablename__ = "start_timer"
    __table_args__ = (
        Index("ix_start_timer_due", "status", "due_at"),
        Index("ix_start_timer_process_id", "process_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    interval: Mapped[str | None] = mapped_column(String(100))
    rounds: Mapped[int | None]
    anchor: Mapped[datetime | None] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    counted_since: Mapped[datetime | None] = mapped_column(Instant)
    counted_time: Mapped[str | None] = mapped_column(String(100))
    calendar_mark: Mapped[str | None] = mapped_column(String(16))


def arm(session: Session, definitions: Mapping[int, CompiledProcess], now: datetime, deployer: Actor) -> None:
    """Let the start events of these newest definitions, by id, take the place of those of the versions before.

    Timers are reckoned from ``now``; a date or cycle that is over starts nothing. DeploymentRefused names a timer that
    cannot be reckoned without a case.
    """
    process_ids = [compiled.process_id for compiled in definitions.values()]
    _retire(session, process_ids, now, deployer)
    working_days = calendar.current(session)
    problems: list[Problem] = []
    for definition_id, compiled in definitions.items():
        for element in _start_events(compiled):
            own = {
                "definition_id": definition_id,
                "process_id": compiled.process_id,
                "element_id": element.id,
            }
            name = element.message_name or element.signal_name
            if element.trigger is Trigger.TIMER:
                try:
                    timer = _timer(element, compiled, now, working_days)
                except (TimeNotReadable, FeelError, ExpressionInvalid, EngineError, OverflowError) as error:
                    problems.append(_unreadable(compiled, element, error))
                    continue
                if timer is not None:
                    session.execute(insert(table_of(StartTimer)), [{**own, **timer}])
            elif name:
                row = {**own, "trigger": str(element.trigger), "name": name}
                session.execute(insert(table_of(StartSubscription)), [row])
    if problems:
        raise DeploymentRefused(problems)


def of_name(session: Session, trigger: Trigger, name: str) -> list[StartSubscription]:
    """The start events that this message or signal reaches, in a fixed order."""
    query = select(StartSubscription).where(
        StartSubscription.trigger == str(trigger), StartSubscription.name == name
    )
    return list(session.scalars(query.order_by(StartSubscription.id)))


def go_on(session: Session, timer: StartTimer, now: datetime) -> None:
    """After a timer has fired: its cycle's next time beyond ``now``, or away with it; what was missed stays missed."""
    if timer.interval is None or timer.rounds == 0:
        session.delete(timer)
        return
    counting = _Counting(calendar.current(session))
    cycle = Cycle(timer.rounds, timer.interval, end=timer.until)
    due = cycle.following(timer.anchor or timer.due_at, timer.due_at, now, counting.add)
    if due is None:
        session.delete(timer)
        return
    timer.due_at = due
    timer.rounds = None if timer.rounds is None else timer.rounds - 1
    timer.attempts = 0
    timer.counted_since, timer.counted_time, timer.calendar_mark = counting.noted


def recount(session: Session, timer: StartTimer) -> None:
    """Count the working time to the timer's instant again, on the calendar of today."""
    counting = _Counting(calendar.current(session))
    if timer.counted_since is not None and timer.counted_time is not None:
        timer.due_at = counting.add(timer.counted_since, timer.counted_time)
        timer.calendar_mark = counting.noted[2]


class _Counting:
    """Adds working time, and notes what was counted last: from when, what, by which calendar."""

    def __init__(self, working_days: WorkingCalendar) -> None:
        self._calendar = working_days
        self.noted: tuple[datetime | None, str | None, str | None] = (None, None, None)

    def add(self, since: datetime, text: str) -> datetime:
        self.noted = (since, text, self._calendar.mark)
        return due_at(text, since, self._calendar)


def _start_events(compiled: CompiledProcess) -> Iterator[Element]:
    for element in compiled.model.elements.values():
        if element.kind is Kind.START and element.parent_id is None:
            yield element


def _retire(session: Session, process_ids: list[str], now: datetime, deployer: Actor) -> None:
    session.execute(delete(StartSubscription).where(StartSubscription.process_id.in_(process_ids)))
    gone = session.scalars(
        delete(StartTimer).where(StartTimer.process_id.in_(process_ids)).returning(StartTimer.id)
    ).all()
    session.execute(
        update(Incident)
        .where(Incident.start_timer_id.in_(gone), Incident.resolved_at.is_(None))
        .values(resolved_at=now, resolved_by_name=deployer.name)
    )


def _timer(
    element: Element, compiled: CompiledProcess, now: datetime, working_days: WorkingCalendar
) -> dict[str, object] | None:
    """The columns of a start timer's row beside its own names; None when its time is over."""
    value = value_of(element.timer_text or "", {}, compiled.names, now=now)
    counting = _Counting(working_days)
    row: dict[str, object] = {"interval": None, "rounds": None, "anchor": None, "until": None}
    due: datetime | None
    if element.timer_kind is TimerKind.CYCLE:
        cycle = cycles.parse(str(value))
        due = None if cycle.rounds == 0 else cycle.first(now, counting.add)
        row["interval"], row["anchor"], row["until"] = cycle.interval, cycle.start or now, cycle.end
        row["rounds"] = None if cycle.rounds is None else cycle.rounds - 1
    elif is_working_time(str(value)):
        due = counting.add(now, str(value))
    else:
        due = due_at(value, now, working_days)
        if element.timer_kind is TimerKind.DATE and due < now:
            due = None
    if due is None:
        return None
    since, text, mark = counting.noted
    return row | {
        "due_at": due,
        "status": WorkStatus.OPEN.value,
        "attempts": 0,
        "retry_cycle": element.retry_cycle,
        "priority": priority(element, {}, now),
        "counted_since": since,
        "counted_time": text,
        "calendar_mark": mark,
    }


def _unreadable(compiled: CompiledProcess, element: Element, error: Exception) -> Problem:
    text = element.timer_text
    return problem(compiled.model.file, element, "timer_not_readable", text=text, reason=str(error))
