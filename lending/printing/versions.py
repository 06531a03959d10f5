"""The versions of the contract texts: which wording holds from which day, and the hash by which a print names it.

A new wording is a new file and a line in ``templates/versions.json``; a document printed before keeps its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
_SHARED = "letterhead.typ"


class TemplateVersionsDisorderly(ValueError):
    """The versions of a template do not follow one another; told to who builds the product, not to its users."""


@dataclass(frozen=True)
class TextVersion:
    """One wording: in force from ``valid_from`` until the next one begins; ``sha256`` of its source and letterhead."""

    template: str
    version: int
    valid_from: date
    valid_to: date | None
    file: Path
    sha256: str

    @property
    def mark(self) -> str:
        """What stands at the foot of each page."""
        return f"{self.template} v{self.version} SHA-256 {self.sha256}"


def read(folder: Path) -> dict[str, tuple[TextVersion, ...]]:
    """Every version of every template of a folder, oldest first, as its ``versions.json`` lists them.

    Raises :class:`TemplateVersionsDisorderly` unless numbers and days rise.
    """
    index = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
    return {name: _read(folder, name, lines) for name, lines in index.items()}


def _read(folder: Path, name: str, lines: Sequence[dict[str, str]]) -> tuple[TextVersion, ...]:
    days = [date.fromisoformat(line["valid_from"]) for line in lines]
    if not days or days != sorted(set(days)):
        raise TemplateVersionsDisorderly(f"{name}: {days}")
    ends = [date.fromordinal(day.toordinal() - 1) for day in days[1:]]
    shared = (folder / _SHARED).read_bytes()
    return tuple(
        TextVersion(
            template=name,
            version=number,
            valid_from=begins,
            valid_to=ends[number - 1] if number <= len(ends) else None,
            file=folder / line["file"],
            sha256=hashlib.sha256((folder / line["file"]).read_bytes() + shared).hexdigest(),
        )
        for number, (begins, line) in enumerate(zip(days, lines, strict=True), 1)
    )


def in_force(versions: Sequence[TextVersion], on: date) -> TextVersion:
    """The version that holds on a day; before the first day, the first."""
    begun = [version for version in versions if version.valid_from <= on]
    return begun[-1] if begun else versions[0]


@cache
def released() -> dict[str, tuple[TextVersion, ...]]:
    """The versions that this release of the product holds, by template."""
    return read(TEMPLATES)
