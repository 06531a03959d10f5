"""A decision model that was read and compiled: what an application asks for decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from engine.dmn.errors import DmnDecisionUnknown
from engine.dmn.evaluation import Decision, DecisionResult, DecisionService, Evaluation, InputData, Node
from engine.feel.errors import FeelLimitExceeded
from engine.feel.types import FeelType
from engine.feel.values import CALLS_MAX, Run, Value


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
        for node in self.nodes.values():
            if isinstance(node, Decision | DecisionService) and node.name == decision:
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

        Missing facts and facts of a wrong type are null as the standard says; with `strict` they raise
        FeelNameMissing and DmnValueMismatch. `now` is what `now()` and `today()` tell.
        Raises DmnDecisionUnknown, DmnRuleError, FeelLimitExceeded, FeelValueRefused.
        """
        node = self.find(decision)
        evaluation = Evaluation(context, Run(strict=strict, now=now))
        try:
            value = (
                node.decide(evaluation, context)
                if isinstance(node, DecisionService)
                else evaluation.value(node)
            )
        except RecursionError:
            raise FeelLimitExceeded("nesting", CALLS_MAX) from None
        return DecisionResult(value, tuple(evaluation.trace))


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
            pending += [*node.inputs, *node.outputs]
