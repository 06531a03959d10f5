"""FEEL in forms: a text that begins with "=" is an expression over the trusted data and the editable answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from engine import feel
from forms.errors import ExpressionFailed


def is_expression(value: Any) -> bool:
    """Whether a property of a component is to be evaluated."""
    return isinstance(value, str) and value.lstrip().startswith("=")


@lru_cache(maxsize=4096)
def compiled(text: str) -> feel.Expression:
    """The compiled expression of ``=…``; raises feel.FeelError when it is no FEEL."""
    return feel.compile_expression(text.lstrip()[1:])


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """The value of ``=…`` over ``names``; a name that is missing reads as null, as in the browser.

    Raises ExpressionFailed when the text is no FEEL or runs over FEEL's limits.
    """
    try:
        return compiled(text).evaluate(names)
    except feel.FeelError as error:
        raise ExpressionFailed(expression=text.strip()[:60]) from error


def holds(value: bool | str, names: Mapping[str, Any]) -> bool:
    """Whether a condition (a constant or ``=…``) is true; null is not true."""
    return evaluate(value, names) is True if isinstance(value, str) else value
