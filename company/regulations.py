"""The library of regulations: number, issuer, validity, the parameters that rest on each, and who has read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant, Tagged
from company.parameters import Parameter


class RegulationFieldWrong(CompanyError):
    """A regulation has a number, a title, an issuer and days in their order."""

    code = "regulation_field_wrong"
    zh = "请填写文号、名称、发布机关、发布日期和施行日期；施行日期不早于发布日期，失效日期不早于施行日期。"
    en = (
        "Fill in number, title, issuer, the day of issue and the first day it holds; it holds no earlier than issued "
        "and ends no earlier than it begins."
    )


class RegulationTaken(CompanyError):
    """There is a regulation of this number."""

    code = "regulation_taken"
    zh = "文号 {number} 已在法规库中。"
    en = "The library already has number {number}."


class RegulationUnknown(CompanyError):
    """No regulation has this id."""

    code = "regulation_unknown"
    zh = "法规不存在。"
    en = "There is no such regulation."


class ParameterUnknown(CompanyError):
    """No parameter has this key."""

    code = "parameter_unknown"
    zh = "系统参数 {key} 不存在，请从列表中选择。"
    en = "There is no parameter {key}; choose from the list."


@dataclass(frozen=True)
class Entry:
    """What is entered of a regulation; ``parameters`` are keys of the dated parameters that rest on it."""

    number: str
    title: str
    title_en: str
    issuer: str
    text: str
    issued_on: date | None
    valid_from: date | None
    valid_to: date | None
    parameters: Sequence[str]


class Regulation(Base):
    """One entry; valid from ``valid_from`` to ``valid_to``, both inclusive, an open end is None."""

    __tablename__ = "regulation"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    issued_on: Mapped[date] = mapped_column(Date)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    parameters: Mapped[list[str]] = mapped_column(Tagged)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class RegulationReading(Base):
    """An employee's word that he has read it."""

    __tablename__ = "regulation_reading"

    regulation_id: Mapped[int] = mapped_column(ForeignKey("regulation.id"), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(Instant)


def enter(session: Session, entry: Entry, *, recorded_by: str, now: datetime) -> Regulation:
    """Add an entry; :class:`RegulationFieldWrong`, :class:`RegulationTaken`, :class:`ParameterUnknown`."""
    if session.scalar(select(Regulation.id).where(Regulation.number == entry.number)) is not None:
        raise RegulationTaken(number=entry.number)
    issued_on, valid_from = _days(session, entry)
    regulation = Regulation(
        number=entry.number,
        issued_on=issued_on,
        valid_from=valid_from,
        recorded_by=recorded_by,
        recorded_at=now,
    )
    _write(regulation, entry)
    session.add(regulation)
    session.flush()
    return regulation


def correct(session: Session, regulation: Regulation, entry: Entry) -> None:
    """Another text, validity or parameters; the number stays. Who has read it is asked again.

    Raises :class:`RegulationFieldWrong`, :class:`ParameterUnknown`.
    """
    regulation.issued_on, regulation.valid_from = _days(session, entry)
    _write(regulation, entry)
    for reading in session.scalars(
        select(RegulationReading).where(RegulationReading.regulation_id == regulation.id)
    ):
        session.delete(reading)
    session.flush()


def regulation_of(session: Session, regulation_id: int) -> Regulation:
    """The entry with this id; :class:`RegulationUnknown`."""
    found = session.get(Regulation, regulation_id)
    if found is None:
        raise RegulationUnknown()
    return found


def search(session: Session, wanted: str, *, on: date | None, limit: int) -> list[Regulation]:
    """Those whose number, title, issuer or text holds ``wanted``, in force on a day if one is given, newest first."""
    asked = select(Regulation).order_by(Regulation.valid_from.desc(), Regulation.id.desc())
    if wanted:
        columns = (
            Regulation.number,
            Regulation.name,
            Regulation.name_en,
            Regulation.issuer,
            Regulation.text,
        )
        asked = asked.where(or_(*(column.icontains(wanted, autoescape=True) for column in columns)))
    if on is not None:
        unended = or_(Regulation.valid_to.is_(None), Regulation.valid_to >= on)
        asked = asked.where(Regulation.valid_from <= on, unended)
    return list(session.scalars(asked.limit(limit)))


def confirm_reading(session: Session, regulation: Regulation, employee_id: int, now: datetime) -> None:
    """Keep that the employee has read it; a second time changes nothing."""
    if session.get(RegulationReading, (regulation.id, employee_id)) is None:
        session.add(RegulationReading(regulation_id=regulation.id, employee_id=employee_id, read_at=now))
        session.flush()


def known_parameters(session: Session) -> list[str]:
    """The keys of the dated parameters, which an entry may name."""
    return sorted(session.scalars(select(Parameter.key).distinct()))


def _days(session: Session, entry: Entry) -> tuple[date, date]:
    issued_on, valid_from, valid_to = entry.issued_on, entry.valid_from, entry.valid_to
    texts = entry.number and entry.title and entry.issuer
    if not texts or issued_on is None or valid_from is None or valid_from < issued_on:
        raise RegulationFieldWrong()
    if valid_to is not None and valid_to < valid_from:
        raise RegulationFieldWrong()
    known = set(known_parameters(session))
    for key in entry.parameters:
        if key not in known:
            raise ParameterUnknown(key=key)
    return issued_on, valid_from


def _write(regulation: Regulation, entry: Entry) -> None:
    regulation.name, regulation.name_en = entry.title, entry.title_en or entry.title
    regulation.issuer, regulation.text = entry.issuer, entry.text
    regulation.valid_to, regulation.parameters = entry.valid_to, sorted(entry.parameters)
