"""Filters: `e1[e2]` in an expression, and the boxed filter (DMN 1.5, table 54 and 10.2.2.11)."""

from collections.abc import Callable
from decimal import Decimal

from engine.feel.values import Run, Value

_TRUTHS = frozenset({bool, type(None)})


def select(source: Value, condition: Callable[[Value], Value], run: Run) -> Value:
    """Return the items that meet `condition`, or the one at the place that it names; a value is a list of one.

    Null where the source is null, or the condition of an item is neither boolean nor unknown. A condition of an
    empty list is asked of null, for whether it names a place.
    """
    if source is None:
        return None
    items = source if type(source) is list else [source]
    first = condition(items[0] if items else None)
    if type(first) is Decimal:
        return _at(items, first)
    if not items:
        return []
    if type(first) not in _TRUTHS:
        return None
    kept = [items[0]] if first is True else []
    run.spend(len(items))
    for item in items[1:]:
        answer = condition(item)
        if answer is True:
            kept.append(item)
        elif type(answer) not in _TRUTHS:
            return None
    return kept


def _at(items: list[Value], position: Decimal) -> Value:
    """Return the item at a place counted from 1, or from the end where negative; null outside."""
    index = int(position) if position.adjusted() < 18 else 0
    if index != position or not 1 <= abs(index) <= len(items):
        return None
    return items[index - 1 if index > 0 else index]
