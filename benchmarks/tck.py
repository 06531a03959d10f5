"""Run the DMN Technology Compatibility Kit, or any folder laid out as it is.

    python -m benchmarks.tck DIRECTORY [--corrupt]

Prints each result that differs, then `passed N of M`. With `--corrupt` every expected value is changed
first, so that a run that passes anything shows a fault of the comparison: it must say `passed 0 of M`.
The kit expects null of a decision that cannot be evaluated, so a model with broken parts is run for the rest.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lxml import etree

from engine.dmn import DecisionModel, DmnError, DmnInvalid, parse_dmn
from engine.feel import FeelError, parse_duration
from engine.feel.comparing import equal
from engine.feel.temporal import parse_date, parse_date_and_time, parse_time
from engine.feel.values import Run, Value
from engine.xml import read_xml

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
TOLERANCE = Decimal("1e-8")
"""The kit states irrational results rounded, so numbers that differ relatively by less are the same."""


@dataclass(frozen=True)
class Outcome:
    """One expected result and what came out instead, if anything."""

    name: str
    difference: str

    @property
    def passed(self) -> bool:
        """Say whether the result was as expected."""
        return not self.difference


def run_folder(folder: Path, *, corrupt: bool = False) -> Iterator[Outcome]:
    """Yield the outcome of every result expected below `folder`."""
    for path in sorted(folder.rglob("*.xml")):
        cases = etree.fromstring(path.read_bytes())
        if etree.QName(cases).localname == "testCases":
            yield from _run_cases(path, cases, corrupt)


def _run_cases(path: Path, cases: etree._Element, corrupt: bool) -> Iterator[Outcome]:
    model_name = next((child.text or "" for child in _children(cases, "modelName")), "")
    try:
        model: DecisionModel | None = read_model(path.parent / model_name.strip())
    except DmnInvalid as invalid:
        model = invalid.model
    for case in _children(cases, "testCase"):
        given = {node.get("name", ""): _value(node) for node in _children(case, "inputNode")}
        for result in _children(case, "resultNode"):
            name = f"{path.parent.name}/{path.name} {case.get('id')} {result.get('name')}"
            yield Outcome(name, _difference(model, case, result, given, corrupt))


def read_model(path: Path) -> DecisionModel:
    """Read a model together with the models it imports, which lie beside it."""
    imports: dict[str, DecisionModel] = {}
    wanted = {
        element.get("namespace")
        for element in read_xml(path.read_bytes(), what=path.name)
        if etree.QName(element).localname == "import"
    }
    for other in sorted(path.parent.glob("*.dmn")) if wanted else []:
        namespace = read_xml(other.read_bytes(), what=other.name).get("namespace")
        if other != path and namespace in wanted:
            imports[namespace or ""] = read_model(other)
    return parse_dmn(path.read_bytes(), imports=imports)


def _difference(
    model: DecisionModel | None,
    case: etree._Element,
    result: etree._Element,
    given: dict[str, Value],
    corrupt: bool,
) -> str:
    if model is None:
        return "the model is refused"
    expected = next((_value(node) for node in _children(result, "expected")), None)
    if corrupt:
        expected = _corrupted(expected)
    service = case.get("invocableName", "") if case.get("type") == "decisionService" else ""
    decision = service or result.get("name", "")
    try:
        actual = model.evaluate(decision, given).value
        reason = ""
    except (DmnError, FeelError) as error:
        actual, reason = None, f" ({error})"
    return "" if same(expected, actual) else f"expected {expected!r}, found {actual!r}{reason}"


def same(expected: Value, actual: Value) -> bool:
    """Say whether two values agree, numbers within the tolerance."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return abs(expected - actual) <= TOLERANCE * max(abs(expected), abs(actual))
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    return equal(expected, actual, Run()) is True


def _corrupted(value: Value) -> Value:
    """Return a value of the same kind that is another one; of null, no null."""
    if value is None:
        return "corrupted"
    if isinstance(value, bool):
        return not value
    if isinstance(value, Decimal):
        return value + 1
    if isinstance(value, str):
        return value + " corrupted"
    if isinstance(value, dict):
        return {**value, "corrupted": True}
    return [*value, "corrupted"] if isinstance(value, list) else None


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == name]


def _value(node: etree._Element) -> Value:
    """Return the FEEL value that a node of a test case describes."""
    if node.get(NIL) == "true":
        return None
    for kind in ("value", "list", "item"):
        found = _children(node, kind)
        if found and kind == "value":
            return _scalar(found[0])
        if found and kind == "list":
            return [_value(item) for item in _children(found[0], "item")]
    return {component.get("name", ""): _value(component) for component in _children(node, "component")}


def _scalar(node: etree._Element) -> Value:
    if node.get(NIL) == "true":
        return None
    text, kind = node.text or "", node.get(TYPE, "").rpartition(":")[2]
    if kind in ("decimal", "double", "integer", "float", "int", "long"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() == "true"
    read = {
        "date": parse_date,
        "time": parse_time,
        "dateTime": parse_date_and_time,
        "duration": parse_duration,
    }
    return read[kind](text.strip()) if kind in read else text


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
