"""Decision tables: their cells, their hit policies, what they refuse, and the trace they leave."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.dmn import DmnInvalid, DmnRuleError, RuleHit, messages, parse_dmn
from engine.feel import FeelNameMissing

D = Decimal


def cell(kind: str, text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<{kind}><text>{escaped}</text></{kind}>"


def table(
    rows,
    *,
    policy="UNIQUE",
    inputs=("x",),
    outputs=("y",),
    aggregation="",
    values=None,
    default=None,
    allowed=None,
):
    """A model of one table; a row is its input cells followed by its output cells."""
    head = "".join(
        f'<input label="{name}">{cell("inputExpression", name)}'
        + (cell("inputValues", allowed) if allowed else "")
        + "</input>"
        for name in inputs
    )
    head += "".join(
        f'<output name="{name}">'
        + (cell("outputValues", values) if values else "")
        + (cell("defaultOutputEntry", default) if default else "")
        + "</output>"
        for name in outputs
    )
    body = "".join(
        f'<rule id="row{number}"><description>note {number}</description>'
        + "".join(cell("inputEntry", text) for text in row[: len(inputs)])
        + "".join(cell("outputEntry", text) for text in row[len(inputs) :])
        + "</rule>"
        for number, row in enumerate(rows, 1)
    )
    extra = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="t">'
        f'<decision id="d" name="决定"><decisionTable hitPolicy="{policy}"{extra}>{head}{body}</decisionTable>'
        "</decision></definitions>"
    ).encode()


def decide(rows, facts, **options):
    return parse_dmn(table(rows, **options)).evaluate("d", facts).value


def broken_rule(rows, facts, **options):
    """The rule that a table breaks: an error strictly, else null and the error beside it."""
    model = parse_dmn(table(rows, **options))
    with pytest.raises(DmnRuleError) as broken:
        model.evaluate("d", facts, strict=True)
    lenient = model.evaluate("d", facts)
    assert lenient.value is None
    assert [str(error) for error in lenient.errors] == [str(broken.value)]
    return broken.value


BANDS = [("< 10", '"low"'), ("[5..20]", '"middle"'), ("> 15", '"high"')]


@pytest.mark.parametrize(
    ("policy", "aggregation", "x", "value"),
    [
        ("UNIQUE", "", 1, "low"),
        ("UNIQUE", "", 30, "high"),
        ("FIRST", "", 7, "low"),
        ("PRIORITY", "", 7, "middle"),
        ("PRIORITY", "", 17, "high"),
        ("RULE ORDER", "", 17, ["middle", "high"]),
        ("OUTPUT ORDER", "", 17, ["high", "middle"]),
        ("COLLECT", "", 7, ["low", "middle"]),
        ("COLLECT", "COUNT", 7, D(2)),
        ("UNIQUE", "", None, None),
        ("FIRST", "", None, None),
        ("COLLECT", "COUNT", None, D(0)),
        ("COLLECT", "", None, []),
        ("COLLECT", "SUM", None, None),
        ("RULE ORDER", "", None, None),
        ("OUTPUT ORDER", "", None, None),
    ],
)
def test_the_hit_policy_says_which_rows_count(policy, aggregation, x, value):
    found = decide(BANDS, {"x": x}, policy=policy, aggregation=aggregation, values='"high", "middle", "low"')
    assert found == value


@pytest.mark.parametrize(("aggregation", "value"), [("SUM", D(60)), ("MIN", D(20)), ("MAX", D(40))])
def test_collected_numbers_are_aggregated(aggregation, value):
    rows = [("> 1", "20"), ("> 2", "40"), ("> 100", "1")]
    assert decide(rows, {"x": 3}, policy="COLLECT", aggregation=aggregation) == value


def test_two_rows_of_a_unique_table_are_an_error_that_names_them():
    broken = broken_rule(BANDS, {"x": 7})
    assert (broken.rule, broken.code, broken.decision) == ("unique", "dmn_rule_broken", "决定")
    assert "rows 1, 2" in broken.text("en")
    assert "规则 1, 2 同时命中" in broken.text("zh")


def test_rows_of_an_any_table_must_agree():
    rows = [("< 10", "1"), ("< 20", "1.0"), ("< 5", "2")]
    assert decide(rows, {"x": 7}, policy="ANY") == 1
    assert broken_rule(rows, {"x": 3}, policy="ANY").rule == "any"


def test_no_row_gives_the_default_output_else_null():
    assert decide([("1", '"a"')], {"x": 2}, default='"other"') == "other"
    assert decide([("1", '"a"')], {"x": 2}) is None


def test_values_outside_the_allowed_ones_are_an_error():
    assert broken_rule([("-", "1")], {"x": "C"}, allowed='"A", "B"').rule == "input_values"
    assert broken_rule([("-", '"Z"')], {"x": "A"}, values='"X", "Y"').rule == "output_values"


def test_several_outputs_make_a_context():
    rows = [('"A"', "> 1", '"yes"', "x"), ("-", "-", '"no"', "null")]
    facts = {"x": "A", "n": 2}
    options = {"inputs": ("x", "n"), "outputs": ("decision", "grade"), "policy": "FIRST"}
    assert decide(rows, facts, **options) == {"decision": "yes", "grade": "A"}
    assert decide(rows, {**facts, "n": 1}, **options) == {"decision": "no", "grade": None}


def test_the_trace_shows_the_inputs_and_the_rows_that_matched():
    result = parse_dmn(table(BANDS, policy="COLLECT")).evaluate("决定", {"x": 7})
    (trace,) = result.trace
    assert (trace.decision_id, trace.decision_name, trace.hit_policy) == ("d", "决定", "C")
    assert trace.inputs == {"x": D(7)}
    assert trace.rules == (
        RuleHit(1, "row1", "note 1", {"y": "low"}),
        RuleHit(2, "row2", "note 2", {"y": "middle"}),
    )


def test_a_strict_evaluation_names_the_fact_that_is_missing():
    model = parse_dmn(table(BANDS))
    assert model.evaluate("d", {}).value is None
    with pytest.raises(FeelNameMissing, match="'x'"):
        model.evaluate("d", {}, strict=True)


def test_a_table_without_input_data_reads_its_facts_from_the_context():
    model = parse_dmn(table([("< limit", "bonus * 2")], inputs=("amount",)))
    assert model.input_names("d") == {"amount", "limit", "bonus"}
    assert model.evaluate("d", {"amount": 1, "limit": 2, "bonus": 3}).value == 6


def test_all_problems_of_a_table_are_listed_at_once():
    rows = [("< ", '"a"'), ('"A" "B"', "1 +"), ("-", "2", "3")]
    with pytest.raises(DmnInvalid) as invalid:
        parse_dmn(table(rows, policy="BEST"))
    codes = sorted(problem.code for problem in invalid.value.problems)
    assert codes == ["dmn_hit_policy", "dmn_row", "feel_syntax", "feel_syntax", "feel_syntax"]
    assert all(problem.element_id and problem.element_name == "决定" for problem in invalid.value.problems)


def test_a_problem_is_told_in_chinese_and_in_english():
    with pytest.raises(DmnInvalid) as invalid:
        parse_dmn(table([("< ", '"a"')]))
    (problem,) = invalid.value.problems
    assert (
        problem.text("zh") == "决定 (row1)：表达式 < 有语法错误：第 1 行第 2 列：此处应为表达式，但遇到 结尾"
    )
    assert problem.text("en").startswith("决定 (row1): <: line 1, column 2: an expression is expected")


def test_every_problem_has_its_sentences():
    sources = "".join(path.read_text("utf-8") for path in Path(messages.__file__).parent.glob("*.py"))
    used = set(
        re.findall(r'"(dmn_[a-z_]+)"', sources.replace(Path(messages.__file__).read_text("utf-8"), ""))
    )
    errors = {"dmn_error", "dmn_invalid", "dmn_decision_unknown", "dmn_rule_broken", "dmn_value_mismatch"}
    assert used - errors == {code for code in messages.MESSAGES if code.startswith("dmn_")}


def test_a_priority_needs_an_order():
    with pytest.raises(DmnInvalid) as invalid:
        parse_dmn(table(BANDS, policy="PRIORITY"))
    assert [problem.code for problem in invalid.value.problems] == ["dmn_priority"]


CAMUNDA = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
 id="rates" name="利率" namespace="http://camunda.org/schema/1.0/dmn"
 exporter="Camunda Modeler" exporterVersion="5.30.0">
 <decision id="rate_plan" name="利率方案" camunda:historyTimeToLive="P180D">
  <decisionTable id="t" hitPolicy="FIRST">
   <input id="i1" label="期数" camunda:inputVariable="term">
    <inputExpression id="e1" typeRef="integer"><text>term_months</text></inputExpression></input>
   <input id="i2" label="等级">
    <inputExpression id="e2" typeRef="string" expressionLanguage="feel"><text>grade</text></inputExpression></input>
   <input id="i3" label="日期">
    <inputExpression id="e3" typeRef="date"><text>on</text></inputExpression></input>
   <output id="o1" label="年利率" name="annual_rate" typeRef="double" />
   <output id="o2" label="需要担保" name="guarantor" typeRef="boolean" />
   <rule id="r1"><description>短期优质</description>
    <inputEntry id="c1"><text>&lt;= 12</text></inputEntry>
    <inputEntry id="c2"><text>"A","B"</text></inputEntry>
    <inputEntry id="c3"><text></text></inputEntry>
    <outputEntry id="c4"><text>0.0588</text></outputEntry><outputEntry id="c5"><text>false</text></outputEntry></rule>
   <rule id="r2">
    <inputEntry id="c6"><text>[12..36]</text></inputEntry>
    <inputEntry id="c7"><text>not("D")</text></inputEntry>
    <inputEntry id="c8"><text>&gt;= date("2026-01-01")</text></inputEntry>
    <outputEntry id="c9"><text>0.0788</text></outputEntry><outputEntry id="c10"><text>true</text></outputEntry></rule>
  </decisionTable></decision></definitions>"""


