"""Who may do a task: role, data scope and four eyes as one SQL condition for the list, the claim and the completion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from company.people import Absent, Actor, Barred, Grant, Role, in_scope
from engine.errors import EngineError, FourEyesBroken, NotEligible, TrainingMissing
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
    """A candidate group of the actor whose scope reaches the task's unit and owner, or the actor by name; or that of a
    colleague whom the actor stands in for."""
    return or_(_is_candidate(actor), *(_is_candidate(absent) for absent in actor.stands_in_for))


def _is_candidate(actor: Actor) -> ColumnElement[bool]:
    roles_of: dict[tuple[Grant, ...], list[str]] = defaultdict(list)
    granted = actor.task_grants
    for role_id in sorted({grant.role_id for grant in granted} - _WITHOUT_TASKS):
        reach = {(grant.scope, grant.unit_path): grant for grant in granted if grant.role_id == role_id}
        same = next((known for known in roles_of if _reach(known) == set(reach)), tuple(reach.values()))
        roles_of[same].append(role_id)
    ways = [
        and_(
            in_scope(grants, UserTask.unit_id.expression, UserTask.owner_id.expression),
            _is_offered_to(roles),
        )
        for grants, roles in roles_of.items()
    ]
    if actor.employee_id is not None:
        ways.append(
            UserTask.id.in_(
                select(TaskCandidate.task_id).where(TaskCandidate.employee_id == actor.employee_id)
            )
        )
    return or_(*ways) if ways else false()


def _is_offered_to(roles: Sequence[str]) -> ColumnElement[bool]:
    """Asked of one task after the other: PostgreSQL would answer an EXISTS out of a table of all tasks made first."""
    offered = select(TaskCandidate.id).where(
        TaskCandidate.task_id == UserTask.id, TaskCandidate.role_id.in_(roles)
    )
    return offered.limit(1).scalar_subquery().is_not(None)


@lru_cache(maxsize=_ACTORS_MAX)
def is_other_person(actor: Actor) -> ColumnElement[bool]:
    """Nobody who did or co-signed a step named by the task's four-eyes rule, in any case of the business key.

    Nor, where there is such a rule, who co-signed this very task: his opinion would be one on his own decision.

    What is done for a colleague who is away counts for both: a substitute who has no right of his own may be neither,
    and what he did for the other is no longer the other's to check.
    """
    own = _is_other_person(actor.employee_id)
    if not actor.stands_in_for:
        return own
    ways = [and_(_is_candidate(each), _is_other_person(each.employee_id)) for each in actor.stands_in_for]
    return and_(own, or_(_is_candidate(actor), *ways))


def _is_other_person(employee_id: int | None) -> ColumnElement[bool]:
    if employee_id is None:
        return literal(True)
    return or_(UserTask.four_eyes.is_(None), ~exists().where(*_steps_done_by(employee_id)))


def may_co_sign(employee_id: int | None) -> ColumnElement[bool]:
    """The four-eyes rule for who gives an opinion: as for who does the task, but he may give more than one."""
    return or_(UserTask.four_eyes.is_(None), ~exists().where(*_earlier_steps_by(employee_id)))


def in_whose_name(session: Session, task: UserTask, actor: Actor) -> Actor:
    """The actor as he acts on a task he may do: in his own right, or on behalf of the colleague who holds it or whose
    right it is."""

    def lets(person: Actor) -> bool:
        condition = and_(_is_candidate(person), _is_other_person(person.employee_id))
        return session.scalar(select(UserTask.id).where(UserTask.id == task.id, condition)) is not None

    for absent in actor.stands_in_for:
        held = task.assignee_id is not None and task.assignee_id == absent.employee_id
        if held or (task.assignee_id is None and not lets(actor) and lets(absent)):
            return replace(actor, on_behalf_of=Absent(absent.employee_id or 0, absent.name))
    return actor


def refusal(session: Session, task: UserTask, actor: Actor, candidate: bool) -> EngineError:
    """Why the actor may not do the task: the role and scope, or the four-eyes step and who did it."""
    if not candidate:
        lacking = _training_missing(session, task, actor)
        if lacking is not None:
            return TrainingMissing(course=lacking.course, course_en=lacking.course_en)
        roles = session.scalars(select(Role).where(Role.id.in_(task.groups.split(",")))).all()
        return NotEligible(
            groups="、".join(role.name for role in roles) or task.groups,
            groups_en=", ".join(role.name_en for role in roles) or task.groups,
        )
    done = or_(*(and_(*_steps_done_by(employee_id)) for employee_id in actor.desks))
    found = session.execute(
        select(ActivityHistory.name, ActivityHistory.actor_name)
        .join(UserTask, UserTask.id == task.id)
        .where(done)
        .limit(1)
    ).first()
    return (
        FourEyesBroken(step=found[0], by=found[1]) if found else FourEyesBroken(step=task.name, by=actor.name)
    )


def _training_missing(session: Session, task: UserTask, actor: Actor) -> Barred | None:
    """The course that keeps the actor from the task, if that is all that does."""
    wanted = set(task.groups.split(","))
    for each in actor.barred:
        groups = {grant.role_id for grant in actor.grants if each.role_id in (grant.role_id, grant.of_role)}
        trained = _is_candidate(replace(actor, barred=()))
        reaches = select(UserTask.id).where(UserTask.id == task.id, trained)
        if groups & wanted and session.scalar(reaches) is not None:
            return each
    return None


def _reach(grants: tuple[Grant, ...]) -> set[tuple[str, str | None]]:
    return {(grant.scope, grant.unit_path) for grant in grants}


def _steps_done_by(employee_id: int | None) -> list[ColumnElement[bool]]:
    return [*_done_by(employee_id), or_(_named_by_the_rule(), _opinion_on_it())]


def _earlier_steps_by(employee_id: int | None) -> list[ColumnElement[bool]]:
    return [*_done_by(employee_id), _named_by_the_rule()]


def _done_by(employee_id: int | None) -> list[ColumnElement[bool]]:
    return [
        ActivityHistory.business_key == UserTask.business_key,
        or_(ActivityHistory.actor_id == employee_id, ActivityHistory.on_behalf_of_id == employee_id),
        ActivityHistory.kind.in_((Happening.USER.value, Happening.OPINION.value)),
    ]


def _named_by_the_rule() -> ColumnElement[bool]:
    return or_(_names(ActivityHistory.step), _names(ActivityHistory.case_role), _names(ActivityHistory.round))


def _opinion_on_it() -> ColumnElement[bool]:
    return and_(
        ActivityHistory.kind == Happening.OPINION.value,
        ActivityHistory.instance_id == UserTask.instance_id,
        ActivityHistory.token_id == UserTask.token_id,
    )


def _names(step: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    """Whether the rule, a list with commas around each name, names the step; exact, unlike LIKE."""
    return func.replace(UserTask.four_eyes, "," + step + ",", "") != UserTask.four_eyes
