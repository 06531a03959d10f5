"""Where a compiled expression finds its values: the slots of local names, and the given context.

Which slot a local name has is decided when compiling, so that reading it is one list access.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from engine.feel.errors import FeelNameMissing
from engine.feel.types import FeelType
from engine.feel.values import Function, Run, Value


class Env:
    """What a compiled expression runs in: the free names' values, the local slots and the run."""

    __slots__ = ("run", "slots", "values")

    def __init__(self, values: Mapping[str, Value], slots: list[Value], run: Run) -> None:
        self.values = values
        self.slots = slots
        self.run = run


Closure: TypeAlias = Callable[[Env], Value]


class Unit:
    """One expression being compiled: its slots in use, the names it reads, and where names lead.

    `declared` are the names its author said to be in scope. `items` marks slots that hold the item of a
    filter: a name inside the filter is first looked for in the item. `own_slot` is the slot of the context entry
    that is being compiled, should it be a function: it may call itself.
    """

    def __init__(
        self,
        text: str,
        declared: frozenset[str],
        builtins: Mapping[str, Function],
        types: Mapping[str, FeelType],
    ) -> None:
        self.text = text
        self.declared = declared
        self.builtins = builtins
        self.types = types
        self.slot_count = 0
        self.compiled = 0
        self.free: set[str] = set()
        self.reads: set[str] = set()
        self.used: set[int] = set()
        self.own_slot: int | None = None
        self._stack: list[tuple[str | None, int]] = []

    @property
    def cost(self) -> int:
        """Return the steps for what was compiled so far: one for every four nodes."""
        return self.compiled >> 2

    def bind(self, name: str | None) -> int:
        """Give `name` (None: the item of a filter) a new slot, innermost until `release`."""
        slot = self.slot_count
        self.slot_count += 1
        self._stack.append((name, slot))
        return slot

    def release(self, count: int = 1) -> None:
        """Take the innermost `count` names out of scope."""
        del self._stack[-count:]

    def is_local(self, name: str) -> bool:
        """Say whether a surrounding for, function or context binds `name`."""
        return any(bound == name for bound, _ in self._stack)

    def read(self, name: str) -> Closure:
        """Return the closure that reads `name`: from filter items inside out, a local, or the context."""
        items: list[int] = []
        for bound, slot in reversed(self._stack):
            if bound == name:
                self.used.add(slot)
                return _read_item(name, items, _read_slot(slot)) if items else _read_slot(slot)
            if bound is None:
                items.append(slot)
                self.used.add(slot)
                if name == "item":
                    return _read_item(name, items, _read_slot(slot))
        self.reads.add(name)
        builtin = None if name in self.declared else self.builtins.get(name)
        if name in self.declared or not (items or builtin):
            self.free.add(name)
        may_be_missing = bool(items) and name not in self.declared
        outer = _read_context(name, self.text, builtin, may_be_missing=may_be_missing)
        return _read_item(name, items, outer) if items else outer


def _read_slot(slot: int) -> Closure:
    return lambda env: env.slots[slot]


def _read_context(name: str, text: str, builtin: Function | None, *, may_be_missing: bool) -> Closure:
    """Read a free name; one that may be an entry of a filter's item is null where nothing has it."""
    mandatory = builtin is None and not may_be_missing

    def read(env: Env) -> Value:
        try:
            return env.values[name]
        except KeyError:
            if mandatory and env.run.strict:
                raise FeelNameMissing(name, text) from None
            return builtin

    return read


def _read_item(name: str, items: list[int], outer: Closure) -> Closure:
    slots = tuple(items)

    def read(env: Env) -> Value:
        for slot in slots:
            item = env.slots[slot]
            if type(item) is dict and name in item:
                return item[name]
        return outer(env)

    return read
