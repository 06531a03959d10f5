"""What can go wrong with a decision model and with taking a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.dmn.messages import Language, message

if TYPE_CHECKING:
    from engine.dmn.model import DecisionModel


class DmnError(Exception):
    """Root of the errors of this package; `code` is stable."""

    code = "dmn_error"


@dataclass(frozen=True)
class DmnProblem:
    """One reason why a model cannot be used: where (element id and name), what (`code`, `message`).

    `message` is English; `text` gives the whole line in either language.
    """

    element_id: str
    element_name: str
    code: str
    message: str
    message_zh: str

    def text(self, language: Language) -> str:
        """Return the problem in one line: the element and what is wrong with it."""
        place = f"{self.element_name} ({self.element_id})" if self.element_name else self.element_id
        return f"{place}：{self.message_zh}" if language == "zh" else f"{place}: {self.message}"

    def __str__(self) -> str:
        return self.text("en")


def problem(element_id: str, element_name: str, code: str, **facts: object) -> DmnProblem:
    """Return the problem of that code, its sentences filled with `facts`."""
    return DmnProblem(element_id, element_name, code, message(code, "en", facts), message(code, "zh", facts))


class DmnInvalid(DmnError):
    """The model cannot be used; `problems` lists all reasons found.

    `model` is what could be compiled nevertheless, for looking at it: its broken parts are null. It is None
    where the file is no decision model at all, or its decisions require each other.
    """

    code = "dmn_invalid"

    def __init__(self, problems: list[DmnProblem], model: DecisionModel | None = None) -> None:
        self.problems = problems
        self.model = model
        super().__init__("; ".join(str(problem) for problem in problems))


class DmnDecisionUnknown(DmnError):
    """The model has no decision, or decision service, of that id or name."""

    code = "dmn_decision_unknown"

    def __init__(self, decision: str, known: list[str]) -> None:
        self.decision = decision
        super().__init__(f"there is no decision {decision!r}; there are {', '.join(known) or 'none'}")


class DmnRuleError(DmnError):
    """A decision table broke its own rules, as its hit policy or its allowed values state them.

    `rule` says which: unique, any, input_values or output_values.
    """

    code = "dmn_rule_broken"

    def __init__(self, decision: str, rule: str, reason: str) -> None:
        self.decision = decision
        self.rule = rule
        super().__init__(f"{decision}: {reason}")


class DmnValueMismatch(DmnError):
    """A strict evaluation met an input or a result that is not of its declared type or allowed values."""

    code = "dmn_value_mismatch"

    def __init__(self, name: str, type_name: str, value: object) -> None:
        self.name = name
        super().__init__(f"{name!r} must be {type_name}, and {value!r} is not")
