"""Calls to closures: to a built-in known when compiling, or to whatever function a name holds."""

from __future__ import annotations

from engine.feel import tree
from engine.feel.compiler import compile_node, compiles
from engine.feel.scope import Closure, Env, Unit
from engine.feel.values import Function, Value


@compiles(tree.Call)
def _call(node: tree.Call, unit: Unit) -> Closure:
    builtin = _builtin(node.function, unit)
    arguments = tuple(compile_node(argument, unit) for argument in node.arguments)
    named = tuple((name, compile_node(argument, unit)) for name, argument in node.named)
    known = (
        isinstance(node.function, tree.Name) and builtin is not None and not _may_be_own(node.function, unit)
    )
    function = None if known else compile_node(node.function, unit)

    def call(env: Env) -> Value:
        target = function(env) if function else builtin
        if not isinstance(target, Function):
            target = builtin
        if target is None:
            return None
        if named:
            return target.call_named({name: argument(env) for name, argument in named}, env.run)
        return target.call([argument(env) for argument in arguments], env.run)

    return call


def _builtin(function: tree.Node, unit: Unit) -> Function | None:
    return unit.builtins.get(function.name) if isinstance(function, tree.Name) else None


def _may_be_own(function: tree.Name, unit: Unit) -> bool:
    """A name in scope may hold a function of its own, which then hides the built-in."""
    return unit.is_local(function.name) or function.name in unit.declared
