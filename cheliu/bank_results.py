"""What the bank says became of a payment, handed to the case that waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import audit, outbox
from company.messages import Refusal
from company.people import SYSTEM
from engine.runtime import Engine
from engine.waits import Message
from lending.disbursements import AttemptStatus, Disbursement, PaymentAttempt
from lending.loans import Loan

MESSAGE = "BankResult"
FINAL = {"succeeded": AttemptStatus.SUCCEEDED, "failed": AttemptStatus.FAILED}
# Who must clear a contradiction with the bank.
CONTRADICTION_ROLES = ("admin", "finance_checker")
_REQUEST_ID_MAX, _EVENT_ID_MAX, _REFERENCE_MAX = 40, 90, 80  # characters, as the columns hold them


class PaymentUnknown(Refusal):
    """The bank speaks of a payment that was never ordered here."""

    code = "payment_unknown"
    zh = "付款指令 {request_id} 不存在。"
    en = "No payment {request_id} was ever ordered here."


class BankResultMalformed(Refusal):
    """The bank's message lacks a field or holds one that cannot be read."""

    code = "bank_result_malformed"
    zh = "银行回报的字段 {field} 缺失或无法识别。"
    en = "The field {field} of the bank's message is missing or cannot be read."


def receive(engine: Engine, event: Mapping[str, Any]) -> None:
    """Deliver one signed event of the bank, once however often it comes.

    A result against the one that is on record, or on its way to the case, moves nothing: it is noted in the audit
    trail and told to those who can clear it with the bank, once a payment.

    Raises :class:`BankResultMalformed` and :class:`PaymentUnknown`; nothing is written then.
    """
    request_id, status = _text(event, "request_id", _REQUEST_ID_MAX), _text(event, "status", _REQUEST_ID_MAX)
    if status not in FINAL:
        raise BankResultMalformed(field="status")
    try:
        value_date = date.fromisoformat(_text(event, "value_date", _REQUEST_ID_MAX))
    except ValueError:
        raise BankResultMalformed(field="value_date") from None
    payload = {
        "bank_status": status,
        "bank_reason": str(event.get("reason") or "")[:200],
        "bank_reference": _text(event, "bank_reference", _REFERENCE_MAX),
        "value_date": value_date,
    }
    event_id = _text(event, "event_id", _EVENT_ID_MAX)
    with engine.database.write() as session:
        known = session.scalar(select(PaymentAttempt.status).where(PaymentAttempt.request_id == request_id))
        if known is None:
            raise PaymentUnknown(request_id=request_id)
        if known in FINAL.values() or not engine.deliver(
            session, MESSAGE, request_id, payload, f"bank:{event_id}"
        ):
            _note_contradiction(engine, session, request_id, payload)


def _note_contradiction(
    engine: Engine, session: Session, request_id: str, payload: Mapping[str, Any]
) -> None:
    """Audit and tell that the bank says the opposite of what it said before, if it does."""
    held = select(PaymentAttempt).where(PaymentAttempt.request_id == request_id).with_for_update()
    attempt = session.scalars(held, execution_options={"populate_existing": True}).one()
    reported = payload["bank_status"]
    kept = select(Message).where(
        Message.name == MESSAGE, Message.correlation_key == request_id, Message.expired_at.is_(None)
    )
    before = {str(message.payload["bank_status"]) for message in session.scalars(kept)}
    if attempt.status in FINAL.values():
        before = {attempt.status.value}
    if before <= {reported}:
        return  # told late, or again
    key = f"bank_contradicts:{request_id}"
    if session.scalar(select(outbox.OutboxMessage.id).where(outbox.OutboxMessage.key.startswith(f"{key}:"))):
        return
    now = engine.context.clock.now()
    loan_no, unit_id = session.execute(
        select(Loan.loan_no, Loan.unit_id)
        .join(Disbursement, Disbursement.loan_no == Loan.loan_no)
        .where(Disbursement.id == attempt.disbursement_id)
    ).one()
    audit.record(
        session,
        now,
        SYSTEM,
        "payment.bank_contradicts",
        "payment_attempt",
        request_id,
        before={"status": attempt.status.value},
        after=payload,
    )
    for role_id in CONTRADICTION_ROLES:
        told = {
            "template": "bank_contradicts",
            "role_id": role_id,
            "unit_id": unit_id,
            "request_id": request_id,
            "loan_no": loan_no,
            "reported": reported,
        }
        outbox.put(session, "notify", f"{key}:{role_id}", told, now)


def _text(event: Mapping[str, Any], field: str, characters_max: int) -> str:
    value = event.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= characters_max:
        raise BankResultMalformed(field=field)
    return value
