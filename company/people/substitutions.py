"""Substitution: from day to day somebody does the tasks of a colleague who is away; it begins and ends by itself."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, ForeignKey, String, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant
from company.people import duties
from company.people.employees import Employee, EmployeeRole, RolesIncompatible

DAYS_MAX = 92
_REASON_MAX = 200


class SubstitutionDatesWrong(CompanyError):
    """The first day is not after the last, the last not past, and it lasts no longer than a quarter."""

    code = "substitution_dates_wrong"
    zh = "代理日期无效：起始日不晚于截止日，截止日不早于今天，最长 {limit} 天。"
    en = (
        "The days do not fit: the first is no later than the last, the last is not past, and a substitution lasts "
        "{limit} days at most."
    )


class SubstitutionOfOneself(CompanyError):
    """Nobody stands in for himself."""

    code = "substitution_of_oneself"
    zh = "代理人不能是本人，请另选一位同事。"
    en = "Nobody stands in for himself; choose a colleague."


class SubstituteOfOtherDuty(CompanyError):
    """For one's own absence one appoints a colleague who shares a role; an administrator may appoint another."""

    code = "substitute_of_other_duty"
    zh = "代理人须是与您有共同角色的其他同事；如需其他人代理，请管理员安排。"
    en = "Appoint a colleague who shares a role with you; an administrator may appoint somebody else."


class SubstitutionOverlaps(CompanyError):
    """One person stands in for one absent colleague at a time, and who is away stands in for nobody."""

    code = "substitution_overlaps"
    zh = "这些天里 {name} 已有代理安排：每人同一天只有一位代理人，休假的人也不能替别人代理。"
    en = (
        "{name} is part of another substitution in these days: a colleague has one substitute a day, and who is away "
        "stands in for nobody."
    )


class SubstitutionUnknown(CompanyError):
    """There is none that has not ended."""

    code = "substitution_unknown"
    zh = "该代理安排不存在或已结束。"
    en = "There is no such substitution, or it has ended."


class Substitution(Base):
    """``substitute_id`` does the tasks of ``absent_id`` from the first to the last day, both inclusive.

    ``ended_at``: somebody ended it before its last day. ``entered_by`` is a sign-in name.
    """

    __tablename__ = "substitution"

    id: Mapped[int] = mapped_column(primary_key=True)
    absent_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(_REASON_MAX))
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


def appoint(
    session: Session,
    absent: Employee,
    substitute: Employee,
    first_day: date,
    last_day: date,
    *,
    reason: str,
    entered_by: str,
    now: datetime,
    today: date,
) -> Substitution:
    """Let ``substitute`` do the tasks of ``absent`` in these days.

    Raises :class:`SubstitutionOfOneself`, :class:`SubstitutionDatesWrong`, :class:`SubstitutionOverlaps`, and
    :class:`company.people.employees.RolesIncompatible` where the duties of the two are kept apart.
    """
    if absent.id == substitute.id:
        raise SubstitutionOfOneself()
    if not (first_day <= last_day and today <= last_day and (last_day - first_day).days < DAYS_MAX):
        raise SubstitutionDatesWrong(limit=DAYS_MAX)
    conflict = _conflict(session, absent, substitute, first_day, last_day)
    if conflict is not None:
        raise SubstitutionOverlaps(name=conflict.name)
    require_compatible(session, absent.id, substitute.id)
    made = Substitution(
        absent_id=absent.id,
        substitute_id=substitute.id,
        first_day=first_day,
        last_day=last_day,
        reason=reason[:_REASON_MAX],
        entered_by=entered_by,
        entered_at=now,
    )
    session.add(made)
    session.flush()
    return made


def end(session: Session, substitution_id: int, now: datetime, today: date) -> Substitution:
    """End one before its last day; :class:`SubstitutionUnknown`."""
    found = session.get(Substitution, substitution_id)
    if found is None or found.ended_at is not None or found.last_day < today:
        raise SubstitutionUnknown()
    found.ended_at = now
    session.flush()
    return found


def absent_for(session: Session, employee_id: int, on: date) -> list[int]:
    """Whose tasks the person does on a day: active colleagues whose duties are still compatible."""
    found = session.scalars(
        select(Substitution.absent_id)
        .join(Employee, Employee.id == Substitution.absent_id)
        .where(Substitution.substitute_id == employee_id, in_force(on), Employee.active)
        .order_by(Substitution.absent_id)
    ).all()
    return [absent_id for absent_id in found if not _clash(session, absent_id, employee_id)]


def in_force(on: date) -> ColumnElement[bool]:
    """The condition on :class:`Substitution` that it holds on a day."""
    return and_(Substitution.first_day <= on, Substitution.last_day >= on, Substitution.ended_at.is_(None))


def require_compatible(session: Session, absent_id: int, substitute_id: int) -> None:
    """Refuse where one could not hold the roles of the other; :class:`RolesIncompatible`."""
    clash = _clash(session, absent_id, substitute_id)
    if clash is not None:
        raise RolesIncompatible(role_id=clash[0], other=clash[1])


def _clash(session: Session, absent_id: int, substitute_id: int) -> tuple[str, str] | None:
    theirs = _roles(session, absent_id)
    for mine in _roles(session, substitute_id):
        for role_id in theirs:
            if duties.incompatible(session, role_id, mine):
                return role_id, mine
    return None


def _roles(session: Session, employee_id: int) -> list[str]:
    held = select(EmployeeRole.role_id).where(EmployeeRole.employee_id == employee_id).distinct()
    return sorted(session.scalars(held))


def _conflict(
    session: Session, absent: Employee, substitute: Employee, first_day: date, last_day: date
) -> Employee | None:
    """Who of the two takes part in another substitution that excludes this one."""
    clashes = (
        (absent, or_(Substitution.absent_id == absent.id, Substitution.substitute_id == absent.id)),
        (substitute, Substitution.absent_id == substitute.id),
    )
    for person, takes_part in clashes:
        other = select(Substitution.id).where(
            takes_part,
            Substitution.ended_at.is_(None),
            Substitution.first_day <= last_day,
            Substitution.last_day >= first_day,
        )
        if session.scalar(other) is not None:
            return person
    return None
