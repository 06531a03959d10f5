"""The bank's payment service as we call it: one instruction a request id, and the question what became of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import requests

from lending.bank.debits import Answered, Ordered

CONNECT_SECONDS = 3
ANSWER_SECONDS = 10


class BankUnreachable(Exception):
    """The bank did not take the call, or its answer was lost; whether it paid is not known until it is asked."""


class BankRefusedInstruction(Exception):
    """The bank says that the instruction itself is wrong; sending it again would not help."""


@dataclass(frozen=True)
class PaymentAnswer:
    """What the bank says of one request id; ``status`` is processing, succeeded, failed or unknown."""

    request_id: str
    status: str
    reason: str = ""
    bank_reference: str = ""
    value_date: date | None = None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over the timestamp, a full stop and the body: how bank and company sign callbacks."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class Bank:
    """The client of the bank's payment service."""

    def __init__(self, url: str, *, callback_url: str | None) -> None:
        self._url = url.rstrip("/")
        self._callback_url = callback_url
        self._session = requests.Session()

    def pay(
        self,
        *,
        request_id: str,
        amount: Decimal,
        payee_name: str,
        payee_account: str,
        purpose: str,
        value_date: date,
    ) -> PaymentAnswer:
        """Instruct a payment of ``amount`` yuan; the same request id may be sent again and is paid once.

        Raises :class:`BankUnreachable` when no answer came, :class:`BankRefusedInstruction` when it is malformed or
        the request id was used for another payment.
        """
        instruction = {
            "request_id": request_id,
            "amount": str(amount),
            "payee_name": payee_name,
            "payee_account": payee_account,
            "purpose": purpose,
            "value_date": value_date.isoformat(),
            "callback_url": self._callback_url,
        }
        return self._answer(self._call("POST", "/payments", json=instruction), request_id)

    def ask(self, request_id: str) -> PaymentAnswer:
        """What became of the payment; status ``unknown`` when the bank never received it."""
        response = self._call("GET", f"/payments/{request_id}")
        if response.status_code == 404:
            return PaymentAnswer(request_id, "unknown")
        return self._answer(response, request_id)

    def collect(self, *, batch_id: str, collect_on: date, items: Sequence[Ordered]) -> None:
        """Order the direct debits of a day; the same batch id may be sent again and is taken once.

        Raises :class:`BankUnreachable`, :class:`BankRefusedInstruction`.
        """
        order = {
            "batch_id": batch_id,
            "collect_on": collect_on.isoformat(),
            "callback_url": self._callback_url,
            "items": [
                {
                    "number": item.number,
                    "name": item.name,
                    "account": item.account,
                    "amount": str(item.amount),
                    "purpose": item.loan_no,
                }
                for item in items
            ],
        }
        response = self._call("POST", "/debits", json=order)
        if not response.ok:
            raise BankRefusedInstruction(f"{batch_id}: the bank answered {response.status_code}")

    def collected(self, batch_id: str, *, after: int, limit: int) -> list[Answered]:
        """What the bank has decided of a batch: up to ``limit`` items behind the number ``after``, in order.

        Raises :class:`BankUnreachable`, :class:`BankRefusedInstruction` for a batch that it never took.
        """
        response = self._call("GET", f"/debits/{batch_id}?after={after}&limit={limit}")
        if not response.ok:
            raise BankRefusedInstruction(f"{batch_id}: the bank answered {response.status_code}")
        try:
            return [
                Answered(
                    int(each["number"]),
                    each["status"] == "succeeded",
                    str(each["reason"]),
                    str(each["bank_reference"]),
                )
                for each in response.json()["items"]
            ]
        except (ValueError, KeyError, TypeError) as garbled:
            raise BankUnreachable(f"{batch_id}: the bank's answer could not be read") from garbled

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        try:
            response = self._session.request(
                method, self._url + path, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), **options
            )
        except requests.RequestException as lost:
            raise BankUnreachable(
                f"the bank gave no answer to {method} {path.split('/')[1]}: {type(lost).__name__}"
            ) from lost
        if response.status_code >= 500:
            raise BankUnreachable(
                f"the bank answered {response.status_code} to {method} {path.split('/')[1]}"
            )
        return response

    def _answer(self, response: requests.Response, request_id: str) -> PaymentAnswer:
        if not response.ok:
            raise BankRefusedInstruction(
                f"{request_id}: the bank answered {response.status_code} {response.text[:200]}"
            )
        try:
            content = response.json()
            return PaymentAnswer(
                request_id=request_id,
                status=content["status"],
                reason=content["reason"],
                bank_reference=content["bank_reference"],
                value_date=date.fromisoformat(content["value_date"]),
            )
        except (ValueError, KeyError, TypeError) as garbled:
            raise BankUnreachable(f"{request_id}: the bank's answer could not be read") from garbled
