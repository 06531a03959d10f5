"""FEEL, the expression language of DMN 1.3 to 1.5: parsed once, compiled to closures, exact, bounded.

>>> compile_expression('amount > 100000 and grade in ("A", "B")').evaluate({"amount": 120000, "grade": "B"})
True
"""

from datetime import timedelta

from engine.feel.errors import (
    FeelError,
    FeelLimitExceeded,
    FeelNameMissing,
    FeelSyntaxError,
    FeelValueRefused,
)
from engine.feel.expressions import Expression, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.temporal import parse_duration_or_none
from engine.feel.temporal_values import YearsMonths
from engine.feel.values import Function, Range, Run, from_python, to_python

__all__ = [
    "Expression",
    "FeelError",
    "FeelLimitExceeded",
    "FeelNameMissing",
    "FeelSyntaxError",
    "FeelValueRefused",
    "Function",
    "Range",
    "Run",
    "UnaryTests",
    "YearsMonths",
    "compile_expression",
    "compile_unary_tests",
    "from_python",
    "parse_duration",
]


def parse_duration(text: str) -> timedelta | YearsMonths:
    """Return the duration that an ISO 8601 text names. Raises FeelSyntaxError.

    >>> parse_duration("P1DT12H"), parse_duration("P1Y2M")
    (datetime.timedelta(days=1, seconds=43200), YearsMonths(months=14))
    """
    length = parse_duration_or_none(text)
    if length is None:
        raise FeelSyntaxError("duration", text, 0, found=text)
    lowered: timedelta | YearsMonths = to_python(length, Run())
    return lowered
