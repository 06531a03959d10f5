"""What the bank tells of its own accord: results of payments, money that came or went back, batches that are done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from cheliu import bank_results
from cheliu.bank_results import BankResultMalformed
from cheliu.wiring import House
from company import outbox
from lending import money
from lending.bank import receipts
from lending.bank.receipts import ReceiptKind, Said
from lending.errors import LendingError

BATCH_DONE = "debit_results"
_TEXT_MAX = 200


def receive(house: House, event: Mapping[str, object]) -> None:
    """Take one signed event, once however often it comes.

    ``type`` says which: ``receipt`` and ``returned`` are movements of money, ``debit_results`` a batch; without one it
    is the result of a payment. Raises :class:`BankResultMalformed`, and what :func:`bank_results.receive` does.
    """
    kind = event.get("type")
    if isinstance(kind, str) and ReceiptKind.has(kind):
        _money(house, ReceiptKind(kind), event)
    elif kind == BATCH_DONE:
        _batch(house, event)
    else:
        bank_results.receive(house.engine, event)


def _money(house: House, kind: ReceiptKind, event: Mapping[str, object]) -> None:
    """Keep the movement and let its case begin."""
    said = Said(
        _text(event, "event_id"),
        kind,
        _text(event, "bank_reference"),
        _amount(event),
        _day(event),
        str(event.get("payer_name") or "")[:_TEXT_MAX],
        str(event.get("payer_account") or "").replace(" ", "")[:40],
        str(event.get("purpose") or "")[:_TEXT_MAX],
    )
    now = house.clock.now()
    with house.database.write() as session:
        found, is_new = receipts.arrive(session, house.world.vault, said, now=now)
        if is_new:
            key = f"bank_money:{found.receipt_no}"
            message = {
                "name": "BankMoneyCame",
                "key": found.receipt_no,
                "payload": {"receipt_no": found.receipt_no},
                "message_id": key,
            }
            outbox.put(session, "message", key, message, now)


def _batch(house: House, event: Mapping[str, object]) -> None:
    """Tell the day's case that its batch is done; the case asks for the results itself."""
    batch_id = _text(event, "batch_id")
    with house.database.write() as session:
        house.engine.deliver(session, "DebitResults", batch_id, {}, f"bank:{_text(event, 'event_id')}")


def _text(event: Mapping[str, object], field: str) -> str:
    value = event.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= 80:
        raise BankResultMalformed(field=field)
    return value


def _amount(event: Mapping[str, object]) -> Decimal:
    try:
        amount = money.exact(Decimal(str(event.get("amount"))))
    except (InvalidOperation, LendingError):
        raise BankResultMalformed(field="amount") from None
    if amount <= 0:
        raise BankResultMalformed(field="amount")
    return amount


def _day(event: Mapping[str, object]) -> date:
    try:
        return date.fromisoformat(_text(event, "value_date"))
    except ValueError:
        raise BankResultMalformed(field="value_date") from None
