"""The vehicle-price service of a process case: it quotes what the case says, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cheliu.prices import PriceQuote, PricesUnreachable, VehiclePrices


@dataclass
class CasePrices(VehiclePrices):
    """Stands where the service stands: outside. Without ``said`` it knows no model; ``is_down``: it does not answer."""

    said: dict[str, str] = field(default_factory=dict)
    is_down: bool = False

    def quote(
        self,
        *,
        request_id: str,
        model_name: str,
        first_registered_on: date | None,
        mileage_km: int,
        region: str,
    ) -> PriceQuote | None:
        """The prices of the case."""
        if self.is_down:
            raise PricesUnreachable("the price service of the case is down")
        if not self.said:
            return None
        return PriceQuote(
            reference=f"{request_id}:{self.said['price']}",
            source_name="车价网",
            new_price=Decimal(self.said["new_price"]),
            price=Decimal(self.said["price"]),
            quoted_on=date.fromisoformat(self.said.get("on", "2026-09-15")),
        )
