"""Black and grey lists: persons, phones, cars and dealers that are refused or looked at more closely, until a day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.vault import Vault
from lending.columns import worded
from lending.labels import Labelled


class ListKind(Labelled):
    """What an entry does."""

    BLACK = "black", "黑名单", "Blacklist"
    GREY = "grey", "灰名单", "Greylist"


class ListedThing(Labelled):
    """What an entry is about; the value's blind index is made under the same name."""

    IDENTITY = "identity", "身份证号码", "Identity number"
    PHONE = "phone", "手机号码", "Mobile number"
    VIN = "vin", "车架号", "VIN"
    DEALER = "dealer", "经销商", "Dealer"


class ListEntry(Base):
    """One entry; what it names is kept as a blind index only. In force through ``valid_to``."""

    __tablename__ = "list_entry"
    __table_args__ = (Index("ix_list_entry_value", "thing", "value_index"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ListKind] = mapped_column(worded(ListKind))
    thing: Mapped[ListedThing] = mapped_column(worded(ListedThing))
    value_index: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(String(400))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    entered_at: Mapped[datetime] = mapped_column(Instant)


def enter(
    session: Session,
    vault: Vault,
    kind: ListKind,
    thing: ListedThing,
    value: str,
    *,
    reason: str,
    valid_from: date,
    valid_to: date | None,
    by: int | None,
    now: datetime,
) -> ListEntry:
    """Put a value, in its normal form, on a list."""
    entry = ListEntry(
        kind=kind,
        thing=thing,
        value_index=vault.blind_index(thing.value, value),
        reason=reason,
        valid_from=valid_from,
        valid_to=valid_to,
        entered_by=by,
        entered_at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def kinds_naming(
    session: Session, vault: Vault, values: dict[ListedThing, str], on: date
) -> frozenset[ListKind]:
    """The kinds of list on which any of the values stands on a day."""
    named = [
        (ListEntry.thing == thing) & (ListEntry.value_index == vault.blind_index(thing.value, value))
        for thing, value in values.items()
    ]
    asked = select(ListEntry.kind).where(
        or_(*named), ListEntry.valid_from <= on, or_(ListEntry.valid_to.is_(None), ListEntry.valid_to >= on)
    )
    return frozenset(session.scalars(asked)) if named else frozenset()
