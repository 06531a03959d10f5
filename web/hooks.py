"""Where the bank tells how a payment ended: signed, fresh, and taken once however often it is told."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from lending.disbursements import AttemptStatus, Disbursement, PaymentAttempt
from lending.loans import Loan
from web.session import public
from web.wiring import command, wired

pages = Blueprint("hooks", __name__)
TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 65_536


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp (Unix seconds as text), a dot and the body, as 64 hex digits."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@pages.post("/hooks/bank")
@public
def bank() -> ResponseReturnValue:
    """Hand the result of a payment to the case that waits for it.

    401 for a missing, wrong or old signature, 400 for a body that is no result, 404 for a payment we never ordered;
    200 else, also when the same event comes again.
    """
    wiring = wired()
    timestamp = request.headers.get("X-Bank-Timestamp", "")
    body = request.get_data() if (request.content_length or 0) <= BODY_BYTES_MAX else b""
    expected = signature(wiring.settings.bank_secret, timestamp, body)
    if not hmac.compare_digest(expected, request.headers.get("X-Bank-Signature", "")) or not _fresh(
        timestamp
    ):
        return {"error": "signature refused"}, 401
    event = _event(request.get_json(silent=True))
    if event is None:
        return {"error": "not a payment result"}, 400
    event_id = event.pop("event_id")
    with command() as session:
        ordered = session.execute(
            select(PaymentAttempt.status, Loan.application_no)
            .join(Disbursement, Disbursement.id == PaymentAttempt.disbursement_id)
            .join(Loan, Loan.loan_no == Disbursement.loan_no)
            .where(PaymentAttempt.request_id == event.pop("request_id"))
        ).first()
        if ordered is None:
            return {"error": "unknown payment"}, 404
        status, business_key = ordered
        if status in (AttemptStatus.SUCCEEDED, AttemptStatus.FAILED):
            # Told late or again: kept for nobody, so that it cannot be taken for the answer to a later attempt.
            return {"status": "known"}
        wiring.engine.deliver(session, "BankResult", business_key, event, f"bank:{event_id}")
    wiring.wake()
    return {"status": "taken"}


def _fresh(timestamp: str) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    return abs(wired().wall_clock.now().timestamp() - int(timestamp)) <= TOLERANCE_SECONDS


def _event(sent: Any) -> dict[str, Any] | None:
    """The names and the request of the event, and what the case is told of it; None if it is no payment result."""
    if not isinstance(sent, dict) or sent.get("status") not in ("succeeded", "failed"):
        return None
    texts = {name: sent.get(name) for name in ("event_id", "request_id")}
    if not all(isinstance(text, str) and 0 < len(text) <= 100 for text in texts.values()):
        return None
    try:
        value_date = date.fromisoformat(sent["value_date"]) if sent.get("value_date") else None
    except (TypeError, ValueError):
        return None
    return {
        **texts,
        "bank_status": sent["status"],
        "bank_reason": _text(sent.get("reason"), 300),
        "bank_reference": _text(sent.get("bank_reference"), 80),
        "value_date": value_date,
    }


def _text(value: Any, length: int) -> str | None:
    return value[:length] if isinstance(value, str) and value else None
