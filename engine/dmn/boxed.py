"""Boxed expressions to Python functions of a scope (DMN 1.5, 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from engine.dmn.evaluation import Boxed, Evaluation, Scope, returned
from engine.dmn.source import Source
from engine.feel.expressions import Expression, compile_expression
from engine.feel.selection import select
from engine.feel.types import ANY, FeelType, convert
from engine.feel.values import Function, Range, Run, Value

KINDS = (
    "literalExpression", "decisionTable", "context", "list", "relation", "invocation", "functionDefinition",
    "conditional", "filter", "for", "every", "some",
)  # fmt: skip
_RANGE_ITEMS = compile_expression("for item in value return item", ["value"])


@dataclass(frozen=True)
class Place:
    """Where logic stands: in which file, in which decision, and with which names in scope.

    `reads` collects the names that the logic reads from outside itself.
    """

    source: Source
    owner_id: str
    owner_name: str
    names: frozenset[str]
    local: frozenset[str] = frozenset()
    reads: set[str] = field(default_factory=set)

    def within(self, *names: str) -> Place:
        """Return the same place with more local names in scope."""
        return replace(self, names=self.names.union(names), local=self.local.union(names))

    def note(self, names: frozenset[str]) -> None:
        """Remember names that were read, where they are not local."""
        self.reads.update(names - self.local)


def boxed_child(element: etree._Element, place: Place) -> Boxed | None:
    """Compile the expression inside `element`; None where there is none."""
    child = place.source.child(element, *KINDS)
    return None if child is None else boxed(child, place)


def boxed(element: etree._Element, place: Place) -> Boxed:
    """Compile one boxed expression, its result converted to its typeRef."""
    from engine.dmn.tables import decision_table

    kind = place.source.kind(element)
    compile_kind = decision_table if kind == "decisionTable" else _COMPILERS[kind]
    body = compile_kind(element, place)
    target = place.source.type(element, element.get("typeRef")) if kind != "decisionTable" else ANY
    if target is ANY or kind == "functionDefinition":
        return body
    return lambda scope, evaluation: convert(body(scope, evaluation), target)


def _nothing(scope: Scope, evaluation: Evaluation) -> Value:
    return None


def of_expression(expression: Expression | None, place: Place) -> Boxed:
    """Return a FEEL expression as logic, noting the names it reads."""
    if expression is None:
        return _nothing
    place.note(expression.names)
    run = expression.run
    return lambda scope, evaluation: run(scope, evaluation.run)


def _literal(element: etree._Element, place: Place) -> Boxed:
    text = place.source.text(element)
    if not place.source.is_feel(element):
        return _nothing
    if place.source.child(element, "importedValues") is not None:
        place.source.problem(element, "dmn_imported_values")
        return _nothing
    return of_expression(place.source.expression(element, text, place.names) if text else None, place)


def _context(element: etree._Element, place: Place) -> Boxed:
    entries: list[tuple[str | None, Boxed, FeelType]] = []
    for entry in place.source.children(element, "contextEntry"):
        variable = place.source.child(entry, "variable")
        if variable is None:
            entries.append((None, boxed_child(entry, place) or _nothing, ANY))
            continue
        name = variable.get("name", "")
        function = place.source.child(entry, "functionDefinition") is not None
        body = boxed_child(entry, place.within(name) if function else place) or _nothing
        entries.append((name, body, place.source.type(variable, variable.get("typeRef"))))
        place.source.members.add(name)
        place = place.within(name)

    def evaluate(scope: Scope, evaluation: Evaluation) -> Value:
        inner = {**scope}
        result: dict[str, Value] = {}
        for name, body, kind in entries:
            value = convert(body(inner, evaluation), kind)
            if name is None:
                return value
            inner[name] = result[name] = value
        return result

    return evaluate


def _list(element: etree._Element, place: Place) -> Boxed:
    items = [boxed(item, place) for item in place.source.children(element, *KINDS)]
    return lambda scope, evaluation: [item(scope, evaluation) for item in items]


def _relation(element: etree._Element, place: Place) -> Boxed:
    columns = [
        (column.get("name", ""), place.source.type(column, column.get("typeRef")))
        for column in place.source.children(element, "column")
    ]
    place.source.members.update(name for name, _ in columns)
    rows = [
        [boxed(cell, place) for cell in place.source.children(row, *KINDS)]
        for row in place.source.children(element, "row")
    ]
    if any(len(row) != len(columns) for row in rows):
        place.source.problem(element, "dmn_relation")
        return _nothing

    def evaluate(scope: Scope, evaluation: Evaluation) -> Value:
        return [
            {
                name: convert(cell(scope, evaluation), kind)
                for (name, kind), cell in zip(columns, row, strict=True)
            }
            for row in rows
        ]

    return evaluate


def _invocation(element: etree._Element, place: Place) -> Boxed:
    function = boxed_child(element, place) or _nothing
    bindings: list[tuple[str, Boxed]] = []
    for binding in place.source.children(element, "binding"):
        parameter = place.source.child(binding, "parameter")
        name = "" if parameter is None else parameter.get("name", "")
        bindings.append((name, boxed_child(binding, place) or _nothing))

    def evaluate(scope: Scope, evaluation: Evaluation) -> Value:
        target = function(scope, evaluation)
        if not isinstance(target, Function):
            return None
        arguments = {name: body(scope, evaluation) for name, body in bindings}
        return target.call_named(arguments, evaluation.run)

    return evaluate


def parameters_of(element: etree._Element, source: Source) -> tuple[tuple[str, FeelType], ...]:
    """Return the formal parameters of a function definition."""
    return tuple(
        (parameter.get("name", ""), source.type(parameter, parameter.get("typeRef")))
        for parameter in source.children(element, "formalParameter")
    )


def function_body(element: etree._Element, place: Place) -> Boxed | None:
    """Compile the logic of a function definition; external functions are a problem."""
    if element.get("kind", "FEEL") != "FEEL":
        place.source.problem(element, "dmn_external_function")
        return None
    return boxed_child(element, place)


def _function(element: etree._Element, place: Place) -> Boxed:
    parameters = parameters_of(element, place.source)
    names, types = tuple(name for name, _ in parameters), tuple(kind for _, kind in parameters)
    body = function_body(element, place.within(*names)) or _nothing
    result = returned(place.source.type(element, element.get("typeRef")))

    def evaluate(scope: Scope, evaluation: Evaluation) -> Function:
        def call(arguments: Sequence[Value], run: Run) -> Value:
            inner = {**scope}
            if not evaluation.bind(inner, parameters, arguments):
                return None
            return convert(body(inner, evaluation), result)

        return Function("function", names, call, types)

    return evaluate


def _part(element: etree._Element, name: str, place: Place) -> Boxed:
    part = place.source.child(element, name)
    found = None if part is None else boxed_child(part, place)
    if found is None:
        place.source.problem(element, "dmn_incomplete", part=name)
    return found or _nothing


def _conditional(element: etree._Element, place: Place) -> Boxed:
    test, then, otherwise = (_part(element, name, place) for name in ("if", "then", "else"))

    def evaluate(scope: Scope, evaluation: Evaluation) -> Value:
        return (then if test(scope, evaluation) is True else otherwise)(scope, evaluation)

    return evaluate


def _items(value: Value, evaluation: Evaluation) -> list[Value] | None:
    if type(value) is Range:
        items: list[Value] | None = _RANGE_ITEMS.run({"value": value}, evaluation.run)
        return items
    if value is None:
        return None
    return value if type(value) is list else [value]


def _filter(element: etree._Element, place: Place) -> Boxed:
    source = _part(element, "in", place)
    match = _part(element, "match", place.within("item", *place.source.members))

    def evaluate(scope: Scope, evaluation: Evaluation) -> Value:
        def holds(item: Value) -> Value:
            entries = item if type(item) is dict else {}
            return match({**scope, "item": item, **entries}, evaluation)

        return select(source(scope, evaluation), holds, evaluation.run)

    return evaluate


def _domain(element: etree._Element, place: Place) -> Boxed:
    """Compile the part `in` of an iteration: an expression, or a range such as `1..3` without brackets."""
    part = place.source.child(element, "in")
    literal = None if part is None else place.source.child(part, "literalExpression")
    interval = place.source.interval(place.source.text(literal), place.names)
    return of_expression(interval, place) if interval else _part(element, "in", place)


def _iteration(
    element: etree._Element, place: Place, last: str
) -> Callable[[Scope, Evaluation], list[Value] | None]:
    """Return the function that evaluates the part `last` for each item of the part `in`."""
    name = element.get("iteratorVariable", "")
    source = _domain(element, place)
    body = _part(element, last, place.within(name, "partial"))

    def each(scope: Scope, evaluation: Evaluation) -> list[Value] | None:
        items = _items(source(scope, evaluation), evaluation)
        if items is None:
            return None
        results: list[Value] = []
        for item in items:
            evaluation.run.spend(1 + len(results) // 16)
            results.append(body({**scope, name: item, "partial": results[:]}, evaluation))
        return results

    return each


def _for(element: etree._Element, place: Place) -> Boxed:
    return _iteration(element, place, "return")


def _quantified(element: etree._Element, place: Place) -> Boxed:
    every = place.source.kind(element) == "every"
    each = _iteration(element, place, "satisfies")

    def evaluate(scope: Scope, evaluation: Evaluation) -> bool | None:
        results = each(scope, evaluation)
        if results is None:
            return None
        if any(result is not every and type(result) is bool for result in results):
            return not every
        return every if all(type(result) is bool for result in results) else None

    return evaluate


_COMPILERS: dict[str, Callable[[etree._Element, Place], Boxed]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _for,
    "every": _quantified,
    "some": _quantified,
}
