"""Where the bank tells how a payment ended: signed, fresh, and taken once however often it is told."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from lending import disbursements
from web.access import public
from web.wiring import wired

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
    timestamp = request.headers.get("X-Timestamp", "")
    body = request.get_data() if (request.content_length or 0) <= BODY_BYTES_MAX else b""
    expected = signature(wiring.settings.bank_secret, timestamp, body)
    if not hmac.compare_digest(expected, request.headers.get("X-Signature", "")) or not _fresh(timestamp):
        return {"error": "signature refused"}, 401
    event = _event(request.get_json(silent=True))
    if event is None:
        return {"error": "not a payment result"}, 400
    with wiring.database.write() as session:
        session.info["remote"] = request.remote_addr
        business_key = disbursements.business_key_of(session, event["request_id"])
        if business_key is None:
            return {"error": "unknown payment"}, 404
        payload = {
            "bank_status": event["status"],
            "bank_reference": event["request_id"],
            "bank_reason": event["reason"],
            "value_date": event["value_date"],
        }
        wiring.engine.deliver(session, "BankResult", business_key, payload, f"bank:{event['event_id']}")
    wiring.wake()
    return {"status": "taken"}


def _fresh(timestamp: str) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    return abs(wired().wall_clock.now().timestamp() - int(timestamp)) <= TOLERANCE_SECONDS


def _event(sent: Any) -> dict[str, Any] | None:
    """The fields of a result in their types, or None."""
    if not isinstance(sent, dict) or sent.get("status") not in ("succeeded", "failed"):
        return None
    texts = {name: sent.get(name) for name in ("event_id", "request_id")}
    if not all(isinstance(text, str) and 0 < len(text) <= 100 for text in texts.values()):
        return None
    try:
        value_date = date.fromisoformat(sent["value_date"]) if sent.get("value_date") else None
    except (TypeError, ValueError):
        return None
    reason = sent.get("reason")
    return {
        **texts,
        "status": sent["status"],
        "reason": reason[:300] if isinstance(reason, str) else None,
        "value_date": value_date,
    }
