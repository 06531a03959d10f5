"""Syntax tree to Python closures: compiled once, called for every evaluation.

Each kind of node has one function that returns a closure; the closures close over their operands'
closures and nothing else, so an expression reaches only the values it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from engine.feel import tree
from engine.feel.arithmetic import OPERATIONS, negate
from engine.feel.comparing import equal, less, less_or_equal
from engine.feel.members import member
from engine.feel.scope import Closure, Env, Unit
from engine.feel.types import NULL
from engine.feel.values import Range, Run, Value

NodeType = TypeVar("NodeType", bound=tree.Node)
_COMPILERS: dict[type[tree.Node], Callable[[tree.Node, Unit], Closure]] = {}


def compiles(
    kind: type[NodeType],
) -> Callable[[Callable[[NodeType, Unit], Closure]], Callable[[NodeType, Unit], Closure]]:
    """Register the function that compiles nodes of one kind."""

    def register(function: Callable[[NodeType, Unit], Closure]) -> Callable[[NodeType, Unit], Closure]:
        def checked(node: tree.Node, unit: Unit) -> Closure:
            assert isinstance(node, kind)
            return function(node, unit)

        _COMPILERS[kind] = checked
        return function

    return register


def compile_node(node: tree.Node, unit: Unit) -> Closure:
    """Return the closure that evaluates `node`."""
    unit.compiled += 1
    return _COMPILERS[type(node)](node, unit)


@compiles(tree.Literal)
def _literal(node: tree.Literal, unit: Unit) -> Closure:
    value = node.value
    return lambda env: value


@compiles(tree.Name)
def _name(node: tree.Name, unit: Unit) -> Closure:
    return unit.read(node.name)


@compiles(tree.Path)
def _path(node: tree.Path, unit: Unit) -> Closure:
    source, name = compile_node(node.source, unit), node.name

    def path(env: Env) -> Value:
        value = source(env)
        return value.get(name) if type(value) is dict else member(value, name, env.run)

    return path


@compiles(tree.Negation)
def _negation(node: tree.Negation, unit: Unit) -> Closure:
    if isinstance(node.operand, tree.Literal):
        value = negate(node.operand.value)
        return lambda env: value
    operand = compile_node(node.operand, unit)
    return lambda env: negate(operand(env))


@compiles(tree.Arithmetic)
def _arithmetic(node: tree.Arithmetic, unit: Unit) -> Closure:
    first = compile_node(node.first, unit)
    rest = tuple((OPERATIONS[symbol], compile_node(operand, unit)) for symbol, operand in node.rest)
    if len(rest) == 1:
        ((operation, second),) = rest
        return lambda env: operation(first(env), second(env), env.run)

    def chain(env: Env) -> Value:
        value = first(env)
        for operation, operand in rest:
            value = operation(value, operand(env), env.run)
        return value

    return chain


@compiles(tree.Comparison)
def _comparison(node: tree.Comparison, unit: Unit) -> Closure:
    left, right = compile_node(node.left, unit), compile_node(node.right, unit)
    return compare(node.operator, left, right)


def compare(operator: str, left: Closure, right: Closure) -> Closure:
    """Return the closure of `left operator right`."""
    if operator == "=":
        return lambda env: equal(left(env), right(env), env.run)
    if operator == "!=":

        def different(env: Env) -> bool | None:
            same = equal(left(env), right(env), env.run)
            return None if same is None else not same

        return different
    if operator in (">", ">="):
        return _ordered(right, left, or_equal=operator == ">=")
    return _ordered(left, right, or_equal=operator == "<=")


def _ordered(low: Closure, high: Closure, *, or_equal: bool) -> Closure:
    if or_equal:

        def at_most(env: Env) -> bool | None:
            left, right = low(env), high(env)
            if type(left) is Decimal and type(right) is Decimal:
                return bool(left <= right)
            return less_or_equal(left, right, env.run)

        return at_most

    def below(env: Env) -> bool | None:
        left, right = low(env), high(env)
        if type(left) is Decimal and type(right) is Decimal:
            return left < right
        return less(left, right, env.run)

    return below


@compiles(tree.Between)
def _between(node: tree.Between, unit: Unit) -> Closure:
    value, low, high = (compile_node(part, unit) for part in (node.value, node.low, node.high))

    def between(env: Env) -> bool | None:
        tested = value(env)
        return both(less_or_equal(low(env), tested, env.run), less_or_equal(tested, high(env), env.run))

    return between


def both(left: bool | None, right: bool | None) -> bool | None:
    """Return the three-valued `left and right`."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


@compiles(tree.Junction)
def _junction(node: tree.Junction, unit: Unit) -> Closure:
    operands = tuple(compile_node(operand, unit) for operand in node.operands)
    decisive = not node.every

    def junction(env: Env) -> bool | None:
        unknown = False
        for operand in operands:
            value = operand(env)
            if value is decisive:
                return bool(decisive)
            if type(value) is not bool:
                unknown = True
        return None if unknown else not decisive

    return junction


@compiles(tree.Conditional)
def _conditional(node: tree.Conditional, unit: Unit) -> Closure:
    branches = tuple((compile_node(test, unit), compile_node(then, unit)) for test, then in node.branches)
    otherwise = compile_node(node.otherwise, unit)

    def conditional(env: Env) -> Value:
        for test, then in branches:
            if test(env) is True:
                return then(env)
        return otherwise(env)

    return conditional


@compiles(tree.ListLiteral)
def _list(node: tree.ListLiteral, unit: Unit) -> Closure:
    items = tuple(compile_node(item, unit) for item in node.items)

    def make(env: Env) -> list[Value]:
        env.run.spend(len(items))
        return [item(env) for item in items]

    return make


@compiles(tree.ContextLiteral)
def _context(node: tree.ContextLiteral, unit: Unit) -> Closure:
    entries: list[tuple[str, int, Closure]] = []
    for key, expression in node.entries:
        if isinstance(expression, tree.FunctionLiteral):
            slot = unit.own_slot = unit.bind(key)
            closure = compile_node(expression, unit)
        else:
            closure = compile_node(expression, unit)
            slot = unit.bind(key)
        entries.append((key, slot, closure))
    if entries:
        unit.release(len(entries))

    def make(env: Env) -> dict[str, Value]:
        env.run.spend(len(entries))
        result: dict[str, Value] = {}
        for key, slot, closure in entries:
            result[key] = env.slots[slot] = closure(env)
        return result

    return make


@compiles(tree.RangeLiteral)
def _range(node: tree.RangeLiteral, unit: Unit) -> Closure:
    start = compile_node(node.start, unit) if node.start else None
    end = compile_node(node.end, unit) if node.end else None
    start_included, end_included = node.start_included, node.end_included

    def make(env: Env) -> Range | None:
        low = start(env) if start else None
        high = end(env) if end else None
        if (start and low is None) or (end and high is None):
            return None
        if start and end and less(low, high, env.run) is None:
            return None
        return Range(low, high, start_included, end_included)

    if isinstance(node.start, tree.Literal | None) and isinstance(node.end, tree.Literal | None):
        constant = make(_nowhere())
        return lambda env: constant
    return make


def _nowhere() -> Env:
    return Env({}, [], Run())


@compiles(tree.InstanceOf)
def _instance_of(node: tree.InstanceOf, unit: Unit) -> Closure:
    value, kind = compile_node(node.value, unit), node.type
    if kind is NULL:
        return lambda env: value(env) is None
    return lambda env: kind.has(value(env))
