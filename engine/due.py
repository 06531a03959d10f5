"""What is due at all: one statement, so that a worker that has nothing to do asks once and not once a kind of work.

Each kind says itself when it is due; the work asks again by the same words before it does anything.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ColumnElement, String, bindparam, literal, or_, select
from sqlalchemy.orm import Session

from company import calendar
from company.database import Base, Instant
from engine import deadlines, firing, leases, messages, punctuality, recounting
from engine.context import Context
from engine.punctuality import TimerFiring
from engine.starts import StartTimer
from engine.tasks import UserTask
from engine.waits import Job, Message, MessageSubscription, TimerJob


class Kind(StrEnum):
    """The kinds of work, in the order in which a poll does them."""

    LOST = "lost"
    FORMER_DAYS = "former_days"
    TIMERS = "timers"
    STARTS = "starts"
    JOBS = "jobs"
    DEADLINES = "deadlines"
    OVERLOOKED = "overlooked"
    OLD = "old"


_NOW = bindparam("now", type_=Instant())
_KEPT_FROM = bindparam("kept_from", type_=Instant())
_MARK = bindparam("mark", type_=String())


def _any(table: type[Base], *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(literal(1)).select_from(table).where(*which).exists()


_ASKED = select(
    _any(Job, *leases.is_lost(_NOW)).label(Kind.LOST),
    or_(
        *(
            _any(table, *recounting.is_of_former_days(table, _MARK))
            for table in (TimerJob, StartTimer, UserTask)
        )
    ).label(Kind.FORMER_DAYS),
    _any(TimerJob, *firing.is_due(TimerJob, _NOW)).label(Kind.TIMERS),
    _any(StartTimer, *firing.is_due(StartTimer, _NOW)).label(Kind.STARTS),
    _any(Job, *leases.is_due(_NOW)).label(Kind.JOBS),
    _any(UserTask, *deadlines.is_due(_NOW)).label(Kind.DEADLINES),
    select(Message.id)
    .join(MessageSubscription, messages.is_waited_for())
    .where(*messages.is_kept(_NOW))
    .exists()
    .label(Kind.OVERLOOKED),
    or_(_any(Message, *messages.is_past(_NOW)), _any(TimerFiring, punctuality.is_older(_KEPT_FROM))).label(
        Kind.OLD
    ),
)


def kinds_due(context: Context, session: Session) -> frozenset[Kind]:
    """The kinds of work of which something is due now."""
    now = context.clock.now()
    asked = {"now": now, "kept_from": now - punctuality.KEPT, "mark": calendar.current(session).mark}
    row = session.execute(_ASKED, asked).one()
    return frozenset(kind for kind, is_due in zip(Kind, row, strict=True) if is_due)
