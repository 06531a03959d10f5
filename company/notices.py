"""Notices: what the house tells a person in the application; one row a person, read or not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from company.organisation import Unit, unit_of
from company.people import Employee, EmployeeRole, Role, Scope


class Notice(Base):
    """One thing told to one employee; ``template`` chooses the sentence, ``facts`` fill it."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_unread", "employee_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    template: Mapped[str] = mapped_column(String(40))
    facts: Mapped[Any] = mapped_column(Tagged)
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)


def tell(session: Session, payload: Mapping[str, Any], now: datetime) -> int:
    """Write the notices of one ``notify`` message; returns how many people were told.

    The payload names ``template`` and whom: ``employee_id``, or ``role_id`` with an optional ``unit_id``, which means
    everybody who holds the role and whose reach includes the unit. All other entries are facts for the sentence.
    """
    address = ("template", "employee_id", "role_id", "unit_id")
    facts = {name: value for name, value in payload.items() if name not in address}
    if payload.get("employee_id") is not None:
        people = [payload["employee_id"]]
    else:
        people = holders(session, payload["role_id"], payload.get("unit_id"))
    session.add_all(
        Notice(employee_id=person, template=payload["template"], facts=facts, at=now) for person in people
    )
    return len(people)


def holders(session: Session, role_id: str, unit_id: int | None) -> list[int]:
    """The ids of the active employees who hold a role and whose reach includes the unit, if one is told."""
    held = select(Employee.id).join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
    held = held.join(Role, Role.id == EmployeeRole.role_id).join(Unit, Unit.id == EmployeeRole.unit_id)
    held = held.where(EmployeeRole.role_id == role_id, Employee.active.is_(True)).distinct()
    if unit_id is not None:
        above = [int(part) for part in unit_of(session, unit_id).path.strip("/").split("/")]
        held = held.where((Role.scope == Scope.ALL) | EmployeeRole.unit_id.in_(above))
    return sorted(session.scalars(held))


def unread_count(session: Session, employee_id: int) -> int:
    """How many notices the person has not read."""
    unread = select(func.count()).where(Notice.employee_id == employee_id, Notice.read_at.is_(None))
    return session.scalar(unread) or 0


def of(session: Session, employee_id: int, limit: int = 50) -> list[Notice]:
    """The person's latest notices, newest first."""
    mine = select(Notice).where(Notice.employee_id == employee_id)
    return list(session.scalars(mine.order_by(Notice.id.desc()).limit(limit)))


def open_one(session: Session, employee_id: int, notice_id: int, now: datetime) -> Notice | None:
    """The notice, read from now on; None when it is none of the person's."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.employee_id != employee_id:
        return None
    notice.read_at = notice.read_at or now
    return notice


def mark_read(session: Session, employee_id: int, now: datetime) -> None:
    """The person has seen all that was told so far."""
    unread = update(Notice).where(Notice.employee_id == employee_id, Notice.read_at.is_(None))
    session.execute(unread.values(read_at=now))
