"""The files of a folder of vectors, and the reading of their values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"
Facts: TypeAlias = dict[str, Json]

_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")


class NotUnderstood(Exception):
    """A vector says something that has no translation, or lacks something that is needed."""


class NotOfOurTrade(NotUnderstood):
    """A vector describes what the product does not do."""


@dataclass(frozen=True)
class Vector:
    """One file: what to compute and what must come out; ``folder`` holds the others, to which it may refer."""

    id: str
    kind: str
    title: str
    convention: Facts
    expected: Json
    declared_difference: Decimal
    repository: str
    folder: Path

    @property
    def words(self) -> str:
        """All the words of the convention and the title, in lower case."""
        texts = [value for value in self.convention.values() if isinstance(value, str)]
        return " ; ".join([*texts, self.title]).lower()

    def text(self, *keys: str) -> str:
        """The words under the first of ``keys`` that is given, in lower case; empty if none is."""
        value = self.first(*keys)
        return "" if value is None else str(value).lower()

    def first(self, *keys: str) -> Json:
        """The first value given under one of ``keys``."""
        return next((self.convention[key] for key in keys if self.convention.get(key) is not None), None)

    def number(self, *keys: str) -> Decimal | None:
        """The number under the first of ``keys`` that is given."""
        value = self.first(*keys)
        return None if value is None else number(value)

    def other(self, vector_id: str) -> Vector:
        """Another vector of the same folder."""
        path = self.folder / f"{vector_id}.json"
        if not path.is_file():
            raise NotUnderstood(f"the vector {vector_id} it builds on is not in the folder")
        return read(path)


def vectors(folder: Path) -> Iterator[Vector]:
    """All vectors of a folder, by name."""
    for path in sorted(folder.rglob("*.json")):
        yield read(path)


def read(path: Path) -> Vector:
    """A vector from its file; numbers become Decimal with the digits that are written."""
    data: Facts = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    source = data.get("source")
    return Vector(
        id=str(data.get("id", path.stem)),
        kind=str(data.get("kind", "")),
        title=str(data.get("title", "")),
        convention=facts(data.get("convention")),
        expected=data.get("expected"),
        declared_difference=number(data.get("max_abs_diff") or 0),
        repository=str(source.get("repository", "")) if isinstance(source, dict) else "",
        folder=path.parent,
    )


def number(value: Json) -> Decimal:
    """A number, or the first number that a text holds; a percent sign divides by 100."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    found = _NUMBER.search(value) if isinstance(value, str) else None
    if found is None or not isinstance(value, str):
        raise NotUnderstood(f"{value!r} is no number")
    written = Decimal(found.group().replace(",", ""))
    return written / 100 if value[found.end() :].lstrip().startswith("%") else written


def day(value: Json) -> date:
    """A date as ISO 8601 writes it."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise NotUnderstood(f"{value!r} is no date") from None


def facts(value: Json) -> Facts:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Facts]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
