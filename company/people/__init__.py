"""People: employees, their roles and reach, what they may do, and how they sign in."""

from __future__ import annotations

from company.people.actors import SYSTEM, Actor, Grant, Right, actor, actor_of_session, in_scope, may
from company.people.credentials import (
    PasswordTooWeak,
    SignInRefused,
    fits,
    hash_password,
    new_password,
    require_strong,
    sign_in,
)
from company.people.employees import (
    Employee,
    EmployeeRole,
    EmployeeUnknown,
    RolesIncompatible,
    RoleUnknown,
    UsernameTaken,
    deactivate,
    employee,
    end_sessions,
    give_role,
    hire,
    move,
    reactivate,
    set_password,
    withdraw_role,
)
from company.people.roles import Permission, Role, Scope, seed_roles

__all__ = [
    "SYSTEM",
    "Actor",
    "Employee",
    "EmployeeRole",
    "EmployeeUnknown",
    "Grant",
    "PasswordTooWeak",
    "Permission",
    "Right",
    "Role",
    "RoleUnknown",
    "RolesIncompatible",
    "Scope",
    "SignInRefused",
    "UsernameTaken",
    "actor",
    "actor_of_session",
    "deactivate",
    "employee",
    "end_sessions",
    "fits",
    "give_role",
    "hash_password",
    "hire",
    "in_scope",
    "may",
    "move",
    "new_password",
    "reactivate",
    "require_strong",
    "seed_roles",
    "set_password",
    "sign_in",
    "withdraw_role",
]
