"""Appraisals: what a car was found to be worth, by whom and how, and until when that may be relied on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Fen, Instant, Rate, Tagged
from lending import applications, vehicle_prices
from lending.columns import worded
from lending.errors import LendingError, NotFound
from lending.identifiers import vin
from lending.labels import Labelled
from lending.money import exact
from lending.valuation import CarFacts, Condition, Valuation
from lending.vehicle_prices import PricePoint, PriceSource
from lending.vehicles import PriceNotPositive, Vehicle, VehicleKind, price_base


class AppraisalMethod(Labelled):
    """How the value was found."""

    INVOICE = "invoice", "按新车价格", "By the price of the new car"
    DESK = "desk", "资料评估", "At the desk"
    SITE = "site", "现场评估", "On site"


class AppraisalStatus(Labelled):
    """How far an appraisal is."""

    REQUESTED = "requested", "评估中", "Under way"
    ISSUED = "issued", "已出具", "Issued"
    FAILED = "failed", "未能评估", "Failed"


class Mark(Labelled):
    """Traces of what happened to the car."""

    ACCIDENT = "accident", "重大事故痕迹", "Major accident"
    FLOOD = "flood", "水淹痕迹", "Flood"
    FIRE = "fire", "火烧痕迹", "Fire"


class VinDiffers(LendingError):
    """The VIN plate of the car does not read as the application does."""

    code = "appraised_vin_differs"
    zh = "实车铭牌 {seen} 与申请的车架号 {vin} 不一致；请选择“车架号不符”退回，不能继续评估。"
    en = "The plate on the car reads {seen}, the application {vin}; choose “VIN differs” to give it back."


class PhotosTooFew(LendingError):
    """An inspection is proven by photos."""

    code = "photos_too_few"
    zh = "{method}至少需要 {least} 张照片，填写为 {count} 张，请补拍。"
    en = "{method} needs at least {least} photos, not {count}; take more."


class ReferenceMissing(LendingError):
    """A value is compared with at least one price from outside."""

    code = "reference_price_missing"
    zh = "没有取得第三方报价，请人工询价：填写参考价和来源。"
    en = "No outside price was found; ask for one and enter it with its source."


class AppraisalMissing(LendingError):
    """No appraisal of the car stands."""

    code = "appraisal_missing"
    zh = "申请 {application_no} 的车辆尚无有效评估，请先完成车辆评估。"
    en = "The car of {application_no} has no appraisal that stands; have it appraised first."


class Appraisal(Base):
    """One appraisal for a case; amounts in yuan. ``value`` is the issued one, ``explanation`` that of the model."""

    __tablename__ = "appraisal"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    status: Mapped[AppraisalStatus] = mapped_column(worded(AppraisalStatus))
    method: Mapped[AppraisalMethod | None] = mapped_column(worded(AppraisalMethod))
    reference_price: Mapped[Decimal | None] = mapped_column(Fen)
    mileage_km: Mapped[int | None]
    condition: Mapped[Condition | None] = mapped_column(worded(Condition))
    battery_health: Mapped[Decimal | None] = mapped_column(Rate)
    marks: Mapped[list[str]] = mapped_column(Tagged)
    photo_count: Mapped[int | None]
    model_value: Mapped[Decimal | None] = mapped_column(Fen)
    model_version: Mapped[str | None] = mapped_column(String(20))
    explanation: Mapped[str | None] = mapped_column(String(1000))
    first_value: Mapped[Decimal | None] = mapped_column(Fen)
    first_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    second_value: Mapped[Decimal | None] = mapped_column(Fen)
    second_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    value: Mapped[Decimal | None] = mapped_column(Fen)
    issued_on: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True)
class Inspection:
    """What the appraiser saw; ``battery_health`` a fraction, None where it was not measured."""

    vin_seen: str
    mileage_km: int
    condition: Condition
    marks: Sequence[str]
    photo_count: int
    battery_health: Decimal | None = None


def request(session: Session, application_no: str, vehicle: Vehicle, *, now: datetime) -> Appraisal:
    """A new appraisal of the application's car; one that is under way is gone on with."""
    found = _latest(session, application_no, AppraisalStatus.REQUESTED)
    if found is not None and found.vehicle_id == vehicle.id:
        return found
    appraisal = Appraisal(
        application_no=application_no,
        vehicle_id=vehicle.id,
        status=AppraisalStatus.REQUESTED,
        marks=[],
        created_at=now,
    )
    session.add(appraisal)
    session.flush()
    return appraisal


def get(session: Session, appraisal_id: int) -> Appraisal:
    """The appraisal, or :class:`NotFound`; held until the transaction ends."""
    found = session.get(Appraisal, appraisal_id, with_for_update=True)
    if found is None:
        raise NotFound(what_zh="评估", what_en="appraisal", key=appraisal_id)
    return found


