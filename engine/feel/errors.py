"""What can go wrong with a FEEL expression, each error with its sentence in Chinese and in English."""

from __future__ import annotations

from company.messages import Language, Refusal
from engine.feel.messages import END, LIMITS, SYNTAX, VALUES


class FeelError(Refusal):
    """Root of the errors of this package; `code` is stable."""

    code = "feel_error"


class FeelSyntaxError(FeelError):
    """The text is not FEEL. `line` and `column` count from 1, `reason` is a key of `messages.SYNTAX`."""

    code = "feel_syntax"

    def __init__(self, reason: str, text: str, position: int, **facts: str) -> None:
        before = text[:position]
        self.reason = reason
        self.source = text
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        super().__init__(**facts)

    def text(self, language: Language) -> str:
        """Return the place and what is wrong there; nothing found means that the text ends there."""
        which = 0 if language == "zh" else 1
        facts = {name: repr(fact) if fact else END[which] for name, fact in self.facts.items()}
        said = SYNTAX[self.reason][which].format(**facts)
        if language == "zh":
            return f"第 {self.line} 行第 {self.column} 列：{said}"
        return f"line {self.line}, column {self.column}: {said}"


class FeelNameMissing(FeelError):
    """A strict evaluation read a name the context does not hold."""

    code = "feel_name_missing"
    zh = "表达式 {expression!r} 读取了 {name!r}，但没有提供；请提供它，或先判断是否为 null"
    en = "{name!r} is read by {expression!r} but was not given; supply it, or test it for null"

    def __init__(self, name: str, expression: str) -> None:
        self.name = name
        self.expression = expression
        super().__init__(name=name, expression=expression)


class FeelLimitExceeded(FeelError):
    """An expression or its evaluation outgrew a limit; `limit` is a key of `messages.LIMITS`."""

    code = "feel_limit_exceeded"

    def __init__(self, limit: str, maximum: int) -> None:
        self.limit = limit
        self.maximum = maximum
        super().__init__()

    def text(self, language: Language) -> str:
        """Return which limit was exceeded and what to do."""
        chinese, english = LIMITS[self.limit]
        if language == "zh":
            return f"{chinese}超过上限 {self.maximum}；请简化表达式或数据"
        return f"{english} is above the limit of {self.maximum}; simplify the expression or its data"


class FeelValueRefused(FeelError):
    """A Python value that has no exact FEEL counterpart, such as a float; `reason` is a key of `messages.VALUES`."""

    code = "feel_value_refused"

    def __init__(self, value: object, reason: str) -> None:
        self.reason = reason
        self.kind = type(value).__name__
        super().__init__()

    def text(self, language: Language) -> str:
        """Return what the value is and why it is refused."""
        chinese, english = VALUES[self.reason]
        if language == "zh":
            return f"{self.kind} 不能作为 FEEL 值：{chinese}"
        return f"{self.kind} cannot be a FEEL value: {english}"
