"""What a page needs of a person: declared beside its route, and refused with 403 or, for a row, with 404."""

from __future__ import annotations

from flask import abort

from company import people
from company.people import Grant
from web.session import me


def grants(thing: str, action: str = "R") -> tuple[Grant, ...]:
    """The grants under which the person may do ``action`` with ``thing``; none is a 403."""
    found = people.may(me().actor, thing, action)
    if not found:
        abort(403)
    return found


def allowed(thing: str, action: str = "R") -> bool:
    """Whether the person may do ``action`` with ``thing`` at all."""
    return bool(people.may(me().actor, thing, action))
