"""An event as it is told, what comes of it, and the sums that it posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lending.life.kinds import Component, EventKind
from lending.life.state import State
from lending.maths.choices import Prepayment
from lending.money import ZERO, to_fen

Net = dict[str, Decimal]
Wanted = dict[str, Net]
Used = dict[Component, Decimal]
VAT_RATE = Decimal("0.06")


@dataclass(frozen=True)
class Happening:
    """An event as it is told: its kind, its day, and what that kind needs. Amounts in yuan.

    ``holiday`` instalments of a restructuring ask for interest alone. ``annual_rate`` is the new one of the loan, of a
    subsidy the lender's own; ``returned``: what a prepayment leaves of the subsidy goes back to who pays it.
    """

    kind: EventKind
    on: date
    amount: Decimal = ZERO
    rule: Prepayment | None = None
    fee_rate: Decimal | None = None
    months: int = 0
    holiday: int = 0
    annual_rate: Decimal | None = None
    component: Component | None = None
    returned: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Applied:
    """The loan after an event, what the event posts, and what its money paid."""

    state: State
    wanted: Wanted = field(default_factory=dict)
    used: Used = field(default_factory=dict)


def vat_in(gross: Decimal) -> Decimal:
    """The output VAT inside an amount, half up to the fen.

    >>> vat_in(Decimal("490.00"))
    Decimal('27.74')
    """
    return to_fen(gross * VAT_RATE / (1 + VAT_RATE))


def add(net: Net, account: str, amount: Decimal) -> None:
    """Add a net debit (a credit is negative) to an account of an entry; an account that nets to zero is left out."""
    total = net.pop(account, ZERO) + amount
    if total:
        net[account] = total
