"""Roles and what each may do with which records: the permission matrix as rows."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, Select, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base
from company.people.matrix import ROLES, permissions


class Scope(StrEnum):
    """How far a right reaches: own cases, the department's, the branch's, all."""

    OWN = "own"
    DEPARTMENT = "department"
    BRANCH = "branch"
    ALL = "all"


_SCOPE = Enum(
    Scope, native_enum=False, length=16, values_callable=lambda scopes: [scope.value for scope in scopes]
)
_LETTERS = {"o": Scope.OWN, "d": Scope.DEPARTMENT, "b": Scope.BRANCH, "a": Scope.ALL}


class Role(Base):
    """A role; its id is the candidate group in the diagrams, its scope bounds the tasks it is offered.

    ``needs_second_factor``: who holds it signs in with a one-time code beside the password.
    """

    __tablename__ = "role"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    scope: Mapped[Scope] = mapped_column(_SCOPE)
    needs_second_factor: Mapped[bool] = mapped_column(default=False)


class RoleGroup(Base):
    """Another candidate group of the diagrams, beside that of its own name, whose tasks the role is offered."""

    __tablename__ = "role_group"

    role_id: Mapped[str] = mapped_column(ForeignKey("role.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class Permission(Base):
    """What a role may do with an object. ``actions``: letters of C create, R read, U update, A approve, X execute,
    E export."""

    __tablename__ = "permission"

    role_id: Mapped[str] = mapped_column(ForeignKey("role.id"), primary_key=True)
    object: Mapped[str] = mapped_column(String(32), primary_key=True)
    actions: Mapped[str] = mapped_column(String(8))
    scope: Mapped[Scope] = mapped_column(_SCOPE)


def in_groups(groups: Iterable[str]) -> Select[str]:
    """The ids of the roles that are offered the tasks of any of these candidate groups."""
    wanted = list(groups)
    others = select(RoleGroup.role_id).where(RoleGroup.group_id.in_(wanted))
    return select(Role.id).where(or_(Role.id.in_(wanted), Role.id.in_(others)))


def seed_roles(session: Session) -> None:
    """Insert the roles that are missing, with their permissions; those present stay as an administrator left them."""
    known = set(session.scalars(select(Role.id)))
    for role_id, name, name_en, scope in ROLES:
        if role_id not in known:
            session.add(Role(id=role_id, name=name, name_en=name_en, scope=Scope(scope)))
    session.flush()
    for item, role_id, actions, letter in permissions():
        if role_id not in known:
            session.add(Permission(role_id=role_id, object=item, actions=actions, scope=_LETTERS[letter]))
    session.flush()
