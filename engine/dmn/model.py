"""A decision model that was read and compiled: what an application asks for decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from engine.dmn.errors import DmnDecisionUnknown
from engine.dmn.evaluation import (
    Decision,
    DecisionResult,
    DecisionService,
    Evaluation,
    InputData,
    Knowledge,
    Node,
)
from engine.feel.errors import FeelLimitExceeded
from engine.feel.types import FeelType
from engine.feel.values import CALLS_MAX, Run, Value, from_python


@dataclass(eq=False)
class DecisionModel:
    """The decisions of one DMN file, ready to be evaluated any number of times and from any thread."""

    name: str
    namespace: str
    nodes: dict[str, Node] = field(default_factory=dict)
    types: dict[str, FeelType] = field(default_factory=dict)
    members: frozenset[str] = frozenset()

    @property
    def decisions(self) -> Mapping[str, Decision]:
        """The decisions by id."""
        found = {key: node for key, node in self.nodes.items() if isinstance(node, Decision)}
        return MappingProxyType(found)

    def find(self, decision: str) -> Decision | DecisionService:
        """Return the decision or decision service of that id or name. Raises DmnDecisionUnknown."""
        node = self.nodes.get(decision)
        if isinstance(node, Decision | DecisionService):
            return node
        for kind in (Decision, DecisionService):
            for node in self.nodes.values():
                if isinstance(node, kind) and node.name == decision:
                    return node
        raise DmnDecisionUnknown(decision, sorted(self.decisions))

    def input_names(self, decision: str) -> frozenset[str]:
        """Return the names that evaluating the decision may read from its context.

        These are the input data it can reach and the names its logic reads without requiring them.
        """
        names: set[str] = set()
        for node in _reachable(self.find(decision)):
            names |= node.open_names
            if isinstance(node, InputData):
                names.add(node.name)
        return frozenset(names)

    def evaluate(
        self,
        decision: str,
        context: Mapping[str, Value],
        *,
        strict: bool = False,
        now: datetime | None = None,
    ) -> DecisionResult:
        """Take a decision (by id or name) on the facts of `context`.

        Missing facts, values of a wrong type and the outcome of a table that breaks its own rules are null as
        the standard says, and the result's `errors` tell why; with `strict` they raise FeelNameMissing,
        DmnValueMismatch and DmnRuleError. `now` is what `now()` and `today()` tell.
        Raises DmnDecisionUnknown, FeelLimitExceeded, FeelValueRefused.
        """
        node = self.find(decision)
        evaluation = Evaluation(context, Run(strict=strict, now=now))
        try:
            decided = node.decide(evaluation) if isinstance(node, DecisionService) else evaluation.value(node)
            return evaluation.result(decided)
        except RecursionError:
            raise FeelLimitExceeded("nesting", CALLS_MAX) from None

    def invoke(
        self, knowledge: str, arguments: Mapping[str, Value], *, now: datetime | None = None
    ) -> DecisionResult:
        """Call a business knowledge model (by id or name) with arguments by name; null where they do not fit.

        Raises DmnDecisionUnknown, FeelLimitExceeded, FeelValueRefused.
        """
        known = [node for node in self.nodes.values() if isinstance(node, Knowledge)]
        node = next((node for node in known if knowledge in (node.id, node.name)), None)
        if node is None:
            raise DmnDecisionUnknown(knowledge, sorted(each.name for each in known))
        evaluation = Evaluation({}, Run(now=now))
        given = {name: from_python(value) for name, value in arguments.items()}
        try:
            return evaluation.result(node.value(evaluation).call_named(given, evaluation.run))
        except RecursionError:
            raise FeelLimitExceeded("nesting", CALLS_MAX) from None


def _reachable(start: Node) -> Iterator[Node]:
    seen: set[Node] = set()
    pending = [start]
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        yield node
        pending += [needed for _, needed in node.needs]
        if isinstance(node, DecisionService):
            pending += [each for _, each in (*node.inputs, *node.outputs)]
