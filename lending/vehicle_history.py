"""The life of a car as the company knows it: what happened on which day, from the first appraisal to its sale."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.labels import Labelled


class VehicleHappening(Labelled):
    """What can happen to a car."""

    APPRAISED = "appraised", "已评估", "Appraised"
    DAMAGED = "damaged", "发现损坏", "Found damaged"
    REGISTERED = "registered", "已上牌登记", "Registered"
    MORTGAGED = "mortgaged", "已抵押登记", "Mortgaged"
    RELEASED = "released", "已解除抵押", "Mortgage released"
    TRANSFERRED = "transferred", "已过户", "Transferred"
    SEALED = "sealed", "被查封", "Sealed by a court"
    REPOSSESSED = "repossessed", "已收车", "Repossessed"
    SOLD = "sold", "已处置出售", "Sold"


class VehicleEvent(Base):
    """One event of a car's life; the case it came from if one did."""

    __tablename__ = "vehicle_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    happening: Mapped[VehicleHappening] = mapped_column(worded(VehicleHappening))
    happened_on: Mapped[date] = mapped_column(Date)
    business_key: Mapped[str | None] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(300))
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


def record(
    session: Session,
    vehicle_id: int,
    happening: VehicleHappening,
    *,
    on: date,
    now: datetime,
    business_key: str | None = None,
    note: str = "",
    by: int | None = None,
) -> VehicleEvent:
    """Write an event into the car's life."""
    event = VehicleEvent(
        vehicle_id=vehicle_id,
        happening=happening,
        happened_on=on,
        business_key=business_key,
        note=note[:300],
        recorded_by=by,
        recorded_at=now,
    )
    session.add(event)
    session.flush()
    return event


def of(session: Session, vehicle_id: int) -> list[VehicleEvent]:
    """The car's life, earliest first."""
    asked = select(VehicleEvent).where(VehicleEvent.vehicle_id == vehicle_id)
    return list(session.scalars(asked.order_by(VehicleEvent.happened_on, VehicleEvent.id)))
