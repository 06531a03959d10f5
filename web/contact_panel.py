"""The contact gate as the customer's page shows it: what holds of him, his latest contacts, what may be asked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lending import contact_circumstances, contact_gate
from lending.contact_circumstances import Circumstance, ContactCircumstance
from lending.contact_gate import ASKED_BY_STAFF, Channel, ContactAttempt, Person, Result
from lending.customers import Customer
from web.access import allowed
from web.language import current

ON_PAGE = 20
THINGS = ("callback", "collection_case", "complaint")
"""The records of the permission matrix whose people reach customers."""
RESULTS = tuple(each for each in Result if each not in (Result.SENT, Result.NOT_SENT))
"""What a person may say of a contact."""


@dataclass(frozen=True)
class Gate:
    """What the customer's page shows: what holds, the latest contacts, and what a person may ask for."""

    circumstances: list[ContactCircumstance]
    attempts: list[ContactAttempt]
    kinds: list[tuple[str, str]]
    channels: list[tuple[str, str]]
    purposes: list[tuple[str, str]]
    people: list[tuple[str, str]]
    results: list[tuple[str, str]]
    may_ask: bool
    may_note: bool


def may_ask() -> bool:
    """Whether the person reaches customers at all."""
    return any(allowed(thing, "CU") for thing in THINGS)


def load(session: Session, customer: Customer, *, may_ask: bool, may_note: bool) -> Gate:
    """The gate as the customer's page shows it to who may ask it, and note what holds, or not."""
    language = current()
    return Gate(
        contact_circumstances.of_customer(session, customer.id),
        contact_gate.of_customer(session, customer.id, limit=ON_PAGE),
        Circumstance.choices(language),
        Channel.choices(language),
        [(each.value, each.label(language)) for each in ASKED_BY_STAFF],
        Person.choices(language),
        [(each.value, each.label(language)) for each in RESULTS],
        may_ask,
        may_note,
    )
