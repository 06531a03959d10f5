"""Saved filters: what a person looks for in the inbox again and again, under a name, with how many tasks it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Tagged
from company.people import Actor
from engine.errors import EngineError
from engine.tasks import RowId

NAME_CHARACTERS_MAX = 40
FILTERS_MAX = 12


class FilterNameMissing(EngineError):
    """A saved filter has a name. Fact: ``limit``."""

    code = "filter_name_missing"
    zh = "请填写筛选名称，不超过 {limit} 字。"
    en = "Give the filter a name of at most {limit} characters."


class TooManyFilters(EngineError):
    """Fact: ``limit``."""

    code = "too_many_filters"
    zh = "最多保存 {limit} 个筛选，请先删除不用的。"
    en = "You have {limit} saved filters already; delete one that is not used."


class FilterUnknown(EngineError):
    """No such filter of this person."""

    code = "filter_unknown"
    zh = "没有这个筛选，可能已删除。"
    en = "There is no such filter; it may have been deleted."


class SavedFilter(Base):
    """One filter; ``query`` is what stands in the address of the inbox, by name."""

    __tablename__ = "saved_filter"
    __table_args__ = (Index("ix_saved_filter_employee_id", "employee_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    employee_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(NAME_CHARACTERS_MAX))
    query: Mapped[dict[str, str]] = mapped_column(Tagged)


def of(session: Session, actor: Actor) -> Sequence[SavedFilter]:
    """The person's filters in the order in which they were saved."""
    mine = select(SavedFilter).where(SavedFilter.employee_id == actor.employee_id)
    return session.scalars(mine.order_by(SavedFilter.id)).all()


def save(session: Session, actor: Actor, name: str, query: Mapping[str, str]) -> SavedFilter:
    """Keep a filter under a name; the same name again takes the new query."""
    words = name.strip()
    if not words or len(words) > NAME_CHARACTERS_MAX or actor.employee_id is None:
        raise FilterNameMissing(limit=NAME_CHARACTERS_MAX)
    mine = SavedFilter.employee_id == actor.employee_id
    known = session.scalar(select(SavedFilter).where(mine, SavedFilter.name == words))
    if known is None:
        if (session.scalar(select(func.count()).where(mine)) or 0) >= FILTERS_MAX:
            raise TooManyFilters(limit=FILTERS_MAX)
        known = SavedFilter(employee_id=actor.employee_id, name=words, query={})
        session.add(known)
    known.query = dict(query)
    session.flush()
    return known


def drop(session: Session, actor: Actor, filter_id: int) -> None:
    """Delete a filter of one's own. FilterUnknown."""
    found = session.get(SavedFilter, filter_id)
    if found is None or found.employee_id != actor.employee_id:
        raise FilterUnknown()
    session.delete(found)
    session.flush()
