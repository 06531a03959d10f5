"""The words of a loan's life: kinds of events, what can be owed, and the order in which a receipt pays it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from lending.labels import Labelled


class EventKind(Labelled):
    """What can happen to a loan that was paid out."""

    DISBURSE = "disburse", "放款", "Pay-out"
    OPENING = "opening", "期初转入", "Taken over"
    DUE = "due", "到期", "Instalment due"
    RECEIPT = "receipt", "还款", "Receipt"
    PREPAYMENT = "prepayment", "提前还款", "Prepayment"
    EXTENSION = "extension", "展期", "Extension"
    RATE_CHANGE = "rate_change", "利率调整", "Change of rate"
    CHARGE = "charge", "费用", "Cost or fee"
    WAIVER = "waiver", "减免", "Waiver"
    RESTRUCTURING = "restructuring", "重组", "Restructuring"
    SUBSIDY = "subsidy_agreed", "约定贴息", "Subsidy agreed"
    SUBSIDY_RECEIPT = "subsidy_receipt", "收到贴息款", "Subsidy received"
    CLAIM = "claim", "暂收款认领", "Claim of suspense"
    WRITE_OFF = "write_off", "核销", "Write-off"
    RECOVERY = "recovery", "核销后收回", "Recovery"
    ASSIGNMENT = "assignment", "债权转让", "Assignment of the claim"
    REVERSAL = "reversal", "冲正", "Reversal"


class Component(Labelled):
    """What a borrower can owe, in the words of an order of allocation."""

    COST = "enforcement_cost", "实现债权的费用", "Cost of enforcement"
    PENALTY = "penalty", "罚息", "Penalty interest"
    COMPOUND = "compound", "复利", "Compound interest"
    INTEREST = "interest", "利息", "Interest"
    PRINCIPAL = "principal", "本金", "Principal"
    FEE = "fee", "费用", "Fees"


class Direction(Labelled):
    """Whether a receipt ends one instalment before the next, or one component before the next."""

    HORIZONTAL = "horizontal", "逐期清偿", "Instalment by instalment"
    VERTICAL = "vertical", "逐项清偿", "Component by component"


_C = Component
STATUTORY = (_C.COST, _C.PENALTY, _C.COMPOUND, _C.INTEREST, _C.PRINCIPAL, _C.FEE)


@dataclass(frozen=True)
class Allocation:
    """The order in which receipts pay what is owed, as signed; ``late_order`` from ``late_from`` days past due on.

    The default is that of 民法典 第五百六十一条 (cost, interest, principal), oldest instalment first. ValueError for an
    order that does not name every component once.
    """

    order: tuple[Component, ...] = STATUTORY
    direction: Direction = Direction.HORIZONTAL
    late_from: int | None = None
    late_order: tuple[Component, ...] = STATUTORY

    def __post_init__(self) -> None:
        for order in (self.order, self.late_order):
            if sorted(order) != sorted(Component):
                raise ValueError(f"an order of allocation names every component once, not {order}")

    def order_on(self, days_past_due: int) -> tuple[Component, ...]:
        """The order that holds on a day."""
        return self.order if self.late_from is None or days_past_due < self.late_from else self.late_order

    def as_data(self) -> dict[str, str]:
        """The stored form.

        >>> Allocation.from_data(Allocation(late_from=91).as_data()) == Allocation(late_from=91)
        True
        """
        return {
            "order": ",".join(self.order),
            "direction": self.direction.value,
            "late_from": "" if self.late_from is None else str(self.late_from),
            "late_order": ",".join(self.late_order),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, str] | None) -> Self:
        """From the stored form; the default where nothing was agreed."""
        if not data:
            return cls()
        return cls(
            tuple(Component(word) for word in data["order"].split(",")),
            Direction(data["direction"]),
            int(data["late_from"]) if data["late_from"] else None,
            tuple(Component(word) for word in data["late_order"].split(",")),
        )
