"""List functions (DMN 1.5, 10.3.4.4). Those over many values take one list or the values themselves."""

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key

from engine.feel.arithmetic import add, divide, subtract
from engine.feel.builtins.registry import builtin
from engine.feel.comparing import equal, less
from engine.feel.temporal_values import DaysTime, YearsMonths
from engine.feel.values import NUMBERS, Function, Run, Value


def over_values(
    name: str,
) -> Callable[[Callable[[Run, list[Value]], Value]], Callable[[Run, list[Value]], Value]]:
    """Declare a function `f(list)` that may also be called `f(a, b, …)`."""

    def register(function: Callable[[Run, list[Value]], Value]) -> Callable[[Run, list[Value]], Value]:
        def whole(run: Run, items: list[Value]) -> Value:
            return function(run, items)

        def spread(run: Run, *items: Value) -> Value:
            return function(run, list(items))

        builtin(name, "list: list", takes_run=True)(whole)
        builtin(name, "*values: any", takes_run=True)(spread)
        return function

    return register


def _summands(items: list[Value]) -> bool:
    kinds = {type(item) for item in items}
    return len(kinds) == 1 and kinds <= {Decimal, DaysTime, YearsMonths}


@over_values("sum")
def _sum(run: Run, items: list[Value]) -> Value:
    if not _summands(items):
        return None
    total = items[0]
    for item in items[1:]:
        total = add(total, item, run)
    return total


@over_values("mean")
def _mean(run: Run, items: list[Value]) -> Value:
    return divide(_sum(run, items), Decimal(len(items)), run) if items else None


def _extreme(items: list[Value], better: Callable[[Value, Value], bool | None], run: Run) -> Value:
    if not items or less(items[0], items[0], run) is None:
        return None
    best = items[0]
    for item in items[1:]:
        answer = better(item, best)
        if answer is None:
            return None
        best = item if answer else best
    return best


@over_values("min")
def _min(run: Run, items: list[Value]) -> Value:
    return _extreme(items, lambda item, best: less(item, best, run), run)


@over_values("max")
def _max(run: Run, items: list[Value]) -> Value:
    return _extreme(items, lambda item, best: less(best, item, run), run)


@over_values("product")
def _product(run: Run, items: list[Value]) -> Value:
    if not items or not all(type(item) is Decimal for item in items):
        return None
    total = Decimal(1)
    for item in items:
        total = NUMBERS.multiply(total, item)
    return total


@over_values("median")
def _median(run: Run, items: list[Value]) -> Value:
    if not items or not all(type(item) is Decimal for item in items):
        return None
    ordered = sorted(items)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@over_values("stddev")
def _stddev(run: Run, items: list[Value]) -> Value:
    """The sample standard deviation."""
    if len(items) < 2 or not all(type(item) is Decimal for item in items):
        return None
    mean = _mean(run, items)
    squares = [NUMBERS.power(subtract(item, mean, run), Decimal(2)) for item in items]
    return NUMBERS.sqrt(NUMBERS.divide(_sum(run, squares), Decimal(len(items) - 1)))


@over_values("mode")
def _mode(run: Run, items: list[Value]) -> Value:
    """The most frequent numbers, ascending."""
    if not all(type(item) is Decimal for item in items):
        return None
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


def _conclusion(items: list[Value], decisive: bool) -> bool | None:
    if any(item is decisive for item in items):
        return decisive
    return not decisive if all(type(item) is bool for item in items) else None


@over_values("all")
def _all(run: Run, items: list[Value]) -> bool | None:
    return _conclusion(items, False)


@over_values("any")
def _any(run: Run, items: list[Value]) -> bool | None:
    return _conclusion(items, True)


@builtin("count", "list: list")
def _count(items: list[Value]) -> Decimal:
    return Decimal(len(items))


def holds(items: list[Value], element: Value, run: Run) -> bool:
    """Say whether an item equals `element`."""
    return any(equal(item, element, run) is True for item in items)


@builtin("list contains", "list: list, element: any", takes_run=True)
def _list_contains(run: Run, items: list[Value], element: Value) -> bool:
    return holds(items, element, run)


