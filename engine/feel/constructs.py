"""The parts of the grammar that begin with a word (if, for, some, every, function) or a bracket."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.feel import tree
from engine.feel.errors import FeelSyntaxError
from engine.feel.levels import ADDITIVE
from engine.feel.lexer import string_value
from engine.feel.type_parser import parse_type
from engine.feel.types import ANY, FeelType

if TYPE_CHECKING:
    from engine.feel.parser import Parser


def conditional(parser: Parser) -> tree.Node:
    """Parse `if c then a else if d then b … else z`, the chain of elses flat."""
    branches: list[tuple[tree.Node, tree.Node]] = []
    while parser.accept("if"):
        condition = parser.expression()
        parser.expect("then")
        branches.append((condition, parser.expression()))
        parser.expect("else")
    return tree.Conditional(tuple(branches), parser.expression())


def loop(parser: Parser) -> tree.Node:
    """Parse `for a in x, b in y return body`."""
    parser.expect("for")
    with parser.scope(["partial"]) as names:
        iterators = _iterators(parser, names.add)
        parser.expect("return")
        return tree.Loop(iterators, parser.expression())


def quantified(parser: Parser) -> tree.Node:
    """Parse `some|every a in x satisfies condition`."""
    every = parser.expect("some", "every") == "every"
    with parser.scope([]) as names:
        iterators = _iterators(parser, names.add)
        parser.expect("satisfies")
        return tree.Quantified(every, iterators, parser.expression())


def _iterators(parser: Parser, bring_into_scope: Callable[[str], None]) -> tuple[tree.Iterator, ...]:
    iterators: list[tree.Iterator] = []
    while True:
        name = parser.name_before("in")
        parser.expect("in")
        source = parser.expression()
        end = parser.expression() if parser.accept("..") else None
        bring_into_scope(name)
        iterators.append(tree.Iterator(name, source, end))
        if not parser.accept(","):
            return tuple(iterators)


def function_literal(parser: Parser) -> tree.Node:
    """Parse `function(a: type, b) body`. External functions are refused: FEEL has no way out."""
    parser.expect("function")
    parser.expect("(")
    parameters: list[tuple[str, FeelType]] = []
    while not parser.at(")"):
        name = parser.name_before(",", ":", ")")
        parameters.append((name, parse_type(parser) if parser.accept(":") else ANY))
        if not parser.accept(","):
            break
    parser.expect(")")
    if parser.at("external"):
        raise parser.fail("external")
    with parser.scope(name for name, _ in parameters):
        return tree.FunctionLiteral(tuple(parameters), parser.expression())


def round_bracket(parser: Parser) -> tree.Node:
    """Parse `(expression)`, `(a..b]` or an unbounded range such as `(> 5)`."""
    parser.expect("(")
    operator = parser.accept("<", "<=", ">", ">=", "=")
    if operator:
        operand = parser.binary(ADDITIVE)
        parser.expect(")")
        return _comparison_range(operator, operand)
    start = parser.expression()
    if parser.accept(".."):
        return _range_end(parser, start, included=False)
    parser.expect(")")
    return start


def _comparison_range(operator: str, operand: tree.Node) -> tree.Node:
    if operator == "=":
        return tree.RangeLiteral(operand, operand, True, True)
    if operator in ("<", "<="):
        return tree.RangeLiteral(None, operand, False, operator == "<=")
    return tree.RangeLiteral(operand, None, operator == ">=", False)


def square_bracket(parser: Parser) -> tree.Node:
    """Parse `[a, b]` or `[a..b]`."""
    parser.expect("[")
    items: list[tree.Node] = []
    while not parser.at("]"):
        items.append(parser.expression())
        if len(items) == 1 and parser.accept(".."):
            return _range_end(parser, items[0], included=True)
        if not parser.accept(","):
            break
        if parser.at("]"):
            raise parser.fail("item_missing")
    parser.expect("]")
    return tree.ListLiteral(tuple(items))


def reversed_bracket(parser: Parser) -> tree.Node:
    """Parse `]a..b]`, whose start is excluded."""
    parser.expect("]")
    start = parser.expression()
    parser.expect("..")
    return _range_end(parser, start, included=False)


def _range_end(parser: Parser, start: tree.Node, *, included: bool) -> tree.Node:
    """Parse the end of a range. `[` may close it or begin a filter: the reading that fits is taken."""

    def bounded(filterless: bool) -> tuple[tree.Node, str]:
        outer, parser.filterless = parser.filterless, filterless
        try:
            return parser.binary(ADDITIVE), parser.expect("]", ")", "[")
        finally:
            parser.filterless = outer

    read = parser.attempt(lambda: bounded(False)) or bounded(True)
    return tree.RangeLiteral(start, read[0], included, read[1] == "]")


def context_literal(parser: Parser) -> tree.Node:
    """Parse `{name: value, "other name": value}`."""
    parser.expect("{")
    entries: list[tuple[str, tree.Node]] = []
    seen: set[str] = set()
    with parser.scope([]) as names:
        while not parser.at("}"):
            place = parser.token.position
            key = _key(parser)
            parser.expect(":")
            if key in seen:
                raise FeelSyntaxError("entry_twice", parser.text, place, name=key)
            seen.add(key)
            entries.append((key, parser.expression()))
            names.add(key)
            parser.members.add(key)
            if not parser.accept(","):
                break
            if parser.at("}"):
                raise parser.fail("entry_missing")
        parser.expect("}")
    return tree.ContextLiteral(tuple(entries))


def _key(parser: Parser) -> str:
    if parser.token.kind == "string":
        key = string_value(parser.token.text)
        parser.index += 1
        return key
    return parser.name_before(":")


WORDS: dict[str, Callable[[Parser], tree.Node]] = {
    "if": conditional,
    "for": loop,
    "some": quantified,
    "every": quantified,
    "function": function_literal,
}
BRACKETS: dict[str, Callable[[Parser], tree.Node]] = {
    "(": round_bracket,
    "[": square_bracket,
    "]": reversed_bracket,
    "{": context_literal,
}
