"""The callbacks and complaints of a customer as the customer's page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import Employee
from company.vault import PersonErased
from lending import contacts
from lending.contacts import CallbackRecord, Complaint
from lending.customers import Customer
from lending.portal import acts
from lending.portal.acts import PortalAct
from web.language import current
from web.language import translate as _
from web.wiring import wired

ACTS_SHOWN = 20


@dataclass(frozen=True)
class Contacts:
    """What the customer's page shows of them, with what the customer did in the portal, and what the person may add."""

    callbacks: list[CallbackRecord]
    complaints: list[Complaint]
    people: dict[int, Employee]
    words: dict[Complaint | CallbackRecord, str]
    answers: dict[Complaint, str]
    own_acts: list[PortalAct]
    ways: list[tuple[str, str]]
    may_call: bool
    may_complain: bool
    may_answer: bool


def words(session: Session, told: Complaint | CallbackRecord) -> str:
    """What was said, opened; of an erased person nothing is left."""
    try:
        return contacts.words_of(session, wired().vault, told)
    except PersonErased:
        return _("已删除")


def _answer(session: Session, complaint: Complaint) -> str:
    try:
        return contacts.answer_of(session, wired().vault, complaint) or ""
    except PersonErased:
        return _("已删除")


def load(
    session: Session, customer: Customer, *, may_call: bool, may_complain: bool, may_answer: bool
) -> Contacts:
    """The customer's callbacks and complaints, for who may add to them or not."""
    callbacks = contacts.callbacks_of(session, customer.id)
    complaints = contacts.complaints_of(session, customer.id)
    ids = {each.recorded_by for each in callbacks} | {each.recorded_by or 0 for each in complaints}
    ids |= {each.answered_by for each in complaints if each.answered_by}
    people = session.scalars(select(Employee).where(Employee.id.in_(ids)))
    return Contacts(
        callbacks,
        complaints,
        {one.id: one for one in people},
        {
            **{each: words(session, each) for each in callbacks},
            **{each: words(session, each) for each in complaints},
        },
        {each: _answer(session, each) for each in complaints if each.answered_at},
        acts.of(session, customer.id, ACTS_SHOWN),
        [(way.value, way.label(current())) for way in contacts.TOLD_BY_STAFF],
        may_call=may_call,
        may_complain=may_complain,
        may_answer=may_answer,
    )
