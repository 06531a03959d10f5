"""Who acts: a person with the roles, reach and rights resolved for one command, and the condition they put on rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from company.messages import Language
from company.organisation import Unit, branch_of, unit_of
from company.people.employees import EmployeeRole, EmployeeUnknown, employee
from company.people.roles import Permission, Role, RoleGroup, Scope
from company.people.second_factor import is_on
from company.people.substitutions import absent_for
from company.people.training import missing


@dataclass(frozen=True)
class Grant:
    """A role held at a unit and the subtree it opens: "/" for all, a path prefix, None for own cases only.

    ``of_role``: the role whose further candidate group ``role_id`` is.
    """

    role_id: str
    scope: Scope
    unit_path: str | None
    unit_id: int
    employee_id: int | None = None
    of_role: str | None = None


@dataclass(frozen=True)
class Right:
    """The letters a grant gives on an object."""

    object: str
    actions: str
    grant: Grant


@dataclass(frozen=True)
class Absent:
    """Who is away, for whom an act is done."""

    employee_id: int
    name: str


@dataclass(frozen=True)
class Barred:
    """A role that brings no task while a course it requires is not passed or no longer valid."""

    role_id: str
    course: str
    course_en: str


@dataclass(frozen=True)
class Actor:
    """A person or the system, as resolved for one command; ``employee_id`` None is the system.

    ``must_choose_password``: the one in use was chosen by somebody else; ``must_add_factor``: a role asks for a second
    factor and there is none. ``grants`` include those of the further
    candidate groups of the roles. ``stands_in_for``: colleagues who are away and whose tasks the person does;
    ``on_behalf_of``: for which of them this very act is done. ``barred``: the roles whose training is missing.
    """

    employee_id: int | None
    username: str
    name: str
    name_en: str
    unit_id: int | None
    roles: frozenset[str]
    grants: tuple[Grant, ...]
    language: Language = "zh"
    rights: tuple[Right, ...] = ()
    session_epoch: int = 0
    must_choose_password: bool = False
    must_add_factor: bool = False
    stands_in_for: tuple[Actor, ...] = ()
    on_behalf_of: Absent | None = None
    barred: tuple[Barred, ...] = ()

    @property
    def groups(self) -> frozenset[str]:
        """The candidate groups of the diagrams that the person belongs to."""
        return self.roles | {grant.role_id for grant in self.task_grants}

    @property
    def task_grants(self) -> tuple[Grant, ...]:
        """The grants by candidate group under which tasks come to the person: none of a barred role."""
        barred = {each.role_id for each in self.barred}
        return tuple(grant for grant in self.grants if (grant.of_role or grant.role_id) not in barred)

    @property
    def desks(self) -> tuple[int | None, ...]:
        """The person and those stood in for: whoever of them holds a task, it is on this person's desk."""
        return (self.employee_id, *(absent.employee_id for absent in self.stands_in_for))


SYSTEM = Actor(
    employee_id=None,
    username="system",
    name="系统",
    name_en="System",
    unit_id=None,
    roles=frozenset(),
    grants=(),
)


