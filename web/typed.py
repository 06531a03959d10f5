"""What a form says, read: texts without the spaces around them, ids, whole numbers and days."""

from __future__ import annotations

from datetime import date

from flask import request
from sqlalchemy.orm import Session

from company import people
from company.organisation import Unit, UnitMissing, unit_of

TEXT_MAX = 60
_ID_MAX = 2**31


def texts(limit: int = TEXT_MAX) -> dict[str, str]:
    """The fields of the form, each cut to ``limit`` characters."""
    return {name: text.strip()[:limit] for name, text in request.form.items()}


def number(given: str | None) -> int | None:
    """A whole number that an id or a count can be; None for none, and for what can be none."""
    plain = (given or "").strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and int(plain) < _ID_MAX else None


def day(given: str | None) -> date | None:
    """A day; None where the field is empty, :class:`company.people.EmployeeDateWrong` where it is none."""
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise people.EmployeeDateWrong() from None


def unit(session: Session, given: str | None) -> Unit:
    """The unit a form names; :class:`company.people.EmployeeFieldMissing` for none."""
    try:
        return unit_of(session, number(given) or 0)
    except UnitMissing:
        raise people.EmployeeFieldMissing("unit") from None
