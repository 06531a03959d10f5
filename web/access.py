"""What a page needs of a person: declared beside its route, and refused with 403 or, for a row, with 404."""

from __future__ import annotations

from collections.abc import Iterable

from flask import abort
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from company import people
from company.people import Grant, Scope
from lending.loans import Loan
from web.session import me


def grants(thing: str, actions: str = "R") -> tuple[Grant, ...]:
    """The grants under which the person may do any of ``actions`` (letters) with ``thing``; none is a 403."""
    found = _grants(thing, actions)
    if not found:
        abort(403)
    return found


def held_grants(thing: str, actions: str = "R") -> tuple[Grant, ...]:
    """The grants under which the person may do any of ``actions`` with ``thing``; empty without any."""
    return _grants(thing, actions)


def allowed(thing: str, actions: str = "R") -> bool:
    """Whether the person may do any of ``actions`` with ``thing`` at all."""
    return bool(_grants(thing, actions))


def beyond_own(thing: str) -> tuple[Grant, ...]:
    """The grants to read ``thing`` that reach further than the person's own cases: those that open its register."""
    return tuple(grant for grant in _grants(thing, "R") if grant.scope is not Scope.OWN)


def openable(session: Session, loan_nos: Iterable[str | None]) -> set[str]:
    """Those of the loans whose page the person may open: elsewhere their number is no link."""
    within = people.in_scope(held_grants("contract"), Loan.unit_id, Loan.owner_id.expression)
    wanted = {loan_no for loan_no in loan_nos if loan_no}
    return set(session.scalars(select(Loan.loan_no).where(Loan.loan_no.in_(wanted), within)))


def _grants(thing: str, actions: str) -> tuple[Grant, ...]:
    actor = me().actor
    return tuple(grant for action in actions for grant in people.may(actor, thing, action))


def loans_in_books() -> tuple[ColumnElement[bool], bool]:
    """The condition on :class:`lending.loans.Loan` of those whose books the person may read, and whether it is all.

    Who reaches only cases of their own reads those on the loan's page: the books are no page for them, 403.
    """
    found = beyond_own("ledger")
    if not found:
        abort(403)
    everything = any(grant.scope is Scope.ALL for grant in found)
    return people.in_scope(found, Loan.unit_id, Loan.owner_id), everything
