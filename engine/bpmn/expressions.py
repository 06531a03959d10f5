"""Expressions in diagrams: FEEL, and the plain ``${…}`` of other engines' files translated to it.

A condition is FEEL as it stands. Any other attribute is literal text unless it begins with ``=`` or is one whole
``${…}`` or ``#{…}``. Nothing here can reach Python.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.bpmn import juel
from engine.bpmn.model import Data
from engine.bpmn.times import BUSINESS_ZONE
from engine.feel import FeelError, compile_expression

_FOREIGN = ("${", "#{")


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
    return text.startswith("=") or (text.startswith(_FOREIGN) and text.endswith("}"))


def value_of(
    text: str, data: Data, names: frozenset[str] = frozenset(), *, now: datetime | None = None
) -> Any:
    """An attribute's value: the literal text, or what its expression says over ``data``."""
    return expression(text, names).value(data, now) if is_expression(text) else text


def is_foreign(text: str) -> bool:
    """Whether ``text`` holds an expression of another engine: ``${…}``, or ``#{…}`` which means the same there."""
    return not text.startswith("=") and ("${" in text or "#{" in text)


def _feel_of(text: str) -> str:
    """The FEEL text of an expression as drawn."""
    if text.startswith(_FOREIGN):
        return feel_of_foreign(text)
    return text[1:].strip() if text.startswith("=") else text


def feel_of_foreign(text: str) -> str:
    """The FEEL text of a whole ``${…}`` or ``#{…}``. Raises ExpressionInvalid.

    >>> feel_of_foreign("${amount >= 1000}"), feel_of_foreign("#{!approved}")
    ('amount >= 1000', '(approved != true)')
    """
    if not text.startswith(_FOREIGN) or not text.endswith("}"):
        raise ExpressionInvalid(text, "text around ${…} is not evaluated")
    try:
        translated = juel.translate(text[2:-1])
        compiled = compile_expression(translated.feel)
    except juel.NotPlain as refused:
        raise ExpressionInvalid(
            text, f"{refused.reason}; only what is plain in ${{…}} is translated"
        ) from None
    except FeelError as error:
        raise ExpressionInvalid(text, str(error)) from error
    if compiled.names != translated.names:
        changed = ", ".join(sorted(compiled.names ^ translated.names))
        raise ExpressionInvalid(text, f"{changed} means something else in FEEL")
    return translated.feel
