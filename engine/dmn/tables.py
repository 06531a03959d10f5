"""Decision tables (DMN 1.5, chapter 8): compiled to closures, evaluated with a trace of what matched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from engine.dmn.boxed import Place, of_expression
from engine.dmn.errors import DmnRuleError
from engine.dmn.evaluation import Boxed, Evaluation, RuleHit, Scope, TableTrace
from engine.dmn.hit_policies import HIT_POLICIES, Hits, Output
from engine.dmn.item_types import allows, or_each
from engine.feel.compile_tests import Test
from engine.feel.scope import Env
from engine.feel.types import ANY, ConstrainedType, FeelType, ListType, convert
from engine.feel.values import Value

Allows = Callable[[Value], bool]


@dataclass(frozen=True)
class Input:
    """A column of conditions: its heading, what it tests, its type and its allowed values."""

    label: str
    read: Boxed
    type: FeelType
    allows: Allows | None


@dataclass(frozen=True)
class Row:
    """A rule: the cells that test something, each with its column, and a value for each output."""

    index: int
    rule_id: str
    annotation: str
    tests: tuple[tuple[int, Test], ...]
    outputs: tuple[Boxed, ...]
    slot_count: int
    cost: int


@dataclass(frozen=True)
class Table:
    """A compiled decision table."""

    owner_id: str
    owner_name: str
    hit_policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    defaults: tuple[Boxed, ...] | None
    rows: tuple[Row, ...]
    slot_count: int
    cost: int

    def evaluate(self, scope: Scope, evaluation: Evaluation) -> Value:
        """Return the output; null where the table breaks its hit policy or allowed values, strictly an error."""
        try:
            return self._decided(scope, evaluation)
        except DmnRuleError as error:
            evaluation.note(error)
            return None

    def _decided(self, scope: Scope, evaluation: Evaluation) -> Value:
        values = [self._input(column, scope, evaluation) for column in self.inputs]
        env = Env(scope, [None] * self.slot_count, evaluation.run)
        hits: list[RuleHit] = []
        for row in self.rows:
            if _matches(row, values, env):
                hits.append(self._hit(row, scope, evaluation))
                if self.hit_policy == "F":
                    break
        evaluation.run.spend(self.cost)
        labelled = {column.label: value for column, value in zip(self.inputs, values, strict=True)}
        evaluation.trace.append(
            TableTrace(self.owner_id, self.owner_name, self.hit_policy, labelled, tuple(hits))
        )
        return self._conclude(hits, scope, evaluation)

    def _input(self, column: Input, scope: Scope, evaluation: Evaluation) -> Value:
        value = column.read(scope, evaluation)
        if column.type is not ANY:
            value = evaluation.fitted(value, column.type, column.label, column.type.name)
        if value is not None and column.allows and not column.allows(value):
            raise DmnRuleError(self.owner_name, "input_values", name=column.label, value=value)
        return value

    def _hit(self, row: Row, scope: Scope, evaluation: Evaluation) -> RuleHit:
        outputs: dict[str, Value] = {}
        for output, body in zip(self.outputs, row.outputs, strict=True):
            value = convert(body(scope, evaluation), output.type)
            if output.allows and value is not None and not output.allows(value):
                raise DmnRuleError(
                    self.owner_name, "output_values", row=row.index, name=output.name, value=value
                )
            outputs[output.name] = value
        return RuleHit(row.index, row.rule_id, row.annotation, outputs)

    def _conclude(self, hits: list[RuleHit], scope: Scope, evaluation: Evaluation) -> Value:
        if not hits and self.defaults is not None:
            pairs = zip(self.outputs, self.defaults, strict=True)
            default = {output.name: convert(body(scope, evaluation), output.type) for output, body in pairs}
            return Hits([RuleHit(0, "", "", default)], self.outputs, self.owner_name, evaluation.run).first()
        return HIT_POLICIES[self.hit_policy](Hits(hits, self.outputs, self.owner_name, evaluation.run))


def _matches(row: Row, values: list[Value], env: Env) -> bool:
    for column, test in row.tests:
        if test(values[column], env) is not True:
            break
    else:
        return True
    return False


def decision_table(element: etree._Element, place: Place) -> Boxed:
    """Compile a decision table; what is wrong with it becomes problems of the place's source."""
    source = place.source
    inputs = tuple(_input(column, place) for column in source.children(element, "input"))
    output_elements = source.children(element, "output")
    outputs = tuple(_output(column, element, place, len(output_elements)) for column in output_elements)
    if not outputs:
        source.problem(element, "dmn_no_output", name=place.owner_name)
    read = [
        _row(index, rule, place, inputs, outputs)
        for index, rule in enumerate(source.children(element, "rule"), 1)
    ]
    rows = tuple(row for row in read if row is not None)
    defaults = [source.child(column, "defaultOutputEntry") for column in output_elements]
    policy = _hit_policy(element, place, outputs)
    table = Table(
        place.owner_id, place.owner_name, policy, inputs, outputs,
        tuple(_value(entry, place) for entry in defaults) if any(entry is not None for entry in defaults) else None,
        rows,
        max((row.slot_count for row in rows), default=0),
        sum(row.cost for row in rows),
    )  # fmt: skip
    return table.evaluate


