"""Merging two records of one person: one stands, everything that named the other names it from then on.

The other record stays, sealed as it was, and leads to the one that stands: its identity number, its phone and the
cases that remember its id still find the person. What moved is written down, so that a merge can be taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from company.vault import Vault
from lending import applications, customer_changes
from lending.applications import Application, ApplicationStatus
from lending.customer_changes import ChangeUnexplained, CustomerField
from lending.customers import Customer
from lending.errors import LendingError, NotFound
from lending.locks import held

_UNDER_WAY = applications.OPEN | {ApplicationStatus.DRAFT}
# What tells of a record itself, or is sealed under its own key, stays with it: a bureau's report is about its number.
_OWN = frozenset({"customer", "customer_change", "customer_merge", "bureau_report"})


class MergeWithItself(LendingError):
    """Two records are merged, not one."""

    code = "merge_with_itself"
    zh = "请选择两个不同的、尚未合并的客户档案。"
    en = "Choose two different records, neither of them merged already."


class MergeWhileOpen(LendingError):
    """The identity check and the bureau report of a running application belong to the number of its own record."""

    code = "merge_while_open"
    zh = (
        "客户 {merged} 名下的申请 {applications} 尚未办结，其身份核验、征信与合同以该档案的证件号码为准。"
        "请先办结或撤回，或改为保留该档案。"
    )
    en = (
        "{applications} of customer {merged} is not finished; its identity check, bureau report and contract belong to "
        "that record's number. Finish or withdraw it first, or keep that record instead."
    )


class MergeConflicts(LendingError):
    """Both records stand in the same place, where one person can stand once."""

    code = "merge_conflicts"
    zh = "两个档案在“{table}”中同时出现（例如同一申请的申请人与保证人），不能合并；请先更正该记录。"
    en = "Both records stand in {table}, as applicant and guarantor of one case for example; correct that first."


class MergeNotReversible(LendingError):
    """What moved has moved on."""

    code = "merge_not_reversible"
    zh = "“{table}”中的记录在合并后又有变动，不能撤销合并。"
    en = "Records in {table} have changed since; the merge cannot be taken back."


class CustomerMerge(Base):
    """One merge. ``moved`` holds the ids of the rows that moved, by table; ``undone_at`` when it was taken back."""

    __tablename__ = "customer_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    moved: Mapped[dict[str, list[int]]] = mapped_column(Tagged)
    reason: Mapped[str] = mapped_column(String(200))
    merged_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    merged_at: Mapped[datetime] = mapped_column(Instant)
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True)
class Place:
    """A column of some table that names a customer."""

    table: Table
    column: Column[int]
    key: Column[int]

    @property
    def name(self) -> str:
        """Table and column, as ``moved`` calls it."""
        return f"{self.table.name}.{self.column.name}"


def places() -> Iterator[Place]:
    """Every column that names a customer, but those that tell of the record itself."""
    for table in Base.metadata.sorted_tables:
        for foreign in table.foreign_keys:
            if foreign.column.table.name == "customer" and table.name not in _OWN:
                yield Place(table, foreign.parent, next(iter(table.primary_key.columns)))


def under_way(session: Session, customer_id: int) -> list[str]:
    """The numbers of the customer's applications that are neither ended nor paid out."""
    asked = select(Application.application_no).where(
        Application.customer_id == customer_id,
        Application.status.in_(_UNDER_WAY),
        Application.released_at.is_(None),
    )
    return list(session.scalars(asked.order_by(Application.id)))


def merge(
    session: Session,
    vault: Vault,
    *,
    survivor_id: int,
    merged_id: int,
    take: Collection[CustomerField] = (),
    reason: str,
    by: int | None,
    now: datetime,
) -> CustomerMerge:
    """Let one record stand for both; ``take``: the fields that the standing one takes over, kept in its history.

    Raises :class:`MergeWithItself`, :class:`MergeWhileOpen`, :class:`MergeConflicts`, ChangeUnexplained.
    """
    if not reason.strip():
        raise ChangeUnexplained()
    asked = held(select(Customer).where(Customer.id.in_((survivor_id, merged_id))).order_by(Customer.id))
    both = {one.id: one for one in session.scalars(asked)}
    if len(both) != 2 or any(one.merged_into_id is not None for one in both.values()):
        raise MergeWithItself()
    standing, other = both[survivor_id], both[merged_id]
    running = under_way(session, merged_id)
    if running:
        raise MergeWhileOpen(merged=merged_id, applications=running)
    for field in take:
        value = customer_changes.value_of(session, vault, other, field)
        if value:
            customer_changes.correct(session, vault, standing, field, value, reason=reason, by=by, now=now)
    moved = {
        place.name: rows for place in places() if (rows := _move(session, place, merged_id, survivor_id))
    }
    _rename_claims(session, moved, survivor_id)
    other.merged_into_id = survivor_id
    row = CustomerMerge(
        survivor_id=survivor_id,
        merged_id=merged_id,
        moved=moved,
        reason=reason.strip()[:200],
        merged_by=by,
        merged_at=now,
    )
    session.add(row)
    session.flush()
    return row


def undo(session: Session, merge_id: int, *, by: int | None, now: datetime) -> CustomerMerge:
    """Take a merge back: what moved moves home. What was taken over into the history stays there.

    Raises :class:`NotFound`, :class:`MergeWithItself` when it was undone, :class:`MergeNotReversible`.
    """
    row = session.scalar(held(select(CustomerMerge).where(CustomerMerge.id == merge_id)))
    if row is None:
        raise NotFound(what_zh="合并记录", what_en="merge", key=merge_id)
    other = session.get_one(Customer, row.merged_id)
    if row.undone_at is not None or other.merged_into_id != row.survivor_id:
        raise MergeWithItself()
    by_name = {place.name: place for place in places()}
    for name, ids in row.moved.items():
        place = by_name[name]
        still = session.scalars(
            select(place.key).where(place.key.in_(ids), place.column == row.survivor_id)
        ).all()
        if len(still) != len(ids):
            raise MergeNotReversible(table=place.table.name)
        _set(session, place, ids, row.merged_id)
    _rename_claims(session, row.moved, row.merged_id)
    other.merged_into_id = None
    row.undone_by, row.undone_at = by, now
    session.flush()
    return row


def of(session: Session, customer_id: int) -> list[CustomerMerge]:
    """The merges that a record took part in, latest first."""
    concerned = (CustomerMerge.survivor_id == customer_id) | (CustomerMerge.merged_id == customer_id)
    return list(session.scalars(select(CustomerMerge).where(concerned).order_by(CustomerMerge.id.desc())))


def _move(session: Session, place: Place, merged_id: int, survivor_id: int) -> list[int]:
    ids = list(session.scalars(select(place.key).where(place.column == merged_id).order_by(place.key)))
    if ids:
        try:
            with session.begin_nested():
                _set(session, place, ids, survivor_id)
        except IntegrityError:
            raise MergeConflicts(table=place.table.name) from None
    return ids


def _set(session: Session, place: Place, ids: list[int], customer_id: int) -> None:
    for start in range(0, len(ids), 500):
        chosen = place.key.in_(ids[start : start + 500])
        session.execute(update(place.table).where(chosen).values({place.column.name: customer_id}))
    session.expire_all()


def _rename_claims(session: Session, moved: dict[str, list[int]], customer_id: int) -> None:
    """The key that makes person and car unique names the person."""
    ids = moved.get("application.customer_id", [])
    for application in session.scalars(select(Application).where(Application.id.in_(ids))):
        if application.active_key is not None:
            application.active_key = f"{customer_id}:{application.vehicle_id}"
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise MergeConflicts(table="application") from None
