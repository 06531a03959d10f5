"""What can go wrong with a decision model and with taking a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from company.messages import Language, Refusal
from engine.dmn.messages import RULES, message

if TYPE_CHECKING:
    from engine.dmn.model import DecisionModel


class DmnError(Refusal):
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
    where the file is no decision model at all.
    """

    code = "dmn_invalid"

    def __init__(self, problems: list[DmnProblem], model: DecisionModel | None = None) -> None:
        self.problems = problems
        self.model = model
        super().__init__()

    def text(self, language: Language) -> str:
        """Return all problems in one line."""
        return ("；" if language == "zh" else "; ").join(each.text(language) for each in self.problems)


class DmnDecisionUnknown(DmnError):
    """The model has no decision, service or business knowledge model of that id or name."""

    code = "dmn_decision_unknown"
    zh = "没有决策 {decision!r}；模型中有：{known}"
    en = "there is no decision {decision!r}; there are {known}"

    def __init__(self, decision: str, known: list[str]) -> None:
        self.decision = decision
        super().__init__(decision=decision, known=", ".join(known) or "-")


class DmnRuleError(DmnError):
    """A decision table broke its own rules, as its hit policy or its allowed values state them.

    `rule` says which: unique, any, input_values or output_values.
    """

    code = "dmn_rule_broken"

    def __init__(self, decision: str, rule: str, **facts: object) -> None:
        self.decision = decision
        self.rule = rule
        super().__init__(**facts)

    def text(self, language: Language) -> str:
        """Return the table and the rule that it broke."""
        chinese, english = RULES[self.rule]
        if language == "zh":
            return f"{self.decision}：{chinese.format(**self.facts)}"
        return f"{self.decision}: {english.format(**self.facts)}"


class DmnValueMismatch(DmnError):
    """An input or a result is not of its declared type or allowed values."""

    code = "dmn_value_mismatch"
    zh = "{name!r} 应为 {type_name}，而 {value!r} 不是；请更正数据或类型"
    en = "{name!r} must be {type_name}, and {value!r} is not; correct the value or the type"

    def __init__(self, name: str, type_name: str, value: object) -> None:
        self.name = name
        super().__init__(name=name, type_name=type_name, value=value)