def actor(session: Session, employee_id: int, on: date | None = None) -> Actor:
    """The person with roles, reach and rights as they are now; :class:`EmployeeUnknown` if there is none or inactive.

    ``on``: the day whose substitutions and training count; the person then reads what the colleagues who are away read
    and does their tasks, and nothing else of theirs. Without it nobody is stood in for and no training is asked for.
    """
    person = employee(session, employee_id)
    held = session.execute(
        select(EmployeeRole.role_id, EmployeeRole.unit_id, Role.scope, Role.needs_second_factor)
        .join(Role, Role.id == EmployeeRole.role_id)
        .where(EmployeeRole.employee_id == employee_id)
        .order_by(EmployeeRole.role_id, EmployeeRole.unit_id)
    ).all()
    grants = tuple(
        _grant(session, employee_id, role_id, unit_id, scope) for role_id, unit_id, scope, _ in held
    )
    held_roles = frozenset(grant.role_id for grant in grants)
    permissions = session.scalars(select(Permission).where(Permission.role_id.in_(held_roles))).all()
    rights = tuple(
        Right(row.object, row.actions, _grant(session, employee_id, grant.role_id, grant.unit_id, row.scope))
        for grant in grants
        for row in permissions
        if row.role_id == grant.role_id
    )
    further = session.execute(
        select(RoleGroup.role_id, RoleGroup.group_id).where(RoleGroup.role_id.in_(held_roles))
    ).all()
    away = [] if on is None else _away(session, employee_id, on)
    rights += tuple(
        replace(right, actions="R") for each in away for right in each.rights if "R" in right.actions
    )
    return Actor(
        employee_id=person.id,
        username=person.username,
        name=person.name,
        name_en=person.name_en,
        unit_id=person.unit_id,
        roles=held_roles,
        grants=grants
        + tuple(
            replace(grant, role_id=group, of_role=role_id)
            for role_id, group in further
            for grant in grants
            if grant.role_id == role_id
        ),
        language="en" if person.language == "en" else "zh",
        rights=rights,
        session_epoch=person.session_epoch,
        must_choose_password=person.password_is_temporary,
        must_add_factor=any(needs for *_, needs in held) and not is_on(session, employee_id),
        stands_in_for=tuple(away),
        barred=() if on is None else _barred(session, employee_id, held_roles, on),
    )


def receiver(session: Session, employee_id: int, on: date) -> Actor:
    """The person to whom work is to be given for good: trained for it, and in the own right alone."""
    return replace(actor(session, employee_id, on), stands_in_for=())


def _away(session: Session, employee_id: int, on: date) -> list[Actor]:
    """The colleagues stood in for, with their own roles alone; the training these ask for the substitute must have."""
    found = []
    for absent_id in absent_for(session, employee_id, on):
        absent = actor(session, absent_id)
        found.append(replace(absent, barred=_barred(session, employee_id, absent.roles, on)))
    return found


def _barred(session: Session, employee_id: int, roles: frozenset[str], on: date) -> tuple[Barred, ...]:
    lacking = missing(session, employee_id, roles, on)
    return tuple(Barred(role_id, course.name, course.name_en) for role_id, course in lacking)


def actor_of_session(session: Session, employee_id: int, session_epoch: int, on: date) -> Actor | None:
    """The person of a session opened in ``session_epoch``; None if the person has left or the session was revoked."""
    try:
        found = actor(session, employee_id, on)
    except EmployeeUnknown:
        return None
    return found if found.session_epoch == session_epoch else None


def _grant(session: Session, employee_id: int, role_id: str, unit_id: int, scope: Scope) -> Grant:
    path: str | None
    if scope is Scope.ALL:
        path = "/"
    elif scope is Scope.BRANCH:
        path = branch_of(session, unit_id).path
    elif scope is Scope.DEPARTMENT:
        path = unit_of(session, unit_id).path
    else:
        path = None
    return Grant(role_id, scope, path, unit_id, employee_id)


def may(actor: Actor, object: str, action: str) -> tuple[Grant, ...]:
    """The grants under which ``actor`` may do ``action`` (one letter) with ``object``; empty means no."""
    return tuple(right.grant for right in actor.rights if right.object == object and action in right.actions)


# The column of a table or a computed one; a row without unit or owner lies in no scope but "all".
ScopeColumn = (
    InstrumentedAttribute[int]
    | InstrumentedAttribute[int | None]
    | ColumnElement[int]
    | ColumnElement[int | None]
)


def in_scope(
    grants: Iterable[Grant],
    unit_column: ScopeColumn,
    owner_column: ScopeColumn,
) -> ColumnElement[bool]:
    """The SQL condition that a row, with its unit and its owner, lies within at least one of ``grants``."""
    conditions: list[ColumnElement[bool]] = []
    for grant in grants:
        if grant.scope is Scope.ALL:
            return true()
        if grant.unit_path is None:
            if grant.employee_id is not None:  # what nobody owns is nobody's own
                conditions.append(owner_column == grant.employee_id)
        else:
            subtree = select(Unit.id).where(Unit.path.startswith(grant.unit_path))
            conditions.append(unit_column.in_(subtree))
    return or_(*conditions) if conditions else false()