@pytest.mark.parametrize(
    ("facts", "value"),
    [
        ((12, "A", date(2025, 1, 1)), {"annual_rate": D("0.0588"), "guarantor": False}),
        ((24, "A", date(2026, 1, 1)), {"annual_rate": D("0.0788"), "guarantor": True}),
        ((24, "D", date(2026, 1, 1)), None),
        ((24, "A", date(2025, 12, 31)), None),
    ],
)
def test_a_table_as_the_camunda_modeler_writes_it(facts, value):
    model = parse_dmn(CAMUNDA.encode())
    result = model.evaluate(
        "rate_plan", dict(zip(("term_months", "grade", "on"), facts, strict=True)), strict=True
    )
    assert result.value == value
    if value is not None:
        assert set(result.trace[0].inputs) == {"期数", "等级", "日期"}


@pytest.mark.parametrize(
    "version", ["20151101/dmn.xsd", "20180521/MODEL/", "20211108/MODEL/", "20230324/MODEL/"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_all_versions_of_dmn_are_read(version, scheme):
    xml = CAMUNDA.replace(
        "https://www.omg.org/spec/DMN/20191111/MODEL/", f"{scheme}://www.omg.org/spec/DMN/{version}"
    )
    assert list(parse_dmn(xml.encode()).decisions) == ["rate_plan"]


def test_another_expression_language_is_a_problem():
    with pytest.raises(DmnInvalid) as invalid:
        parse_dmn(CAMUNDA.replace('"feel"', '"groovy"').encode())
    assert [(p.code, p.element_id) for p in invalid.value.problems] == [("dmn_language", "e2")]


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"<definitions/>", "dmn_namespace"),
        (b"not xml", "xml_refused"),
        (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "xml_refused"),
    ],
)
def test_what_is_no_decision_model_is_refused(xml, code):
    with pytest.raises(DmnInvalid) as invalid:
        parse_dmn(xml)
    assert [problem.code for problem in invalid.value.problems] == [code]
