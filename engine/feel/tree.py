"""The syntax tree of a FEEL expression: what the parser hands to the compiler."""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel.types import FeelType
from engine.feel.values import Value


@dataclass(frozen=True, slots=True)
class Node:
    """Any expression."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, string, boolean, null or temporal literal, already a value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A reference by name; `?` is the value under test."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`source.name`"""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`source[condition]`"""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call by position (`named` empty) or by name."""

    function: Node
    arguments: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """`-operand`"""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`first op operand op operand …` of one precedence, from left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`left op right`"""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`value between low and high`, both ends included."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """`value in tests`"""

    value: Node
    tests: Tests


@dataclass(frozen=True, slots=True)
class Junction(Node):
    """All operands joined by `and` (`every` True) or by `or`."""

    every: bool
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`if … then … else if … then … else …`"""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator:
    """`name in source` or `name in source..end`"""

    name: str
    source: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """`for … return body`; the body may read the results so far as `partial`."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some|every … satisfies condition`"""

    every: bool
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class FunctionLiteral(Node):
    """`function(parameters) body`"""

    parameters: tuple[tuple[str, FeelType], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[item, …]`"""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    """`{key: value, …}`; later entries may read earlier ones."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeLiteral(Node):
    """`[start..end]` with each end included or not; a None end is unbounded."""

    start: Node | None
    end: Node | None
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`value instance of type`"""

    value: Node
    type: FeelType


@dataclass(frozen=True, slots=True)
class OperatorTest(Node):
    """A unary test such as `< 5` or `!= "a"`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """Unary tests joined by or. No tests at all is `-`, which everything passes."""

    tests: tuple[Node, ...]
    negated: bool
