"""The contact gate as the customer's page shows it: what holds of him, his latest contacts, what may be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine import decision_tables
from lending import contact_circumstances, contact_gate
from lending.contact_circumstances import Circumstance, ContactCircumstance
from lending.contact_gate import ASKED_BY_STAFF, Channel, ContactAttempt, Person, Result
from lending.customers import Customer
from web.access import allowed
from web.language import current
from web.language import translate as _
from web.telling import tell

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
    reasons: dict[int, str]
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


def reasons(session: Session, attempts: Iterable[ContactAttempt]) -> dict[int, str]:
    """Why each of the attempts that were refused was: what the rule notes, in the reader's language."""
    words = rule_words(session)
    return {each.id: words.get(each.note, each.note) for each in attempts if not each.allowed}


def rule_words(session: Session) -> Mapping[str, str]:
    """What the gate's rules note, by the noted words, in the reader's language: nothing where they are in it."""
    return decision_tables.english_notes(session, contact_gate.DECISION) if current() == "en" else {}


def tell_ruling(refused_for: str | None) -> None:
    """Say on the next page that the contact may be made, or why not."""
    if refused_for is None:
        tell(_("可以联系，已记录；请在结束后登记结果。"), "good")
    else:
        tell(_("不得联系：{why}。已记录。", why=refused_for), "bad")


def load(session: Session, customer: Customer, *, may_ask: bool, may_note: bool) -> Gate:
    """The gate as the customer's page shows it to who may ask it, and note what holds, or not."""
    language = current()
    attempts = contact_gate.of_customer(session, customer.id, limit=ON_PAGE)
    return Gate(
        contact_circumstances.of_customer(session, customer.id),
        attempts,
        reasons(session, attempts),
        Circumstance.choices(language),
        Channel.choices(language),
        [(each.value, each.label(language)) for each in ASKED_BY_STAFF],
        Person.choices(language),
        [(each.value, each.label(language)) for each in RESULTS],
        may_ask,
        may_note,
    )
