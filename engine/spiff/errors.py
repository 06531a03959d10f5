"""Errors of the token layer."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from company.messages import Language
from engine.bpmn.model import Data, Element, Problem


class BpmnError(Exception):
    """A business error thrown by a task or an error end event; the nearest fitting boundary catches it by ``code``.

    ``data`` is merged into process data on the boundary's path.
    """

    def __init__(self, code: str, message: str = "", data: Data | None = None) -> None:
        self.code = code
        self.message = message
        self.data: Data = data or {}
        super().__init__(f"{code}: {message}" if message else code)


class TokenError(Exception):
    """The tokens cannot do what was asked; root of this package's errors. The Case is to be discarded."""

    code = "token_error"


class BpmnInvalid(TokenError):
    """The files of a bundle break rules; ``problems`` lists every one."""

    code = "bpmn_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(self.text("en"))

    def text(self, language: Language) -> str:
        """All problems, one a line."""
        return "\n".join(problem.text(language) for problem in self.problems)


class UncaughtBpmnError(TokenError):
    """A BpmnError found no boundary; the command is rolled back, a job becomes an incident."""

    code = "bpmn_error_uncaught"

    def __init__(self, element: Element, error: BpmnError) -> None:
        self.element = element
        self.error = error
        super().__init__(f"{element.key} {element.name}: no boundary event catches error {error}")


class TokenGone(TokenError):
    """No such token waits in this case: done before, cancelled, or never there."""

    code = "token_gone"

    def __init__(self, token_id: int, wanted: str) -> None:
        self.token_id = token_id
        super().__init__(f"token {token_id} does not wait for {wanted}; reload the case")


class TimerNotDue(TokenError):
    """fire_timer was called before the timer's time."""

    code = "timer_not_due"

    def __init__(self, token_id: int, due_at: object) -> None:
        self.token_id = token_id
        super().__init__(f"timer {token_id} is due at {due_at}, not yet")


class StateMismatch(TokenError):
    """Saved state and definition do not belong together; continue on the version the case was started on."""

    code = "state_mismatch"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the saved state cannot be read with this definition: {reason}")


class StartMissing(TokenError):
    """The process has no such start event, or none that waits for nothing."""

    code = "start_missing"

    def __init__(self, process_id: str, start_id: str | None) -> None:
        self.process_id = process_id
        super().__init__(f"{process_id} has no start event {start_id or 'that waits for nothing'}")


class ExpressionFailed(TokenError):
    """An expression of the diagram could not be evaluated on this case's data."""

    code = "expression_failed"

    def __init__(self, element: Element, text: str, reason: str) -> None:
        self.element = element
        self.text = text
        super().__init__(f"{element.key} {element.name}: {text!r}: {reason}")


class NoFlowMatches(TokenError):
    """No condition of a gateway holds and it has no default flow."""

    code = "no_flow_matches"

    def __init__(self, element: Element) -> None:
        self.element = element
        super().__init__(f"{element.key} {element.name}: no condition holds and there is no default flow")


class TokensStuck(TokenError):
    """Tokens are left but nothing can ever move them: a join waits for a branch that ended elsewhere."""

    code = "tokens_stuck"

    def __init__(self, elements: Sequence[Element]) -> None:
        self.elements = tuple(elements)
        names = ", ".join(f"{element.key} {element.name}" for element in elements)
        super().__init__(f"nothing can move the tokens at {names}; lead every branch to the join")


class StepsWithoutEnd(TokenError):
    """The diagram ran in a circle without ever waiting for anybody."""

    code = "steps_without_end"

    def __init__(self, element: Element, steps_max: int) -> None:
        self.element = element
        super().__init__(
            f"{element.key} {element.name}: more than {steps_max} automatic steps in a row; "
            "put a timer, a job or a person into the loop"
        )


class Obstacle(StrEnum):
    """Why a case cannot go back."""

    NOT_THERE = "not_there"  # the earlier state does not hold the task
    BRANCH = "branch"  # another branch has moved on since, or has been joined
    NOT_AFTER = "not_after"  # who wants to go back does not stand behind the task
    SEVERAL = "several"  # one of several who do the same step
    JOB = "job"  # a job is handed out
    UNDO = "undo"  # a step lies between that compensation would have to undo


class CannotGoBack(TokenError):
    """The case cannot go back; ``element`` is the step that stands in the way, if it is one."""

    code = "cannot_go_back"

    def __init__(self, obstacle: Obstacle, element: Element | None = None) -> None:
        super().__init__(f"{obstacle}: {element.key if element else ''}")
        self.obstacle = obstacle
        self.element = element
