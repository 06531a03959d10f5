"""Who may do a task: role, data scope and four eyes as one SQL condition for the list, the claim and the completion."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from company.people import Actor, Grant, Role, in_scope
from engine.errors import EngineError, FourEyesBroken, NotEligible
from engine.history import ActivityHistory, Happening
from engine.tasks import TaskCandidate, UserTask

# The administrator has no business rights and the auditor only reads, whatever a diagram says.
_WITHOUT_TASKS = frozenset({"admin", "auditor"})

# An actor holds the paths of his units, so the conditions depend on nothing else and are worth keeping.
_ACTORS_MAX = 1024


@lru_cache(maxsize=_ACTORS_MAX)
def eligible(actor: Actor) -> ColumnElement[bool]:
    """The condition on :class:`UserTask` under which ``actor`` may do it."""
    return and_(is_candidate(actor), is_other_person(actor))


@lru_cache(maxsize=_ACTORS_MAX)
def is_candidate(actor: Actor) -> ColumnElement[bool]:
    """A candidate role of the actor whose scope reaches the task's unit and owner, or the actor by name."""
    roles_of: dict[tuple[Grant, ...], list[str]] = defaultdict(list)
    for role_id in sorted(actor.roles - _WITHOUT_TASKS):
        reach = {(grant.scope, grant.unit_path): grant for grant in actor.grants if grant.role_id == role_id}
        same = next((known for known in roles_of if _reach(known) == set(reach)), tuple(reach.values()))
        roles_of[same].append(role_id)
    ways = [
        and_(
            exists().where(TaskCandidate.task_id == UserTask.id, TaskCandidate.role_id.in_(roles)),
            in_scope(grants, UserTask.unit_id.expression, UserTask.owner_id.expression),
        )
        for grants, roles in roles_of.items()
    ]
    if actor.employee_id is not None:
        ways.append(
            exists().where(
                TaskCandidate.task_id == UserTask.id, TaskCandidate.employee_id == actor.employee_id
            )
        )
    return or_(*ways) if ways else false()


@lru_cache(maxsize=_ACTORS_MAX)
def is_other_person(actor: Actor) -> ColumnElement[bool]:
    """Nobody who did or co-signed a step named by the task's four-eyes rule, in any case of the business key."""
    if actor.employee_id is None:
        return literal(True)
    return or_(UserTask.four_eyes.is_(None), ~exists().where(*_steps_done_by(actor.employee_id)))


def refusal(session: Session, task: UserTask, actor: Actor, candidate: bool) -> EngineError:
    """Why the actor may not do the task: the role and scope, or the four-eyes step and who did it."""
    if not candidate:
        roles = session.scalars(select(Role).where(Role.id.in_(task.groups.split(",")))).all()
        return NotEligible(
            groups="、".join(role.name for role in roles) or task.groups,
            groups_en=", ".join(role.name_en for role in roles) or task.groups,
        )
    found = session.execute(
        select(ActivityHistory.name, ActivityHistory.actor_name)
        .join(UserTask, UserTask.id == task.id)
        .where(*_steps_done_by(actor.employee_id))
        .limit(1)
    ).one()
    return FourEyesBroken(step=found[0], by=found[1])


def _reach(grants: tuple[Grant, ...]) -> set[tuple[str, str | None]]:
    return {(grant.scope, grant.unit_path) for grant in grants}


def _steps_done_by(employee_id: int | None) -> list[ColumnElement[bool]]:
    return [
        ActivityHistory.business_key == UserTask.business_key,
        ActivityHistory.actor_id == employee_id,
        ActivityHistory.kind.in_((Happening.USER.value, Happening.OPINION.value)),
        or_(_names(ActivityHistory.step), _names(ActivityHistory.case_role), _names(ActivityHistory.round)),
    ]


def _names(step: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    """Whether the rule, a list with commas around each name, names the step; exact, unlike LIKE."""
    return func.replace(UserTask.four_eyes, "," + step + ",", "") != UserTask.four_eyes
