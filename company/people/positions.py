"""Positions of the company: how many people each is meant for, and who has held it from when to when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, Date, ForeignKey, String, UniqueConstraint, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base
from company.organisation import Unit
from company.people.employees import Employee

HEAD_COUNT_MAX = 9999


class PositionFieldWrong(CompanyError):
    """A position has a name and a head-count."""

    code = "position_field_wrong"
    zh = "请填写岗位名称，编制人数须为 0 至 {limit} 的整数。"
    en = "Fill in the name of the position; the head-count is a whole number from 0 to {limit}."


class PositionTaken(CompanyError):
    """The unit has a position of this name already."""

    code = "position_taken"
    zh = "该机构已有岗位“{name}”。"
    en = "The unit already has a position {name}."


class PositionUnknown(CompanyError):
    """No open position has this id."""

    code = "position_unknown"
    zh = "岗位不存在或已撤销，请重新选择。"
    en = "There is no such position, or it was abolished; choose another."


class PositionFull(CompanyError):
    """As many people hold the position as it is meant for."""

    code = "position_full"
    zh = "岗位“{name}”编制 {head_count} 人，已满。请先调整编制。"
    en = "The position {name} is meant for {head_count} people, and so many hold it; change the head-count first."


class PositionHeld(CompanyError):
    """A position that people hold is not abolished, nor its head-count set below their number."""

    code = "position_held"
    zh = "岗位“{name}”现有 {held} 人在岗，请先调整人员。"
    en = "The position {name} is held by {held} people; let them give it up first."


class PositionDateWrong(CompanyError):
    """A position is held once at a time, and given up no earlier than it was taken."""

    code = "position_date_wrong"
    zh = "日期无效：同一岗位不能重复任职，免职日期不能早于任职日期。"
    en = "The dates do not fit: a position is held once at a time and is given up no earlier than it was taken."


class Position(Base):
    """A position of a unit. ``head_count``: for how many people it is meant."""

    __tablename__ = "position"
    __table_args__ = (UniqueConstraint("unit_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    head_count: Mapped[int]
    closed_on: Mapped[date | None] = mapped_column(Date)


class PositionHolding(Base):
    """A person in a position from ``since`` to ``until``, both inclusive; the rows are the history and stay.

    ``noted_by`` is the sign-in name of who entered the last change.
    """

    __tablename__ = "position_holding"

    id: Mapped[int] = mapped_column(primary_key=True)
    position_id: Mapped[int] = mapped_column(ForeignKey("position.id"), index=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    noted_by: Mapped[str] = mapped_column(String(64))


def establish(session: Session, unit: Unit, *, name: str, name_en: str, head_count: int) -> Position:
    """A new position of the unit; :class:`PositionFieldWrong`, :class:`PositionTaken`."""
    _require_fields(name, head_count)
    taken = select(Position.id).where(Position.unit_id == unit.id, Position.name == name)
    if session.scalar(taken) is not None:
        raise PositionTaken(name=name)
    position = Position(unit_id=unit.id, name=name, name_en=name_en or name, head_count=head_count)
    session.add(position)
    session.flush()
    return position


def set_head_count(session: Session, position: Position, head_count: int, on: date) -> None:
    """For how many people the position is meant from a day on; :class:`PositionFieldWrong`, :class:`PositionHeld`."""
    _require_fields(position.name, head_count)
    held = count_held(session, position.id, on)
    if head_count < held:
        raise PositionHeld(name=position.name, held=held)
    position.head_count = head_count
    session.flush()


def abolish(session: Session, position: Position, on: date) -> None:
    """Nobody takes the position any more; :class:`PositionHeld` while somebody holds it."""
    held = count_held(session, position.id, on)
    if held:
        raise PositionHeld(name=position.name, held=held)
    position.closed_on = on
    session.flush()


def open_position(session: Session, position_id: int) -> Position:
    """The position with this id, held against other commands; :class:`PositionUnknown` if it was abolished."""
    position = session.scalar(select(Position).where(Position.id == position_id).with_for_update())
    if position is None or position.closed_on is not None:
        raise PositionUnknown()
    return position


def take(session: Session, person: Employee, position: Position, since: date, noted_by: str) -> None:
    """Let the person hold the position too; :class:`PositionDateWrong`, :class:`PositionFull`."""
    latest = session.scalars(
        select(PositionHolding)
        .where(PositionHolding.employee_id == person.id, PositionHolding.position_id == position.id)
        .order_by(PositionHolding.since.desc())
        .limit(1)
    ).first()
    if latest is not None and (latest.until is None or latest.until >= since):
        raise PositionDateWrong()
    if count_held(session, position.id, since) >= position.head_count:
        raise PositionFull(name=position.name, head_count=position.head_count)
    session.add(
        PositionHolding(position_id=position.id, employee_id=person.id, since=since, noted_by=noted_by)
    )
    session.flush()


def give_up(session: Session, person: Employee, holding_id: int, until: date, noted_by: str) -> Position:
    """End a holding of the person with the day ``until``; :class:`PositionDateWrong`, :class:`PositionUnknown`."""
    holding = session.get(PositionHolding, holding_id)
    if holding is None or holding.employee_id != person.id or holding.until is not None:
        raise PositionUnknown()
    if until < holding.since:
        raise PositionDateWrong()
    holding.until, holding.noted_by = until, noted_by
    session.flush()
    return session.get_one(Position, holding.position_id)


def give_up_all(session: Session, person: Employee, until: date, noted_by: str) -> None:
    """End whatever the person still holds: who leaves holds no position."""
    for holding in session.scalars(
        select(PositionHolding).where(
            PositionHolding.employee_id == person.id, PositionHolding.until.is_(None)
        )
    ):
        holding.until, holding.noted_by = max(until, holding.since), noted_by
    session.flush()


def history_of(session: Session, employee_id: int) -> list[tuple[PositionHolding, Position]]:
    """All positions the person has held, those of today first, then the newest."""
    return [
        (holding, position)
        for holding, position in session.execute(
            select(PositionHolding, Position)
            .join(Position, Position.id == PositionHolding.position_id)
            .where(PositionHolding.employee_id == employee_id)
            .order_by(PositionHolding.until.is_not(None), PositionHolding.since.desc(), PositionHolding.id)
        )
    ]


def held_by(session: Session, employee_ids: Iterable[int], on: date) -> dict[int, list[Position]]:
    """The positions that each of these people holds on a day, in the order of their ids."""
    found: dict[int, list[Position]] = {}
    rows = session.execute(
        select(PositionHolding.employee_id, Position)
        .join(Position, Position.id == PositionHolding.position_id)
        .where(PositionHolding.employee_id.in_(list(employee_ids)), _in_force(on))
        .order_by(Position.id)
    )
    for employee_id, position in rows:
        found.setdefault(employee_id, []).append(position)
    return found


def holders_of(session: Session, on: date) -> dict[int, list[Employee]]:
    """Who holds each position on a day, by its id."""
    found: dict[int, list[Employee]] = {}
    rows = session.execute(
        select(PositionHolding.position_id, Employee)
        .join(Employee, Employee.id == PositionHolding.employee_id)
        .where(_in_force(on))
        .order_by(Employee.username)
    )
    for position_id, person in rows:
        found.setdefault(position_id, []).append(person)
    return found


def count_held(session: Session, position_id: int, on: date) -> int:
    """How many people hold the position on a day or take it later."""
    unended = or_(PositionHolding.until.is_(None), PositionHolding.until >= on)
    held = select(func.count()).where(PositionHolding.position_id == position_id, unended)
    return session.scalar(held) or 0


def _in_force(on: date) -> ColumnElement[bool]:
    unended = or_(PositionHolding.until.is_(None), PositionHolding.until >= on)
    return and_(PositionHolding.since <= on, unended)


def _require_fields(name: str, head_count: int) -> None:
    if not name or not 0 <= head_count <= HEAD_COUNT_MAX:
        raise PositionFieldWrong(limit=HEAD_COUNT_MAX)
