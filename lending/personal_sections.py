"""The parts of what a person may have of all that is held of him: a title and rows by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lending.labels import Labelled

Value = str | int | Decimal | date | datetime | Labelled | bool | None


@dataclass(frozen=True)
class Section:
    """One part of the package: a key for the data, a title in both languages, rows by column."""

    key: str
    title: tuple[str, str]
    rows: Sequence[Mapping[str, Value]]
