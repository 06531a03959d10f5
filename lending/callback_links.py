"""One-time links by which a customer answers a callback himself: of one callback, for some days, opened by four digits.

Its rows, and the ways in which one ends without an answer, are in :mod:`lending.callback_link_records`.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from company.calendar import ZONE
from company.vault import PersonErased, Vault
from lending import callback_link_records as records
from lending import callback_questions, callbacks, customers
from lending.callback_kinds import CallbackStatus
from lending.callback_link_records import CallbackLink, LinkEnd, close
from lending.callbacks import CallbackVisit
from lending.contact_circumstances import AGAINST_MESSAGES, stand
from lending.customers import Customer, CustomerKind
from lending.errors import LendingError
from lending.loans import Loan
from lending.locks import held
from lending.restrictions import standing as restriction_of

TEMPLATE = "callback_link"
SHOWN_AS = "······"
DAYS = "callback_link_days"
PLACE_OF_TOKEN = "callback_link"
ANSWERED = "CallbackAnswered"
TAIL = 4
TRIES_MAX = 5
_TOKEN_BYTES = 24
_TOKEN_MAX = 64
Deliver = Callable[[str, str, Mapping[str, object], str], int]
"""Hands a message to the cases of a key: name, key, payload, id; how many took it."""


class LinkGone(LendingError):
    """A link opens one callback, once, for a time; whoever has none that opens learns nothing more."""

    code = "callback_link_gone"
    zh = "链接无效或已失效。如需答复或有疑问，请致电我们。"
    en = (
        "This link is not valid, or not any more. Please call us if you want to answer, or with any question."
    )


class TailWrong(LendingError):
    """Nothing is shown before the end of the identity number is right."""

    code = "callback_tail_wrong"
    zh = "证件号码后四位不符，请核对后再试。"
    en = "These are not the last four of your identity number; please try again."


@dataclass(frozen=True)
class Opened:
    """A link that opens, with what its page shows."""

    link: CallbackLink
    visit: CallbackVisit
    loan: Loan
    customer: Customer


def is_possible(session: Session, loan: Loan, now: datetime) -> bool:
    """Whether the borrower can be sent a link: a person, whose data and whom one may use and write to."""
    customer = customers.survivor(session, customers.get(session, loan.customer_id))
    return customer.kind is CustomerKind.INDIVIDUAL and not _forbidden(session, loan, customer, now)


def issue(session: Session, vault: Vault, callback_no: str, *, today: date, now: datetime) -> CallbackLink:
    """Make the link of a callback that is being prepared, good until the end of its last day (``callback_link_days``).

    Raises :class:`lending.callbacks.CallbackMissing`.
    """
    visit = callbacks.under_way(session, callback_no)
    loan = session.scalars(select(Loan).where(Loan.loan_no == visit.loan_no)).one()
    customer = customers.survivor(session, customers.get(session, loan.customer_id))
    days = int(parameters.value(session, DAYS, today))
    last = now.astimezone(ZONE).date() + timedelta(days=days)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    made = CallbackLink(
        visit_id=visit.id,
        customer_id=customer.id,
        phone_index=customer.phone_index,
        token_hash=_hash(vault, token),
        token_sealed=vault.seal(token, about=PLACE_OF_TOKEN),
        issued_at=now,
        expires_at=datetime.combine(last + timedelta(days=1), time(), ZONE).astimezone(now.tzinfo),
    )
    session.add(made)
    session.flush()
    return made


def last_day(link: CallbackLink) -> date:
    """The last day on which it opens."""
    return link.expires_at.astimezone(ZONE).date() - timedelta(days=1)


def to_send(session: Session, vault: Vault, link_id: int, now: datetime) -> str | None:
    """The token while the link is of any use, else None."""
    link = session.get_one(CallbackLink, link_id)
    if link.token_sealed is None or link.end is not None or now >= link.expires_at:
        return None
    return vault.open_text(link.token_sealed, about=PLACE_OF_TOKEN)


def message_ended(session: Session, link_id: int, now: datetime, *, is_sent: bool) -> None:
    """The message that carries it went out, or never will: then the callback goes on with a call."""
    link = session.scalars(held(select(CallbackLink).where(CallbackLink.id == link_id))).one()
    link.token_sealed = None
    if not is_sent and link.end is None:
        records.void(session, link, LinkEnd.NOT_SENT, now)


def find(session: Session, vault: Vault, token: str, now: datetime) -> Opened | None:
    """What a token opens now; None for a wrong, used, revoked or expired one alike."""
    link = session.scalar(select(CallbackLink).where(CallbackLink.token_hash == _hash(vault, token)))
    return None if link is None else _opened(session, link, now)


def tried(session: Session, vault: Vault, token: str, tail: str, now: datetime) -> Opened | None:
    """The link, if the end of the identity number is right; a wrong try counts, so commit it either way.

    None is a wrong try. Raises :class:`LinkGone` for a token that does not open (then nothing was written).
    """
    link = session.scalar(held(select(CallbackLink).where(CallbackLink.token_hash == _hash(vault, token))))
    found = None if link is None else _opened(session, link, now)
    if link is None or found is None:
        raise LinkGone()
    if _fits(session, vault, found.customer, tail):
        return found
    link.tries += 1
    if link.tries >= TRIES_MAX:
        records.void(session, link, LinkEnd.LOCKED, now)
    session.flush()
    return None


def answer(
    session: Session,
    vault: Vault,
    opened: Opened,
    answers: Mapping[str, object],
    deliver: Deliver,
) -> None:
    """Hand the customer's answers to the case of the callback, which takes the link with them (:func:`use`).

    The case is locked before the link, as by its timer: ``opened`` comes from :func:`find`, which holds nothing.
    Raises :class:`LinkGone` where the case has gone on in the meantime.
    """
    payload = {"verified_items": ["identity_last4"], **answers}
    words = payload.get(callback_questions.COMPLAINT)
    if isinstance(words, str):
        key = opened.loan.application_no
        payload[callback_questions.COMPLAINT] = vault.keep(session, key, callback_questions.COMPLAINT, words)
    # Two answers at the same moment are two messages: the case takes one of them.
    message_id = f"{ANSWERED}:{opened.visit.callback_no}:{secrets.token_hex(8)}"
    if not deliver(ANSWERED, opened.visit.callback_no, payload, message_id):
        raise LinkGone()
    session.refresh(opened.link)
    if opened.link.end is not LinkEnd.ANSWERED:
        raise LinkGone()


def use(session: Session, callback_no: str, now: datetime) -> CallbackLink:
    """The answers have come: the link has served. Raises :class:`LinkGone` for one that ended otherwise."""
    link = _of_callback(session, callback_no)
    if link is None or link.end is not None:
        raise LinkGone()
    close(link, LinkEnd.ANSWERED, now)
    session.flush()
    return link


def expire(session: Session, callback_no: str, now: datetime, end: LinkEnd = LinkEnd.EXPIRED) -> None:
    """The callback goes on without it, or not at all; one that has ended stays as it is."""
    link = _of_callback(session, callback_no)
    if link is not None and link.end is None:
        close(link, end, now)
        session.flush()


def end_closed(session: Session, customer_id: int, now: datetime) -> None:
    """Two records have become one: a link that opens no more by what holds of that one ends, and its case is told."""
    for link in records.open_of(session, customer_id):
        if _opened(session, link, now) is None:
            records.void(session, link, LinkEnd.REVOKED, now)


def _opened(session: Session, link: CallbackLink, now: datetime) -> Opened | None:
    """The link with its callback, while nothing stands against it."""
    if link.end is not None or now >= link.expires_at:
        return None
    visit = session.get_one(CallbackVisit, link.visit_id)
    if visit.status is not CallbackStatus.PREPARING:
        return None
    loan = session.scalars(select(Loan).where(Loan.loan_no == visit.loan_no)).one()
    customer = customers.survivor(session, session.get_one(Customer, link.customer_id))
    owes = customers.survivor(session, customers.get(session, loan.customer_id)).id == customer.id
    if not owes or customer.phone_index != link.phone_index or _forbidden(session, loan, customer, now):
        return None
    return Opened(link, visit, loan, customer)


def _forbidden(session: Session, loan: Loan, customer: Customer, now: datetime) -> bool:
    """Whether the customer's data are restricted, or somebody else may be behind the number."""
    circumstances = stand(session, customer.id, loan.loan_no, now)
    return restriction_of(session, customer.id) is not None or bool(circumstances & AGAINST_MESSAGES)


def _fits(session: Session, vault: Vault, customer: Customer, tail: str) -> bool:
    try:
        number = customers.identity_of(session, vault, customer)
    except PersonErased:
        return False
    given = tail.strip().upper()
    return len(given) == TAIL and hmac.compare_digest(given.encode(), number[-TAIL:].upper().encode())


def _of_callback(session: Session, callback_no: str) -> CallbackLink | None:
    visit_id = select(CallbackVisit.id).where(CallbackVisit.callback_no == callback_no).scalar_subquery()
    return session.scalar(held(select(CallbackLink).where(CallbackLink.visit_id == visit_id)))


def _hash(vault: Vault, token: str) -> bytes:
    return vault.blind_index("callback_link", token[:_TOKEN_MAX])
