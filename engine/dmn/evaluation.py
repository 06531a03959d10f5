"""Taking a decision: what it needs is evaluated once, in the order of the requirements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.dmn.errors import DmnError, DmnValueMismatch
from engine.feel.types import ANY, FeelType, convert
from engine.feel.values import Function, Run, Value, from_python

Scope: TypeAlias = dict[str, Value]
Boxed: TypeAlias = "Callable[[Scope, Evaluation], Value]"


@dataclass(frozen=True)
class RuleHit:
    """A row that matched: its number from 1, its id, what its author noted, and its outputs by name."""

    index: int
    rule_id: str
    annotation: str
    outputs: dict[str, Value]


@dataclass(frozen=True)
class TableTrace:
    """What one decision table saw and which rows matched."""

    decision_id: str
    decision_name: str
    hit_policy: str
    inputs: dict[str, Value]
    rules: tuple[RuleHit, ...]


@dataclass(frozen=True)
class DecisionResult:
    """The value of a decision, and the tables that were evaluated for it, in their order."""

    value: Value
    trace: tuple[TableTrace, ...]


@dataclass(eq=False)
class Node:
    """An element of the requirements graph, `needs` are what its logic reads, by the path it is read at.

    `open_names` are names its logic reads although no requirement provides them: they are taken from the
    evaluation's context, as tables drawn without input data expect.
    """

    id: str
    name: str
    type: FeelType = ANY
    type_name: str = "Any"
    needs: list[tuple[tuple[str, ...], Node]] = field(default_factory=list)
    open_names: frozenset[str] = frozenset()

    def value(self, evaluation: Evaluation) -> Value:
        """Return the value in this evaluation."""
        raise DmnError(f"{self.name} has no value")


@dataclass(eq=False)
class InputData(Node):
    """A fact given from outside."""

    def value(self, evaluation: Evaluation) -> Value:
        """Return what the context holds, null where its type does not fit; strict: an error."""
        value = from_python(evaluation.context[self.name])
        return evaluation.fitted(value, self.type, self.name, self.type_name)


@dataclass(eq=False)
class Decision(Node):
    """A decision and its logic."""

    body: Boxed | None = None

    def value(self, evaluation: Evaluation) -> Value:
        """Return the value of the logic, null where its type does not fit; strict: an error."""
        if self.body is None:
            return None
        value = self.body(evaluation.scope(self), evaluation)
        return evaluation.fitted(value, self.type, self.name, self.type_name)


@dataclass(eq=False)
class Knowledge(Node):
    """A business knowledge model: a function that decisions call."""

    parameters: tuple[tuple[str, FeelType], ...] = ()
    body: Boxed | None = None

    def value(self, evaluation: Evaluation) -> Function:
        """Return the function; what it needs itself is looked up when it is called."""

        def call(arguments: Sequence[Value], run: Run) -> Value:
            scope = evaluation.scope(self)
            if self.body is None or not bind(scope, self.parameters, arguments):
                return None
            return convert(self.body(scope, evaluation), self.type)

        return Function(self.name, tuple(name for name, _ in self.parameters), call)


@dataclass(eq=False)
class DecisionService(Node):
    """Decisions offered as one function of the input data and input decisions."""

    inputs: list[Node] = field(default_factory=list)
    outputs: list[Decision] = field(default_factory=list)

    def value(self, evaluation: Evaluation) -> Function:
        """Return the function of the service."""

        def call(arguments: Sequence[Value], run: Run) -> Value:
            given = dict(zip((node.name for node in self.inputs), arguments, strict=True))
            return convert(self.decide(evaluation.nested(given), given), self.type)

        return Function(self.name, tuple(node.name for node in self.inputs), call)

    def decide(self, evaluation: Evaluation, given: Mapping[str, Value]) -> Value:
        """Return the output decision's value, or all of them as a context."""
        for node in self.inputs:
            if node.name in given and not isinstance(node, InputData):
                value = from_python(given[node.name])
                evaluation.values[node] = evaluation.fitted(value, node.type, node.name, node.type_name)
        values = {decision.name: evaluation.value(decision) for decision in self.outputs}
        return next(iter(values.values())) if len(self.outputs) == 1 else values


def bind(scope: Scope, parameters: tuple[tuple[str, FeelType], ...], arguments: Sequence[Value]) -> bool:
    """Put converted arguments into `scope`; False where one does not fit its type."""
    for (name, kind), argument in zip(parameters, arguments, strict=True):
        scope[name] = convert(argument, kind)
        if scope[name] is None and argument is not None:
            return False
    return True


class Evaluation:
    """One evaluation of a model: the context it was given, the values found so far, the tables' traces."""

    def __init__(self, context: Mapping[str, Value], run: Run) -> None:
        self.context = context
        self.run = run
        self.values: dict[Node, Value] = {}
        self.trace: list[TableTrace] = []

    def nested(self, context: Mapping[str, Value]) -> Evaluation:
        """Return an evaluation of its own that shares the budget and the trace: a service being called."""
        inner = Evaluation(context, self.run)
        inner.trace = self.trace
        return inner

    def value(self, node: Node) -> Value:
        """Return the value of `node`, evaluated at most once."""
        if node not in self.values:
            self.values[node] = node.value(self)
        return self.values[node]

    def scope(self, node: Node) -> Scope:
        """Return the names that the logic of `node` may read. An input not given is left out."""
        scope: Scope = {
            name: from_python(self.context[name]) for name in node.open_names if name in self.context
        }
        for path, needed in node.needs:
            if isinstance(needed, InputData) and needed.name not in self.context:
                continue
            target = scope
            for part in path[:-1]:
                target = target.setdefault(part, {})
            target[path[-1]] = self.value(needed)
        return scope

    def fitted(self, value: Value, kind: FeelType, name: str, type_name: str) -> Value:
        """Return `value` converted to `kind`, null where it does not fit; strict: DmnValueMismatch."""
        converted = convert(value, kind)
        if converted is None and value is not None and self.run.strict:
            raise DmnValueMismatch(name, type_name, value)
        return converted
