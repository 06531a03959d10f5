"""Expressions in diagrams: FEEL, and the plain ``${…}`` of existing Camunda files translated to it.

A condition is FEEL as it stands. Any other attribute is literal text unless it begins with ``=`` or is one whole
``${…}``. Nothing here can reach Python.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.bpmn.model import Data
from engine.bpmn.times import BUSINESS_ZONE
from engine.feel import FeelError, compile_expression

_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_OPERAND = rf"{_NAME}|-?\d+(?:\.\d+)?|'[^'\"\\]*'|\"[^'\"\\]*\""
_COMPARISON = re.compile(
    rf"\s*(?P<left>{_OPERAND})\s*(?P<operator>==|!=|<=|>=|<|>|\beq\b|\bne\b|\ble\b|\bge\b|\blt\b|\bgt\b)"
    rf"\s*(?P<right>{_OPERAND})\s*"
)
_VARIABLE = re.compile(rf"\s*(?P<negated>!|\bnot\b)?\s*(?P<name>{_NAME})\s*")
_OPERATORS = {"==": "=", "eq": "=", "ne": "!=", "le": "<=", "ge": ">=", "lt": "<", "gt": ">"}


class ExpressionInvalid(Exception):
    """A text of a diagram is not an expression; ``reason`` says why."""

    code = "expression_invalid"

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        self.reason = reason
        super().__init__(f"{text!r}: {reason}")


class Expression:
    """A compiled expression; evaluate as often as you like, from any thread."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str, names: frozenset[str]) -> None:
        self.text = text
        try:
            self._compiled = compile_expression(_feel_of(text), names)
        except FeelError as error:
            raise ExpressionInvalid(text, str(error)) from error

    @property
    def reads(self) -> frozenset[str]:
        """The names of the variables it reads."""
        return self._compiled.names

    def value(self, data: Data, now: datetime | None = None) -> Any:
        """The value over ``data``; FeelNameMissing when it reads a variable that is not there.

        FEEL's now() and today() tell ``now`` in the business's zone.
        """
        local = now.astimezone(BUSINESS_ZONE) if now else None
        return self._compiled.evaluate(data, strict=True, now=local)


@lru_cache(maxsize=4096)
def expression(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Compile ``text``, ``names`` being the variables whose names hold spaces or signs. Raises ExpressionInvalid."""
    return Expression(text, names)


def is_expression(text: str) -> bool:
    """Whether an attribute's text is to be evaluated rather than taken as it stands."""
    return text.startswith("=") or (text.startswith("${") and text.endswith("}"))


def value_of(
    text: str, data: Data, names: frozenset[str] = frozenset(), *, now: datetime | None = None
) -> Any:
    """An attribute's value: the literal text, or what its expression says over ``data``."""
    return expression(text, names).value(data, now) if is_expression(text) else text


def _feel_of(text: str) -> str:
    """The FEEL text of an expression as drawn.

    >>> _feel_of("${amount >= 1000}"), _feel_of("${!approved}"), _feel_of("= a + b")
    ('amount >= 1000', 'approved = false', 'a + b')
    """
    if text.startswith("${"):
        if not text.endswith("}"):
            raise ExpressionInvalid(text, "text around ${…} is not evaluated")
        return _translated(text)
    return text[1:].strip() if text.startswith("=") else text


def _translated(text: str) -> str:
    inner = text[2:-1]
    comparison = _COMPARISON.fullmatch(inner)
    if comparison:
        operator = comparison["operator"]
        return f"{_operand(comparison['left'])} {_OPERATORS.get(operator, operator)} {_operand(comparison['right'])}"
    variable = _VARIABLE.fullmatch(inner)
    if variable is None:
        raise ExpressionInvalid(text, "only a variable or one comparison in ${…} is translated")
    return f"{variable['name']} = false" if variable["negated"] else variable["name"]


def _operand(text: str) -> str:
    return f'"{text[1:-1]}"' if text[0] in "'\"" else text
