"""The cases that a case file begins beside its own: on the loan, on its customer, on a list, on a credit line."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu.bookings import open_booking
from cheliu.case_tasks import Step
from cheliu.claim_transfers import open_claim_package
from cheliu.data_requests import open_data_request
from cheliu.debt_transfers import open_debt_transfer
from cheliu.line_changes import open_line_change
from cheliu.list_changes import open_list_change
from cheliu.loan_changes import open_loan_change
from company.people import Actor
from engine.runtime import Engine
from engine.tasks import Instance
from lending import applications, customers
from lending.life.kinds import EventKind
from lending.loan_changes import ChangeKind
from lending.loans import Loan
from lending.personal_requests import RequestChannel, RequestKind

_Opening = Callable[[Engine, Session, Actor], tuple[Instance, int | None]]
_CHANGES: dict[str, _Opening] = {"list": open_list_change, "line": open_line_change}


def begun(engine: Engine, session: Session, who: Actor, application_no: str, step: Step) -> Instance:
    """The case that a step begins: a booking, a request on the loan or on personal data, a list, a line."""
    if "booking" in step:
        return open_booking(engine, session, who, _loan_no(session), EventKind(step["booking"]))
    if "change" in step:
        return open_loan_change(engine, session, who, _loan_no(session), ChangeKind(step["change"]))[0]
    if "claim_package" in step:
        return open_claim_package(engine, session, who)[0]
    if "debt_transfer" in step:
        return open_debt_transfer(engine, session, who, _loan_no(session))[0]
    if "request" in step:
        customer = customers.get(session, applications.get(session, application_no).customer_id or 0)
        asked = (RequestKind(step["request"]), RequestChannel.COUNTER, step["wish"])
        return open_data_request(engine, session, who, customer, *asked)
    return _CHANGES["line" if "line" in step else "list"](engine, session, who)[0]


def _loan_no(session: Session) -> str:
    return session.scalars(select(Loan.loan_no)).one()