def standing(session: Session, application_no: str) -> Appraisal | None:
    """The appraisal issued last for the application, valid or not."""
    return _latest(session, application_no, AppraisalStatus.ISSUED)


def _latest(session: Session, application_no: str, status: AppraisalStatus) -> Appraisal | None:
    asked = select(Appraisal).where(Appraisal.application_no == application_no, Appraisal.status == status)
    return session.scalar(asked.order_by(Appraisal.id.desc()).limit(1))


def reference(found: Sequence[PricePoint]) -> Decimal | None:
    """The price a value is held against: the mean of what outside sources said, else the manufacturer's; to the fen."""
    outside = [one.price for one in found if one.source in (PriceSource.EXTERNAL, PriceSource.MANUAL)]
    prices = outside or [one.price for one in found]
    return exact((sum(prices, Decimal(0)) / len(prices)).quantize(Decimal("0.01"))) if prices else None


def new_price(
    session: Session, vehicle: Vehicle, found: Sequence[PricePoint], on: date, region: str
) -> Decimal | None:
    """What such a car costs new: by the company's own table, else as an outside source said."""
    registered = vehicle.first_registered_on
    row = vehicle_prices.find(
        session,
        vehicle.model_name,
        on=on,
        region=region,
        model_year=registered.year if registered else None,
    )
    if row is not None:
        return row.price
    return next((one.new_price for one in found if one.new_price is not None), None)


def record_inspection(
    session: Session, appraisal: Appraisal, vehicle: Vehicle, seen: Inspection, *, region: str, on: date
) -> Valuation | None:
    """Keep what was seen and what the model makes of it; None when nothing says what such a car costs new.

    Raises :class:`VinDiffers` and :class:`PhotosTooFew`.
    """
    if vin.compact(seen.vin_seen) != vehicle.vin:
        raise VinDiffers(seen=vin.compact(seen.vin_seen), vin=vehicle.vin)
    method = appraisal.method or AppraisalMethod.SITE
    least: int = parameters.value(session, "appraisal", on)["photos_min"][method.value]
    if seen.photo_count < least:
        raise PhotosTooFew(method=method, least=least, count=seen.photo_count)
    appraisal.mileage_km, appraisal.condition = seen.mileage_km, seen.condition
    appraisal.battery_health, appraisal.photo_count = seen.battery_health, seen.photo_count
    appraisal.marks = [Mark(mark).value for mark in seen.marks]
    price = new_price(session, vehicle, vehicle_prices.points(session, appraisal.application_no), on, region)
    if price is None:
        return None
    car = CarFacts(
        vehicle.energy,
        vehicle.first_registered_on,
        seen.mileage_km,
        seen.condition,
        region,
        seen.battery_health,
    )
    found = vehicle_prices.valuate(session, price, car, on)
    appraisal.model_value, appraisal.model_version = found.value, found.version
    appraisal.explanation = found.explanation("zh")
    session.flush()
    return found


def deviation(value: Decimal, reference_price: Decimal | None) -> Decimal | None:
    """|value - reference| / reference as a fraction to 1e-4; None without a reference.

    >>> deviation(Decimal("115000.00"), Decimal("100000.00"))
    Decimal('0.1500')
    """
    if not reference_price:
        return None
    return (abs(value - reference_price) / reference_price).quantize(Decimal("0.0001"))


def record_value(
    session: Session, appraisal: Appraisal, value: Decimal, *, by: int | None, second: bool = False
) -> None:
    """Keep what an appraiser says the car is worth, in yuan (:class:`lending.vehicles.PriceNotPositive`)."""
    if exact(value) <= 0:
        raise PriceNotPositive(price=value)
    if second:
        appraisal.second_value, appraisal.second_by = exact(value), by
    else:
        appraisal.first_value, appraisal.first_by = exact(value), by
    session.flush()


def issue(session: Session, appraisal: Appraisal, value: Decimal, *, on: date) -> Appraisal:
    """Let the value stand, for the days the kind of car allows; a used car's loan is measured by it from now on."""
    vehicle = session.get_one(Vehicle, appraisal.vehicle_id)
    days: int = parameters.value(session, "appraisal", on)["valid_days"][vehicle.kind.value]
    appraisal.status, appraisal.value, appraisal.issued_on = AppraisalStatus.ISSUED, exact(value), on
    appraisal.valid_until = on + timedelta(days=days)
    if vehicle.kind is VehicleKind.USED:
        application = applications.get(session, appraisal.application_no, to_change=True)
        application.price_base = price_base(application.vehicle_price or appraisal.value, appraisal.value)
    session.flush()
    return appraisal


def fail(session: Session, appraisal: Appraisal, note: str) -> None:
    """The car could not be appraised; the note says why."""
    appraisal.status, appraisal.note = AppraisalStatus.FAILED, note[:500]
    session.flush()
