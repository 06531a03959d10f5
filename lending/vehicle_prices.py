"""Prices of cars: the company's own dated table, what outside sources quoted, and the value that follows from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Fen, Instant
from lending import valuation
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled
from lending.money import exact
from lending.valuation import CarFacts, Valuation
from lending.vehicles import PriceNotPositive

EVERYWHERE = ""
_YEAR = re.compile(r"(19|20)\d{2}\s*款?")


class PriceSource(Labelled):
    """Where a price comes from."""

    TABLE = "table", "公司价格表", "Price table of the company"
    MANUFACTURER = "manufacturer", "厂商指导价", "Manufacturer's published price"
    EXTERNAL = "external", "第三方报价", "Quote of a third party"
    MANUAL = "manual", "人工询价", "Asked for by hand"


class PriceOutOfOrder(LendingError):
    """A new price begins on or before the day of the one entered last."""

    code = "price_out_of_order"
    zh = "“{model}”已有自 {latest} 起的价格，新价格的生效日必须更晚。"
    en = "{model} already has a price from {latest} on; a new one must begin later."


class VehiclePrice(Base):
    """The price in yuan of a new car of a model, from ``valid_from`` to ``valid_to``, both inclusive.

    ``region`` is a prefix of a region code, "" everywhere; ``search_key`` is the name as :func:`name_key` makes it.
    """

    __tablename__ = "vehicle_price"
    __table_args__ = (UniqueConstraint("search_key", "model_year", "region", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    brand: Mapped[str] = mapped_column(String(40))
    series: Mapped[str] = mapped_column(String(60))
    model: Mapped[str] = mapped_column(String(80))
    model_year: Mapped[int]
    region: Mapped[str] = mapped_column(String(6))
    search_key: Mapped[str] = mapped_column(String(120))
    price: Mapped[Decimal] = mapped_column(Fen)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def name(self) -> str:
        """Brand, series and model, as people write them."""
        return " ".join(part for part in (self.brand, self.series, self.model) if part)


class PricePoint(Base):
    """One price that was found for a car on a day, for the case ``business_key``; ``new_price`` of such a car new."""

    __tablename__ = "price_point"
    __table_args__ = (Index("ix_price_point_vehicle", "vehicle_id", "quoted_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_key: Mapped[str] = mapped_column(String(80), index=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"))
    source: Mapped[PriceSource] = mapped_column(worded(PriceSource))
    source_name: Mapped[str] = mapped_column(String(120))
    reference: Mapped[str] = mapped_column(String(80))
    price: Mapped[Decimal] = mapped_column(Fen)
    new_price: Mapped[Decimal | None] = mapped_column(Fen)
    quoted_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Instant)


def name_key(name: str) -> tuple[str, int | None]:
    """A model's name without blanks, signs and its model year, in capitals; and the year if it stands there.

    >>> name_key("比亚迪 汉EV 2026款"), name_key("本田 CR-V")
    (('比亚迪汉EV', 2026), ('本田CRV', None))
    """
    plain = unicodedata.normalize("NFKC", name)
    year = _YEAR.search(plain)
    kept = (sign for sign in _YEAR.sub("", plain) if sign.isalnum())
    return "".join(kept).upper(), int(year.group(0)[:4]) if year else None


@dataclass(frozen=True)
class PriceRow:
    """A price before it is written: yuan for a new car of a model, in a region or everywhere."""

    brand: str
    series: str
    model: str
    model_year: int
    region: str
    price: Decimal

    @property
    def search_key(self) -> str:
        """The name as :func:`name_key` makes it."""
        return name_key(f"{self.brand}{self.series}{self.model}")[0]


def latest_of(session: Session, row: PriceRow) -> VehiclePrice | None:
    """The price of the same model, year and region that begins last."""
    return session.scalar(
        select(VehiclePrice)
        .where(
            VehiclePrice.search_key == row.search_key,
            VehiclePrice.model_year == row.model_year,
            VehiclePrice.region == row.region,
        )
        .order_by(VehiclePrice.valid_from.desc())
        .limit(1)
    )


def check(session: Session, row: PriceRow, *, valid_from: date) -> VehiclePrice | None:
    """The price that a new one would end; raises :class:`PriceOutOfOrder`, lending.vehicles.PriceNotPositive."""
    if exact(row.price) <= 0:
        raise PriceNotPositive(price=row.price)
    latest = latest_of(session, row)
    if latest is not None and latest.valid_from >= valid_from:
        raise PriceOutOfOrder(model=latest.name, latest=latest.valid_from)
    return latest


def publish(
    session: Session,
    *,
    brand: str,
    series: str,
    model: str,
    model_year: int,
    price: Decimal,
    valid_from: date,
    source: str,
    now: datetime,
    region: str = EVERYWHERE,
) -> VehiclePrice:
    """Let a price hold from a day on; the one before it ends the day earlier, nothing of the past changes.

    Raises :class:`PriceOutOfOrder` and :class:`lending.vehicles.PriceNotPositive`.
    """
    wanted = PriceRow(brand, series, model, model_year, region, price)
    latest = check(session, wanted, valid_from=valid_from)
    if latest is not None:
        latest.valid_to = valid_from - timedelta(days=1)
    row = VehiclePrice(
        brand=brand,
        series=series,
        model=model,
        model_year=model_year,
        region=region,
        search_key=wanted.search_key,
        price=exact(price),
        valid_from=valid_from,
        source=source,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def find(
    session: Session, model_name: str, *, on: date, region: str = EVERYWHERE, model_year: int | None = None
) -> VehiclePrice | None:
    """The company's own price for a model on a day: of the place before everywhere, of the year nearest before.

    ``model_name`` as written on an application; a model year in it goes before ``model_year``.
    """
    key, written_year = name_key(model_name)
    year = written_year or model_year
    found = session.scalars(
        select(VehiclePrice).where(
            VehiclePrice.search_key == key,
            VehiclePrice.valid_from <= on,
            or_(VehiclePrice.valid_to.is_(None), VehiclePrice.valid_to >= on),
        )
    ).all()
    fitting = [
        row for row in found if region.startswith(row.region) and (year is None or row.model_year <= year)
    ]
    return max(fitting, key=lambda row: (row.model_year, len(row.region)), default=None)


def record_quote(
    session: Session,
    business_key: str,
    vehicle_id: int,
    *,
    source: PriceSource,
    source_name: str,
    reference: str,
    price: Decimal,
    on: date,
    now: datetime,
    new_price: Decimal | None = None,
) -> PricePoint:
    """Keep what a source said; the same reference of the same source in the same case is one price."""
    known = session.scalar(
        select(PricePoint).where(
            PricePoint.business_key == business_key,
            PricePoint.source == source,
            PricePoint.reference == reference,
        )
    )
    if known is not None:
        return known
    if exact(price) <= 0:
        raise PriceNotPositive(price=price)
    point = PricePoint(
        business_key=business_key,
        vehicle_id=vehicle_id,
        source=source,
        source_name=source_name,
        reference=reference,
        price=price,
        new_price=new_price,
        quoted_on=on,
        created_at=now,
    )
    session.add(point)
    session.flush()
    return point


def points(session: Session, business_key: str) -> list[PricePoint]:
    """All prices found for the case, oldest first."""
    asked = select(PricePoint).where(PricePoint.business_key == business_key)
    return list(session.scalars(asked.order_by(PricePoint.id)))


def valuate(session: Session, new_price: Decimal, car: CarFacts, on: date) -> Valuation:
    """The value of a car on a day by the numbers in force on it, explained step by step."""
    return valuation.value(new_price, car, parameters.value(session, "valuation_model", on), on)


def usual_mileage(session: Session, registered: date | None, on: date) -> int:
    """The kilometres that are usual for a car's age by the numbers in force, where nobody has read the odometer."""
    numbers = parameters.value(session, "valuation_model", on)
    return int(numbers["usual_km_a_year"] * valuation.age_years(registered, on))


def value_range(
    session: Session, new_price: Decimal, car: CarFacts, on: date, *, quoted: Iterable[Decimal] = ()
) -> tuple[Decimal, Decimal]:
    """Lowest and highest value of a car on a day, by the numbers in force and what others ``quoted``, in yuan."""
    return valuation.value_range(
        new_price, car, parameters.value(session, "valuation_model", on), on, quoted=quoted
    )


def quick_value(session: Session, model_name: str, car: CarFacts, on: date) -> Valuation | None:
    """A first value for the counter, from the company's own table; None when it does not hold the model."""
    year = car.first_registered_on.year if car.first_registered_on else None
    row = find(session, model_name, on=on, region=car.region, model_year=year)
    return None if row is None else valuate(session, row.price, car, on)
