"""The expressions of the Java unified expression language that say plainly what FEEL can say, put into FEEL.

Variables and their properties, text, numbers, comparison, arithmetic, ``and or not empty`` in words and signs, the
choice ``? :``, and the two calls everybody writes: ``execution.getVariable('x')`` and ``a.equals(b)``. All other calls
reach into Java and are refused. Grammar and precedence: JSR 341, section 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LENGTH_MAX = 4_000
DEPTH_MAX = 60

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[^\W\d][\w$]*)|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/<>!?:().,]))"
)
_WORDS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "div": "/",
}
_LITERALS = frozenset({"true", "false", "null"})
# Words that begin something else in FEEL; a variable of such a name cannot be written there.
_FEEL_WORDS = frozenset(
    {
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "between",
        "instance",
        "function",
    }
)
_BINARY = {
    "||": (1, "or"),
    "&&": (2, "and"),
    "==": (3, "="),
    "!=": (3, "!="),
    "<": (4, "<"),
    ">": (4, ">"),
    "<=": (4, "<="),
    ">=": (4, ">="),
    "+": (5, "+"),
    "-": (5, "-"),
    "*": (6, "*"),
    "/": (6, "/"),
}


class NotPlain(Exception):
    """The expression says more than FEEL can say plainly; ``reason`` tells what."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Translation:
    """The FEEL text and the names of the variables that the original reads."""

    feel: str
    names: frozenset[str]


def translate(text: str) -> Translation:
    """The FEEL of what stands between ``${`` and ``}``. Raises NotPlain.

    ``!`` becomes ``!= true`` and not FEEL's ``not()``, because there what is null is false.

    >>> translate("amount >= 1000 && !vip").feel
    'amount >= 1000 and (vip != true)'
    >>> translate("empty notes").feel
    '(notes = null or notes = "" or count(notes) = 0)'
    """
    if len(text) > LENGTH_MAX:
        raise NotPlain(f"it is longer than {LENGTH_MAX} characters")
    parser = _Parser(_tokens(text))
    feel = parser.choice()
    if parser.peek():
        raise NotPlain(f"{parser.peek()!r} is not expected there")
    return Translation(feel, frozenset(parser.names))


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotPlain(f"{text[position:].strip()[:1]!r} has no plain counterpart in FEEL")
        kind = match.lastgroup or ""
        written = match[kind]
        if kind == "name" and written in _WORDS:
            kind, written = "sign", _WORDS[written]
        found.append((kind, written))
        position = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens; each rule returns FEEL text."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.names: set[str] = set()

    def peek(self) -> str:
        """The next token's text, "" at the end."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def is_sign(self, text: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at] == ("sign", text)

    def accept(self, text: str) -> bool:
        if self.is_sign(text):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise NotPlain(f"{text!r} is missing")

    def choice(self) -> str:
        """``a ? b : c``"""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise NotPlain(f"it is nested deeper than {DEPTH_MAX}")
        asked = self.binary(1)
        if self.accept("?"):
            chosen = self.choice()
            self.expect(":")
            asked = f"(if {asked} then {chosen} else {self.choice()})"
        self.depth -= 1
        return asked

    def binary(self, level: int) -> str:
        """Everything with an operator between two sides, by precedence climbing."""
        left = self.unary()
        while self.at < len(self.tokens) and self.tokens[self.at][0] == "sign":
            rank, feel = _BINARY.get(self.peek(), (0, ""))
            if rank < level:
                break
            self.at += 1
            right = self.binary(rank + 1)
            if rank in (3, 4) and self._compares_again():
                raise NotPlain("comparisons are strung together")
            left = f"{left} {feel} {right}"
        return left

    def _compares_again(self) -> bool:
        return _BINARY.get(self.peek(), (0, ""))[0] in (3, 4) and self.tokens[self.at][0] == "sign"

    def unary(self) -> str:
        """``!a``, ``-a``, ``empty a`` and the innermost."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise NotPlain(f"it is nested deeper than {DEPTH_MAX}")
        try:
            if self.accept("!"):
                return f"({self.unary()} != true)"
            if self.accept("-"):
                return f"-{self.unary()}"
            if self.tokens[self.at : self.at + 1] == [("name", "empty")]:
                self.at += 1
                asked = self.unary()
                return f'({asked} = null or {asked} = "" or count({asked}) = 0)'
            return self.innermost()
        finally:
            self.depth -= 1

    def innermost(self) -> str:
        """A literal, a variable with its properties, or parentheses."""
        if self.at >= len(self.tokens):
            raise NotPlain("it ends too early")
        kind, written = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return written
        if kind == "text":
            return _feel_text(written)
        if kind == "name":
            return written if written in _LITERALS else self.variable(written)
        if written == "(":
            inner = self.choice()
            self.expect(")")
            return f"({inner})"
        raise NotPlain(f"{written!r} is not expected there")

    def variable(self, first: str) -> str:
        """A variable, its properties, and the two calls that are plain."""
        path = [first]
        while self.accept("."):
            path.append(self._name())
        if not self.is_sign("("):
            self._read(path)
            return ".".join(path)
        if path[0] == "execution" and path[1:] in (["getVariable"], ["getVariableLocal"]):
            self.at += 1
            kind, written = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
            if kind != "text" or not re.fullmatch(r"[^\W\d]\w*", written[1:-1]):
                raise NotPlain("the variable asked for is not named")
            self.at += 1
            self.expect(")")
            self._read([written[1:-1]])
            return written[1:-1]
        if path[-1] == "equals" and len(path) > 1:
            self.at += 1
            other = self.choice()
            self.expect(")")
            self._read(path[:-1])
            return f"({'.'.join(path[:-1])} = {other})"
        raise NotPlain(f"it calls {'.'.join(path)}(…)")

    def _name(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "name":
            raise NotPlain("a property is missing after the point")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _read(self, path: list[str]) -> None:
        for name in path:
            if name in _FEEL_WORDS or "$" in name:
                raise NotPlain(f"{name} cannot be a name in FEEL")
        self.names.add(path[0])


def _feel_text(written: str) -> str:
    """A text literal: only ``\\'``, ``\\"`` and ``\\\\`` are escapes there."""
    plain = re.sub(r"\\(.)", r"\1", written[1:-1], flags=re.S)
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
