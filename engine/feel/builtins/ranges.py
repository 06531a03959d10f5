"""Range functions: the relations of Allen's interval algebra (DMN 1.5, 10.3.4.10, table 78).

A point takes part as a range from itself to itself. An end counts by its place and by whether it is
included, so each end becomes a place and a side: a start excluded lies just after, an end excluded just
before its value.
"""

from collections.abc import Callable
from typing import NamedTuple

from engine.feel.builtins.registry import builtin
from engine.feel.comparing import precedes
from engine.feel.values import Range, Run, Value


class Place(NamedTuple):
    """A value, moved just before (-1) or just after (1) it, or infinitely far where `value` is None."""

    value: Value
    side: int


class _NoOrder(Exception):
    """Two ends cannot be compared; the relation is null."""


def _before(left: Place, right: Place) -> bool:
    if left.value is None or right.value is None:
        if left.value is None and right.value is None:
            return left.side < right.side
        return left.side < 0 if left.value is None else right.side > 0
    answer = precedes(left.value, right.value)
    if answer is None:
        raise _NoOrder
    return answer or (not precedes(right.value, left.value) and left.side < right.side)


def _same(left: Place, right: Place) -> bool:
    return not _before(left, right) and not _before(right, left)


def _ends(value: Value) -> tuple[Place, Place]:
    if type(value) is not Range:
        return Place(value, 0), Place(value, 0)
    start = Place(value.start, -1 if value.start is None else int(not value.start_included))
    end = Place(value.end, 1 if value.end is None else -int(not value.end_included))
    return start, end


def _texts(value: Value) -> list[str]:
    """Return the ends of a range that are strings: comparing them is paid by their length."""
    return [end for end in (value.start, value.end) if type(end) is str] if type(value) is Range else []


Relation = Callable[[Place, Place, Place, Place], bool]
"""From the start and end of the one and the start and end of the other."""

_RR, _RP = "range1: range, range2: range", "range: range, point: any"
_PR, _PP = "point: any, range: range", "point1: any, point2: any"


def _declare(name: str, signatures: list[str], relation: Relation) -> None:
    mixed = _RP in signatures or _PR in signatures

    def related(run: Run, left: Value, right: Value) -> bool | None:
        if left is None or right is None:
            return None
        if not mixed and (type(left) is Range) != (type(right) is Range):
            return None
        run.spend(sum(len(end) >> 6 for value in (left, right) for end in _texts(value)))
        try:
            return relation(*_ends(left), *_ends(right))
        except _NoOrder:
            return None

    for signature in signatures:
        builtin(name, signature, takes_run=True)(related)


def _meets(end: Place, start: Place) -> bool:
    return end.value is not None and end.side == 0 and _same(end, start)


_declare("before", [_RR, _RP, _PR, _PP], lambda a, b, c, d: _before(b, c))
_declare("after", [_RR, _RP, _PR, _PP], lambda a, b, c, d: _before(d, a))
_declare("meets", [_RR], lambda a, b, c, d: _meets(b, c))
_declare("met by", [_RR], lambda a, b, c, d: _meets(d, a))
_declare("overlaps", [_RR], lambda a, b, c, d: not _before(b, c) and not _before(d, a))
_declare(
    "overlaps before", [_RR], lambda a, b, c, d: _before(a, c) and not _before(b, c) and not _before(d, b)
)
_declare(
    "overlaps after", [_RR], lambda a, b, c, d: _before(c, a) and not _before(d, a) and not _before(b, d)
)
_declare("finishes", [_RR, _PR], lambda a, b, c, d: _same(b, d) and not _before(a, c))
_declare("finished by", [_RR, _RP], lambda a, b, c, d: _same(b, d) and not _before(c, a))
_declare("includes", [_RR, _RP], lambda a, b, c, d: not _before(c, a) and not _before(b, d))
_declare("during", [_RR, _PR], lambda a, b, c, d: not _before(a, c) and not _before(d, b))
_declare("starts", [_RR, _PR], lambda a, b, c, d: _same(a, c) and not _before(d, b))
_declare("started by", [_RR, _RP], lambda a, b, c, d: _same(a, c) and not _before(b, d))
_declare("coincides", [_RR, _PP], lambda a, b, c, d: _same(a, c) and _same(b, d))
