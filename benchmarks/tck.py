"""Run the DMN Technology Compatibility Kit, or any folder laid out as it is.

    python -m benchmarks.tck DIRECTORY [--corrupt]

Prints each result that differs, then `passed N of M`. With `--corrupt` every expected value is changed
first, so that a run that passes anything shows a fault of the comparison: it must say `passed 0 of M`.

The kit expects null of a decision that cannot be evaluated, so a model with broken parts is run for the rest,
and a result marked `errorResult` is null. An expected value that cannot be read is no pass, nor is a decision
that the model does not have. Numbers are the same where they differ by at most 1e-8, as the kit's own runner
compares them: its irrational results are stated rounded. Times must show the same clock at the same offset.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

from engine.dmn import DecisionModel, DmnDecisionUnknown, DmnError, DmnInvalid, parse_files
from engine.dmn.evaluation import DecisionService
from engine.feel import FeelError
from engine.feel.comparing import equal
from engine.feel.temporal import parse_date, parse_date_and_time, parse_duration_or_none, parse_time
from engine.feel.temporal_values import FeelDateTime, FeelTime
from engine.feel.values import Run, Value
from engine.xml import XmlRefused, read_xml

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
TOLERANCE = Decimal("1e-8")
NUMBER_TYPES = frozenset({"decimal", "double", "float", "integer", "int", "long", "short"})
TEMPORAL_TYPES = {
    "date": parse_date,
    "time": parse_time,
    "dateTime": parse_date_and_time,
    "duration": parse_duration_or_none,
    "dayTimeDuration": parse_duration_or_none,
    "yearMonthDuration": parse_duration_or_none,
}


class ValueUnreadable(Exception):
    """A value of a test case is not of the type that it names."""


@dataclass(frozen=True)
class Outcome:
    """One expected result and what came out instead, if anything."""

    name: str
    difference: str

    @property
    def passed(self) -> bool:
        """Say whether the result was as expected."""
        return not self.difference


Models = dict[str, DecisionModel | None]


def run_folder(folder: Path, *, corrupt: bool = False) -> Iterator[Outcome]:
    """Yield the outcome of every result expected below `folder`, in whatever depth the cases lie."""
    models: dict[Path, Models] = {}
    for path in sorted(folder.rglob("*.xml")):
        try:
            cases = read_xml(path.read_bytes(), what=path.name)
        except XmlRefused as refused:
            yield Outcome(f"{path.parent.name}/{path.name}", str(refused))
            continue
        if etree.QName(cases).localname == "testCases":
            if path.parent not in models:
                models[path.parent] = read_models(path.parent)
            yield from _run_cases(path, cases, corrupt, models[path.parent])


def _run_cases(path: Path, cases: etree._Element, corrupt: bool, models: Models) -> Iterator[Outcome]:
    model = models.get(_text(cases, "modelName"))
    for case in _children(cases, "testCase"):
        for result in _children(case, "resultNode"):
            name = f"{path.parent.name}/{path.name} {case.get('id')} {result.get('name')}"
            yield Outcome(name, _difference(model, case, result, corrupt))


def read_models(folder: Path) -> Models:
    """Read what can be used of the models in a folder, which may import each other; None for no model."""
    found = parse_files({path.name: path.read_bytes() for path in sorted(folder.glob("*.dmn"))})
    return {name: model.model if isinstance(model, DmnInvalid) else model for name, model in found.items()}


def _difference(
    model: DecisionModel | None, case: etree._Element, result: etree._Element, corrupt: bool
) -> str:
    """Return how the result differs from what is expected, empty where it does not."""
    if model is None:
        return "the model cannot be read"
    try:
        given = {node.get("name", ""): _value(node) for node in _children(case, "inputNode")}
        stated = _children(result, "expected")
        expected = _value(stated[0]) if stated and result.get("errorResult") != "true" else None
    except ValueUnreadable as unreadable:
        return str(unreadable)
    if corrupt:
        expected = {"corrupted": expected}
    try:
        actual, reason = _evaluated(model, case, result, given)
    except DmnDecisionUnknown as unknown:
        return str(unknown)
    except (DmnError, FeelError) as error:
        actual, reason = None, str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if same(expected, actual) else f"expected {expected!r}, found {actual!r} {reason}".rstrip()


def _evaluated(
    model: DecisionModel, case: etree._Element, result: etree._Element, given: dict[str, Value]
) -> tuple[Value, str]:
    """Return the value of the decision, decision service or business knowledge model, and why it is null."""
    name, now = result.get("name", ""), datetime.now(UTC)
    kind = case.get("type") or result.get("type") or "decision"
    invoked = case.get("invocableName") or name
    if kind == "bkm":
        found = model.invoke(invoked, given, now=now)
    elif kind == "decisionService":
        services = [node for node in model.nodes.values() if isinstance(node, DecisionService)]
        service = next((each for each in services if invoked in (each.name, each.id)), None)
        found = model.evaluate(service.id if service else invoked, given, now=now)
        if service and len(service.outputs) > 1 and name in found.feel_value:
            return found.feel_value[name], "; ".join(map(str, found.errors))
    else:
        found = model.evaluate(name, given, now=now)
    return found.feel_value, "; ".join(map(str, found.errors))


def same(expected: Value, actual: Value) -> bool:
    """Say whether two values agree, numbers within the tolerance."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return abs(expected - actual) <= TOLERANCE
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, FeelTime | FeelDateTime) and type(expected) is type(actual):
        return expected.offset == actual.offset and equal(expected, actual, Run()) is True
    return equal(expected, actual, Run()) is True


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == name]


def _text(element: etree._Element, name: str) -> str:
    return next((child.text or "" for child in _children(element, name)), "").strip()


def _value(node: etree._Element) -> Value:
    """Return the FEEL value that a node of a test case describes. Raises ValueUnreadable."""
    if node.get(NIL) == "true":
        return None
    for child in node:
        kind = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if kind == "value":
            return _scalar(child)
        if kind == "list":
            return None if child.get(NIL) == "true" else [_value(item) for item in _children(child, "item")]
    return {component.get("name", ""): _value(component) for component in _children(node, "component")}


def _scalar(node: etree._Element) -> Value:
    if node.get(NIL) == "true":
        return None
    value: Value
    kind, whole = node.get(TYPE, "").rpartition(":")[2], node.text or ""
    text = whole.strip()
    if kind == "boolean":
        value = {"true": True, "1": True, "false": False, "0": False}.get(text)
    elif kind in NUMBER_TYPES:
        value = _number(text)
    elif kind in TEMPORAL_TYPES:
        value = TEMPORAL_TYPES[kind](text)
    else:
        return whole
    if value is None:
        raise ValueUnreadable(f"{text!r} is no {kind}")
    return value


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def main(arguments: list[str]) -> int:
    """Run the kit named on the command line; the exit status says whether all passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--corrupt", action="store_true")
    options = parser.parse_args(arguments)
    passed = total = 0
    for outcome in run_folder(options.directory, corrupt=options.corrupt):
        total += 1
        passed += outcome.passed
        if not outcome.passed and not options.corrupt:
            print(f"FAILED {outcome.name}: {outcome.difference}")
    print(f"passed {passed} of {total}")
    return 0 if passed == (0 if options.corrupt else total) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
