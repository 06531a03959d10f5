"""The vehicle-price service as we call it: what a car of a model costs new, and such a used one today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

import requests

from cheliu.bank import ANSWER_SECONDS, CONNECT_SECONDS


class PricesUnreachable(Exception):
    """The service did not answer, or what it said could not be read; asked again later it may."""


@dataclass(frozen=True)
class PriceQuote:
    """What the service says of a car, in yuan; ``reference`` is its own number of the quote."""

    reference: str
    source_name: str
    new_price: Decimal
    price: Decimal
    quoted_on: date


class VehiclePrices:
    """The client of the service."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()

    def quote(
        self,
        *,
        request_id: str,
        model_name: str,
        first_registered_on: date | None,
        mileage_km: int,
        region: str,
    ) -> PriceQuote | None:
        """Ask for a car's price; None when the service does not know the model. Asked twice it is one quote.

        Raises :class:`PricesUnreachable`.
        """
        asked = {
            "request_id": request_id,
            "model": model_name,
            "registered": first_registered_on.isoformat() if first_registered_on else "",
            "mileage": str(mileage_km),
            "region": region,
        }
        try:
            response = self._session.get(
                f"{self._url}/quotes", params=asked, timeout=(CONNECT_SECONDS, ANSWER_SECONDS)
            )
        except requests.RequestException as lost:
            raise PricesUnreachable(f"the price service gave no answer: {type(lost).__name__}") from lost
        if response.status_code == 404:
            return None
        if not response.ok:
            raise PricesUnreachable(f"the price service answered {response.status_code}")
        try:
            content = response.json()
            return PriceQuote(
                reference=content["quote_id"],
                source_name=content["source"],
                new_price=Decimal(content["new_price"]),
                price=Decimal(content["price"]),
                quoted_on=date.fromisoformat(content["quoted_on"]),
            )
        except (ValueError, KeyError, TypeError, InvalidOperation) as garbled:
            raise PricesUnreachable("the price service's answer could not be read") from garbled
