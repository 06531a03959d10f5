"""Where the bank tells how a payment ended: signed, fresh, and taken once however often it is told."""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from company.messages import Refusal
from web.session import public
from web.wiring import wired

pages = Blueprint("hooks", __name__)
TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 65_536


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp (Unix seconds as text), a full stop and the body, as 64 hex digits."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@pages.post("/hooks/bank")
@public
def bank() -> ResponseReturnValue:
    """Hand the result of a payment to the case that waits for it.

    401 for a missing, wrong or old signature, 400 for a body that is no result or speaks of no payment of ours; 200
    else, also when the same event comes again.
    """
    wiring = wired()
    timestamp = request.headers.get("X-Bank-Timestamp", "")
    body = request.get_data() if (request.content_length or 0) <= BODY_BYTES_MAX else b""
    expected = signature(wiring.settings.bank_secret, timestamp, body)
    shown = request.headers.get("X-Bank-Signature", "")
    if not hmac.compare_digest(expected.encode(), shown.encode("utf-8", "replace")) or not _fresh(timestamp):
        return {"error": "signature refused"}, 401
    event = request.get_json(silent=True)
    if not isinstance(event, dict):
        return {"error": "not a payment result"}, 400
    try:
        wiring.bank_answered(event)
    except Refusal as refused:
        return {"error": refused.code, "message": refused.text("en")}, 400
    wiring.wake()
    return {"status": "taken"}


def _fresh(timestamp: str) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    return abs(wired().wall_clock.now().timestamp() - int(timestamp)) <= TOLERANCE_SECONDS
