"""What can go wrong with a FEEL expression."""


class FeelError(Exception):
    """Root of the errors of this package; `code` is stable."""

    code = "feel_error"


class FeelSyntaxError(FeelError):
    """The text is not FEEL. `line` and `column` count from 1."""

    code = "feel_syntax"

    def __init__(self, message: str, text: str, position: int) -> None:
        before = text[:position]
        self.message = message
        self.text = text
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        super().__init__(f"line {self.line}, column {self.column}: {message}")


class FeelNameMissing(FeelError):
    """A strict evaluation read a name the context does not hold."""

    code = "feel_name_missing"

    def __init__(self, name: str, expression: str) -> None:
        self.name = name
        self.expression = expression
        super().__init__(
            f"{name!r} is read by {expression!r} but was not given; supply it, or test it for null"
        )


class FeelLimitExceeded(FeelError):
    """An expression or its evaluation outgrew a limit; `limit` names which."""

    code = "feel_limit_exceeded"

    def __init__(self, limit: str, maximum: int) -> None:
        self.limit = limit
        self.maximum = maximum
        super().__init__(f"{limit} is above the limit of {maximum}; simplify the expression or its data")


class FeelValueRefused(FeelError):
    """A Python value that has no exact FEEL counterpart, such as a float."""

    code = "feel_value_refused"

    def __init__(self, value: object, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{type(value).__name__} cannot be a FEEL value: {reason}")
