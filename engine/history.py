"""What happened in a case, when and by whom: kept for every step, read as a timeline and as colours on the diagram."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from company.people import Actor
from engine.bpmn.model import Element
from engine.tasks import Instance, InstanceStatus, RowId, TaskComment, TaskStatus, UserTask, table_of
from engine.waits import Incident, Job, MessageSubscription, SignalSubscription, TimerJob


class Happening(StrEnum):
    """What a row of history tells."""

    STARTED = "started"
    PATH = "path"  # the flows and silent nodes of one run, for the diagram
    ENTERED = "entered"  # a subprocess or called process began
    USER = "user"
    SERVICE = "service"
    RULE = "rule"
    EVENT = "event"
    THROWN = "thrown"  # the case itself let an event happen
    CONTAINER = "container"  # a subprocess or called process ended
    INTERRUPTED = "interrupted"
    CLAIMED = "claimed"
    RETURNED = "returned"
    HANDED_OVER = "handed_over"
    SENT_BACK = "sent_back"  # to an earlier step, by who stood further on
    TAKEN_BACK = "taken_back"  # by who had done the step, before anybody went on
    ASKED = "asked"  # a colleague for an opinion
    OPINION = "opinion"
    CALLED_OFF = "called_off"  # an opinion is not waited for any more
    COPIED = "copied"
    REMINDED = "reminded"
    COMMENT = "comment"
    OVERDUE = "overdue"
    BACK_TO_GROUP = "back_to_group"
    INCIDENT = "incident"
    RETRIED = "retried"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ActivityHistory(Base):
    """One thing that happened. ``steps`` holds the names by which four-eyes rules know it: ",process/element,role,".

    ``inputs`` is what a step was given, ``results`` what it added to process data: ids, answers, decision results and
    sealed references, never a clear personal value. ``on_behalf_of_id``: the colleague who was away and for whom the
    actor did it.
    """

    __tablename__ = "activity_history"
    __table_args__ = (
        Index("ix_activity_history_key_actor", "business_key", "actor_id"),
        Index("ix_activity_history_instance_id", "instance_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    business_key: Mapped[str] = mapped_column(String(64))
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str | None] = mapped_column(String(100))
    name: Mapped[str | None] = mapped_column(String(200))
    token_id: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(15))
    step: Mapped[str | None] = mapped_column(String(201))
    case_role: Mapped[str | None] = mapped_column(String(100))
    round: Mapped[str | None] = mapped_column(String(60))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(100))
    on_behalf_of_id: Mapped[int | None] = mapped_column(BigInteger)
    on_behalf_of_name: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(Instant)
    inputs: Mapped[Any | None] = mapped_column(Tagged)
    results: Mapped[Any | None] = mapped_column(Tagged)
    note: Mapped[str | None] = mapped_column(Text)


class DecisionEvidence(Base):
    """How a decision was made: the inputs, the deployed version of the table, the rows that matched, the outputs."""

    __tablename__ = "decision_evidence"
    __table_args__ = (Index("ix_decision_evidence_business_key", "business_key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    business_key: Mapped[str] = mapped_column(String(64))
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    decision_id: Mapped[str] = mapped_column(String(100))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    inputs: Mapped[Any] = mapped_column(Tagged)
    matched: Mapped[Any | None] = mapped_column(Tagged)
    outputs: Mapped[Any | None] = mapped_column(Tagged)


def row(
    instance: Instance,
    kind: Happening,
    actor: Actor,
    at: datetime,
    *,
    element: Element | None = None,
    token_id: int | None = None,
    case_round: str | None = None,
    inputs: Any = None,
    results: Any = None,
    note: str | None = None,
) -> dict[str, Any]:
    """The columns of one row, ready for :func:`write`."""
    return {
        "business_key": instance.business_key,
        "instance_id": instance.id,
        "process_id": element.process_id if element else instance.process_id,
        "element_id": element.id if element else None,
        "name": element.name if element else None,
        "token_id": token_id,
        "kind": kind.value,
        "step": element.key if element else None,
        "case_role": element.properties.get("caseRole") if element else None,
        "round": case_round,
        "actor_id": actor.employee_id,
        "actor_name": actor.name,
        "on_behalf_of_id": actor.on_behalf_of.employee_id if actor.on_behalf_of else None,
        "on_behalf_of_name": actor.on_behalf_of.name if actor.on_behalf_of else None,
        "at": at,
        "inputs": inputs,
        "results": results,
        "note": note,
    }


_INSERT = insert(table_of(ActivityHistory))


def write(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows in one statement, in their order."""
    if rows:
        session.connection().execute(_INSERT, list(rows))


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a case's timeline; ``text`` is a comment, a reason or the cause of an incident."""

    at: datetime
    kind: Happening
    process_id: str
    element_id: str | None
    name: str | None
    actor_id: int | None
    actor_name: str
    inputs: Any = None
    results: Any = None
    text: str | None = None
    on_behalf_of_id: int | None = None


