"""Telling the customer of a loan something: through the templates, the delivery log and the contact gate."""

from __future__ import annotations

from datetime import date

from engine.topics import Call
from lending import deliveries


def tell_customer(
    call: Call, loan_no: str, template: str, occasion: str, *, owed_on: date | None = None, **facts: object
) -> None:
    """Queue the message over every channel of its template, once an occasion; to who owed the loan on a day."""
    deliveries.tell(call.session, loan_no, template, occasion, facts, now=call.clock_now, owed_on=owed_on)
