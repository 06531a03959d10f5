"""FEEL types: which values belong to them, and the implicit conversions to them (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from engine.feel.temporal_values import (
    DaysTime,
    FeelDate,
    FeelDateTime,
    FeelTime,
    YearsMonths,
)
from engine.feel.values import Function, Range, Value


@dataclass(frozen=True)
class FeelType:
    """The type Any, and the root of the others. Null belongs to every type's domain but is no instance."""

    name: str = "Any"

    def has(self, value: Value) -> bool:
        """Say whether `value` is an instance of this type."""
        return value is not None

    def conforms(self, other: FeelType) -> bool:
        """Say whether every instance of this type is one of `other` (DMN 1.5, 10.3.2.9.2)."""
        return other in (ANY, self)

    def takes(self, given: FeelType) -> bool:
        """Say whether a parameter of this type takes what is of type `given`."""
        return given.conforms(self)


@dataclass(frozen=True)
class SimpleType(FeelType):
    """A type whose values are those of one Python class."""

    python: type = object

    def has(self, value: Value) -> bool:
        """Say whether `value` is an instance of this type."""
        return type(value) is self.python


@dataclass(frozen=True)
class ListType(FeelType):
    """A list whose items, where not null, have the item type."""

    item: FeelType = FeelType()

    def has(self, value: Value) -> bool:
        """Say whether `value` is an instance of this type."""
        return type(value) is list and all(item is None or self.item.has(item) for item in value)

    def conforms(self, other: FeelType) -> bool:
        """Say whether every instance of this type is one of `other`."""
        return other == ANY or (isinstance(other, ListType) and self.item.conforms(other.item))


@dataclass(frozen=True)
class ContextType(FeelType):
    """A context that has at least these entries, each of its type or null."""

    entries: tuple[tuple[str, FeelType], ...] = ()

    def has(self, value: Value) -> bool:
        """Say whether `value` is an instance of this type."""
        return type(value) is dict and all(
            name in value and (value[name] is None or kind.has(value[name])) for name, kind in self.entries
        )

    def conforms(self, other: FeelType) -> bool:
        """Say whether every instance of this type is one of `other`: it has at least the other's entries."""
        if not isinstance(other, ContextType):
            return other == ANY
        mine = dict(self.entries)
        return all(name in mine and mine[name].conforms(kind) for name, kind in other.entries)


@dataclass(frozen=True)
class FunctionType(FeelType):
    """A function of such parameters. What a function returns is known only once it is called."""

    parameters: tuple[FeelType, ...] | None = None
    result: FeelType = FeelType()

    def has(self, value: Value) -> bool:
        """Say whether `value` can be called with arguments of these types."""
        if not isinstance(value, Function):
            return False
        wanted = self.parameters
        return wanted is None or any(_accepts(types, wanted) for types in value.signatures_types())

    def conforms(self, other: FeelType) -> bool:
        """Say whether a function of this type serves as one of `other`."""
        if not isinstance(other, FunctionType):
            return other == ANY
        if self.parameters is None or other.parameters is None:
            return other.parameters is None
        return _accepts(self.parameters, other.parameters) and self.result.conforms(other.result)


def _accepts(types: tuple[FeelType, ...], given: tuple[FeelType, ...]) -> bool:
    return len(types) == len(given) and all(
        kind.takes(argument) for kind, argument in zip(types, given, strict=True)
    )


@dataclass(frozen=True)
class RangeType(FeelType):
    """An interval whose ends have the item type."""

    item: FeelType = FeelType()

    def has(self, value: Value) -> bool:
        """Say whether `value` is an instance of this type."""
        if type(value) is not Range:
            return False
        ends = [end for end in (value.start, value.end) if end is not None]
        return all(self.item.has(end) for end in ends)

    def conforms(self, other: FeelType) -> bool:
        """Say whether every instance of this type is one of `other`."""
        return other == ANY or (isinstance(other, RangeType) and self.item.conforms(other.item))


@dataclass(frozen=True)
class ConstrainedType(FeelType):
    """A named type whose values also pass a test: an item definition with allowed values."""

    base: FeelType = FeelType()
    allows: Callable[[Value], bool] | None = None

    def has(self, value: Value) -> bool:
        """Say whether `value` is an instance of this type."""
        return self.base.has(value) and (self.allows is None or self.allows(value))

    def conforms(self, other: FeelType) -> bool:
        """Say whether every instance of this type is one of `other`."""
        return other == self or self.base.conforms(other)


ANY = FeelType()
NUMBER = SimpleType("number", Decimal)
STRING = SimpleType("string", str)
BOOLEAN = SimpleType("boolean", bool)
DATE = SimpleType("date", FeelDate)
TIME = SimpleType("time", FeelTime)
DATE_AND_TIME = SimpleType("date and time", FeelDateTime)
DAYS_TIME = SimpleType("days and time duration", DaysTime)
YEARS_MONTHS = SimpleType("years and months duration", YearsMonths)
NULL = SimpleType("Null", type(None))
LIST = ListType("list")
CONTEXT = ContextType("context")
FUNCTION = FunctionType("function")
RANGE = RangeType("range")


@dataclass(frozen=True)
class UnionType(FeelType):
    """One of several types, as a built-in's parameter may take."""

    members: tuple[FeelType, ...] = ()

    def has(self, value: Value) -> bool:
        """Say whether `value` is an instance of this type."""
        return any(member.has(value) for member in self.members)

    def takes(self, given: FeelType) -> bool:
        """Say whether a parameter of this type takes what is of type `given`."""
        return any(member.takes(given) for member in self.members)


BY_NAME: dict[str, FeelType] = {
    kind.name: kind
    for kind in (
        ANY, NUMBER, STRING, BOOLEAN, DATE, TIME, DATE_AND_TIME, DAYS_TIME, YEARS_MONTHS, NULL,
        LIST, CONTEXT, FUNCTION, RANGE,
    )
}  # fmt: skip
BY_NAME["dateTime"] = DATE_AND_TIME
BY_NAME["dayTimeDuration"] = DAYS_TIME
BY_NAME["yearMonthDuration"] = YEARS_MONTHS


def convert(value: Value, target: FeelType) -> Value:
    """Return `value` as `target` wants it, or null where it does not conform.

    A list of one item becomes its item where no list is wanted, a value a list of one where a list is,
    and a date midnight UTC where a date and time is.
    """
    if value is None or target is ANY or target.has(value):
        return value
    base = target
    while isinstance(base, ConstrainedType):
        base = base.base
    candidate = None
    if type(value) is list and len(value) == 1 and not isinstance(base, ListType):
        candidate = value[0]
    elif isinstance(base, ListType) and type(value) is not list:
        candidate = [value]
    elif base is DATE_AND_TIME and type(value) is FeelDate:
        candidate = FeelDateTime(value, FeelTime(0, UTC))
    return candidate if candidate is not None and target.has(candidate) else None
