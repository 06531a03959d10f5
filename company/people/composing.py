"""Roles composed at run time: rights with their reach, candidate groups, and whether a second factor is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from company import CompanyError
from company.people import duties
from company.people.employees import Employee, EmployeeRole, RolesIncompatible, end_sessions
from company.people.matrix import OBJECTS
from company.people.roles import Permission, Role, RoleGroup, Scope

LETTERS = "CRUAXE"
_ID = re.compile(r"[a-z][a-z0-9_]{1,31}")
_KNOWN = frozenset(name for name, _zh, _en in OBJECTS)


class RoleFieldWrong(CompanyError):
    """A role has an id of small letters and a name, and its rights are known ones."""

    code = "role_field_wrong"
    zh = "角色编号须以小写字母开头，只含小写字母、数字和下划线，最长 32 位；名称必填；权限和任务组须在列表中选择。"
    en = (
        "The id of a role begins with a small letter and has small letters, digits and underscores, 32 at most; it has "
        "a name; rights and groups are chosen from the lists."
    )


class RoleTaken(CompanyError):
    """Another role has this id."""

    code = "role_taken"
    zh = "角色编号 {role_id} 已被使用。"
    en = "The role id {role_id} is taken."


@dataclass(frozen=True)
class Content:
    """What a role is: ``permissions`` by object as letters and reach, ``groups`` beside the one of its own name."""

    name: str
    name_en: str
    scope: Scope
    permissions: Mapping[str, tuple[str, Scope]] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    needs_second_factor: bool = False

    def said(self) -> dict[str, object]:
        """The same in words that the audit keeps."""
        return {
            "name": self.name,
            "name_en": self.name_en,
            "scope": self.scope.value,
            "permissions": {
                name: f"{letters} {scope.value}"
                for name, (letters, scope) in sorted(self.permissions.items())
            },
            "groups": sorted(self.groups),
            "needs_second_factor": self.needs_second_factor,
        }


def content_of(session: Session, role: Role) -> Content:
    """The role as it is."""
    rows = session.scalars(select(Permission).where(Permission.role_id == role.id))
    groups = session.scalars(select(RoleGroup.group_id).where(RoleGroup.role_id == role.id))
    return Content(
        name=role.name,
        name_en=role.name_en,
        scope=role.scope,
        permissions={row.object: (row.actions, row.scope) for row in rows},
        groups=frozenset(groups),
        needs_second_factor=role.needs_second_factor,
    )


def create_role(session: Session, role_id: str, content: Content) -> Role:
    """A new role; :class:`RoleFieldWrong`, :class:`RoleTaken`, :class:`company.people.duties.DutiesCombined`."""
    _require(session, content)
    if not _ID.fullmatch(role_id):
        raise RoleFieldWrong()
    if session.get(Role, role_id) is not None:
        raise RoleTaken(role_id=role_id)
    role = Role(id=role_id, name=content.name, name_en=content.name_en or content.name, scope=content.scope)
    session.add(role)
    session.flush()
    _write(session, role, content)
    return role


def change_role(session: Session, role: Role, content: Content) -> int:
    """Let the role be this from now on and end the sessions of everybody who holds it; how many people those are.

    Raises :class:`RoleFieldWrong`, :class:`company.people.duties.DutiesCombined`, and
    :class:`company.people.employees.RolesIncompatible` where somebody holds a role of another duty too.
    """
    _require(session, content)
    session.execute(delete(Permission).where(Permission.role_id == role.id))
    session.execute(delete(RoleGroup).where(RoleGroup.role_id == role.id))
    role.name, role.name_en, role.scope = content.name, content.name_en or content.name, content.scope
    _write(session, role, content)
    holders = session.scalars(
        select(Employee).where(
            Employee.id.in_(select(EmployeeRole.employee_id).where(EmployeeRole.role_id == role.id))
        )
    ).all()
    others = session.scalars(
        select(EmployeeRole.role_id)
        .where(EmployeeRole.employee_id.in_([person.id for person in holders]))
        .distinct()
    )
    for other in others:
        if duties.incompatible(session, role.id, other):
            raise RolesIncompatible(role_id=role.id, other=other)
    for person in holders:
        end_sessions(person)
    session.flush()
    return len(holders)


def _require(session: Session, content: Content) -> None:
    known_groups = set(session.scalars(select(Role.id)))
    fits = bool(content.name) and content.groups <= known_groups and _KNOWN.issuperset(content.permissions)
    if not fits or not all(set(letters) <= set(LETTERS) for letters, _scope in content.permissions.values()):
        raise RoleFieldWrong()
    letters = {name: letters for name, (letters, _scope) in content.permissions.items()}
    duties.require_one_duty(letters, content.groups)


def _write(session: Session, role: Role, content: Content) -> None:
    role.needs_second_factor = content.needs_second_factor
    for name, (letters, scope) in content.permissions.items():
        if letters:
            session.add(Permission(role_id=role.id, object=name, actions=letters, scope=scope))
    for group_id in content.groups - {role.id}:
        session.add(RoleGroup(role_id=role.id, group_id=group_id))
    session.flush()
