"""Cars: what stays true of one whoever buys it; price and use belong to the application."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.identifiers import plate, vin
from lending.labels import Labelled
from lending.money import exact


class VehicleKind(Labelled):
    """Whether the car has been registered before."""

    NEW = "new", "新车", "New car"
    USED = "used", "二手车", "Used car"


class VehicleUse(Labelled):
    """What the buyer uses it for."""

    SELF = "self", "自用", "Own use"
    COMMERCIAL = "commercial", "商用", "Commercial use"


class Energy(Labelled):
    """What drives it."""

    FUEL = "fuel", "传统动力", "Combustion"
    NEV = "nev", "新能源", "New energy"


class PriceNotPositive(LendingError):
    """A car has a price."""

    code = "price_not_positive"
    zh = "车辆价格必须大于零（填写为 {price:,.2f} 元）。"
    en = "The price of a car is above zero, not {price:,.2f}."


class RegisteredInFuture(LendingError):
    """A used car was registered on a day that has been."""

    code = "first_registered_in_future"
    zh = "首次登记日期 {first_registered_on} 晚于今天，请按登记证书更正。"
    en = "The first registration, {first_registered_on}, is still to come; copy it from the certificate."


class Vehicle(Base):
    """One car, known by its VIN. ``vin_doubtful``: the check digit does not match and a person should look."""

    __tablename__ = "vehicle"

    id: Mapped[int] = mapped_column(primary_key=True)
    vin: Mapped[str] = mapped_column(String(17), unique=True)
    vin_doubtful: Mapped[bool]
    plate_no: Mapped[str | None] = mapped_column(String(8), index=True)
    model_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[VehicleKind] = mapped_column(worded(VehicleKind))
    energy: Mapped[Energy] = mapped_column(worded(Energy))
    first_registered_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Instant)


def register(
    session: Session,
    *,
    vin_text: str,
    model_name: str,
    kind: VehicleKind,
    energy: Energy,
    now: datetime,
    plate_text: str | None = None,
    first_registered_on: date | None = None,
    on: date | None = None,
) -> Vehicle:
    """The car with this VIN, made or brought up to date; a malformed VIN or plate is refused.

    A new car has no first registration. Raises :class:`RegisteredInFuture` for one after ``on``, the business date.
    """
    number = vin.validate(vin_text)
    if on is not None and first_registered_on is not None and first_registered_on > on:
        raise RegisteredInFuture(first_registered_on=first_registered_on)
    vehicle = session.scalar(select(Vehicle).where(Vehicle.vin == number).with_for_update())
    if vehicle is None:
        vehicle = Vehicle(vin=number, vin_doubtful=bool(vin.warnings(number)), created_at=now)
        session.add(vehicle)
    vehicle.model_name = model_name
    vehicle.kind = kind
    vehicle.energy = energy
    if plate_text:
        vehicle.plate_no = plate.validate(plate_text)
    if kind is VehicleKind.NEW:
        vehicle.first_registered_on = None
    elif first_registered_on is not None:
        vehicle.first_registered_on = first_registered_on
    session.flush()
    return vehicle


def give_plate(session: Session, vehicle_id: int, plate_text: str | None) -> None:
    """Write the plate of a car that has got one; a malformed one is refused, none changes nothing."""
    if plate_text:
        get(session, vehicle_id).plate_no = plate.validate(plate_text)
        session.flush()


def get(session: Session, vehicle_id: int) -> Vehicle:
    """The car, or :class:`NotFound`."""
    vehicle = session.get(Vehicle, vehicle_id)
    if vehicle is None:
        raise NotFound(what_zh="车辆", what_en="vehicle", key=vehicle_id)
    return vehicle


def conditions_of(vehicle: Vehicle) -> tuple[str, ...]:
    """The conditions of a pay-out that the car itself brings: a used one is mortgaged before the money is paid.

    A new one gets its plates, and so its mortgage, only after the dealer is paid.
    """
    return ("mortgage_registered",) if vehicle.kind is VehicleKind.USED else ()


def price_base(actual: Decimal, published: Decimal | None) -> Decimal:
    """The price a loan is measured against: the lower of what is paid and what is published or appraised.

    汽车贷款管理办法 第二十二条; both in yuan without subsidy, tax, fees and insurance.

    >>> price_base(Decimal("150000.00"), Decimal("139800.00"))
    Decimal('139800.00')

    Raises :class:`PriceNotPositive` and the refusals of :func:`lending.money.exact`.
    """
    for price in (actual, published):
        if price is not None and exact(price) <= 0:
            raise PriceNotPositive(price=price)
    return actual if published is None else min(actual, published)
