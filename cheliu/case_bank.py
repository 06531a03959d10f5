"""The bank of a process case: it answers what the case says, and counts what it was asked to pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cheliu.bank import Bank, BankUnreachable, PaymentAnswer
from lending.bank.debits import Answered, Ordered


@dataclass
class Order:
    """One payment the bank was told to make."""

    amount: Decimal
    value_date: date
    purpose: str = ""
    status: str = "processing"
    reason: str = ""


@dataclass
class CaseBank(Bank):
    """Stands where the bank stands: outside. ``is_down`` makes every call end without an answer.

    ``refuses_debits`` lets it collect nothing; ``batches`` are the direct debits it took.
    """

    orders: dict[str, Order] = field(default_factory=dict)
    is_down: bool = False
    refuses_debits: bool = False
    batches: dict[str, Sequence[Ordered]] = field(default_factory=dict)

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
        """Take the order; the same request id is one order."""
        self._reach()
        self.orders.setdefault(request_id, Order(amount, value_date, purpose))
        return self.ask(request_id)

    def ask(self, request_id: str) -> PaymentAnswer:
        """Say what became of it."""
        self._reach()
        order = self.orders.get(request_id)
        if order is None:
            return PaymentAnswer(request_id, "unknown")
        return PaymentAnswer(
            request_id, order.status, order.reason, f"B{len(self.orders):04d}", order.value_date
        )

    def collect(self, *, batch_id: str, collect_on: date, items: Sequence[Ordered]) -> None:
        """Take the batch; the same batch id is one batch."""
        self._reach()
        self.batches.setdefault(batch_id, items)

    def collected(self, batch_id: str, *, after: int, limit: int) -> list[Answered]:
        """Say what became of its items: all collected, or none."""
        self._reach()
        refused = self.refuses_debits
        return [
            Answered(item.number, not refused, "余额不足" if refused else "", f"{batch_id}-{item.number}")
            for item in self.batches[batch_id]
            if item.number > after
        ][:limit]

    @property
    def paid(self) -> Decimal:
        """What has really left the account, in yuan."""
        return sum(
            (order.amount for order in self.orders.values() if order.status == "succeeded"), Decimal(0)
        )

    def _reach(self) -> None:
        if self.is_down:
            raise BankUnreachable("the bank of the case is down")
