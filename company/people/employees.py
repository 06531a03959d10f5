"""Employees and the roles they hold; a change of roles, password or standing ends their open sessions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date, ForeignKey, LargeBinary, String, UniqueConstraint, delete, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant
from company.messages import Language
from company.organisation import Unit
from company.people.duties import incompatible
from company.people.roles import Role

FORMER_PASSWORDS_KEPT = 5
_EMAIL = re.compile(r"[^@\s]{1,64}@[a-z0-9.-]{1,180}\.[a-z]{2,24}")
# What binds a sealed mobile number to its column.
PLACE_OF_MOBILE = "employee mobile"


class EmployeeUnknown(CompanyError):
    """No active employee has this id."""

    code = "employee_unknown"
    zh = "员工 {employee_id} 不存在或已停用。"
    en = "The employee {employee_id} does not exist or is no longer active."


class UsernameTaken(CompanyError):
    """Another employee signs in with this name."""

    code = "username_taken"
    zh = "登录名 {username} 已被使用，请另选一个。"
    en = "The user name {username} is taken; choose another."


class ContactTaken(CompanyError):
    """Another employee has this e-mail address or staff number."""

    code = "contact_taken"
    zh = "邮箱或工号已登记在另一名员工名下。"
    en = "Another employee has this e-mail address or staff number."


class EmailWrong(CompanyError):
    """This is no e-mail address."""

    code = "email_wrong"
    zh = "邮箱格式不正确，应形如 name@company.com。"
    en = "This is no e-mail address; one looks like name@company.com."


class EmployeeFieldMissing(CompanyError):
    """A field that must be filled is empty: ``username``, ``name`` or ``unit``."""

    code = "employee_field_missing"
    zh = "请填写{label}。"
    en = "Fill in the {label_en}."
    _LABELS: ClassVar = {
        "username": ("登录名", "user name"),
        "name": ("姓名", "name"),
        "unit": ("机构", "unit"),
    }

    def __init__(self, field: str) -> None:
        label, label_en = self._LABELS[field]
        super().__init__(label=label, label_en=label_en)


class EmployeeDateWrong(CompanyError):
    """No day, or the last one before the first."""

    code = "employee_date_wrong"
    zh = "日期无效，或离职日期早于入职日期，请更正。"
    en = "This is no date, or the last day lies before the first; correct it."


class RoleUnknown(CompanyError):
    """No role has this id."""

    code = "role_unknown"
    zh = "角色 {role_id} 不存在。"
    en = "The role {role_id} does not exist."


class RolesIncompatible(CompanyError):
    """One person may not hold both roles."""

    code = "roles_incompatible"
    zh = "同一人不能兼任 {role_id} 与 {other}；请先收回其中之一。"
    en = "One person may not hold both {role_id} and {other}; withdraw one of them first."


class UnitClosed(CompanyError):
    """Nobody joins a closed unit."""

    code = "unit_closed"
    zh = "机构 {code} 已停用，请另选机构。"
    en = "The unit {code} is closed; choose another."


class Employee(Base):
    """A person who signs in. ``session_epoch`` grows whenever open sessions must end.

    ``email`` (of the company, small letters) and ``staff_no`` are what an identity provider knows the person by;
    ``mobile_sealed`` is sealed about "employee mobile". ``password_is_temporary``: somebody else has chosen it, and the
    person may do nothing before choosing another.
    """

    __tablename__ = "employee"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    staff_no: Mapped[str | None] = mapped_column(String(32), unique=True)
    mobile_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    entered_on: Mapped[date | None] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(default=True)
    password_is_temporary: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(2), default="zh")
    session_epoch: Mapped[int] = mapped_column(default=1)
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)


class FormerPassword(Base):
    """A hash that the person signed in with before; the latest few are kept, so that none comes back."""

    __tablename__ = "former_password"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))


class EmployeeRole(Base):
    """A role held at a unit, from which its reach is counted."""

    __tablename__ = "employee_role"
    __table_args__ = (UniqueConstraint("employee_id", "role_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    role_id: Mapped[str] = mapped_column(ForeignKey("role.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))


def hire(
    session: Session,
    username: str,
    name: str,
    unit: Unit,
    roles: Iterable[str],
    password_hash: str,
    *,
    name_en: str = "",
    language: Language = "zh",
) -> Employee:
    """Add an employee holding ``roles`` at ``unit``; the hash is made before the transaction begins.

    Raises :class:`UsernameTaken`, :class:`RoleUnknown`, :class:`RolesIncompatible`, :class:`UnitClosed`.
    """
    _require_open(unit)
    if session.scalar(select(Employee.id).where(Employee.username == username)) is not None:
        raise UsernameTaken(username=username)
    person = Employee(
        username=username,
        name=name,
        name_en=name_en or name,
        unit_id=unit.id,
        password_hash=password_hash,
        language=language,
    )
    session.add(person)
    session.flush()
    for role_id in roles:
        give_role(session, person, role_id, unit)
    return person


def identify(session: Session, person: Employee, *, email: str, staff_no: str) -> None:
    """By what else the person is known; empty for nothing. :class:`EmailWrong`, :class:`ContactTaken`."""
    address, number = email.strip().lower() or None, staff_no.strip() or None
    if address is not None and not _EMAIL.fullmatch(address):
        raise EmailWrong()
    ways = [
        column == value
        for column, value in ((Employee.email, address), (Employee.staff_no, number))
        if value is not None
    ]
    if ways and session.scalar(select(Employee.id).where(Employee.id != person.id, or_(*ways))) is not None:
        raise ContactTaken()
    person.email, person.staff_no = address, number
    session.flush()


def employee(session: Session, employee_id: int) -> Employee:
    """The active employee with this id; :class:`EmployeeUnknown`."""
    person = session.get(Employee, employee_id)
    if person is None or not person.active:
        raise EmployeeUnknown(employee_id=employee_id)
    return person


def give_role(session: Session, person: Employee, role_id: str, unit: Unit) -> None:
    """Let ``person`` hold the role at ``unit`` and end open sessions; held already changes nothing.

    Raises :class:`RoleUnknown`, :class:`RolesIncompatible` and :class:`UnitClosed`.
    """
    _require_open(unit)
    if session.get(Role, role_id) is None:
        raise RoleUnknown(role_id=role_id)
    held = session.execute(
        select(EmployeeRole.role_id, EmployeeRole.unit_id).where(EmployeeRole.employee_id == person.id)
    ).all()
    for other, _ in held:
        if incompatible(session, role_id, other):
            raise RolesIncompatible(role_id=role_id, other=other)
    if (role_id, unit.id) in {(role, at) for role, at in held}:
        return
    session.add(EmployeeRole(employee_id=person.id, role_id=role_id, unit_id=unit.id))
    end_sessions(person)
    session.flush()


def withdraw_role(session: Session, person: Employee, role_id: str, unit: Unit | None = None) -> None:
    """Take the role away at a unit, or at every one, and end open sessions."""
    held = [EmployeeRole.employee_id == person.id, EmployeeRole.role_id == role_id]
    if unit is not None:
        held.append(EmployeeRole.unit_id == unit.id)
    session.execute(delete(EmployeeRole).where(*held))
    end_sessions(person)
    session.flush()


def move(session: Session, person: Employee, unit: Unit) -> None:
    """Let the person work in ``unit`` from now on, with every role held at the former one; ends open sessions."""
    _require_open(unit)
    held = (EmployeeRole.employee_id == person.id, EmployeeRole.unit_id == person.unit_id)
    there = select(EmployeeRole.role_id).where(
        EmployeeRole.employee_id == person.id, EmployeeRole.unit_id == unit.id
    )
    for role in session.scalars(select(EmployeeRole).where(*held)).all():
        if role.role_id in set(session.scalars(there)):
            session.delete(role)
        else:
            role.unit_id = unit.id
    person.unit_id = unit.id
    end_sessions(person)
    session.flush()


def end_sessions(person: Employee) -> None:
    """Make every session opened so far invalid."""
    person.session_epoch += 1


def deactivate(session: Session, person: Employee, on: date | None = None) -> None:
    """The person leaves, on a day if it is told: no sign-in, no open session; the history keeps the name."""
    person.active = False
    person.left_on = on
    end_sessions(person)
    session.flush()


def reactivate(session: Session, person: Employee) -> None:
    """The person is back, with the roles held before and no open session."""
    person.active = True
    person.left_on = None
    end_sessions(person)
    session.flush()


def set_password(session: Session, person: Employee, password_hash: str, *, temporary: bool = False) -> None:
    """Replace the password's hash (made before the transaction), lift a lock, and end open sessions.

    ``temporary``: somebody else has chosen it, the person must choose another at the next sign-in.
    """
    session.add(FormerPassword(employee_id=person.id, password_hash=person.password_hash))
    session.flush()
    stale = former_passwords(session, person)[FORMER_PASSWORDS_KEPT:]
    for former in stale:
        session.delete(former)
    person.password_hash = password_hash
    person.password_is_temporary = temporary
    person.failed_attempts = 0
    person.locked_until = None
    end_sessions(person)
    session.flush()


def former_passwords(session: Session, person: Employee) -> list[FormerPassword]:
    """The hashes used before, the latest first."""
    used = select(FormerPassword).where(FormerPassword.employee_id == person.id)
    return list(session.scalars(used.order_by(FormerPassword.id.desc())))


def count_in(session: Session, unit: Unit) -> int:
    """How many active people work or hold a role in the unit itself."""
    there = select(EmployeeRole.employee_id).where(EmployeeRole.unit_id == unit.id)
    in_it = or_(Employee.unit_id == unit.id, Employee.id.in_(there))
    return session.scalar(select(func.count()).select_from(Employee).where(Employee.active, in_it)) or 0


def _require_open(unit: Unit) -> None:
    if unit.closed_on is not None:
        raise UnitClosed(code=unit.code)
