"""What the attributes of a diagram's elements say over a case's data: literal texts, or expressions after ``=``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.bpmn import expressions


def value_of(text: str | None, data: Mapping[str, Any]) -> Any:
    """The attribute's value; None where there is none."""
    return None if text is None else expressions.value_of(text, data)


def names_in(texts: Iterable[str | None], data: Mapping[str, Any]) -> list[str]:
    """The names that attributes list: each text is a name or an expression that gives one, several or none."""
    found: dict[str, None] = {}
    for text in texts:
        value = value_of(text, data)
        for name in value if isinstance(value, (list, tuple)) else (value,):
            if name is not None and str(name).strip():
                found[str(name).strip()] = None
    return list(found)
