"""What a loan tells the processes when its last debt is paid, and when a reversal brings debt back.

``LoanSettled`` begins the release of the mortgage, ``LoanReopened`` stops it; both go by the application's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import outbox
from lending.loans import Loan, LoanStatus

SETTLED, REOPENED = "LoanSettled", "LoanReopened"
_KIND = "message"


def tell(session: Session, loan: Loan, before: LoanStatus, *, event_id: int | None, now: datetime) -> None:
    """Tell that the loan is settled, or not any more, if that is what an event has changed."""
    is_settled = loan.status is LoanStatus.SETTLED
    if is_settled is not (before is LoanStatus.SETTLED):
        name = SETTLED if is_settled else REOPENED
        key, message = _message(name, loan.loan_no, loan.application_no, event_id)
        outbox.put(session, _KIND, key, message, now)


def tell_settled(session: Session, last_events: Mapping[str, int | None], now: datetime) -> None:
    """Tell of many loans at once that they are settled; by loan number, the id of the event that did it."""
    rows = session.execute(
        select(Loan.loan_no, Loan.application_no).where(Loan.loan_no.in_(list(last_events)))
    )
    told = [
        _message(SETTLED, loan_no, application_no, last_events[loan_no]) for loan_no, application_no in rows
    ]
    outbox.put_all(session, _KIND, dict(told), now)


def _message(
    name: str, loan_no: str, application_no: str, event_id: int | None
) -> tuple[str, dict[str, object]]:
    key = f"{name}:{loan_no}:{event_id}"
    payload = {"loan_no": loan_no, "application_no": application_no}
    return key, {"name": name, "key": application_no, "payload": payload, "message_id": key}
