"""A form-js file as values: Component trees with what the gate, the view and the checker read, bounded in size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from forms.errors import FormInvalid

BYTES_MAX = 512_000
COMPONENTS_MAX = 600
DEPTH_MAX = 12
LIST_ROWS_MAX = 50

TEXTS = frozenset({"textfield", "textarea"})
CHOICES = frozenset({"select", "radio"})
MULTIPLE = frozenset({"checklist", "taglist"})
INPUTS = TEXTS | CHOICES | MULTIPLE | {"number", "datetime", "checkbox", "filepicker", "expression"}
CONTAINERS = frozenset({"group", "dynamiclist"})
PRESENTATION = frozenset({"text", "html", "spacer", "separator", "button", "table", "image"})
TYPES = INPUTS | CONTAINERS | PRESENTATION


@dataclass(frozen=True)
class Component:
    """One component of a form. ``raw`` is its JSON; ``hides`` are the hide conditions of it and its groups."""

    id: str
    type: str
    key: str | None
    label: str
    raw: Mapping[str, Any]
    validate: Mapping[str, Any]
    properties: Mapping[str, str]
    hides: tuple[str, ...] = ()
    children: tuple[Component, ...] = ()
    read_only: tuple[bool | str, ...] = ()

    @property
    def sensitive(self) -> bool:
        """Whether the answer must be sealed and never shown clear."""
        return self.properties.get("sensitive") == "true"

    @property
    def holder_reads(self) -> bool:
        """Whether who holds the task reads the sealed value whole: what he approves. Nobody changes it here."""
        return self.properties.get("holder_reads") == "true" and self.sensitive and True in self.read_only

    @property
    def money(self) -> bool:
        """Whether the number is an amount in yuan: exact to the fen, not negative."""
        return self.properties.get("money") == "true"

    def walk(self) -> Iterator[Component]:
        """This component and all below it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Form:
    """A whole form."""

    id: str
    components: tuple[Component, ...]
    raw: Mapping[str, Any] = field(repr=False)

    def walk(self) -> Iterator[Component]:
        """All components in the order of the file."""
        for component in self.components:
            yield from component.walk()

    def fields(self) -> tuple[Component, ...]:
        """The components that hold an answer."""
        return tuple(component for component in self.walk() if component.type in INPUTS)


@lru_cache(maxsize=512)
def read(form: bytes) -> Form:
    """Read a form-js file.

    Raises FormInvalid for anything that is no bounded form-js schema; unknown component types are left in place for
    the checker, which lists all of them, and refused by the compiler.
    """
    if len(form) > BYTES_MAX:
        raise FormInvalid(reason_zh=f"文件超过 {BYTES_MAX} 字节", reason_en=f"more than {BYTES_MAX} bytes")
    try:
        raw = orjson.loads(form)
    except orjson.JSONDecodeError as error:
        raise FormInvalid(
            reason_zh=f"不是有效的 JSON（{error}）", reason_en=f"not valid JSON ({error})"
        ) from error
    if not isinstance(raw, dict) or not isinstance(raw.get("components"), list):
        raise FormInvalid(reason_zh="缺少 components 列表", reason_en="it has no list “components”")
    count = [0]
    components = tuple(_component(item, (), (), 0, count) for item in raw["components"])
    return Form(id=str(raw.get("id") or ""), components=components, raw=raw)


def _component(
    raw: Any, hides: tuple[str, ...], read_only: tuple[bool | str, ...], depth: int, count: list[int]
) -> Component:
    count[0] += 1
    if depth > DEPTH_MAX or count[0] > COMPONENTS_MAX:
        raise FormInvalid(
            reason_zh=f"组件超过 {COMPONENTS_MAX} 个或嵌套超过 {DEPTH_MAX} 层",
            reason_en=f"more than {COMPONENTS_MAX} components or {DEPTH_MAX} levels",
        )
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise FormInvalid(reason_zh="有组件没有 type", reason_en="a component has no “type”")
    hide = _mapping(raw.get("conditional")).get("hide")
    if isinstance(hide, str) and hide.strip():
        hides = (*hides, hide)
    for name in ("readonly", "disabled"):
        if raw.get(name) not in (None, False, ""):
            read_only = (*read_only, raw[name] if isinstance(raw[name], str) else True)
    kind = raw["type"]
    key = raw.get("path") if kind in CONTAINERS else raw.get("key")
    below = raw.get("components") if kind in CONTAINERS else None
    children = tuple(
        _component(item, () if kind == "dynamiclist" else hides, read_only, depth + 1, count)
        for item in (below if isinstance(below, list) else ())
    )
    return Component(
        id=str(raw.get("id") or ""),
        type=kind,
        key=key if isinstance(key, str) and key else None,
        label=str(raw.get("label") or ""),
        raw=raw,
        validate=_mapping(raw.get("validate")),
        properties={str(name): str(value) for name, value in _mapping(raw.get("properties")).items()},
        hides=hides,
        children=children,
        read_only=read_only,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
