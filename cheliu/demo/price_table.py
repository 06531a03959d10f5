"""The price table of the demo company: what its cars cost new, reference data like its products and dealers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from cheliu.demo.synthetic import CARS
from lending import vehicle_prices

_SINCE = date(2026, 1, 1)
_SOURCE = "演示数据：厂商指导价"


def publish(session: Session, now: datetime) -> None:
    """Let the price of each car of the demo hold since the beginning of its year."""
    for car in CARS:
        brand, series = car.model.split(" ", 1)
        vehicle_prices.publish(
            session,
            brand=brand,
            series=series.removesuffix("2026款").strip(),
            model="",
            model_year=_SINCE.year,
            price=car.price,
            valid_from=_SINCE,
            source=_SOURCE,
            now=now,
        )
