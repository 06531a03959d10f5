"""The place in the tokens where a parse stands, and the names it knows there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Iterator as Iterating
from contextlib import contextmanager
from typing import TypeVar

from engine.feel.errors import FeelLimitExceeded, FeelSyntaxError
from engine.feel.lexer import KEYWORDS, NameTable, Token, tokenize
from engine.feel.types import FeelType

OPERANDS_MAX = 100_000
NAME_SYMBOLS = frozenset(["-", "+", "*", "/", ".", "'", "’", "**", "?"])

Result = TypeVar("Result")


class Cursor:
    """One pass over one text. `builtins` are the built-in names, known where a call follows.

    `known_members` are names of entries that are declared elsewhere, `members` those of contexts in the text.
    """

    def __init__(
        self,
        text: str,
        names: NameTable,
        builtins: NameTable,
        types: Mapping[str, FeelType],
        known_members: NameTable,
    ) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self.depth = 0
        self.work = 0
        self.scopes = [names]
        self.members = NameTable()
        self.known_members = known_members
        self.builtins = builtins
        self.types = types
        self.filterless = False

    @property
    def token(self) -> Token:
        """Return the token at hand."""
        return self.tokens[self.index]

    def fail(self, reason: str, **facts: str) -> FeelSyntaxError:
        """Return the error that this place is wrong, to be raised; `reason` is a key of `messages.SYNTAX`."""
        return FeelSyntaxError(reason, self.text, self.token.position, **facts)

    def at(self, *texts: str) -> bool:
        """Say whether the token at hand is one of these symbols or words."""
        token = self.tokens[self.index]
        return token.text in texts and token.kind in ("symbol", "name")

    def accept(self, *texts: str) -> str | None:
        """Consume the token at hand if it is one of these, and return its text."""
        token = self.tokens[self.index]
        if token.text in texts and token.kind in ("symbol", "name"):
            self.index += 1
            return token.text
        return None

    def expect(self, *texts: str) -> str:
        """Consume one of these. Raises FeelSyntaxError for anything else."""
        found = self.accept(*texts)
        if found is None:
            raise self.fail("expected", wanted=" | ".join(texts), found=self.token.text)
        return found

    def operand(self) -> None:
        """Count an operand: brackets that may mean two things are read twice, and twice again within."""
        self.work += 1
        if self.work > OPERANDS_MAX:
            raise FeelLimitExceeded("operands", OPERANDS_MAX)

    @contextmanager
    def scope(self, names: Iterable[str] | NameTable) -> Iterating[NameTable]:
        """Bring names into scope for the time of a with block."""
        table = names if isinstance(names, NameTable) else NameTable(names)
        self.scopes.append(table)
        try:
            yield table
        finally:
            self.scopes.pop()

    def attempt(self, parse: Callable[[], Result]) -> Result | None:
        """Return what `parse` gives, or None with nothing consumed where it does not fit."""
        start, depth, scopes, filterless = self.index, self.depth, len(self.scopes), self.filterless
        try:
            return parse()
        except FeelSyntaxError:
            self.index, self.depth, self.filterless = start, depth, filterless
            del self.scopes[scopes:]
            return None

    @staticmethod
    def may_be_in_name(token: Token) -> bool:
        """Say whether a token can stand inside a name."""
        return token.kind in ("name", "number") or (token.kind == "symbol" and token.text in NAME_SYMBOLS)

    def take_name(self, end: int) -> str:
        """Consume the tokens up to `end` as one name, its white space made single."""
        text = self.text[self.token.position : self.tokens[end].position]
        self.index = end
        return re.sub(r"\s+", " ", text).strip()

    def known_name(self, *more: NameTable) -> str:
        """Consume the longest name in scope, a built-in before a bracket, or a run of words."""
        best: tuple[str, int] | None = None
        for table in (*self.scopes, *more):
            found = table.longest(self.tokens, self.index)
            if found and (best is None or found[1] > best[1]):
                best = found
        builtin = self.builtins.longest(self.tokens, self.index)
        if builtin and self.tokens[builtin[1]].text == "(" and (best is None or builtin[1] > best[1]):
            best = builtin
        end = self._run_of_words()
        if best and best[1] >= end and not (best[1] == self.index + 1 and self.token.text in KEYWORDS):
            self.index = best[1]
            return best[0]
        if end == self.index:
            raise self.fail("expression", found=self.token.text)
        return self.take_name(end)

    def names_something(self) -> bool:
        """Say whether a name in scope of several words begins here, as `for sale` does."""
        matches = (table.longest(self.tokens, self.index) for table in self.scopes)
        return any(match is not None and match[1] > self.index + 1 for match in matches)

    def _run_of_words(self) -> int:
        index = self.index
        token = self.tokens[index]
        while (token.kind == "name" and token.text not in KEYWORDS) or (
            token.kind == "number" and index > self.index
        ):
            index += 1
            token = self.tokens[index]
        return index

    def member_name(self) -> str:
        """Consume the name after a dot."""
        return self.known_name(self.members, self.known_members)

    def name_before(self, *stops: str) -> str:
        """Consume a new name: everything up to one of `stops`."""
        index = self.index
        while self.may_be_in_name(self.tokens[index]) and self.tokens[index].text not in stops:
            index += 1
        if index == self.index or self.tokens[self.index].kind != "name":
            raise self.fail("name", found=self.token.text)
        if self.tokens[index].text not in stops:
            self.index = index
            raise self.fail("expected", wanted=" | ".join(stops), found=self.token.text)
        return self.take_name(index)
