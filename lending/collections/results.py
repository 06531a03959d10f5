"""What came of a contact of a case, written down whole: the contact, the promise made in it, the hold it asks for.

A result belongs to the task that asked for the contact, or stands by itself: of a call that no task asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import outbox
from company.calendar import ZONE
from company.people import Employee
from company.vault import Vault
from lending import contact_circumstances, customers, loans
from lending.collections import cases, contact_log, promises, strategy
from lending.collections.cases import CollectionCase
from lending.collections.contact_log import Came
from lending.collections.kinds import IN_SPITE_OF_A_PROMISE, CaseStatus, ResultCode
from lending.collections.promises import PromiseToPay
from lending.contact_circumstances import Circumstance
from lending.contact_gate import ContactAttempt, Person
from lending.errors import LendingError

_HOLDS = {
    ResultCode.DECEASED: (Circumstance.DECEASED, "催收联系中被告知已故"),
    ResultCode.DISPUTE: (Circumstance.DISPUTE, "催收联系中对债务提出异议"),
    ResultCode.HARDSHIP: (Circumstance.HARDSHIP, "催收联系中申请困难协助"),
}
"""What a result says of the customer: collection is on hold until it is lifted."""


class CaseHasEnded(LendingError):
    """What makes a case wait, holds it or starts something belongs to a case that is open."""

    code = "collection_case_ended"
    zh = (
        "催收案件 {case_no} 已结束（{status}），不能登记“{result}”：承诺和会暂停催收的结果只属于在办案件。"
        "请改登其他联系结果并把所说内容写入说明；贷款另有在办案件的，请在该案登记。"
    )
    en = (
        "Collection case {case_no} has ended ({status}) and takes no result “{result}”: promises and what holds up "
        "collection belong to an open case. Record another result and put what was said into the note; "
        "if the loan has an open case, record it there."
    )


@dataclass(frozen=True)
class Promised:
    """An amount in yuan and the day on which it is to come."""

    amount: Decimal
    on: date


def record(
    session: Session,
    vault: Vault,
    found: CollectionCase,
    came: Came,
    promised: Promised | None,
    *,
    by: int | None,
    now: datetime,
    books_at: date,
) -> PromiseToPay | None:
    """Write the contact down with its promise or its hold; the promise, if one was made.

    ``found`` is held to be changed. What can be promised is what is overdue on the business date ``books_at``. Of a
    case that has ended a contact is written down that asks for neither, else :class:`CaseHasEnded`. Raises what
    :func:`lending.collections.contact_log.note` and :func:`lending.collections.promises.make` refuse.
    """
    made = contact_log.note(session, vault, found, came, by=by, now=now)
    of_guarantor = session.get_one(ContactAttempt, made.attempt_id).person is Person.GUARANTOR
    # what befalls a guarantor holds up nothing of the borrower's
    holds = promised is None and came.result in _HOLDS and not of_guarantor
    if found.open_for is None and (promised is not None or holds):
        raise CaseHasEnded(case_no=found.case_no, status=found.status, result=came.result)
    if promised is not None:
        return _promise(session, found, promised, by=by, now=now, books_at=books_at)
    if holds:
        _hold(session, found, came.result, by=by, now=now)
    return None


def record_by_itself(
    session: Session,
    vault: Vault,
    found: CollectionCase,
    came: Came,
    promised: Promised | None,
    *,
    by: int | None,
    now: datetime,
    books_at: date,
) -> None:
    """The same of a contact that no task asked for: the case is told, so that its next step waits for the promise."""
    made = record(session, vault, found, came, promised, by=by, now=now, books_at=books_at)
    if made is not None:
        cases.tell_case(session, found, f"promised:{made.id}", now)


def colleague(session: Session, username: str | None) -> int | None:
    """The active employee of a user name, None for none."""
    if not username:
        return None
    return session.scalar(
        select(Employee.id).where(Employee.username == username.strip(), Employee.active.is_(True))
    )


def _promise(
    session: Session,
    found: CollectionCase,
    promised: Promised,
    *,
    by: int | None,
    now: datetime,
    books_at: date,
) -> PromiseToPay:
    today = now.astimezone(ZONE).date()
    # the day of an earlier one may be over: then it holds up no new one
    promises.judge_awaited(session, found, now=now, books_at=books_at)
    strategy.refresh(session, found, loans.get(session, found.loan_no), today=books_at)
    made = promises.make(session, found, promised.amount, promised.on, today=today, by=by, now=now)
    if found.action not in IN_SPITE_OF_A_PROMISE:
        found.status, found.due_on = CaseStatus.PROMISED, made.check_on
    return made


def _hold(
    session: Session, found: CollectionCase, result: ResultCode, *, by: int | None, now: datetime
) -> None:
    """Note what the contact told of the customer: of a death for all his loans, else for this one; tell who decides."""
    kind, words = _HOLDS[result]
    contact_circumstances.note(
        session,
        found.customer_id,
        kind,
        f"{words}（{found.case_no}）",
        loan_no=None if kind is Circumstance.DECEASED else found.loan_no,
        by=by,
        now=now,
    )
    loan = loans.get(session, found.loan_no)
    occasion = f"{now:%Y%m%d%H%M%S}"
    cases.tell_supervisors(session, found, loan, "collection_held", f"{kind.value}:{occasion}", now)
    if kind is Circumstance.HARDSHIP:
        payload = {
            "process_id": "restructuring",
            "business_key": loan.application_no,
            "data": {"application_no": loan.application_no, "loan_no": loan.loan_no},
            "title": customers.get(session, loan.customer_id).name,
            "subtitle": loan.loan_no,
            "unit_id": loan.unit_id,
            "owner_id": loan.owner_id,
        }
        outbox.put(session, "start_process", f"restructuring:{found.case_no}:{occasion}", payload, now)