def _hit_policy(element: etree._Element, place: Place, outputs: tuple[Output, ...]) -> str:
    name = element.get("hitPolicy", "UNIQUE")
    aggregation = element.get("aggregation", "")
    letter = {
        "UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F", "RULE ORDER": "R", "OUTPUT ORDER": "O",
        "COLLECT": "C" + {"SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}.get(aggregation, ""),
    }.get(name)  # fmt: skip
    if letter is None:
        place.source.problem(element, "dmn_hit_policy", name=name)
        return "U"
    if letter in ("C+", "C<", "C>") and len(outputs) > 1:
        place.source.problem(element, "dmn_aggregation")
    if letter in ("P", "O") and not any(output.order for output in outputs):
        place.source.problem(element, "dmn_priority", name=name)
    return letter


def _input(element: etree._Element, place: Place) -> Input:
    source = place.source
    expression = source.child(element, "inputExpression")
    text = source.text(expression)
    label = element.get("label") or text
    if expression is None or not text:
        source.problem(element, "dmn_no_input_expression", label=label)
        return Input(label, lambda scope, evaluation: None, ANY, None)
    source.is_feel(expression)
    read = of_expression(source.expression(expression, text, place.names), place)
    kind = source.type(expression, expression.get("typeRef"))
    values = source.child(element, "inputValues")
    return Input(label, read, kind, _allowed(values, place))


def _allowed(element: etree._Element | None, place: Place) -> Allows | None:
    text = place.source.text(element)
    if element is None or not text:
        return None
    tests = place.source.unary_tests(element, text, place.names)
    return None if tests is None else or_each(allows(tests))


def _output(element: etree._Element, table: etree._Element, place: Place, count: int) -> Output:
    source = place.source
    name = element.get("name") or element.get("label") or ""
    if not name and count > 1:
        source.problem(element, "dmn_output_name")
    reference = element.get("typeRef") or (table.get("typeRef") if count == 1 else None)
    kind = source.type(element, reference)
    if count == 1 and element.get("typeRef") is None and isinstance(kind, ListType):
        kind = ANY
    source.members.add(name or place.owner_name)
    values = source.child(element, "outputValues")
    allowed, order = _allowed(values, place), _order(values, place)
    if values is None and isinstance(kind, ConstrainedType):
        order = source.orders.get(kind.name, ())
    return Output(name or place.owner_name, kind, allowed, order)


def _order(element: etree._Element | None, place: Place) -> tuple[Value, ...]:
    """Return the output values in their order, which is their priority; none where they are no list."""
    text = place.source.text(element)
    return place.source.listed(text) if element is not None and text else ()


def _row(
    index: int, element: etree._Element, place: Place, inputs: tuple[Input, ...], outputs: tuple[Output, ...]
) -> Row | None:
    source = place.source
    input_entries = source.children(element, "inputEntry")
    output_entries = source.children(element, "outputEntry")
    if len(input_entries) != len(inputs) or len(output_entries) != len(outputs):
        source.problem(element, "dmn_row", row=index)
        return None
    tests: list[tuple[int, Test]] = []
    slot_count, cost = 0, 1
    for column, entry in enumerate(input_entries):
        compiled = (
            source.unary_tests(entry, source.text(entry), place.names) if source.is_feel(entry) else None
        )
        if compiled is None:
            tests.append((column, _never))
        elif not compiled.any_value:
            place.note(compiled.names)
            tests.append((column, compiled.test))
            slot_count, cost = max(slot_count, compiled.slot_count), cost + compiled.cost
    values = tuple(_value(entry, place) for entry in output_entries)
    note = _annotation(element, place)
    return Row(index, element.get("id", ""), note, tuple(tests), values, slot_count, cost)


def _never(value: Value, env: Env) -> None:
    """The test of a cell that cannot be compiled."""


def _annotation(element: etree._Element, place: Place) -> str:
    source = place.source
    notes = [source.text(entry) for entry in source.children(element, "annotationEntry")]
    description = source.child(element, "description")
    if description is not None and description.text:
        notes.append(description.text.strip())
    return "; ".join(note for note in notes if note)


def _value(entry: etree._Element | None, place: Place) -> Boxed:
    text = place.source.text(entry)
    if entry is None or not text or text == "-" or not place.source.is_feel(entry):
        return lambda scope, evaluation: None
    return of_expression(place.source.expression(entry, text, place.names), place)
