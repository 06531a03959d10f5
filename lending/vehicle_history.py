"""The life of a car as the company knows it: what happened on which day, from the first appraisal to its sale."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.errors import LendingError
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
    UNSEALED = "unsealed", "已解除查封", "Seal lifted"
    REPOSSESSED = "repossessed", "已收车", "Repossessed"
    SOLD = "sold", "已处置出售", "Sold"


BY_HAND = (
    VehicleHappening.REGISTERED,
    VehicleHappening.DAMAGED,
    VehicleHappening.TRANSFERRED,
    VehicleHappening.SEALED,
    VehicleHappening.UNSEALED,
    VehicleHappening.REPOSSESSED,
    VehicleHappening.SOLD,
)
"""What staff write down; appraisals, mortgages and releases come from their processes alone."""


class EventSource(Labelled):
    """Where an event of a car's life is known from."""

    PROCESS = "process", "业务流程", "A process"
    INSPECTION = "inspection", "现场查看", "Seen on site"
    CUSTOMER = "customer", "客户告知", "Told by the customer"
    REGISTRY = "registry", "车管所查询", "Vehicle registry"
    COURT = "court", "法院文书", "Court document"
    INSURER = "insurer", "保险公司", "Insurer"
    OTHER = "other", "其他", "Other"

    @classmethod
    def for_staff(cls) -> list[EventSource]:
        """The sources that a person may give."""
        return [source for source in cls if source is not cls.PROCESS]


class VehicleEventInFuture(LendingError):
    """What happened to a car happened by today."""

    code = "vehicle_event_in_future"
    zh = "发生日期 {on} 晚于今天，请填写实际发生的日期。"
    en = "The event is dated {on}, after today; enter the day on which it happened."


class VehicleEventNotByHand(LendingError):
    """Some events are written by their process only."""

    code = "vehicle_event_not_by_hand"
    zh = "“{happening}”由业务流程登记，不能手工补记。"
    en = "“{happening}” is written by its process and not by hand."


class VehicleEventUnexplained(LendingError):
    """An event written by hand says by what it is proven."""

    code = "vehicle_event_unexplained"
    zh = "请写明车辆事件的依据，如文书号、照片或告知人。"
    en = "Say what proves the event: a document's number, a photo, who told it."


class VehicleEvent(Base):
    """One event of a car's life, where it is known from, and the case it came from if one did."""

    __tablename__ = "vehicle_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    happening: Mapped[VehicleHappening] = mapped_column(worded(VehicleHappening))
    happened_on: Mapped[date] = mapped_column(Date)
    business_key: Mapped[str | None] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(String(300))
    source: Mapped[EventSource] = mapped_column(worded(EventSource), default=EventSource.PROCESS)
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
    source: EventSource = EventSource.PROCESS,
) -> VehicleEvent:
    """Write an event into the car's life."""
    event = VehicleEvent(
        vehicle_id=vehicle_id,
        happening=happening,
        happened_on=on,
        business_key=business_key,
        note=note[:300],
        source=source,
        recorded_by=by,
        recorded_at=now,
    )
    session.add(event)
    session.flush()
    return event


def record_by_hand(
    session: Session,
    vehicle_id: int,
    happening: VehicleHappening,
    *,
    source: EventSource,
    note: str,
    on: date,
    today: date,
    by: int,
    now: datetime,
) -> VehicleEvent:
    """Write what a member of staff has learnt of a car.

    Raises :class:`VehicleEventNotByHand`, :class:`VehicleEventInFuture`, :class:`VehicleEventUnexplained`.
    """
    if happening not in BY_HAND or source is EventSource.PROCESS:
        raise VehicleEventNotByHand(happening=happening)
    if on > today:
        raise VehicleEventInFuture(on=on)
    if not note.strip():
        raise VehicleEventUnexplained()
    return record(session, vehicle_id, happening, on=on, now=now, note=note.strip(), by=by, source=source)


def sealed_since(session: Session, vehicle_id: int) -> date | None:
    """The day since which a court's seal lies on the car; None while it is free of one."""
    sealed: date | None = None
    for event in of(session, vehicle_id):
        if event.happening is VehicleHappening.SEALED:
            sealed = event.happened_on
        elif event.happening in (VehicleHappening.UNSEALED, VehicleHappening.TRANSFERRED):
            sealed = None
    return sealed


def of(session: Session, vehicle_id: int) -> list[VehicleEvent]:
    """The car's life, earliest first."""
    asked = select(VehicleEvent).where(VehicleEvent.vehicle_id == vehicle_id)
    return list(session.scalars(asked.order_by(VehicleEvent.happened_on, VehicleEvent.id)))
