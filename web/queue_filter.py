"""What the list of the inbox is narrowed to and ordered by: from the address, and under names that a person saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import inbox, saved_filters
from engine.deployments import Definition, newest
from engine.inbox import Filter, Order, Urgency
from lending.applications import Application
from lending.customers import Customer
from lending.vehicles import Vehicle
from web import cases, register
from web.access import allowed
from web.navigation import may_search
from web.session import me
from web.story import Texts
from web.wiring import wired

Tab = Literal["mine", "pool"]
Due = Literal["all", "soon", "late"]
_URGENCY: dict[Due, Urgency] = {"all": "any", "soon": "due_soon", "late": "overdue"}
WORD_CHARACTERS_MAX = 64
KEYS_MAX = 500


@dataclass(frozen=True)
class Wanted:
    """One narrowing of the list; ``q`` is a word, ``process`` a process id, ``order`` deadline or priority."""

    tab: Tab = "mine"
    due: Due = "all"
    q: str = ""
    process: str = ""
    order: Order = "deadline"

    def query(self) -> dict[str, str]:
        """What stands in an address for it: only what differs from the plain list."""
        plain = Wanted()
        named = {
            "tab": self.tab,
            "due": self.due,
            "q": self.q,
            "process": self.process,
            "order": self.order,
        }
        return {name: value for name, value in named.items() if value != getattr(plain, name)}

    def address(self, tab: Tab | None = None, due: Due | None = None) -> str:
        """The inbox narrowed so, with another tab or deadline where one is given."""
        other = replace(self, tab=tab or self.tab, due=due or self.due)
        return _with(url_for("inbox.show"), other.query())

    def address_of_form(self) -> str:
        """Where the list is narrowed."""
        return _with(url_for("inbox.narrow"), self.query())

    def address_of_rows(self, after: str) -> str:
        """The rows that follow the place ``after``."""
        return _with(url_for("inbox.rows"), {**self.query(), "after": after})

    def address_of_page(self, after: str) -> str:
        """The page that begins behind the place ``after``."""
        return _with(url_for("inbox.show"), {**self.query(), "after": after})

    def address_of_task(self, task_id: int) -> str:
        """A task of the list, with the list beside it."""
        return _with(url_for("inbox.open_task", task_id=task_id), self.query())

    @property
    def is_narrow(self) -> bool:
        """Whether more than tab and deadline narrow it."""
        return bool(self.q or self.process)


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


@dataclass(frozen=True)
class Saved:
    """A saved filter as a choice; ``count`` tasks are found by it."""

    id: int
    name: str
    address: str
    count: int
    current: bool


def wanted() -> Wanted:
    """The narrowing of the address."""
    return read(request.args)


def read(told: Mapping[str, str]) -> Wanted:
    """The narrowing that the names of an address or a saved filter tell; what is no such value counts as not told."""
    due = told.get("due")
    return Wanted(
        tab="pool" if told.get("tab") == "pool" else "mine",
        due="late" if due == "late" else "soon" if due == "soon" else "all",
        q=told.get("q", "").strip()[:WORD_CHARACTERS_MAX],
        process=told.get("process", "")[:100],
        order="priority" if told.get("order") == "priority" else "deadline",
    )


def filter_of(session: Session, one: Wanted, *, by_number: bool = False) -> Filter:
    """The engine's filter. A word is looked for on the tasks themselves, by who may read customers, and in the
    registers, within the person's reach: contract number, VIN, plate, name, and phone where it was not sent in an
    address (``by_number``)."""
    return Filter(
        view="mine" if one.tab == "mine" else "group",
        urgency=_URGENCY[one.due],
        text=one.q if allowed("customer") and not by_number else "",
        found_keys=_keys(session, one.q, by_number=by_number) if one.q else None,
        process_id=one.process or None,
    )


def _keys(session: Session, word: str, *, by_number: bool) -> tuple[str, ...]:
    if not may_search():
        return ()
    asked = (
        select(Application.application_no)
        .outerjoin(Customer, Customer.id == Application.customer_id)
        .outerjoin(Vehicle, Vehicle.id == Application.vehicle_id)
        .where(cases.readable(), register.matches(session, word, by_number=by_number))
        .order_by(Application.id.desc())
        .limit(KEYS_MAX)
    )
    return tuple(session.scalars(asked))


def saved(session: Session, current: Wanted) -> list[Saved]:
    """The person's saved filters with how many tasks each finds now."""
    actor, now = me().actor, wired().clock.now()
    choices = []
    for each in saved_filters.of(session, actor):
        kind = read(each.query)
        count = inbox.tally(session, actor, filter_of(session, kind), now=now).all
        choices.append(Saved(each.id, each.name, kind.address(), count, kind == current))
    return choices


def processes(session: Session) -> list[tuple[str, str]]:
    """Id and name of each process deployed."""
    ids = session.scalars(select(Definition.process_id).distinct().order_by(Definition.process_id)).all()
    texts = Texts([newest(session, process_id) for process_id in ids])
    return [(process_id, texts.process(process_id)) for process_id in ids]
