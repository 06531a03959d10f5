"""What is ordered of the simulated bank, read from the body of a request; anything else is a bad request."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypedDict

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request

from cheliu.sandbox.debits import Line

_BYTES_MAX = 20_000_000


class DebitOrder(TypedDict):
    """A batch of direct debits."""

    batch_id: str
    collect_on: date
    callback_url: str | None
    lines: list[Line]


def debits_order(request: Request) -> DebitOrder:
    """The batch that is to be collected."""
    if (request.content_length or 0) > _BYTES_MAX:
        raise BadRequest("too large")
    try:
        sent = json.loads(request.get_data())
        lines = [
            Line(int(each["number"]), str(each["name"])[:120], _amount(each["amount"]))
            for each in sent["items"]
        ]
        return {
            "batch_id": str(sent["batch_id"])[:40],
            "collect_on": date.fromisoformat(sent["collect_on"]),
            "callback_url": sent.get("callback_url"),
            "lines": lines,
        }
    except (ValueError, KeyError, TypeError, InvalidOperation) as wrong:
        raise BadRequest(f"not a batch of direct debits: {wrong!r}") from wrong


def transfer_fields(request: Request) -> tuple[dict[str, str], str]:
    """A movement of money that the bank tells of, and where."""
    try:
        sent = json.loads(request.get_data())
        kind = sent["type"]
        if kind not in ("receipt", "returned"):
            raise ValueError(kind)
        told = {
            "type": kind,
            "bank_reference": str(sent["bank_reference"])[:70],
            "amount": str(_amount(sent["amount"])),
            "value_date": date.fromisoformat(sent["value_date"]).isoformat(),
        }
        told |= {name: str(sent.get(name, ""))[:200] for name in ("payer_name", "payer_account", "purpose")}
        return told, str(sent["callback_url"])
    except (ValueError, KeyError, TypeError, InvalidOperation) as wrong:
        raise BadRequest(f"not a transfer: {wrong!r}") from wrong


def _amount(value: object) -> Decimal:
    amount = Decimal(str(value))
    if not (amount.is_finite() and amount > 0 and amount == amount.quantize(Decimal("0.01"))):
        raise ValueError("amount: a positive number of yuan, exact to the fen")
    return amount
