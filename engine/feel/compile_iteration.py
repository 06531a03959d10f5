"""Filters, loops, quantifiers and function literals to closures: whatever binds local names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from engine.feel import tree
from engine.feel.compiler import compile_node, compiles
from engine.feel.scope import Closure, Env, Unit
from engine.feel.selection import select
from engine.feel.temporal_values import FeelDate, date_of_number
from engine.feel.types import ANY, convert
from engine.feel.values import NUMBERS, Function, Range, Run, Value


@compiles(tree.Filter)
def _filter(node: tree.Filter, unit: Unit) -> Closure:
    source = compile_node(node.source, unit)
    slot = unit.bind(None)
    condition, cost = _costing(node.condition, unit)
    unit.release()

    def filtered(env: Env) -> Value:
        def holds(item: Value) -> Value:
            env.run.spend(cost)
            env.slots[slot] = item
            return condition(env)

        return select(source(env), holds, env.run)

    return filtered


def _costing(node: tree.Node, unit: Unit) -> tuple[Closure, int]:
    """Return the closure of what is evaluated again and again, and the steps that each time takes."""
    before = unit.cost
    closure = compile_node(node, unit)
    return closure, unit.cost - before


Bound = tuple[int, Closure, Closure | None]


def _bind(iterators: Sequence[tree.Iterator], unit: Unit) -> tuple[Bound, ...]:
    bound: list[Bound] = []
    for iterator in iterators:
        source = compile_node(iterator.source, unit)
        end = compile_node(iterator.end, unit) if iterator.end else None
        bound.append((unit.bind(iterator.name), source, end))
    return tuple(bound)


def _each(bound: tuple[Bound, ...], env: Env, visit: Callable[[], bool]) -> bool:
    """Call `visit` for every combination until it returns False; False where a source cannot be iterated."""
    slot, source, end = bound[0]
    items = _items(source(env), end(env), env.run) if end else _iterable(source(env), env.run)
    if items is None:
        return False
    for item in items:
        env.run.spend(1)
        env.slots[slot] = item
        if not (_each(bound[1:], env, visit) if len(bound) > 1 else visit()):
            return False
    return True


def _iterable(value: Value, run: Run) -> Iterable[Value] | None:
    if type(value) is list:
        return value
    if type(value) is Range:
        return _range_items(value, run)
    return None if value is None else [value]


def _range_items(value: Range, run: Run) -> Iterable[Value] | None:
    """Return the whole numbers or days of a closed range, its excluded ends left out."""
    items = _items(value.start, value.end, run)
    if items is None:
        return None
    return (
        item
        for item in items
        if (value.start_included or item != value.start) and (value.end_included or item != value.end)
    )


def _items(start: Value, end: Value, run: Run) -> Iterable[Value] | None:
    """Return the whole numbers or days from `start` to `end`, downwards where the end is smaller."""
    if type(start) is Decimal and type(end) is Decimal:
        if start != start.to_integral_value() or end != end.to_integral_value():
            return None
        return map(NUMBERS.create_decimal, _steps(int(start), int(end)))
    if type(start) is FeelDate and type(end) is FeelDate:
        return map(date_of_number, _steps(start.number, end.number))
    return None


def _steps(first: int, last: int) -> range:
    step = 1 if first <= last else -1
    return range(first, last + step, step)


@compiles(tree.Loop)
def _loop(node: tree.Loop, unit: Unit) -> Closure:
    partial = unit.bind("partial")
    bound = _bind(node.iterators, unit)
    body, cost = _costing(node.body, unit)
    unit.release(len(bound) + 1)
    reads_partial = partial in unit.used

    def loop(env: Env) -> list[Value] | None:
        results: list[Value] = []

        def visit() -> bool:
            env.run.spend(cost)
            if reads_partial:
                env.run.spend(len(results))
                env.slots[partial] = results[:]
            results.append(body(env))
            return True

        return results if _each(bound, env, visit) else None

    return loop


@compiles(tree.Quantified)
def _quantified(node: tree.Quantified, unit: Unit) -> Closure:
    bound = _bind(node.iterators, unit)
    condition, cost = _costing(node.condition, unit)
    unit.release(len(bound))
    decisive = not node.every

    def quantified(env: Env) -> bool | None:
        found = unknown = False

        def visit() -> bool:
            nonlocal found, unknown
            env.run.spend(cost)
            value = condition(env)
            found = value is decisive
            unknown = unknown or type(value) is not bool
            return not found

        complete = _each(bound, env, visit)
        if found:
            return decisive
        return None if unknown or not complete else not decisive

    return quantified


_CLOSURE_STEPS = 4
"""What making a function costs, for the memory it takes."""


@compiles(tree.FunctionLiteral)
def _function(node: tree.FunctionLiteral, unit: Unit) -> Closure:
    own_slot, unit.own_slot = unit.own_slot, None
    slots = [unit.bind(name) for name, _ in node.parameters]
    body, cost = _costing(node.body, unit)
    if slots:
        unit.release(len(slots))
    names = tuple(name for name, _ in node.parameters)
    types = tuple(kind for _, kind in node.parameters)
    typed = any(kind is not ANY for kind in types)

    def make(env: Env) -> Function:
        captured = env.slots[:]
        env.run.spend(_CLOSURE_STEPS + (len(captured) >> 3))

        def call(arguments: Sequence[Value], run: Run) -> Value:
            run.spend(cost + (len(captured) >> 6))
            if typed:
                given = arguments
                arguments = [convert(value, kind) for value, kind in zip(given, types, strict=True)]
                if any(new is None and old is not None for new, old in zip(arguments, given, strict=True)):
                    return None
            inner = Env(env.values, captured[:], run)
            for slot, argument in zip(slots, arguments, strict=True):
                inner.slots[slot] = argument
            return body(inner)

        function = Function("function", names, call, types)
        if own_slot is not None:
            captured[own_slot] = function
        return function

    return make
