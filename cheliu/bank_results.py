"""What the bank says became of a payment, handed to the case that waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from company.messages import Refusal
from engine.runtime import Engine
from lending.disbursements import AttemptStatus, PaymentAttempt

MESSAGE = "BankResult"
FINAL = ("succeeded", "failed")


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

    Raises :class:`BankResultMalformed` and :class:`PaymentUnknown`; nothing is written then.
    """
    request_id, status = _text(event, "request_id"), _text(event, "status")
    if status not in FINAL:
        raise BankResultMalformed(field="status")
    try:
        value_date = date.fromisoformat(_text(event, "value_date"))
    except ValueError:
        raise BankResultMalformed(field="value_date") from None
    payload = {
        "bank_status": status,
        "bank_reason": str(event.get("reason") or "")[:200],
        "bank_reference": _text(event, "bank_reference"),
        "value_date": value_date,
    }
    with engine.database.write() as session:
        known = session.scalar(select(PaymentAttempt.status).where(PaymentAttempt.request_id == request_id))
        if known is None:
            raise PaymentUnknown(request_id=request_id)
        if known in (AttemptStatus.SUCCEEDED, AttemptStatus.FAILED):
            return  # told late, or again: nobody waits for it, and nobody shall
        engine.deliver(session, MESSAGE, request_id, payload, f"bank:{_text(event, 'event_id')}")


def _text(event: Mapping[str, Any], field: str) -> str:
    value = event.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise BankResultMalformed(field=field)
    return value
