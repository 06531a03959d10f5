"""A customer takes a consent back: the record ends, and a case that cannot go on without it stops for a person."""

from __future__ import annotations

from sqlalchemy.orm import Session

from company import audit
from company.people import Actor
from engine.runtime import Engine
from lending import consents
from lending.consents import Consent
from lending.customers import Customer

MESSAGE = "ConsentWithdrawn"


def withdraw_consent(engine: Engine, session: Session, actor: Actor, consent_id: int) -> Consent:
    """Withdraw a consent for the customer, told to this person; nothing done under it before becomes unlawful.

    Raises the refusals of :func:`lending.consents.withdraw`.
    """
    now = engine.context.clock.now()
    consent = consents.withdraw(session, consent_id, by=actor.employee_id, now=now)
    audit.record(
        session,
        now,
        actor,
        "consent.withdraw",
        "consent",
        str(consent.id),
        before={"stands": True},
        after={"purpose": consent.purpose.value, "application_no": consent.application_no},
    )
    if consent.purpose.is_core:
        payload = {"withdrawn_by": session.get_one(Customer, consent.customer_id).name}
        engine.deliver(
            session, MESSAGE, consent.application_no, payload, f"consent:{consent.id}", actor=actor
        )
    return consent
