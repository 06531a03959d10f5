"""What a handler's function says of itself to an analyst: its purpose, and the names of its result."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator


def purpose(function: Callable[..., object]) -> str:
    """The first paragraph of the docstring, in one line."""
    return " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())


def results(function: Callable[..., object]) -> tuple[str, ...] | None:
    """The names that every return gives, in their order; None where they differ or are only known when it runs.

    They are read from the source, because a handler returns a plain dict: what it is given there is what it returns.
    """
    given = [_names(each.value) for each in _returns(_body(function))]
    first = given[0] if given else ()
    return first if all(names == first for names in given) else None


def _body(function: Callable[..., object]) -> ast.AST:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    return definition


def _returns(node: ast.AST) -> Iterator[ast.Return]:
    """The returns of the function itself, not of functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _returns(child)


def _names(value: ast.expr | None) -> tuple[str, ...] | None:
    if not isinstance(value, ast.Dict):
        return None
    names = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
    return None if None in names else tuple(map(str, names))