@builtin("sublist", "list: list, start position: number, length: number?")
def _sublist(
    items: list[Value], start_position: Decimal, length: Decimal | None = None
) -> list[Value] | None:
    index = _index(items, start_position)
    if index is None:
        return None
    if length is None:
        return items[index:]
    if length < 1 or index + int(length) > len(items):
        return None
    return items[index : index + int(length)]


def _index(items: list[Value], position: Decimal) -> int | None:
    """Return the Python index of a FEEL position, None outside the list."""
    number = int(position)
    if not 1 <= abs(number) <= len(items):
        return None
    return number - 1 if number > 0 else len(items) + number


@builtin("append", "list: list, *item: any")
def _append(items: list[Value], *new: Value) -> list[Value]:
    return [*items, *new]


@builtin("concatenate", "*list: list")
def _concatenate(*lists: list[Value]) -> list[Value]:
    return [item for items in lists for item in items]


@builtin("insert before", "list: list, position: number, newItem: any")
def _insert_before(items: list[Value], position: Decimal, new: Value) -> list[Value] | None:
    index = _index(items, position)
    return None if index is None else [*items[:index], new, *items[index:]]


@builtin("remove", "list: list, position: number")
def _remove(items: list[Value], position: Decimal) -> list[Value] | None:
    index = _index(items, position)
    return None if index is None else [*items[:index], *items[index + 1 :]]


@builtin("list replace", "list: list, position: number, newItem: any")
def _replace_at(items: list[Value], position: Decimal, new: Value) -> list[Value] | None:
    index = _index(items, position)
    return None if index is None else [*items[:index], new, *items[index + 1 :]]


@builtin("list replace", "list: list, match: function, newItem: any", takes_run=True)
def _replace_matching(run: Run, items: list[Value], match: Function, new: Value) -> list[Value] | None:
    result: list[Value] = []
    for item in items:
        answer = match.call([item, new], run)
        if type(answer) is not bool:
            return None
        result.append(new if answer else item)
    return result


@builtin("reverse", "list: list")
def _reverse(items: list[Value]) -> list[Value]:
    return items[::-1]


@builtin("index of", "list: list, match: any", takes_run=True)
def _index_of(run: Run, items: list[Value], match: Value) -> list[Value]:
    return [Decimal(place) for place, item in enumerate(items, 1) if equal(item, match, run) is True]


@builtin("union", "*list: list", takes_run=True)
def _union(run: Run, *lists: list[Value]) -> list[Value]:
    return distinct([item for items in lists for item in items], run)


@builtin("distinct values", "list: list", takes_run=True)
def _distinct_values(run: Run, items: list[Value]) -> list[Value]:
    return distinct(items, run)


def distinct(items: list[Value], run: Run) -> list[Value]:
    """Return the items without those that equal an earlier one."""
    result: list[Value] = []
    for item in items:
        run.spend(len(result))
        if not holds(result, item, run):
            result.append(item)
    return result


@builtin("duplicate values", "list: list", takes_run=True)
def _duplicate_values(run: Run, items: list[Value]) -> list[Value]:
    """The values that occur more than once, each once, in the order of their first occurrence."""
    result: list[Value] = []
    for place, item in enumerate(items):
        run.spend(len(items))
        if holds(items[place + 1 :], item, run) and not holds(result, item, run):
            result.append(item)
    return result


@builtin("flatten", "list: list", takes_run=True)
def _flatten(run: Run, items: list[Value]) -> list[Value]:
    result: list[Value] = []
    pending = [iter(items)]
    while pending:
        for item in pending[-1]:
            run.spend(1)
            if type(item) is list:
                pending.append(iter(item))
                break
            result.append(item)
        else:
            pending.pop()
    return result


@builtin("sort", "list: list, precedes: function?", takes_run=True)
def _sort(run: Run, items: list[Value], precedes: Function | None = None) -> list[Value] | None:
    unordered = False

    def before(left: Value, right: Value) -> bool:
        nonlocal unordered
        answer = less(left, right, run) if precedes is None else precedes.call([left, right], run)
        unordered = unordered or type(answer) is not bool
        return answer is True

    def order(left: Value, right: Value) -> int:
        run.spend(1)
        return -1 if before(left, right) else 1 if before(right, left) else 0

    ordered = sorted(items, key=cmp_to_key(order))
    return None if unordered else ordered
