"""What a page needs of a person: declared beside its route, and refused with 403 or, for a row, with 404."""

from __future__ import annotations

from flask import abort

from company import people
from company.people import Grant
from web.session import me


def grants(thing: str, actions: str = "R") -> tuple[Grant, ...]:
    """The grants under which the person may do any of ``actions`` (letters) with ``thing``; none is a 403."""
    found = _grants(thing, actions)
    if not found:
        abort(403)
    return found


def allowed(thing: str, actions: str = "R") -> bool:
    """Whether the person may do any of ``actions`` with ``thing`` at all."""
    return bool(_grants(thing, actions))


def _grants(thing: str, actions: str) -> tuple[Grant, ...]:
    actor = me().actor
    return tuple(grant for action in actions for grant in people.may(actor, thing, action))
