"""How a request of a data subject begins: its number, its row and the case that carries it, in one transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from company.organisation import business_date
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import CaseFacts, Instance
from lending import personal_requests
from lending.customers import Customer
from lending.personal_requests import RequestChannel, RequestKind

PROCESS = "data_subject_request"


def open_data_request(
    engine: Engine,
    session: Session,
    actor: Actor,
    customer: Customer,
    kind: RequestKind,
    channel: RequestChannel,
    wish: str,
) -> Instance:
    """Take a request in for a customer; its first task waits for whoever checks the identity.

    Raises the refusals of :func:`lending.personal_requests.open_request`.
    """
    on = business_date(session)
    request = personal_requests.open_request(
        session, customer, kind=kind, channel=channel, wish=wish, on=on, by=actor.employee_id
    )
    data = {
        "request_no": request.request_no,
        "customer_id": customer.id,
        "customer_shown": customer.name,
        "request_kind": kind.value,
        "request_wish": request.wish,
        "request_answer_by": request.answer_by,
        "request_channel": channel.value,
        "change_comment": None,
        "keep_note": None,
        "correct_field": None,
        "correct_value": None,
        "request_answer": None,
    }
    facts = CaseFacts(
        title=customer.name, subtitle=kind.zh, unit_id=customer.unit_id, owner_id=customer.owner_id
    )
    return engine.start(session, PROCESS, request.request_no, data=data, actor=actor, facts=facts)