# What people ask about; the silent nodes of a path are for the diagram alone.
_TOLD = tuple(
    kind.value for kind in Happening if kind not in (Happening.PATH, Happening.CONTAINER, Happening.ENTERED)
)


def timeline(session: Session, business_key: str) -> list[TimelineEntry]:
    """All that happened in all cases of the business key, oldest first, comments among it."""
    rows = session.scalars(
        select(ActivityHistory)
        .where(ActivityHistory.business_key == business_key, ActivityHistory.kind.in_(_TOLD))
        .order_by(ActivityHistory.id)
    )
    entries = [
        TimelineEntry(
            each.at,
            Happening(each.kind),
            each.process_id,
            each.element_id,
            each.name,
            each.actor_id,
            each.actor_name,
            each.inputs,
            each.results,
            each.note,
            each.on_behalf_of_id,
        )
        for each in rows
    ]
    return sorted(entries + _comments(session, business_key), key=lambda entry: entry.at)


def _comments(session: Session, business_key: str) -> list[TimelineEntry]:
    rows = session.execute(
        select(TaskComment, UserTask.process_id, UserTask.element_id, UserTask.name)
        .join(UserTask, UserTask.id == TaskComment.task_id)
        .where(TaskComment.business_key == business_key)
        .order_by(TaskComment.id)
    )
    return [
        TimelineEntry(
            comment.at,
            Happening.COMMENT,
            process_id,
            element_id,
            name,
            comment.employee_id,
            comment.employee_name,
            text=comment.text,
        )
        for comment, process_id, element_id, name in rows
    ]


def instances(session: Session, business_key: str) -> list[Instance]:
    """All cases of the business key, oldest first; running and ended."""
    return list(
        session.scalars(select(Instance).where(Instance.business_key == business_key).order_by(Instance.id))
    )


def latest_answers(
    session: Session, step: str, instance_ids: Collection[int]
) -> dict[int, Mapping[str, object]]:
    """What people last answered at a step (``process/element``), by the id of the case; none where nobody has."""
    rows = session.execute(
        select(ActivityHistory.instance_id, ActivityHistory.results)
        .where(
            ActivityHistory.instance_id.in_(instance_ids),
            ActivityHistory.kind == Happening.USER.value,
            ActivityHistory.step == step,
        )
        .order_by(ActivityHistory.id)
    )
    return {instance_id: results for instance_id, results in rows if isinstance(results, Mapping)}


@dataclass
class Positions:
    """The colours of one process's diagram: element ids done, current and stuck, and the flows taken."""

    done: set[str] = field(default_factory=set)
    current: set[str] = field(default_factory=set)
    incident: set[str] = field(default_factory=set)
    flows: set[str] = field(default_factory=set)


def positions(session: Session, instance: Instance) -> dict[str, Positions]:
    """Where the case has been and where it stands, by process id: its own and each called one it has entered."""
    found: dict[str, Positions] = {instance.process_id: Positions()}

    def of(process_id: str) -> Positions:
        return found.setdefault(process_id, Positions())

    rows = session.scalars(
        select(ActivityHistory).where(ActivityHistory.instance_id == instance.id).order_by(ActivityHistory.id)
    )
    for each in rows:
        if each.kind == Happening.PATH:
            path: dict[str, list[str]] = each.results or {}
            for key in path["passed"]:
                process_id, element_id = key.split("/", 1)
                of(process_id).done.add(element_id)
            for key in path["flows"]:
                process_id, flow_id = key.split("/", 1)
                of(process_id).flows.add(flow_id)
        elif each.element_id is None:
            continue
        elif each.kind == Happening.ENTERED:
            of(each.process_id).current.add(each.element_id)
        elif each.kind in _ENDINGS:
            of(each.process_id).current.discard(each.element_id)
            if each.kind != Happening.INTERRUPTED:
                of(each.process_id).done.add(each.element_id)
    if instance.status == InstanceStatus.RUNNING:
        _add_waiting(session, instance, of)
    else:
        for each_process in found.values():
            each_process.current.clear()
    return found


_ENDINGS = frozenset(
    {
        Happening.USER.value,
        Happening.SERVICE.value,
        Happening.RULE.value,
        Happening.EVENT.value,
        Happening.THROWN.value,
        Happening.CONTAINER.value,
        Happening.INTERRUPTED.value,
    }
)


def _add_waiting(session: Session, instance: Instance, of: Callable[[str], Positions]) -> None:
    tasks = select(UserTask.process_id, UserTask.element_id).where(
        UserTask.instance_id == instance.id, UserTask.status == TaskStatus.OPEN
    )
    waits = [
        select(table.process_id, table.element_id).where(
            table.instance_id == instance.id, table.at_boundary.is_(False)
        )
        for table in (Job, TimerJob, MessageSubscription, SignalSubscription)
    ]
    for process_id, element_id in session.execute(tasks.union_all(*waits)):
        of(process_id).current.add(element_id)
    stuck = select(Incident.process_id, Incident.element_id).where(
        Incident.instance_id == instance.id, Incident.resolved_at.is_(None)
    )
    for process_id, element_id in session.execute(stuck):
        of(process_id).incident.add(element_id)
