"""Rows that nobody can reach are found, and no other row is blamed."""

import pytest

from engine.bundles import Bundle, decisions
from engine.dmn.reachability import hidden_rows

TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="policy" name="政策"><variable name="policy"/><decisionTable hitPolicy="{policy}">
<input><inputExpression><text>a</text></inputExpression></input>
<input><inputExpression><text>b</text></inputExpression></input><output name="r"/>{rules}
</decisionTable></decision></definitions>"""


def table(policy: str, *rows: tuple[str, str]) -> bytes:
    rules = "".join(
        f"<rule><inputEntry><text><![CDATA[{a}]]></text></inputEntry>"
        f"<inputEntry><text><![CDATA[{b}]]></text></inputEntry>"
        "<outputEntry><text>1</text></outputEntry></rule>"
        for a, b in rows
    )
    return TABLE.format(policy=policy, rules=rules).encode()


@pytest.mark.parametrize(
    ("policy", "rows", "expected"),
    [
        ("FIRST", [("-", "-"), ("> 5", '"x"')], [(2, 1)]),
        ("FIRST", [("> 3", "-"), ("]3..7]", "-"), ("[3..7]", "-")], [(2, 1)]),
        ("FIRST", [("<= 0.55", "-"), ("< 0.55", "true")], [(2, 1)]),
        ("FIRST", [('"a", "b"', "-"), ('"b"', "> 1"), ('"c"', "-")], [(2, 1)]),
        ("FIRST", [("> 5", "-"), ("-", "-")], []),
        ("FIRST", [("< 18, > 65", "-"), ("70", "-")], [(2, 1)]),
        ("UNIQUE", [("[1..5]", "-"), ("2", "-")], [(2, 1)]),
        ("COLLECT", [("-", "-"), ("-", "-")], []),
        ("COLLECT", [("[7..3]", "-")], [(1, None)]),
        ("FIRST", [("not(3)", "-"), ("not(3)", "-"), ("not(4)", "-")], [(2, 1)]),
    ],
)
def test_what_is_hidden_is_named_with_what_hides_it(policy, rows, expected) -> None:
    assert [(found.row, found.by) for found in hidden_rows(table(policy, *rows))] == expected


def test_a_bundle_with_such_a_row_is_refused_with_the_remedy() -> None:
    _models, problems = decisions(Bundle("x", {"x.dmn": table("FIRST", ("-", "-"), ("> 5", "-"))}))

    (found,) = problems
    assert found.code == "row_unreachable"
    assert "第 2 行永远轮不到" in found.zh
    assert "row 1 holds in all its cases" in found.en
