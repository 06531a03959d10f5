"""Compare what a vector expects with what was computed, value by value."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from benchmarks.vectors.files import Facts, Json, number

_INPUTS = {
    "start",
    "end",
    "unit",
    "termination",
    "function",
    "args",
    "decimals",
    "tolerance",
    "n",
    "due_date",
}
"""What stands among the expected values to say what is meant; changing these would ask another question."""


@dataclass
class Comparison:
    """The differences found so far."""

    largest: Decimal = Decimal(0)
    compared: int = 0
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether something was compared and all of it agreed."""
        return bool(self.compared) and not self.faults

    @property
    def why(self) -> str:
        """The first faults in words; without any, what could not be compared."""
        if not self.compared and not self.faults:
            return "nothing was compared"
        shown = "; ".join(self.faults[:3])
        more = len(self.faults) - 3
        return f"{shown}; and {more} more" if more > 0 else shown or "; ".join(self.remarks)

    def same(self, what: str, expected: Json, actual: object) -> None:
        """Compare what is no amount: a date, a count."""
        self.compared += 1
        if str(expected) != str(actual):
            self.faults.append(f"{what}: expected {expected}, found {actual}")

    def near(
        self,
        what: str,
        expected: Json,
        actual: Decimal,
        *,
        places: int,
        tolerance: Decimal = Decimal(0),
    ) -> None:
        """Compare an amount or a rate, the computed one rounded half up to ``places`` decimals."""
        wanted = number(expected)
        found = actual.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        difference = abs(wanted - found)
        self.compared += 1
        self.largest = max(self.largest, difference)
        if difference > tolerance:
            self.faults.append(f"{what}: expected {wanted}, found {found}")

    def remark(self, words: str) -> None:
        """Say once what could not be compared."""
        if words not in self.remarks:
            self.remarks.append(words)

    def missing(self, what: str) -> None:
        """Say that a value is expected which is not computed."""
        self.faults.append(f"{what} is expected, and nothing here computes it")


def decimals_of(value: Json) -> int:
    """The decimals a value is written with."""
    return max(0, -int(number(value).as_tuple().exponent))


def corrupted(value: Json) -> Json:
    """The same with every value changed; what says what is asked stays."""
    if isinstance(value, dict):
        changed: Facts = {key: item if key in _INPUTS else corrupted(item) for key, item in value.items()}
        return changed
    if isinstance(value, list):
        return [corrupted(item) for item in value]
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value + 1
    if isinstance(value, str):
        return str(number(value) + 1) if any(sign.isdigit() for sign in value) else value + "x"
    return "corrupted"
