"""Process data: one dictionary a process instance, with a layer of its own for each instance of a repeated task.

All tokens of a process and of its embedded subprocesses see the same data, so a join has nothing to merge and a
boundary path sees what its activity wrote. A called process has a scope of its own, filled and read by mappings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Values: TypeAlias = dict[str, Any]


def copied(value: Any) -> Any:
    """``value`` with its lists and dictionaries copied to the bottom, so that no two places share one."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [copied(item) for item in value]
    return value


class Scope:
    """Data as one place sees it: ``own`` over ``given`` (item and counter of a repeated task) over ``outer``."""

    __slots__ = ("given", "outer", "own")

    def __init__(self, own: Values, given: Values | None = None, outer: Scope | None = None) -> None:
        self.own = own
        self.given = given or {}
        self.outer = outer

    def view(self) -> Values:
        """Everything seen from here, in a new dictionary; nested values are shared, do not change them."""
        if self.outer is None:
            return dict(self.own)
        return {**self.outer.view(), **self.given, **self.own}

    def write(self, values: Mapping[str, Any]) -> None:
        """Keep copies of ``values`` here."""
        for name, value in values.items():
            self.own[name] = copied(value)
