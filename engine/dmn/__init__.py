"""Decision models (DMN 1.1 to 1.5): read once, evaluated with a trace of the rows that decided."""

from engine.dmn.errors import (
    DmnDecisionUnknown,
    DmnError,
    DmnInvalid,
    DmnProblem,
    DmnRuleError,
    DmnValueMismatch,
)
from engine.dmn.evaluation import Decision, DecisionResult, RuleHit, TableTrace
from engine.dmn.library import parse_files
from engine.dmn.model import DecisionModel
from engine.dmn.reading import parse_dmn

__all__ = [
    "Decision",
    "DecisionModel",
    "DecisionResult",
    "DmnDecisionUnknown",
    "DmnError",
    "DmnInvalid",
    "DmnProblem",
    "DmnRuleError",
    "DmnValueMismatch",
    "RuleHit",
    "TableTrace",
    "parse_dmn",
    "parse_files",
]
