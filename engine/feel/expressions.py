"""Compiled expressions and unary tests, and how they are run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from engine.feel import compile_calls, compile_iteration, tree
from engine.feel.builtins import BUILTINS
from engine.feel.compile_tests import Test, compile_tests
from engine.feel.compiler import compile_node
from engine.feel.errors import FeelLimitExceeded
from engine.feel.levels import DEPTH_MAX
from engine.feel.lexer import NameTable, name_table
from engine.feel.parser import Parser
from engine.feel.scope import Closure, Env, Unit
from engine.feel.types import FeelType
from engine.feel.values import SCALARS, Run, Value, from_python, to_python

_COMPILED_ALSO_BY = (compile_calls, compile_iteration)
_BUILTIN_NAMES = NameTable(BUILTINS)
_NO_TYPES: Mapping[str, FeelType] = {}
_AS_THEY_ARE = SCALARS - {Decimal}
_AS_THEY_ARE_IN_PYTHON = frozenset({Decimal, str, bool, type(None)})


class _Compiled:
    """What expressions and unary tests share: their text, the names they read, room for their locals.

    `cost` are the steps that running the whole text once takes.
    """

    def __init__(self, unit: Unit) -> None:
        self.text = unit.text
        self.names = frozenset(unit.free)
        self._reads = tuple(unit.reads)
        self._slot_count = unit.slot_count
        self.cost = unit.cost

    def _values(self, context: Mapping[str, Value]) -> dict[str, Value]:
        """Take the names this reads out of the context, as FEEL values."""
        values: dict[str, Value] = {}
        for name in self._reads:
            if name in context:
                value = context[name]
                values[name] = value if type(value) in _AS_THEY_ARE else from_python(value)
        return values


class Expression(_Compiled):
    """A FEEL expression, ready to be evaluated any number of times and from any thread.

    `text` is its source; `names` are the free names it reads (a name inside a filter counts only where
    it was declared, since it may be an entry of the item).
    """

    def __init__(self, unit: Unit, closure: Closure) -> None:
        super().__init__(unit)
        self._closure = closure

    def evaluate(
        self, context: Mapping[str, Value], *, strict: bool = False, now: datetime | None = None
    ) -> Value:
        """Return the value in `context`: Decimal, str, bool, None, date, datetime, list, dict …

        `strict` makes a missing name an error, else it is null. `now` is what `now()` and `today()` tell.
        Raises FeelNameMissing, FeelLimitExceeded, FeelValueRefused.
        """
        run = Run(strict=strict, now=now)
        value = self.run(self._values(context), run)
        if type(value) in _AS_THEY_ARE_IN_PYTHON:
            return value
        try:
            return to_python(value, run)
        except RecursionError:
            raise FeelLimitExceeded("nesting", DEPTH_MAX) from None

    def run(self, values: Mapping[str, Value], run: Run) -> Value:
        """Return the value in a scope of FEEL values, within a running evaluation."""
        run.spend(self.cost)
        try:
            return self._closure(Env(values, [None] * self._slot_count, run))
        except RecursionError:
            raise FeelLimitExceeded("nesting", DEPTH_MAX) from None


class UnaryTests(_Compiled):
    """The tests of a decision table's cell. `any_value` is true of the cell `-`.

    A table with many cells runs their `test` itself, in one Env with the `slot_count` of the largest.
    """

    def __init__(self, unit: Unit, test: Test, any_value: bool) -> None:
        super().__init__(unit)
        self.test = test
        self.slot_count = unit.slot_count
        self.any_value = any_value

    def matches(
        self, value: Value, context: Mapping[str, Value], *, strict: bool = False, now: datetime | None = None
    ) -> bool:
        """Say whether `value` passes; what is unknown (null) does not.

        Raises FeelNameMissing, FeelLimitExceeded, FeelValueRefused.
        """
        return self.run(from_python(value), self._values(context), Run(strict=strict, now=now))

    def run(self, value: Value, values: Mapping[str, Value], run: Run) -> bool:
        """Say whether a FEEL value passes in a scope of FEEL values, within a running evaluation."""
        try:
            return self.test(value, Env(values, [None] * self._slot_count, run)) is True
        except RecursionError:
            raise FeelLimitExceeded("nesting", DEPTH_MAX) from None


def compile_expression(
    text: str,
    names: Iterable[str] = (),
    *,
    members: Iterable[str] | NameTable = (),
    types: Mapping[str, FeelType] = _NO_TYPES,
) -> Expression:
    """Compile `text`, in which `names` are in scope.

    `members` are names of entries that may follow a dot, `types` the type names beyond FEEL's own.
    Raises FeelSyntaxError and FeelLimitExceeded.
    """
    unit, parser = _prepare(text, names, members, types)
    try:
        node = parser.whole_expression()
        return Expression(unit, compile_node(node, unit))
    except RecursionError:
        raise FeelLimitExceeded("text_nesting", DEPTH_MAX) from None


def compile_unary_tests(
    text: str,
    names: Iterable[str] = (),
    *,
    members: Iterable[str] | NameTable = (),
    types: Mapping[str, FeelType] = _NO_TYPES,
) -> UnaryTests:
    """Compile a cell such as `"A", "B"`, `[1..5]`, `not(> 3)` or `-`. Parameters and errors as above."""
    unit, parser = _prepare(text, names, members, types)
    try:
        node: tree.Tests = parser.whole_unary_tests()
        return UnaryTests(unit, compile_tests(node, unit), not node.tests)
    except RecursionError:
        raise FeelLimitExceeded("text_nesting", DEPTH_MAX) from None


def _prepare(
    text: str, names: Iterable[str], members: Iterable[str] | NameTable, types: Mapping[str, FeelType]
) -> tuple[Unit, Parser]:
    declared = frozenset(names)
    known_members = members if isinstance(members, NameTable) else NameTable(members)
    parser = Parser(text, name_table(declared), _BUILTIN_NAMES, types, known_members)
    return Unit(text, declared, BUILTINS, types), parser
