"""Topics of a repayment: matched, posted, put into suspense and claimed, or taken back with the bank."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import outbox
from company.messages import Refusal
from company.people import Employee, EmployeeRole
from engine.topics import Call
from handlers.customer_messages import tell_customer
from handlers.register import TOPICS
from lending import loans
from lending.bank import receipts, returns
from lending.bank.receipts import BankReceipt, ReceiptStatus
from lending.life.events import LoanEvent


@TOPICS.topic("match-receipt")
def match_receipt(call: Call, receipt_no: str) -> dict[str, object]:
    """What the money is for, and an alert if somebody else pays or from another account."""
    found = receipts.get(call.session, receipt_no)
    match = receipts.match(call.session, found)
    receipts.watch_payer(call.session, found, on=call.business_date, now=call.clock_now)
    call.describe(title=found.payer_name, subtitle=match.loan_no or found.kind.zh, amount=found.amount)
    if match.loan_no is not None:
        loan = loans.get(call.session, match.loan_no)
        call.describe(unit_id=loan.unit_id, owner_id=loan.owner_id)
    else:
        call.describe(unit_id=_desk(call.session))
    return {
        "match_kind": match.kind.value,
        "loan_no": match.loan_no,
        "bank_reference": found.bank_reference,
        "received_amount": found.amount,
        "received_on": found.on,
        "payer_name": found.payer_name,
        "payer_purpose": found.purpose,
        "check_comment": None,
        "check_decision": None,
    }


def _desk(session: Session) -> int | None:
    """The unit that sees to money of nobody: where the company's first finance maker works."""
    makers = select(EmployeeRole.unit_id).join(Employee, Employee.id == EmployeeRole.employee_id)
    asked = makers.where(EmployeeRole.role_id == "finance_maker", Employee.active)
    return session.scalar(asked.order_by(Employee.id).limit(1))


@TOPICS.topic("post-receipt")
def post_receipt(call: Call, receipt_no: str) -> dict[str, object]:
    """Post it in the signed order of allocation and tell the customer."""
    found = receipts.get(call.session, receipt_no)
    receipts.post(call.session, found, booked_on=call.business_date, now=call.clock_now)
    _tell_booked(call, found)
    return {"event_reference": found.entry_reference}


def _tell_booked(call: Call, found: BankReceipt) -> None:
    if found.loan_no is not None:
        facts = {"amount": found.amount, "on": found.on}
        tell_customer(call, found.loan_no, "receipt_booked", found.bank_reference, owed_on=found.on, **facts)


@TOPICS.topic("hand-to-prepayment")
def hand_to_prepayment(call: Call, receipt_no: str) -> dict[str, object]:
    """Let the prepayment that awaits this loan's money have it; where it does not any more, the loan gets it.

    The message is for that one alone: late, it does not reach another early repayment of the loan.
    """
    found = receipts.get(call.session, receipt_no)
    prepayment_no = receipts.hand_on(call.session, found)
    if prepayment_no is None:
        receipts.post(call.session, found, booked_on=call.business_date, now=call.clock_now)
        _tell_booked(call, found)
        return {"event_reference": found.entry_reference}
    payload = {
        "received_amount": found.amount,
        "received_on": found.on,
        "bank_reference": found.bank_reference,
    }
    key = f"prepayment_money:{receipt_no}"
    message = {"name": "PrepaymentMoneyCame", "key": prepayment_no, "payload": payload, "message_id": key}
    outbox.put(call.session, "message", key, message, call.clock_now)
    return {}


@TOPICS.topic("put-in-suspense")
def put_in_suspense(call: Call, receipt_no: str) -> dict[str, object]:
    """Post it to suspense, where the desk of unclaimed money sees it too."""
    found = receipts.get(call.session, receipt_no)
    return {"suspense_reference": receipts.to_suspense(call.session, found, now=call.clock_now)}


@TOPICS.topic("conclude-claim")
def conclude_claim(
    call: Call, *, receipt_no: str, claim_loan_no: str, check_decision: str, claim_maker_id: int | None = None
) -> dict[str, object]:
    """Put it to the loan that was named, if the second person agrees."""
    if check_decision != "approve":
        return {}
    found = receipts.get(call.session, receipt_no)
    receipts.claim(
        call.session,
        found,
        claim_loan_no.strip(),
        booked_on=call.business_date,
        now=call.clock_now,
        by=claim_maker_id,
        checked_by=call.actor.employee_id,
    )
    _tell_booked(call, found)
    return {"loan_no": found.loan_no}


@TOPICS.topic("find-returned")
def find_returned(call: Call, receipt_no: str) -> dict[str, object]:
    """How the money came that the bank takes back; where it cannot be reversed, why, kept with the movement."""
    found = receipts.get(call.session, receipt_no)
    try:
        origin = returns.find(call.session, found)
    except Refusal as refused:
        call.describe(unit_id=_desk(call.session))
        return _not_returnable(call, found, refused)
    found.status, found.reason = ReceiptStatus.ARRIVED, None
    loan_nos = sorted({event.loan_no for event in origin.on_loans})
    if len(loan_nos) == 1:
        loan = loans.get(call.session, loan_nos[0])
        call.describe(subtitle=loan.loan_no, unit_id=loan.unit_id, owner_id=loan.owner_id)
    else:
        call.describe(unit_id=_desk(call.session))
    return {
        "return_found": True,
        "return_refusal": None,
        "return_refusal_en": None,
        "returned_loan_no": "、".join(loan_nos) or None,
        "returned_reference": origin.reference,
        "returned_amount": origin.amount,
    }


def _not_returnable(call: Call, found: BankReceipt, refused: Refusal) -> dict[str, object]:
    returns.note_refusal(call.session, found, refused)
    return {
        "return_found": False,
        "return_refusal": refused.text("zh"),
        "return_refusal_en": refused.text("en"),
    }


@TOPICS.topic("conclude-reversal")
def conclude_reversal(
    call: Call, receipt_no: str, check_decision: str, reversal_maker_id: int | None = None
) -> dict[str, object]:
    """Take the money back as it came, if the second person agrees; tell the customers, end what claims it.

    What cannot be reversed any more goes back to be cleared, with the reason, as what never could.
    """
    found = receipts.get(call.session, receipt_no)
    if check_decision != "approve":
        found.status = ReceiptStatus.DISMISSED
        return {}
    came = returns.came_as(call.session, found)
    claimable = came is not None and came.status is ReceiptStatus.SUSPENSE
    try:
        with call.session.begin_nested():
            done = returns.take_back(
                call.session,
                found,
                booked_on=call.business_date,
                now=call.clock_now,
                by=reversal_maker_id,
                checked_by=call.actor.employee_id,
            )
    except returns.CheckedByMaker:  # another person checks it
        raise
    except Refusal as refused:  # a case of an older diagram ends as not reversed
        return {"check_decision": None, **_not_returnable(call, found, refused)}
    for each in done:
        event = each.event
        facts = {"amount": event.amount, "on": found.on}
        owed_on = call.session.get_one(LoanEvent, event.reverses_id).on  # it was the money of who owed then
        tell_customer(call, event.loan_no, "receipt_returned", event.reference, owed_on=owed_on, **facts)
    if came is not None and claimable:
        key = f"receipt_taken_back:{receipt_no}"
        message = {"name": "ReceiptTakenBack", "key": came.receipt_no, "payload": {}, "message_id": key}
        outbox.put(call.session, "message", key, message, call.clock_now)
    return {}
