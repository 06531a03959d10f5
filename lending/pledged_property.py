"""Other property pledged for a loan: what it is, where it is kept, and its return, which a second person confirms.

民法典 第四百二十九条: the pledge comes into being when the thing is handed over; 第四百三十六条: it is given back when
the debt is paid.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from lending.columns import worded
from lending.errors import LendingError, NotFound, step
from lending.labels import Labelled
from lending.locks import held
from lending.money import exact


class PropertyKind(Labelled):
    """What is pledged."""

    DEPOSIT = "deposit", "存单", "Certificate of deposit"
    BOND = "bond", "债券或票据", "Bond or bill"
    PRECIOUS_METAL = "precious_metal", "贵金属", "Precious metal"
    EQUIPMENT = "equipment", "设备", "Equipment"
    STOCK = "stock", "存货", "Goods in stock"
    OTHER = "other", "其他动产", "Other movable property"


class PledgeStatus(Labelled):
    """The life of a pledged thing."""

    HELD = "held", "在库", "In custody"
    RELEASING = "releasing", "待确认解押", "Release to be confirmed"
    RELEASED = "released", "已解押归还", "Released and returned"


_S = PledgeStatus
TRANSITIONS = {
    _S.HELD: frozenset({_S.RELEASING}),
    _S.RELEASING: frozenset({_S.HELD, _S.RELEASED}),
}


class PledgeIncomplete(LendingError):
    """A pledged thing is described, valued, and lies somewhere."""

    code = "pledge_incomplete"
    zh = "请填写质押物说明、保管位置、交出人和接收人。"
    en = "Describe the pledged thing and say where it is kept, who handed it over and who took it."


class PledgeValueNotPositive(LendingError):
    """What is pledged has a value."""

    code = "pledge_value_not_positive"
    zh = "质押物价值必须大于零。"
    en = "The value of the pledged thing must be above zero."


class PledgeInFuture(LendingError):
    """A thing was handed over by today."""

    code = "pledge_in_future"
    zh = "交接日期 {on} 晚于今天，请填写实际交接的日期。"
    en = "The hand-over is dated {on}, after today; enter the day on which it happened."


class PledgeReleaseUnexplained(LendingError):
    """A release has a reason and a receiver."""

    code = "pledge_release_unexplained"
    zh = "请填写解押理由和领取人。"
    en = "Give the reason of the release and who receives the thing."


class PledgeReleaseByOnePerson(LendingError):
    """Who asks for a release does not confirm it."""

    code = "pledge_release_by_one_person"
    zh = "解押由您提出，须由另一人核对实物和领取人后确认。"
    en = "You asked for the release; another person confirms it against the thing and its receiver."


class PledgedProperty(Base):
    """One thing and its custody; ``value`` in yuan. ``pledgor_id``: whose it is."""

    __tablename__ = "pledged_property"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    pledgor_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[PropertyKind] = mapped_column(worded(PropertyKind))
    description: Mapped[str] = mapped_column(String(300))
    value: Mapped[Decimal] = mapped_column(Fen)
    status: Mapped[PledgeStatus] = mapped_column(worded(PledgeStatus))
    slot: Mapped[str] = mapped_column(String(40))
    handed_by: Mapped[str] = mapped_column(String(60))
    received_by: Mapped[str] = mapped_column(String(60))
    taken_in_on: Mapped[date] = mapped_column(Date)
    recorded_by: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    release_reason: Mapped[str | None] = mapped_column(String(300))
    release_to: Mapped[str | None] = mapped_column(String(60))
    release_asked_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    release_asked_at: Mapped[datetime | None] = mapped_column(Instant)
    released_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    released_at: Mapped[datetime | None] = mapped_column(Instant)


def take_in(
    session: Session,
    application_no: str,
    pledgor_id: int,
    *,
    kind: PropertyKind,
    description: str,
    value: Decimal,
    slot: str,
    handed_by: str,
    received_by: str,
    on: date,
    today: date,
    by: int,
    now: datetime,
) -> PledgedProperty:
    """Take a thing into custody (PledgeIncomplete, PledgeValueNotPositive, PledgeInFuture)."""
    if not all(text.strip() for text in (description, slot, handed_by, received_by)):
        raise PledgeIncomplete()
    if exact(value) <= 0:
        raise PledgeValueNotPositive()
    if on > today:
        raise PledgeInFuture(on=on)
    thing = PledgedProperty(
        application_no=application_no,
        pledgor_id=pledgor_id,
        kind=kind,
        description=description.strip()[:300],
        value=value,
        status=_S.HELD,
        slot=slot.strip()[:40],
        handed_by=handed_by.strip()[:60],
        received_by=received_by.strip()[:60],
        taken_in_on=on,
        recorded_by=by,
        recorded_at=now,
    )
    session.add(thing)
    session.flush()
    return thing


def ask_release(
    session: Session, pledge_id: int, *, reason: str, to: str, by: int, now: datetime
) -> PledgedProperty:
    """Ask that a thing is given back (PledgeReleaseUnexplained, StatusRefused); nothing leaves custody yet."""
    thing = get(session, pledge_id)
    if not (reason.strip() and to.strip()):
        raise PledgeReleaseUnexplained()
    thing.status = step(str(pledge_id), thing.status, _S.RELEASING, TRANSITIONS)
    thing.release_reason, thing.release_to = reason.strip()[:300], to.strip()[:60]
    thing.release_asked_by, thing.release_asked_at = by, now
    session.flush()
    return thing


def decide_release(
    session: Session, pledge_id: int, *, agreed: bool, by: int, now: datetime
) -> PledgedProperty:
    """Another person gives the thing back, or keeps it (PledgeReleaseByOnePerson, StatusRefused)."""
    thing = get(session, pledge_id)
    status = step(str(pledge_id), thing.status, _S.RELEASED if agreed else _S.HELD, TRANSITIONS)
    if thing.release_asked_by == by:
        raise PledgeReleaseByOnePerson()
    thing.status = status
    if agreed:
        thing.released_by, thing.released_at = by, now
    session.flush()
    return thing


def get(session: Session, pledge_id: int) -> PledgedProperty:
    """The thing, held until the transaction ends, or :class:`NotFound`."""
    thing = session.scalar(held(select(PledgedProperty).where(PledgedProperty.id == pledge_id)))
    if thing is None:
        raise NotFound(what_zh="质押物", what_en="pledged property", key=pledge_id)
    return thing


def of_application(session: Session, application_no: str) -> list[PledgedProperty]:
    """What is, or was, pledged for an application, in the order of its arrival."""
    asked = select(PledgedProperty).where(PledgedProperty.application_no == application_no)
    return list(session.scalars(asked.order_by(PledgedProperty.id)))
