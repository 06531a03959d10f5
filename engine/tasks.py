"""The rows of a running case: the instance with its saved tokens, its user tasks, their candidates and drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    Update,
    bindparam,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from company.database import Base, Fen, Instant

# SQLite gives row ids of its own only to a column declared INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


def table_of(model: type[Base]) -> Table:
    """The table of a model: rows written through it go out as they are, all in one statement."""
    return Base.metadata.tables[model.__tablename__]


class InstanceStatus(StrEnum):
    """Whether a case runs; where it stands is asked of its tokens."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TaskStatus(StrEnum):
    """The life of a user task: open, then done by a person or taken away by the case."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class CaseFacts:
    """What lists and scopes need to know of a case: names for people, the amount in yuan, unit and owner."""

    title: str
    subtitle: str = ""
    amount: Decimal | None = None
    unit_id: int | None = None
    owner_id: int | None = None


class Instance(Base):
    """One case of a process: a business key, the definition it was started on, and the saved state of its tokens."""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_business_key", "business_key"),
        Index("ix_instance_started_by_id", "started_by_id", "id"),
        Index("uq_instance_once_key", "process_id", "once_key", unique=True),
        Index(
            "uq_instance_running_key",
            "process_id",
            "business_key",
            unique=True,
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    business_key: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[str] = mapped_column(String(100))
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    state: Mapped[bytes] = mapped_column(LargeBinary)
    lock_version: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    subtitle: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal | None] = mapped_column(Fen)
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    owner_id: Mapped[int | None] = mapped_column(BigInteger)
    started_by_id: Mapped[int | None] = mapped_column(BigInteger)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    once_key: Mapped[str | None] = mapped_column(
        String(64)
    )  # the business key where the process takes each once

    __mapper_args__ = {"version_id_col": lock_version}

    @property
    def facts(self) -> CaseFacts:
        """What lists show of it."""
        return CaseFacts(self.title, self.subtitle, self.amount, self.unit_id, self.owner_id)


class UserTask(Base):
    """One piece of work for a person; carries all that the inbox shows, sorts and filters by.

    ``order_at`` is the deadline, or the end of time for a task without one, so that one index serves the list;
    ``rank_at`` is the same with the head start that money at risk gives (:mod:`engine.offers`). ``opinions_open`` is
    how many asked for an opinion have not given it. A done task keeps ``state_before``, the case as it was before it
    was done, as long as the case runs: what going back needs.
    ``four_eyes`` is the rule as ",process/element,case role,"; ``round`` names one round of a task done by several
    people, such as a vote. ``version`` grows with every change of holder.
    """

    __tablename__ = "user_task"
    __table_args__ = (
        Index("ix_user_task_deadline", "status", "order_at", "id"),
        Index("ix_user_task_rank", "status", "rank_at", "id"),
        Index("ix_user_task_done_at", "assignee_id", "done_at"),
        Index("ix_user_task_holder", "assignee_id", "status", "order_at"),
        Index("ix_user_task_instance", "instance_id", "token_id", unique=True),
        Index("ix_user_task_business_key", "business_key"),
        Index("ix_user_task_overdue", "status", "alarm_at"),
        Index(
            "ix_user_task_calendar_mark",
            "calendar_mark",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    token_id: Mapped[int] = mapped_column(Integer)
    process_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    business_key: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    owner_id: Mapped[int | None] = mapped_column(BigInteger)
    assignee_id: Mapped[int | None] = mapped_column(BigInteger)
    assignee_name: Mapped[str | None] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    subtitle: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Decimal | None] = mapped_column(Fen)
    priority: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    order_at: Mapped[datetime] = mapped_column(Instant)
    rank_at: Mapped[datetime] = mapped_column(Instant)
    follow_up_at: Mapped[datetime | None] = mapped_column(Instant)
    escalate_at: Mapped[datetime | None] = mapped_column(Instant)
    alarm_at: Mapped[datetime | None] = mapped_column(Instant)
    calendar_mark: Mapped[str | None] = mapped_column(String(16))
    overdue_level: Mapped[int] = mapped_column(SmallInteger, default=0)
    form_key: Mapped[str | None] = mapped_column(String(100))
    groups: Mapped[str] = mapped_column(String(300))
    four_eyes: Mapped[str | None] = mapped_column(Text)
    round: Mapped[str | None] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(Integer)
    done_by_name: Mapped[str | None] = mapped_column(String(100))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    opinions_open: Mapped[int] = mapped_column(SmallInteger, default=0)
    state_before: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    __mapper_args__ = {"version_id_col": version}


def write_versioned(session: Session, row: Instance | UserTask, **changes: Any) -> bool:
    """Write columns of a loaded row unless another command was quicker; False if it was.

    The same as an ORM flush with its version check, at a fifth of the cost: for the path every completion takes.
    """
    version = "lock_version" if isinstance(row, Instance) else "version"
    before = getattr(row, version)
    changes[version] = before + 1
    statement = _update_of(type(row), version, tuple(sorted(changes)))
    keys = {f"new_{name}": value for name, value in changes.items()}
    written = session.connection().execute(statement, {**keys, "row_id": row.id, "row_version": before})
    if written.rowcount != 1:
        return False
    for name, value in changes.items():
        set_committed_value(row, name, value)
    return True


@lru_cache(maxsize=64)
def _update_of(model: type[Base], version: str, names: tuple[str, ...]) -> Update:
    table = table_of(model)
    return (
        update(table)
        .where(table.c.id == bindparam("row_id"), table.c[version] == bindparam("row_version"))
        .values({table.c[name]: bindparam(f"new_{name}") for name in names})
    )


class TaskCandidate(Base):
    """Who may do a task: a role, or one person by name."""

    __tablename__ = "task_candidate"
    __table_args__ = (
        Index("ix_task_candidate_role", "role_id", "task_id"),
        Index("ix_task_candidate_employee", "employee_id", "task_id"),
        Index("ix_task_candidate_task", "task_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"))
    role_id: Mapped[str | None] = mapped_column(String(40))
    employee_id: Mapped[int | None] = mapped_column(BigInteger)


class Draft(Base):
    """What a person has typed into a task's form so far, sealed as a whole."""

    __tablename__ = "draft"

    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"), primary_key=True, autoincrement=False)
    employee_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime] = mapped_column(Instant)


class TaskComment(Base):
    """A remark at a task; part of the case's timeline."""

    __tablename__ = "task_comment"
    __table_args__ = (Index("ix_task_comment_business_key", "business_key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("user_task.id"))
    business_key: Mapped[str] = mapped_column(String(64))
    employee_id: Mapped[int | None] = mapped_column(BigInteger)
    employee_name: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(Instant)
    text: Mapped[str] = mapped_column(Text)
