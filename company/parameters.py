"""Dated parameters: every number the rules name, with since when it holds, its source and who approved it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Tagged
from company.organisation import the_company


class ParameterMissing(CompanyError):
    """No value of this parameter holds on the day."""

    code = "parameter_missing"
    zh = "参数 {key} 在 {on} 没有有效值，请管理员补录后重试。"
    en = "The parameter {key} has no value on {on}; an administrator has to enter one."


class ParameterOutOfOrder(CompanyError):
    """A new value begins on or before a day for which a later value is already entered."""

    code = "parameter_out_of_order"
    zh = "参数 {key} 已有自 {latest} 起生效的值，新值的生效日必须更晚。"
    en = "The parameter {key} already has a value from {latest} on; a new one must begin later."


class Parameter(Base):
    """One value from ``valid_from`` to ``valid_to``, both inclusive; an open end is None."""

    __tablename__ = "parameter"
    __table_args__ = (UniqueConstraint("key", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[object] = mapped_column(Tagged)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source_text: Mapped[str] = mapped_column(String(400))
    approved_by: Mapped[str] = mapped_column(String(64))


def value(session: Session, key: str, on: date) -> Any:
    """The value in force on a day; :class:`ParameterMissing`. Shapes and units: :mod:`company.parameter_values`."""
    return in_force(session, key, on).value


def in_force(session: Session, key: str, on: date) -> Parameter:
    """The version in force on a day, with its days and source; :class:`ParameterMissing`."""
    query = select(Parameter).where(
        Parameter.key == key,
        Parameter.valid_from <= on,
        or_(Parameter.valid_to.is_(None), Parameter.valid_to >= on),
    )
    row = session.scalars(query).first()
    if row is None:
        raise ParameterMissing(key=key, on=on)
    return row


def versions(session: Session, key: str) -> list[Parameter]:
    """Every value of a parameter, the latest first."""
    asked = select(Parameter).where(Parameter.key == key)
    return list(session.scalars(asked.order_by(Parameter.valid_from.desc())))


def of_lender(session: Session, key: str, on: date) -> Any:
    """The entry for this company's licence of a parameter that is a mapping by lender type."""
    by_lender = value(session, key, on)
    lender_type = the_company(session).lender_type
    if lender_type not in by_lender:
        raise ParameterMissing(key=f"{key}[{lender_type}]", on=on)
    return by_lender[lender_type]


def publish(
    session: Session, key: str, value: object, *, valid_from: date, source_text: str, approved_by: str
) -> Parameter:
    """Let a new value hold from a day on and end the one before it the day earlier; nothing of the past changes.

    Raises :class:`ParameterOutOfOrder` unless ``valid_from`` is later than that of every value entered so far.
    """
    latest = session.scalars(
        select(Parameter).where(Parameter.key == key).order_by(Parameter.valid_from.desc()).limit(1)
    ).first()
    if latest is not None:
        if latest.valid_from >= valid_from:
            raise ParameterOutOfOrder(key=key, latest=latest.valid_from)
        last_day = valid_from - timedelta(days=1)
        if latest.valid_to is None or latest.valid_to > last_day:
            latest.valid_to = last_day
    row = Parameter(
        key=key, value=value, valid_from=valid_from, source_text=source_text, approved_by=approved_by
    )
    session.add(row)
    session.flush()
    return row
