"""The contacts of callbacks: asked of the gate before they are made, and what came of them."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.calendar import ZONE
from company.vault import Vault
from lending import customers
from lending.callback_kinds import AttemptResult, CallbackMethod
from lending.callbacks import CallbackVisit
from lending.contact_gate import (
    Channel,
    Contact,
    ContactAttempt,
    Decides,
    Purpose,
    Result,
    may_contact,
    still_allowed,
)
from lending.errors import LendingError
from lending.loans import Loan

_CAME = {
    AttemptResult.NO_ANSWER: Result.NO_ANSWER,
    AttemptResult.WRONG_PERSON: Result.WRONG_PERSON,
    AttemptResult.DECEASED: Result.WRONG_PERSON,  # somebody else told it
}


class CallbackContactRefused(LendingError):
    """The gate does not let the customer be reached now; ``why`` and ``why_en`` are what the rule notes."""

    code = "callback_contact_refused"
    zh = "现在不得联系客户：{why}。请在规则允许时再联系和登记。"
    en = "The customer may not be reached now: {why_en}. Reach him, and record it, when the rule allows."


def ask(
    session: Session,
    vault: Vault,
    visit: CallbackVisit,
    loan: Loan,
    decides: Decides,
    *,
    now: datetime,
    by: int | None,
) -> ContactAttempt:
    """Ask the gate whether the borrower may be called or visited now; the row with its rule is the caller's to keep.

    To look at the number again is no second contact: one that was let through today and not made yet stays the one,
    while the gate would let it through still.
    """
    number = customers.phone_of(session, vault, customers.get(session, loan.customer_id))
    contact = Contact(
        loan.customer_id, _channel(visit), Purpose.CALLBACK, number=number, loan_no=loan.loan_no
    )
    earlier = allowed_today(session, visit, loan, now=now, by=by)
    if earlier is not None and still_allowed(session, vault, contact, decides, now=now):
        return earlier
    return may_contact(session, vault, contact, decides, now=now, by=by)


def allowed_today(
    session: Session, visit: CallbackVisit, loan: Loan, *, now: datetime, by: int | None
) -> ContactAttempt | None:
    """The latest contact that the person was allowed today and has told no result of."""
    midnight = datetime.combine(now.astimezone(ZONE).date(), time(), ZONE)
    asked = select(ContactAttempt).where(
        ContactAttempt.customer_id == loan.customer_id,
        ContactAttempt.loan_no == loan.loan_no,
        ContactAttempt.purpose == Purpose.CALLBACK,
        ContactAttempt.channel == _channel(visit),
        ContactAttempt.allowed,
        ContactAttempt.result.is_(None),
        ContactAttempt.by == by,
        ContactAttempt.at >= midnight.astimezone(now.tzinfo),
    )
    return session.scalar(asked.order_by(ContactAttempt.id.desc()).limit(1))


def _channel(visit: CallbackVisit) -> Channel:
    return Channel.VISIT if visit.method is CallbackMethod.ON_SITE else Channel.CALL


def note_result(attempt: ContactAttempt, result: AttemptResult) -> None:
    """What came of it."""
    attempt.result = _CAME.get(result, Result.CONNECTED)
