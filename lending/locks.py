"""Rows that a verb is about to change: read anew and held until its transaction ends."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select

RowT = TypeVar("RowT")


def held(asked: Select[tuple[RowT]]) -> Select[tuple[RowT]]:
    """The same query, holding its rows against other writers and forgetting what the session knew of them.

    SQLite has one writer at a time and needs no row locks; PostgreSQL waits here for the transaction before.
    """
    return asked.with_for_update().execution_options(populate_existing=True)
