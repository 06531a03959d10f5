"""How fast expressions and decision tables are, beside the same thing written in Python.

    python -m benchmarks.feel

One JSON line a measurement. A rate alone says little about a machine that others use too: the reference
was measured in the same run, `ratio` is what to compare.
"""

from __future__ import annotations

import json
import timeit
from collections.abc import Callable
from decimal import Decimal

from engine.dmn import parse_dmn
from engine.feel import compile_expression

EXPRESSION = 'amount > 100000 and grade in ("A", "B")'
ROWS = 25
_ROW = """<rule><inputEntry><text>{}</text></inputEntry><inputEntry><text>{}</text></inputEntry>
<outputEntry><text>{}</text></outputEntry></rule>"""
_MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="n" namespace="b">
<decision id="rate" name="rate"><decisionTable hitPolicy="UNIQUE">
<input><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
<input><inputExpression typeRef="string"><text>grade</text></inputExpression></input>
<output name="rate" typeRef="number"/>{}</decisionTable></decision></definitions>"""


def _seconds_each(function: Callable[[], object]) -> float:
    """Return the best of five rounds, each of about a tenth of a second."""
    timer = timeit.Timer(function)
    count, _ = timer.autorange()
    return min(timer.repeat(5, max(count // 2, 1))) / max(count // 2, 1)


def table_xml() -> bytes:
    """Return a table of 25 rows: 5 bands of the amount by 5 grades."""
    rows = [
        _ROW.format(f"[{band * 10000}..{band * 10000 + 10000})", f'"{grade}"', f"0.0{band}{number}")
        for band in range(5)
        for number, grade in enumerate("ABCDE")
    ]
    return _MODEL.format("".join(rows)).encode()


def _python_table(amount: Decimal, grade: str) -> Decimal | None:
    found = [
        Decimal(f"0.0{band}{number}")
        for band in range(5)
        for number, letter in enumerate("ABCDE")
        if band * 10000 <= amount < band * 10000 + 10000 and grade == letter
    ]
    return found[0] if len(found) == 1 else None


def main() -> None:
    """Measure, and print the JSON lines."""
    amount, grade = Decimal(120000), "B"
    facts = {"amount": amount, "grade": grade}
    expression = compile_expression(EXPRESSION)
    reference = _seconds_each(lambda: amount > Decimal(100000) and grade in ("A", "B"))
    measured = _seconds_each(lambda: expression.evaluate(facts))
    print(
        json.dumps(
            {
                "what": "feel expression",
                "evaluations_per_second": round(1 / measured),
                "python_per_second": round(1 / reference),
                "ratio": round(measured / reference, 2),
            }
        )
    )
    compiled = _seconds_each(lambda: compile_expression(EXPRESSION))
    print(json.dumps({"what": "feel compilation", "microseconds": round(compiled * 1e6, 1)}))
    model = parse_dmn(table_xml())
    case = {"amount": Decimal(45000), "grade": "E"}
    assert model.evaluate("rate", case).value == _python_table(Decimal(45000), "E")
    measured = _seconds_each(lambda: model.evaluate("rate", case))
    reference = _seconds_each(lambda: _python_table(Decimal(45000), "E"))
    print(
        json.dumps(
            {
                "what": f"decision table of {ROWS} rows",
                "microseconds": round(measured * 1e6, 1),
                "python_microseconds": round(reference * 1e6, 1),
                "ratio": round(measured / reference, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
