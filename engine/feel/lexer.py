"""FEEL text to tokens, and the table of names that may span several of them.

A FEEL name may hold spaces and the characters . / - ' + *, so where a name ends depends on the names in
scope (DMN 1.5, 10.3.1.2 rules 25-30). The lexer therefore makes small tokens only, and `NameTable` finds
the longest known name that starts at a token.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from engine.feel.errors import FeelLimitExceeded, FeelSyntaxError

TEXT_MAX = 50_000

NAME_START = (
    "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
NAME_PART = NAME_START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"

_TOKEN = re.compile(
    rf"""
      (?P<space>(?:[\s\u180e\u200b\ufeff]|//[^\n]*|/\*.*?\*/)+)
    | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![{NAME_PART}])|[0-9]+)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<name>[{NAME_START}][{NAME_PART}]*)
    | (?P<symbol>(?!/\*)(?:\*\*|\.\.|<=|>=|!=|->|[-+*/=<>(){{}}\[\],:.?@'’|;%&#!\\~^$]))
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "'": "'"}

KEYWORDS = frozenset(
    (
        *("if", "then", "else", "for", "return", "some", "every", "satisfies", "in", "and", "or", "between"),
        *("instance", "of", "function", "external", "true", "false", "null"),
    )
)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, string, name, symbol or end; `spaced` says whether white space precedes it."""

    kind: str
    text: str
    position: int
    spaced: bool


def tokenize(text: str) -> list[Token]:
    """Return the tokens of `text` with an `end` token last. Raises FeelSyntaxError, FeelLimitExceeded."""
    if len(text) > TEXT_MAX:
        raise FeelLimitExceeded("text_length", TEXT_MAX)
    tokens: list[Token] = []
    position = 0
    spaced = False
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            if text[position] == '"':
                raise FeelSyntaxError("string_open", text, position)
            if text.startswith("/*", position):
                raise FeelSyntaxError("comment_open", text, position)
            raise FeelSyntaxError("character", text, position, found=text[position])
        if match.lastgroup == "space":
            spaced = True
        else:
            tokens.append(Token(match.lastgroup, match.group(), position, spaced))
            spaced = False
        position = match.end()
    tokens.append(Token("end", "", len(text), True))
    return tokens


def string_value(token_text: str) -> str:
    """Return what a string literal stands for, its quotes and escapes resolved.

    >>> string_value('"a\\\\u4eac\\\\n"')
    'a京\\n'
    """

    def replace(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2)
        if code:
            number = int(code, 16)
            return chr(number) if number <= 0x10FFFF else match.group()
        return _ESCAPED.get(match.group(3), match.group())

    value = _ESCAPE.sub(replace, token_text[1:-1])
    if any("\ud800" <= char <= "\udfff" for char in value):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


class NameTable:
    """The names in scope, each as its tokens, for finding the longest one at a place."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, dict[int, dict[_Rest, str]]] = {}
        self._names: set[str] = set()
        for name in names:
            self.add(name)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, name: str) -> None:
        """Bring `name` into scope; a name that no tokens make up is ignored."""
        if name in self._names:
            return
        try:
            tokens = tokenize(name)[:-1]
        except (FeelSyntaxError, FeelLimitExceeded):
            return
        if tokens:
            self._names.add(name)
            lengths = self._by_first.setdefault(tokens[0].text, {})
            lengths.setdefault(len(tokens), {})[_rest(tokens)] = name

    def longest(self, tokens: list[Token], index: int) -> tuple[str, int] | None:
        """Return the longest name that starts at `index` and the index after it."""
        lengths = self._by_first.get(tokens[index].text)
        if lengths is None:
            return None
        for length in sorted(lengths, reverse=True):
            name = lengths[length].get(_rest(tokens[index : index + length]))
            if name is not None:
                return name, index + length
        return None


_Rest = tuple[tuple[str, bool], ...]


def _rest(tokens: list[Token]) -> _Rest:
    """Return what follows a name's first token: each text, and whether white space precedes it."""
    return tuple((token.text, token.spaced) for token in tokens[1:])


@lru_cache(maxsize=256)
def name_table(names: frozenset[str]) -> NameTable:
    """Return the table of names that are in scope in many expressions; it is not to be added to."""
    return NameTable(names)
