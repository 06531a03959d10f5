"""Rows that a verb is about to change: read anew and held until its transaction ends."""

from __future__ import annotations

from typing import Protocol, Self, TypeVar


class Lockable(Protocol):
    """A query that can hold its rows."""

    def with_for_update(self) -> Self:
        """The query, holding its rows until the transaction ends."""

    def execution_options(self, *, populate_existing: bool) -> Self:
        """The query, overwriting what the session knows of its rows."""


QueryT = TypeVar("QueryT", bound=Lockable)


def held(asked: QueryT) -> QueryT:
    """The same query, holding its rows against other writers and forgetting what the session knew of them.

    SQLite has one writer at a time and needs no row locks; PostgreSQL waits here for the transaction before.
    """
    return asked.with_for_update().execution_options(populate_existing=True)
