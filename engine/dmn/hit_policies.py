"""From the rows that matched to the output: the hit policies of DMN 1.5, 8.2.8 and 8.2.9."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from engine.dmn.errors import DmnRuleError
from engine.dmn.evaluation import RuleHit
from engine.feel.builtins import BUILTINS
from engine.feel.comparing import equal, passes
from engine.feel.types import FeelType
from engine.feel.values import Run, Value


@dataclass(frozen=True)
class Output:
    """A column of results: its name and type, its allowed values, and their order of priority."""

    name: str
    type: FeelType
    allows: Callable[[Value], bool] | None
    order: tuple[Value, ...]


@dataclass(frozen=True)
class Hits:
    """The rows that matched, in the order of the table."""

    hits: list[RuleHit]
    outputs: tuple[Output, ...]
    table: str
    run: Run

    def value(self, hit: RuleHit) -> Value:
        """Return a row's output: the one value, or a context of all."""
        return next(iter(hit.outputs.values()), None) if len(self.outputs) == 1 else dict(hit.outputs)

    def values(self) -> list[Value]:
        """Return all rows' outputs."""
        return [self.value(hit) for hit in self.hits]

    def first(self) -> Value:
        """Return the first row's output, null where none matched."""
        return self.value(self.hits[0]) if self.hits else None

    def prioritised(self) -> Hits:
        """Return the rows by the priority of their outputs, the first output deciding before the next."""
        return Hits(sorted(self.hits, key=self._priorities), self.outputs, self.table, self.run)

    def _priorities(self, hit: RuleHit) -> tuple[int, ...]:
        return tuple(
            self._priority(output, hit.outputs[output.name]) for output in self.outputs if output.order
        )

    def _priority(self, output: Output, value: Value) -> int:
        for place, listed in enumerate(output.order):
            if passes(value, listed, self.run, condition=False) is True:
                return place
        return len(output.order)


def _unique(hits: Hits) -> Value:
    if len(hits.hits) > 1:
        rows = ", ".join(str(hit.index) for hit in hits.hits)
        raise DmnRuleError(hits.table, "unique", rows=rows)
    return hits.first()


def _any(hits: Hits) -> Value:
    first = hits.first()
    for hit in hits.hits[1:]:
        if equal(hits.value(hit), first, hits.run) is not True:
            rows = ", ".join(str(row.index) for row in hits.hits)
            raise DmnRuleError(hits.table, "any", rows=rows)
    return first


def _aggregated(function: str) -> Callable[[Hits], Value]:
    def aggregate(hits: Hits) -> Value:
        return BUILTINS[function].call([hits.values()], hits.run) if hits.hits else None

    return aggregate


HIT_POLICIES: dict[str, Callable[[Hits], Value]] = {
    "U": _unique,
    "A": _any,
    "P": lambda hits: hits.prioritised().first(),
    "F": Hits.first,
    "R": lambda hits: hits.values() if hits.hits else None,
    "O": lambda hits: hits.prioritised().values() if hits.hits else None,
    "C": Hits.values,
    "C+": _aggregated("sum"),
    "C<": _aggregated("min"),
    "C>": _aggregated("max"),
    "C#": lambda hits: Decimal(len(hits.hits)),
}
