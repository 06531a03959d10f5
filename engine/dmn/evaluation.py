"""Taking a decision: what it needs is evaluated once, in the order of the requirements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.dmn.errors import DmnError, DmnRuleError, DmnValueMismatch
from engine.feel.types import ANY, FeelType, FunctionType, convert
from engine.feel.values import Function, Run, Value, from_python, to_python

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
    """The value of a decision, and the tables that were evaluated for it, in their order.

    `value` and the trace hold Python's dates, times and durations; `feel_value` is exact to the nanosecond and
    beyond the year 9999. `errors` say why something is null that need not be.
    """

    value: Value
    feel_value: Value
    trace: tuple[TableTrace, ...]
    errors: tuple[DmnError, ...] = ()


Need: TypeAlias = "tuple[str, Node]"
"""The name of the import through which an element is reached (empty within a file), and the element."""


@dataclass(eq=False)
class Node(ABC):
    """An element of the requirements graph, `needs` are what its logic reads.

    `open_names` are names its logic reads although no requirement provides them, nor any input data of the
    model: they are taken from the evaluation's context, as tables drawn without input data expect.
    """

    id: str
    name: str
    type: FeelType = ANY
    type_name: str = "Any"
    needs: list[Need] = field(default_factory=list)
    open_names: frozenset[str] = frozenset()

    @abstractmethod
    def value(self, evaluation: Evaluation) -> Value:
        """Return the value in this evaluation."""


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
            scope = {self.name: function, **evaluation.scope(self)}
            if self.body is None or not evaluation.bind(scope, self.parameters, arguments):
                return None
            kind = returned(self.type)
            return evaluation.fitted(self.body(scope, evaluation), kind, self.name, kind.name)

        names, types = (name for name, _ in self.parameters), (kind for _, kind in self.parameters)
        function = Function(self.name, tuple(names), call, tuple(types))
        return function


@dataclass(eq=False)
class DecisionService(Node):
    """Decisions offered as one function of the input data and input decisions."""

    inputs: list[Need] = field(default_factory=list)
    outputs: list[Need] = field(default_factory=list)

    def value(self, evaluation: Evaluation) -> Function:
        """Return the function of the service."""

        def call(arguments: Sequence[Value], run: Run) -> Value:
            given: Scope = {}
            parameters = tuple((node.name, node.type) for _, node in self.inputs)
            if not evaluation.bind(given, parameters, arguments):
                return None
            return convert(self.decide(evaluation.nested(given)), returned(self.type))

        names, types = (node.name for _, node in self.inputs), (node.type for _, node in self.inputs)
        return Function(self.name, tuple(names), call, tuple(types))

    def decide(self, evaluation: Evaluation) -> Value:
        """Return the output decision's value, or all of them as a context.

        The input decisions are taken from the evaluation's context, never evaluated: null where not given.
        """
        for prefix, node in self.inputs:
            if not isinstance(node, InputData):
                within = evaluation.imported(prefix)
                value = from_python(within.context.get(node.name))
                within.values[node] = within.fitted(value, node.type, node.name, node.type_name)
        values = {node.name: evaluation.imported(prefix).value(node) for prefix, node in self.outputs}
        return next(iter(values.values())) if len(self.outputs) == 1 else values


def returned(kind: FeelType) -> FeelType:
    """Return the type of a function's result, whether its variable names the function's type or the result's."""
    return kind.result if isinstance(kind, FunctionType) else kind


class Evaluation:
    """One evaluation of a model: the context it was given, the values found so far, the tables' traces."""

    def __init__(self, context: Mapping[str, Value], run: Run) -> None:
        self.context = context
        self.run = run
        self.values: dict[Node, Value] = {}
        self.trace: list[TableTrace] = []
        self.errors: list[DmnError] = []
        self._imported: dict[str, Evaluation] = {}

    def nested(self, context: Mapping[str, Value]) -> Evaluation:
        """Return an evaluation of its own that shares the budget and the trace: a service being called."""
        inner = Evaluation(context, self.run)
        inner.trace, inner.errors = self.trace, self.errors
        return inner

    def imported(self, prefix: str) -> Evaluation:
        """Return the evaluation of the model that is imported under this name; of none, this one.

        Its facts stand in the context under that name, or among the others.
        """
        if not prefix:
            return self
        if prefix not in self._imported:
            given = self.context.get(prefix)
            context = {**self.context, **given} if isinstance(given, Mapping) else self.context
            self._imported[prefix] = self.nested(context)
        return self._imported[prefix]

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
        for prefix, needed in node.needs:
            within = self.imported(prefix)
            if isinstance(needed, InputData) and needed.name not in within.context:
                continue
            target = scope.setdefault(prefix, {}) if prefix else scope
            target[needed.name] = within.value(needed)
        return scope

    def fitted(self, value: Value, kind: FeelType, name: str, type_name: str) -> Value:
        """Return `value` converted to `kind`, null where it does not fit; strict: DmnValueMismatch."""
        converted = convert(value, kind)
        if converted is None and value is not None:
            self.note(DmnValueMismatch(name, type_name, value))
        return converted

    def bind(
        self, scope: Scope, parameters: tuple[tuple[str, FeelType], ...], arguments: Sequence[Value]
    ) -> bool:
        """Put converted arguments into `scope`; False where one does not fit its type."""
        for (name, kind), argument in zip(parameters, arguments, strict=True):
            scope[name] = self.fitted(argument, kind, name, kind.name)
            if scope[name] is None and argument is not None:
                return False
        return True

    def note(self, error: DmnRuleError | DmnValueMismatch) -> None:
        """Remember why a value is null; raise it where the evaluation is strict."""
        if self.run.strict:
            raise error
        self.errors.append(error)

    def result(self, value: Value) -> DecisionResult:
        """Return the result for those who asked, in Python's values."""
        trace = tuple(self._told(table) for table in self.trace)
        return DecisionResult(to_python(value, self.run), value, trace, tuple(self.errors))

    def _told(self, table: TableTrace) -> TableTrace:
        rules = tuple(
            RuleHit(hit.index, hit.rule_id, hit.annotation, to_python(hit.outputs, self.run))
            for hit in table.rules
        )
        inputs = to_python(table.inputs, self.run)
        return TableTrace(table.decision_id, table.decision_name, table.hit_policy, inputs, rules)
