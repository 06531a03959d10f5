"""The grammar of types, as `instance of` and function parameters name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.feel.errors import FeelLimitExceeded
from engine.feel.levels import DEPTH_MAX
from engine.feel.lexer import NameTable, name_table
from engine.feel.types import ANY, BY_NAME, ContextType, FeelType, FunctionType, ListType, RangeType

if TYPE_CHECKING:
    from engine.feel.cursor import Cursor

_NAMES = NameTable(BY_NAME)


def parse_type(cursor: Cursor) -> FeelType:
    """Consume a type: a built-in one, one of the cursor's own, or list<>, range<>, context<>, function<>."""
    cursor.depth += 1
    if cursor.depth > DEPTH_MAX:
        raise FeelLimitExceeded("type_nesting", DEPTH_MAX)
    own = name_table(frozenset(cursor.types)).longest(cursor.tokens, cursor.index)
    built_in = _NAMES.longest(cursor.tokens, cursor.index)
    found = max((match for match in (own, built_in) if match), key=lambda match: match[1], default=None)
    if found is None:
        raise cursor.fail("type", found=cursor.token.text)
    name, cursor.index = found
    kind = cursor.types.get(name) or BY_NAME[name]
    if name in _GENERIC and cursor.accept("<"):
        kind = _GENERIC[name](cursor)
    cursor.depth -= 1
    return kind


def _list(cursor: Cursor) -> FeelType:
    item = parse_type(cursor)
    cursor.expect(">")
    return ListType("list", item)


def _range(cursor: Cursor) -> FeelType:
    item = parse_type(cursor)
    cursor.expect(">")
    return RangeType("range", item)


def _context(cursor: Cursor) -> FeelType:
    entries: list[tuple[str, FeelType]] = []
    while not cursor.at(">"):
        name = cursor.name_before(":")
        cursor.expect(":")
        entries.append((name, parse_type(cursor)))
        if not cursor.accept(","):
            break
    cursor.expect(">")
    return ContextType("context", tuple(entries))


def _function(cursor: Cursor) -> FeelType:
    parameters: list[FeelType] = []
    while not cursor.at(">"):
        parameters.append(parse_type(cursor))
        if not cursor.accept(","):
            break
    cursor.expect(">")
    result = parse_type(cursor) if cursor.accept("->") else ANY
    return FunctionType("function", tuple(parameters), result)


_GENERIC = {"list": _list, "range": _range, "context": _context, "function": _function}
