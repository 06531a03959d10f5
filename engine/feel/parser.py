"""FEEL text to syntax tree (the grammar of DMN 1.5, 10.3.1.2), by precedence climbing.

The names in scope decide where a name ends. A run of words that no known name explains is read as one
name, since two words side by side mean nothing else in FEEL.
"""

from __future__ import annotations

from decimal import DecimalException

from engine.feel import tree
from engine.feel.constructs import BRACKETS, WORDS
from engine.feel.cursor import Cursor
from engine.feel.errors import FeelLimitExceeded
from engine.feel.levels import ADDITIVE, AND, COMPARING, COMPARISONS, DEPTH_MAX, LEVELS, OR
from engine.feel.lexer import string_value
from engine.feel.temporal import parse_temporal
from engine.feel.type_parser import parse_type
from engine.feel.values import NUMBERS

CONSTANTS = {"true": True, "false": False, "null": None}


class Parser(Cursor):
    """The grammar of expressions and unary tests."""

    def whole_expression(self) -> tree.Node:
        """Parse the whole text as one expression."""
        node = self.expression()
        self.end()
        return node

    def whole_unary_tests(self) -> tree.Tests:
        """Parse the whole text as the tests of a cell."""
        if self.token.kind == "end":
            raise self.fail("empty_cell")
        if self.at("-") and self.tokens[self.index + 1].kind == "end":
            return tree.Tests((), False)
        if self.at("not") and self.tokens[self.index + 1].text == "(":
            negated = self.attempt(self._negated_tests)
            if isinstance(negated, tree.Tests):
                return negated
        tests = self.positive_tests()
        self.end()
        return tests

    def _negated_tests(self) -> tree.Node:
        self.expect("not")
        self.expect("(")
        tests = self.positive_tests()
        self.expect(")")
        self.end()
        return tree.Tests(tests.tests, True)

    def end(self) -> None:
        """Raise FeelSyntaxError unless the text is at its end."""
        if self.token.kind != "end":
            raise self.fail("unexpected", found=self.token.text)

    def positive_tests(self) -> tree.Tests:
        """Parse tests that are separated by commas."""
        tests = [self.positive_test()]
        while self.accept(","):
            tests.append(self.positive_test())
        return tree.Tests(tuple(tests), False)

    def positive_test(self) -> tree.Node:
        """Parse one test, with or without an operator before it."""
        operator = self.accept(*COMPARISONS)
        if operator:
            return tree.OperatorTest(operator, self.binary(ADDITIVE))
        return self.expression()

    def expression(self) -> tree.Node:
        """Parse an expression, one level deeper."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise FeelLimitExceeded("text_nesting", DEPTH_MAX)
        filterless, self.filterless = self.filterless, False
        token = self.token
        special = WORDS.get(token.text) if token.kind == "name" else None
        node = special(self) if special and not self.names_something() else self.binary(OR)
        self.filterless = filterless
        self.depth -= 1
        return node

    def binary(self, level: int) -> tree.Node:
        """Parse operators of `level` and above; see LEVELS."""
        left = self.unary()
        while True:
            token = self.token
            found = LEVELS.get(token.text, 0) if token.kind in ("symbol", "name") else 0
            if not found or found < level:
                return left
            left = self._infix(left, found)

    def _infix(self, left: tree.Node, level: int) -> tree.Node:
        operator = self.token.text
        if level in (OR, AND):
            operands = [left]
            while self.accept(operator):
                operands.append(self.binary(level + 1))
            return tree.Junction(level == AND, tuple(operands))
        if level == COMPARING:
            self.index += 1
            return self._comparison(left, operator)
        rest: list[tuple[str, tree.Node]] = []
        while LEVELS.get(self.token.text) == level and self.token.kind == "symbol":
            operator = self.token.text
            self.index += 1
            rest.append((operator, self.binary(level + 1)))
        return tree.Arithmetic(left, tuple(rest))

    def _comparison(self, left: tree.Node, operator: str) -> tree.Node:
        if operator == "between":
            low = self.binary(ADDITIVE)
            self.expect("and")
            return tree.Between(left, low, self.binary(ADDITIVE))
        if operator == "in":
            return tree.Membership(left, self._membership_tests())
        return tree.Comparison(operator, left, self.binary(ADDITIVE))

    def _membership_tests(self) -> tree.Tests:
        if self.at("("):
            tests = self.attempt(self._bracketed_tests)
            if isinstance(tests, tree.Tests):
                return tests
        operator = self.accept(*COMPARISONS)
        operand = self.binary(ADDITIVE)
        test = tree.OperatorTest(operator, operand) if operator else operand
        return tree.Tests((test,), False)

    def _bracketed_tests(self) -> tree.Node:
        self.expect("(")
        tests = self.positive_tests()
        self.expect(")")
        if LEVELS.get(self.token.text, 0) >= ADDITIVE or self.at(".", "["):
            raise self.fail("operand")
        return tests

    def unary(self) -> tree.Node:
        """Parse an operand with its minus signs and `instance of`."""
        self.operand()
        minus = 0
        while self.accept("-"):
            minus += 1
        node = self.postfix()
        while self.at("instance"):
            self.index += 1
            self.expect("of")
            node = tree.InstanceOf(node, parse_type(self))
        if minus:
            node = tree.Negation(node) if minus % 2 else tree.Negation(tree.Negation(node))
        return node

    def postfix(self) -> tree.Node:
        """Parse an operand followed by paths, filters and calls."""
        node = self.primary()
        while True:
            if self.at("."):
                self.index += 1
                node = tree.Path(node, self.member_name())
            elif self.at("[") and not self.filterless:
                node = self._filter(node)
            elif self.at("("):
                node = self._call(node)
            else:
                return node

    def primary(self) -> tree.Node:
        """Parse an operand that nothing follows yet."""
        token = self.token
        if token.kind != "symbol":
            return self.atom()
        if token.text == "@":
            return self.at_literal()
        if token.text == "?":
            self.index += 1
            return tree.Name("?")
        bracket = BRACKETS.get(token.text)
        if bracket is None:
            raise self.fail("expression", found=token.text)
        return bracket(self)

    def _filter(self, source: tree.Node) -> tree.Node:
        self.expect("[")
        with self.scope(["item"]), self.scope(self.members), self.scope(self.known_members):
            condition = self.expression()
        self.expect("]")
        return tree.Filter(source, condition)

    def _call(self, function: tree.Node) -> tree.Node:
        self.expect("(")
        arguments: list[tree.Node] = []
        named: list[tuple[str, tree.Node]] = []
        while not self.at(")"):
            name = self._argument_name()
            if name is None:
                if named:
                    raise self.fail("argument_order")
                arguments.append(self.expression())
            else:
                if arguments or any(name == other for other, _ in named):
                    raise self.fail("argument_twice", name=name)
                self.expect(":")
                named.append((name, self.expression()))
            if not self.accept(","):
                break
            if self.at(")"):
                raise self.fail("argument_missing")
        self.expect(")")
        return tree.Call(function, tuple(arguments), tuple(named))

    def _argument_name(self) -> str | None:
        index = self.index
        while self.may_be_in_name(self.tokens[index]):
            index += 1
        if index == self.index or self.tokens[index].text != ":" or self.tokens[index].kind != "symbol":
            return None
        return self.take_name(index)

    def name(self) -> tree.Node:
        """Parse a reference by name."""
        return tree.Name(self.known_name())

    def atom(self) -> tree.Node:
        """Parse a number, a string, a name or a construct that begins with a word."""
        token = self.token
        if token.kind == "number":
            self.index += 1
            try:
                return tree.Literal(NUMBERS.create_decimal(token.text))
            except DecimalException:
                self.index -= 1
                raise self.fail("number") from None
        if token.kind == "string":
            self.index += 1
            return tree.Literal(string_value(token.text))
        if token.kind == "name":
            special = WORDS.get(token.text)
            if special and not self.names_something():
                return special(self)
            if token.text in CONSTANTS and not self.names_something():
                self.index += 1
                return tree.Literal(CONSTANTS[token.text])
            return self.name()
        raise self.fail("expression", found=token.text)

    def at_literal(self) -> tree.Node:
        """Parse a temporal literal such as `@"2026-01-31"`; null where the string names nothing temporal."""
        self.expect("@")
        token = self.token
        if token.kind != "string":
            raise self.fail("at_string")
        text = string_value(token.text)
        self.index += 1
        return tree.Literal(parse_temporal(text))
