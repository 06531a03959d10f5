"""The worker's share of the messages: each taken, let through by the contact gate, sent outside, its outcome noted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import structlog
from sqlalchemy.orm import Session

from cheliu.channels import ChannelNotConfigured, Channels
from cheliu.parties import PartyRefused, PartyUnreachable
from cheliu.wiring import House
from company import notices
from company.organisation import the_company
from company.vault import PersonErased
from lending import callback_links, contact_gate, customers, deliveries, loans, message_templates
from lending.contact_gate import Channel, Contact, Result
from lending.customers import Customer
from lending.deliveries import Delivery, DeliveryStatus
from lending.life.positions import LoanPosition
from lending.message_templates import Audience, MessageTemplate, Way
from lending.money import ZERO
from lending.portal import codes

BATCH = 50
_TAIL = 4
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Parcel:
    """A message ready to be sent: over which channel, to which number (of SMS), the words."""

    delivery_id: int
    way: Way
    number: str
    text: str


def deliver_due(house: House) -> int:
    """Send the messages that are due, each in steps of its own; returns how many were looked at."""
    now = house.clock.now()
    with house.database.read() as session:
        found = deliveries.due(session, now, BATCH)
    for delivery_id in found:
        with house.database.write() as session:
            parcel = _prepared(house, session, delivery_id, now)
        if parcel is not None:
            _send(house, parcel, now)
    return len(found)


def _prepared(house: House, session: Session, delivery_id: int, now: datetime) -> Parcel | None:
    """Make the message out, or end it where it is not to be sent; None where there is nothing to send outside."""
    found = deliveries.take(session, delivery_id, now)
    if found is None:
        return None
    template = message_templates.newest(session, found.template)
    facts = _facts(session, found)
    if facts is None:
        deliveries.end(found, DeliveryStatus.DROPPED, now, "no_longer_due")
        return None
    found.template_version = template.version
    found.text = message_templates.render(template, facts, "zh")[:600]
    if found.way is Way.SMS:
        said = _with_secret(house, session, found, template, facts, now)
        return None if said is None else _sms(house, session, found, template, said, now)
    if found.way is Way.IN_APP:
        _tell_staff(session, found, now)
        deliveries.end(found, DeliveryStatus.SENT, now)
        return None
    found.attempts += 1
    return Parcel(found.id, found.way, "", found.text)


def _facts(session: Session, found: Delivery) -> dict[str, object] | None:
    """What fills the template; None where what it tells of is over."""
    facts: dict[str, object] = {"company": the_company(session).name, **found.facts}
    if found.customer_id is not None:
        facts["name"] = session.get_one(Customer, found.customer_id).name
    if found.loan_no is not None:
        facts |= {"loan_no": found.loan_no, "tail": found.loan_no[-_TAIL:]}
    if found.template == "repayment_due" and found.loan_no is not None:
        return _still_due(session, found.loan_no, facts)
    return facts


def _still_due(session: Session, loan_no: str, facts: dict[str, object]) -> dict[str, object] | None:
    """The instalment that is about to fall due, if money in suspense does not cover it."""
    position = session.get(LoanPosition, loan_no)
    on = facts["on"]
    if position is None or not isinstance(on, date) or position.next_due != on:
        return None
    amount: Decimal = position.next_amount - position.suspense
    return facts | {"amount": amount} if amount > ZERO else None


@dataclass(frozen=True)
class Secret:
    """What a message carries that is kept nowhere in the clear: opened once more, for whom it is sent to.

    ``row`` is the fact that names its row, ``fact`` the placeholder that it fills; ``opened`` gives it, None where it
    is of no use any more; ``ended`` is told whether it went out.
    """

    row: str
    fact: str
    opened: Callable[[House, Session, int, datetime], str | None]
    ended: Callable[[Session, int, datetime, bool], None]


def _code(house: House, session: Session, code_id: int, now: datetime) -> str | None:
    return codes.to_send(session, house.world.vault, code_id, now)


def _link(house: House, session: Session, link_id: int, now: datetime) -> str | None:
    token = callback_links.to_send(session, house.world.vault, link_id, now)
    return None if token is None else f"{house.settings.public_url}/callback/{token}"


_SECRETS = {
    codes.TEMPLATE: Secret(
        "code_id", "code", _code, lambda session, code_id, _now, _is_sent: codes.forget(session, code_id)
    ),
    callback_links.TEMPLATE: Secret(
        "link_id",
        "link",
        _link,
        lambda session, link_id, now, is_sent: callback_links.message_ended(
            session, link_id, now, is_sent=is_sent
        ),
    ),
}


def _with_secret(
    house: House,
    session: Session,
    found: Delivery,
    template: MessageTemplate,
    facts: dict[str, object],
    now: datetime,
) -> str | None:
    """What is sent: of a secret what is kept says only that there was one; None where it is of no use any more."""
    secret = _SECRETS.get(found.template)
    if secret is None:
        return found.text or ""
    opened = secret.opened(house, session, _row_of(found, secret), now)
    if opened is None:
        _end(session, found, DeliveryStatus.DROPPED, now, "no_longer_due")
        return None
    return message_templates.render(template, {**facts, secret.fact: opened}, "zh")[:600]


def _row_of(found: Delivery, secret: Secret) -> int:
    return int(str(found.facts[secret.row]))


def _end(session: Session, found: Delivery, status: DeliveryStatus, now: datetime, reason: str = "") -> None:
    """It has ended; a secret that it carried is opened by nobody any more. Only an SMS carries one."""
    deliveries.end(found, status, now, reason)
    secret = _SECRETS.get(found.template)
    if secret is not None and found.way is Way.SMS:
        secret.ended(session, _row_of(found, secret), now, status is DeliveryStatus.SENT)


def _sms(
    house: House, session: Session, found: Delivery, template: MessageTemplate, said: str, now: datetime
) -> Parcel | None:
    """Ask the gate; out of hours the message waits for the morning, any other refusal ends it."""
    if found.customer_id is None or template.audience is not Audience.CUSTOMER:
        _end(session, found, DeliveryStatus.REFUSED, now, "no_customer")
        return None
    customer = customers.survivor(session, session.get_one(Customer, found.customer_id))
    try:
        number = customers.phone_of(session, house.world.vault, customer)
    except PersonErased:
        _end(session, found, DeliveryStatus.REFUSED, now, "erased")
        return None
    contact = Contact(customer.id, Channel.SMS, template.purpose, number=number, loan_no=found.loan_no)
    attempt = contact_gate.may_contact(
        session, house.world.vault, contact, house.world.contact_rules, now=now
    )
    found.contact_id = attempt.id
    if attempt.allowed:
        found.attempts += 1
        return Parcel(found.id, found.way, number, said)
    if attempt.rule == "hours":
        deliveries.postpone(found, contact_gate.opening(session, now), attempt.rule)
    else:
        _end(session, found, DeliveryStatus.REFUSED, now, attempt.rule)
    return None


def _tell_staff(session: Session, found: Delivery, now: datetime) -> None:
    """Tell who looks after the loan, or the post-loan desk where nobody does."""
    payload: dict[str, object] = {"template": "message_sent", "loan_no": found.loan_no, "text": found.text}
    loan = None if found.loan_no is None else loans.get(session, found.loan_no)
    if loan is not None and loan.owner_id is not None:
        payload["employee_id"] = loan.owner_id
    else:
        payload["role_id"] = "postloan_manager"
        payload["unit_id"] = None if loan is None else loan.unit_id
    notices.tell(session, payload, now)


def _send(house: House, parcel: Parcel, now: datetime) -> None:
    """Send it, no transaction open, and note what came of it; the same message asked for twice is sent once."""
    outcome, reason = DeliveryStatus.SENT, ""
    try:
        if parcel.way is Way.SMS:
            request_id = f"delivery-{parcel.delivery_id}"
            house.world.parties.sms.send(request_id=request_id, mobile=parcel.number, text=parcel.text)
        else:
            Channels(house.settings.channels).send(parcel.way, "Cheliu", parcel.text)
    except PartyUnreachable as silent:
        outcome, reason = DeliveryStatus.QUEUED, str(silent.facts["reason"])
    except (PartyRefused, ChannelNotConfigured) as refused:
        outcome, reason = DeliveryStatus.FAILED, refused.code
    with house.database.write() as session:
        found = session.get_one(Delivery, parcel.delivery_id, with_for_update=True)
        if outcome is DeliveryStatus.QUEUED:
            again = deliveries.try_again(found, now, reason)
            if not again:
                _end(session, found, DeliveryStatus.FAILED, now, reason)
            _log.warning("message_not_sent", delivery=found.id, again=again)
        else:
            _end(session, found, outcome, now, reason)
        if found.contact_id is not None:
            sent = outcome is DeliveryStatus.SENT
            contact_gate.note_result(session, found.contact_id, Result.SENT if sent else Result.NOT_SENT)
