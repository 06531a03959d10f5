"""Roles and what each may do with which records: the permission matrix as rows."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, String, select
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
    """A role; its id is the candidate group in the diagrams, its scope bounds the tasks it is offered."""

    __tablename__ = "role"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    scope: Mapped[Scope] = mapped_column(_SCOPE)


class Permission(Base):
    """What a role may do with an object. ``actions``: letters of C create, R read, U update, A approve, X execute,
    E export."""

    __tablename__ = "permission"

    role_id: Mapped[str] = mapped_column(ForeignKey("role.id"), primary_key=True)
    object: Mapped[str] = mapped_column(String(32), primary_key=True)
    actions: Mapped[str] = mapped_column(String(8))
    scope: Mapped[Scope] = mapped_column(_SCOPE)


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
