"""What protects a customer's data, as the customer's page shows it: items and consents, who has looked, requests."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Employee, in_scope
from lending import personal_access, personal_items, personal_requests, restrictions
from lending.customers import Customer
from lending.personal_access import AccessKind, AccessPurpose, PersonalAccess
from lending.personal_items import Held
from lending.personal_requests import TOLD_BY_STAFF, DataSubjectRequest, RequestKind
from lending.restrictions import Restriction
from web.access import held_grants
from web.language import current
from web.session import me
from web.wiring import wired

LOOKS_MAX = 50


@dataclass(frozen=True)
class Protection:
    """What the page shows; ``looks`` is None for who may not see who has looked."""

    items: list[Held]
    looks: list[PersonalAccess] | None
    requests: list[DataSubjectRequest]
    restriction: Restriction | None
    people: dict[int, Employee]
    kinds: list[tuple[str, str]]
    channels: list[tuple[str, str]]
    may_ask: bool
    may_export: bool


def load(session: Session, customer: Customer) -> Protection:
    """The protection of a customer whom the person may read."""
    looks = personal_access.of(session, customer.id, LOOKS_MAX) if may(session, customer, "R") else None
    requests = personal_requests.of(session, customer.id)
    restriction = restrictions.standing(session, customer.id)
    ids = {look.employee_id for look in looks or []} | {each.ended_by or 0 for each in requests}
    ids |= {restriction.restricted_by or 0} if restriction else set()
    return Protection(
        items=personal_items.of(session, customer, business_date(session)),
        looks=looks,
        requests=requests,
        restriction=restriction,
        people={one.id: one for one in session.scalars(select(Employee).where(Employee.id.in_(ids)))},
        kinds=RequestKind.choices(current()),
        channels=[(each.value, each.label(current())) for each in TOLD_BY_STAFF],
        may_ask=may(session, customer, "C"),
        may_export=may(session, customer, "U"),
    )


def may(session: Session, customer: Customer, actions: str) -> bool:
    """Whether the person may do any of ``actions`` with the protection of this customer's data."""
    mine = in_scope(held_grants("privacy", actions), Customer.unit_id, Customer.owner_id)
    return session.scalar(select(Customer.id).where(Customer.id == customer.id, mine)) is not None


def visit_is_known(session: Session, customer: Customer) -> bool:
    """Whether the person's visit to the page stands in the log already."""
    return personal_access.was_here(
        session, customer.id, by=me().actor.employee_id or 0, now=wired().clock.now()
    )


def note(
    session: Session,
    customer_id: int,
    kind: AccessKind,
    *,
    field: str = "",
    purpose: AccessPurpose | None = None,
    reason: str = "",
) -> None:
    """Write down that the person of this request has seen something of a customer."""
    personal_access.record(
        session,
        customer_id,
        kind,
        by=me().actor.employee_id or 0,
        now=wired().clock.now(),
        remote=request.remote_addr,
        field=field,
        purpose=purpose,
        reason=reason,
    )
