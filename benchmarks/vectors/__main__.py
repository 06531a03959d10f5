"""Run the vectors of a folder."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from benchmarks.vectors.comparing import Comparison, corrupted
from benchmarks.vectors.costs import compare_cost
from benchmarks.vectors.counts import compare_counts
from benchmarks.vectors.files import Json, NotUnderstood, Vector, vectors
from benchmarks.vectors.schedules import compare_event, compare_schedule
from benchmarks.vectors.sheets import compare_functions
from lending.maths.errors import TermsRefused

_KINDS: dict[str, Callable[[Vector, Json], Comparison]] = {
    "schedule": compare_schedule,
    "event": compare_event,
    "apr": compare_cost,
    "daycount": compare_counts,
    "function": compare_functions,
}


@dataclass(frozen=True)
class Outcome:
    """What one file gave."""

    id: str
    ok: bool
    max_abs_diff: Decimal | None
    why: str

    @property
    def line(self) -> str:
        """The outcome as one line of JSON."""
        difference = None if self.max_abs_diff is None else f"{self.max_abs_diff:f}"
        told = {"id": self.id, "ok": self.ok, "max_abs_diff": difference}
        return json.dumps(told | ({"why": self.why} if self.why else {}), ensure_ascii=False)


def run(vector: Vector, *, corrupt: bool = False) -> Outcome:
    """Compute what a vector asks for and compare."""
    compare = _KINDS.get(vector.kind)
    if compare is None:
        return Outcome(vector.id, False, None, f"the kind {vector.kind!r} is not known")
    expected = corrupted(vector.expected) if corrupt else vector.expected
    try:
        found = compare(vector, expected)
    except (NotUnderstood, TermsRefused) as error:
        return Outcome(vector.id, False, None, str(error))
    except (ValueError, ArithmeticError, KeyError, TypeError) as error:
        return Outcome(vector.id, False, None, f"not computed: {type(error).__name__}: {error}")
    return Outcome(vector.id, found.ok, found.largest if found.compared else None, found.why)


def main(arguments: list[str] | None = None) -> int:
    """Run a folder of vectors; 0 if all that was asked agreed."""
    parser = argparse.ArgumentParser(prog="benchmarks.vectors", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument(
        "--corrupt", action="store_true", help="change every expected value: nothing may pass"
    )
    options = parser.parse_args(arguments)
    outcomes = [run(vector, corrupt=options.corrupt) for vector in vectors(options.directory)]
    for outcome in outcomes:
        print(outcome.line)
    passed = sum(outcome.ok for outcome in outcomes)
    print(f"passed {passed} of {len(outcomes)}")
    return 0 if passed == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
