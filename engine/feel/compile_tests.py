"""Unary tests to closures: the cells of a decision table and the right side of `in`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from engine.feel import tree
from engine.feel.comparing import equal, in_range, less, less_or_equal, passes
from engine.feel.compiler import compile_node, compiles
from engine.feel.scope import Closure, Env, Unit
from engine.feel.values import Range, Value

_CONDITIONS = (
    tree.Comparison,
    tree.Between,
    tree.Membership,
    tree.Junction,
    tree.Quantified,
    tree.InstanceOf,
)
Test: TypeAlias = Callable[[Value, Env], bool | None]


@compiles(tree.Membership)
def _membership(node: tree.Membership, unit: Unit) -> Closure:
    value = compile_node(node.value, unit)
    test = compile_tests(node.tests, unit)
    return lambda env: test(value(env), env)


def compile_tests(node: tree.Tests, unit: Unit) -> Test:
    """Return the function that says whether a value passes the tests, None where that is unknown."""
    if not node.tests:
        return lambda value, env: True
    slot = unit.bind("?")
    compiled = [_compile_test(test, slot, unit) for test in node.tests]
    unit.release()
    tests = tuple(test for test, _ in compiled)
    test = _constants(node) or (tests[0] if len(tests) == 1 else _any(tests))
    if any(reads_value for _, reads_value in compiled):
        test = _remembering(slot, test)
    return _not(test) if node.negated else test


def _constants(node: tree.Tests) -> Test | None:
    """Return a set look-up where all tests are numbers or strings written out."""
    values = [test.value for test in node.tests if isinstance(test, tree.Literal)]
    kinds = {type(value) for value in values}
    if len(values) != len(node.tests) or kinds not in ({Decimal}, {str}):
        return None
    allowed, (kind,) = frozenset(values), kinds
    run_with_lists = _any(tuple(_equals(value) for value in values))

    def test(value: Value, env: Env) -> bool | None:
        if type(value) is list:
            return run_with_lists(value, env)
        return type(value) is kind and value in allowed

    return test


def _any(tests: tuple[Test, ...]) -> Test:
    def test(value: Value, env: Env) -> bool | None:
        unknown = False
        for single in tests:
            answer = single(value, env)
            if answer:
                return True
            unknown = unknown or answer is None
        return None if unknown else False

    return test


def _not(test: Test) -> Test:
    def negated(value: Value, env: Env) -> bool | None:
        answer = test(value, env)
        return None if answer is None else not answer

    return negated


def _remembering(slot: int, test: Test) -> Test:
    def remembering(value: Value, env: Env) -> bool | None:
        env.slots[slot] = value
        return test(value, env)

    return remembering


def _equals(constant: Value) -> Test:
    if type(constant) is bool or constant is None:
        return lambda value, env: value is constant
    return lambda value, env: passes(value, constant, env.run, condition=False)


def _compile_test(node: tree.Node, slot: int, unit: Unit) -> tuple[Test, bool]:
    """Return the test, and whether it reads the value as `?`."""
    unit.compiled += 1
    if isinstance(node, tree.Literal):
        return _equals(node.value), False
    unit.used.discard(slot)
    if isinstance(node, tree.OperatorTest):
        return _operator_test(node, unit), slot in unit.used
    closure = compile_node(node, unit)
    reads_value = slot in unit.used
    if isinstance(node, tree.RangeLiteral):
        return (lambda value, env: _within(value, closure(env), env)), reads_value
    condition = reads_value or isinstance(node, _CONDITIONS)
    return (lambda value, env: passes(value, closure(env), env.run, condition=condition)), reads_value


def _within(value: Value, interval: Range | None, env: Env) -> bool | None:
    if interval is None:
        return None
    if type(value) is Range:
        return equal(value, interval, env.run)
    return in_range(value, interval, env.run)


def _operator_test(node: tree.OperatorTest, unit: Unit) -> Test:
    operand, operator = compile_node(node.operand, unit), node.operator
    if operator == "=":
        return lambda value, env: equal(value, operand(env), env.run)
    if operator == "!=":

        def different(value: Value, env: Env) -> bool | None:
            same = equal(value, operand(env), env.run)
            return None if same is None else not same

        return different
    if operator == "<":
        return lambda value, env: less(value, operand(env), env.run)
    if operator == "<=":
        return lambda value, env: less_or_equal(value, operand(env), env.run)
    if operator == ">":
        return lambda value, env: less(operand(env), value, env.run)
    return lambda value, env: less_or_equal(operand(env), value, env.run)
