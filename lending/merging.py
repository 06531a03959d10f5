"""Merging two records of one person: one stands, everything that named the other names it from then on.

The other record stays, sealed as it was, and leads to the one that stands: its identity number, its phone and the
cases that remember its id still find the person. What moved is written down, so that a merge can be taken back. A row
that the standing record has already, as a second answer to the same question, stays with the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
    and_,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged
from company.vault import Vault
from lending import applications, callback_links, customer_changes
from lending.applications import Application, ApplicationStatus
from lending.customer_changes import ChangeUnexplained, CustomerField
from lending.customers import Customer
from lending.errors import LendingError, NotFound
from lending.locks import held

_UNDER_WAY = applications.OPEN | {ApplicationStatus.DRAFT}
_AT_ONCE = 200
# What tells of a record itself, or is sealed under its own key, stays with it: a bureau's report is about its number.
_OWN = frozenset({"customer", "customer_change", "customer_merge", "bureau_report"})


RowKey = int | list[object]
"""What tells a row: its id, or the values of its key of several columns."""
Moved = dict[str, list[RowKey]]


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
    """One merge. ``moved`` holds the keys of the rows that moved, by table and column: an id, or the values of a key
    of several columns. ``undone_at`` when it was taken back."""

    __tablename__ = "customer_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    survivor_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    moved: Mapped[Moved] = mapped_column(Tagged)
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

    @property
    def name(self) -> str:
        """Table and column, as ``moved`` calls it."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def key(self) -> list[Column[object]]:
        """The columns that tell one row from another."""
        return list(self.table.primary_key.columns)

    @property
    def is_unique(self) -> bool:
        """Whether the customer is part of what may stand in the table once."""
        unique = [each for each in self.table.constraints if isinstance(each, UniqueConstraint)]
        return self.column.primary_key or any(self.column.name in each.columns for each in unique)

    def of(self, rows: Sequence[RowKey], customer_id: int) -> ColumnElement[bool]:
        """The condition of these rows while they name the customer; where the key names him, by that name."""
        if len(self.key) == 1 and not self.column.primary_key:
            return and_(self.key[0].in_(rows), self.column == customer_id)
        told = [
            and_(
                *(
                    column == (customer_id if column is self.column else value)
                    for column, value in zip(self.key, row if isinstance(row, list) else [row], strict=True)
                )
            )
            for row in rows
        ]
        return and_(or_(*told), self.column == customer_id)


def places() -> Iterator[Place]:
    """Every column that names a customer, but those that tell of the record itself."""
    for table in Base.metadata.sorted_tables:
        for foreign in table.foreign_keys:
            if foreign.column.table.name == "customer" and table.name not in _OWN:
                yield Place(table, foreign.parent)


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
    callback_links.end_closed(session, survivor_id, now)
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
    for name, rows in row.moved.items():
        place = by_name[name]
        if len(place.key) > 1 and not all(isinstance(each, list) for each in rows):
            raise MergeNotReversible(table=place.table.name)  # moved when only half of such keys was noted
        if _set(session, place, rows, row.survivor_id, row.merged_id) != len(rows):
            raise MergeNotReversible(table=place.table.name)
    _rename_claims(session, row.moved, row.merged_id)
    other.merged_into_id = None
    row.undone_by, row.undone_at = by, now
    session.flush()
    return row


def of(session: Session, customer_id: int) -> list[CustomerMerge]:
    """The merges that a record took part in, latest first."""
    concerned = (CustomerMerge.survivor_id == customer_id) | (CustomerMerge.merged_id == customer_id)
    return list(session.scalars(select(CustomerMerge).where(concerned).order_by(CustomerMerge.id.desc())))


def _move(session: Session, place: Place, merged_id: int, survivor_id: int) -> list[RowKey]:
    """Let the rows of the one name the other; those that the other has already stay. Returns the keys of what moved."""
    asked = select(*place.key).where(place.column == merged_id).order_by(*place.key)
    rows = [_row_key(list(row)) for row in session.execute(asked)]
    if not place.is_unique:
        _set(session, place, rows, merged_id, survivor_id)
        return rows
    moved: list[RowKey] = []
    for row in rows:
        try:
            with session.begin_nested():
                _set(session, place, [row], merged_id, survivor_id)
        except IntegrityError:
            continue  # the standing record answered the same already
        moved.append(row)
    return moved


def _row_key(values: list[object]) -> RowKey:
    first = values[0]
    return first if len(values) == 1 and isinstance(first, int) else values


def _set(session: Session, place: Place, rows: Sequence[RowKey], from_id: int, to_id: int) -> int:
    """Let these rows of one customer name another; how many there were."""
    changed = 0
    for start in range(0, len(rows), _AT_ONCE):
        theirs = place.of(rows[start : start + _AT_ONCE], from_id)
        renamed = update(place.table).where(theirs).values({place.column.name: to_id})
        changed += len(session.execute(renamed.returning(place.column)).all())
    session.expire_all()
    return changed


def _rename_claims(session: Session, moved: Moved, customer_id: int) -> None:
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
