"""Decisions that need each other: requirements, functions, services, imports, boxed expressions."""

from decimal import Decimal

import pytest

from engine.dmn import DmnDecisionUnknown, DmnInvalid, DmnValueMismatch, parse_dmn, parse_files
from engine.feel import FeelLimitExceeded

D = Decimal
DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(body, *, namespace="t", imports=None):
    xml = f'<definitions xmlns="{DMN}" id="m" name="m" namespace="{namespace}">{body}</definitions>'
    return parse_dmn(xml.encode(), imports=imports or {})


def literal(text):
    return "<literalExpression><text>" + text.replace("<", "&lt;") + "</text></literalExpression>"


def needs(*references):
    """Requirements: `i:` input data, `d:` decisions, `k:` knowledge."""
    names = {"i": "requiredInput", "d": "requiredDecision", "k": "requiredKnowledge"}
    return "".join(
        f'<{"knowledge" if kind == "k" else "information"}Requirement><{names[kind]} href="{href}"/>'
        f"</{'knowledge' if kind == 'k' else 'information'}Requirement>"
        for kind, _, href in (reference.partition(":") for reference in references)
    )


def decision(key, logic, *references, type_ref=""):
    variable = f'<variable name="{key}" typeRef="{type_ref}"/>' if type_ref else ""
    return f'<decision id="{key}" name="{key}">{variable}{needs(*references)}{logic}</decision>'


def input_data(key, type_ref="number"):
    return f'<inputData id="{key}" name="{key}"><variable name="{key}" typeRef="{type_ref}"/></inputData>'


def test_a_decision_reads_what_it_requires():
    graph = model(
        input_data("amount") + decision("fee", literal("amount * 0.01"), "i:#amount")
        + decision("total", literal("amount + fee"), "i:#amount", "d:#fee")
    )  # fmt: skip
    assert graph.evaluate("total", {"amount": 100}).value == 101
    assert graph.input_names("total") == {"amount"}


def test_a_decision_required_twice_is_taken_once():
    rows = "<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>x</text></outputEntry></rule>"
    column = "<input><inputExpression><text>x</text></inputExpression></input><output/>"
    table = f"<decisionTable>{column}{rows}</decisionTable>"
    graph = model(
        input_data("x") + decision("a", table, "i:#x") + decision("b", literal("a"), "d:#a")
        + decision("c", literal("a + b"), "d:#a", "d:#b")
    )  # fmt: skip
    result = graph.evaluate("c", {"x": 2})
    assert result.value == 4
    assert [trace.decision_id for trace in result.trace] == ["a"]


def test_decisions_that_require_each_other_are_refused():
    with pytest.raises(DmnInvalid) as invalid:
        model(decision("a", literal("b"), "d:#b") + decision("b", literal("a"), "d:#a"))
    assert [problem.code for problem in invalid.value.problems] == ["dmn_cycle"]


def test_a_broken_reference_and_an_unknown_type_are_problems():
    with pytest.raises(DmnInvalid) as invalid:
        model(decision("a", literal("1"), "i:#nowhere", type_ref="tNothing"))
    assert {problem.code for problem in invalid.value.problems} == {
        "dmn_broken_reference",
        "dmn_unknown_type",
    }
    assert {problem.element_id for problem in invalid.value.problems} == {"a"}


def test_a_model_with_problems_can_still_be_looked_at():
    with pytest.raises(DmnInvalid) as invalid:
        model(decision("a", literal("1 +")) + decision("b", literal("2")))
    assert invalid.value.model.evaluate("b", {}).value == 2
    assert invalid.value.model.evaluate("a", {}).value is None


def test_an_unknown_decision_is_an_error_that_lists_the_known_ones():
    with pytest.raises(DmnDecisionUnknown, match="there are a"):
        model(decision("a", literal("1"))).evaluate("z", {})


KNOWLEDGE = """<businessKnowledgeModel id="fac" name="factorial">{}<encapsulatedLogic>
<formalParameter name="n" typeRef="number"/>{}</encapsulatedLogic></businessKnowledgeModel>"""


def test_knowledge_may_call_itself_within_bounds():
    logic = literal("if n <= 1 then 1 else n * factorial(n - 1)")
    graph = model(KNOWLEDGE.format(needs("k:#fac"), logic) + decision("d", literal("factorial(x)"), "k:#fac"))
    assert graph.evaluate("d", {"x": 20}).value == 2432902008176640000
    assert graph.evaluate("d", {"x": "a"}).value is None
    with pytest.raises(FeelLimitExceeded):
        graph.evaluate("d", {"x": 100000})


def test_knowledge_knows_itself_without_requiring_itself_and_gives_its_own_type():
    body = f"<formalParameter name='n'/>{literal('if n <= 1 then n else sum-up(n - 1) + n')}"
    knowledge = "<businessKnowledgeModel id='k' name='{}'><encapsulatedLogic{}>{}</encapsulatedLogic>"
    graph = model(
        knowledge.format("sum-up", "", body) + "</businessKnowledgeModel>"
        + decision("d", literal("sum-up(4)"), "k:#k")
    )  # fmt: skip
    assert graph.evaluate("d", {}).value == 10
    graph = model(
        knowledge.format("abs", " typeRef='string'", f"<formalParameter name='n'/>{literal('abs(n)')}")
        + "</businessKnowledgeModel>" + decision("d", literal("abs(-4)"), "k:#k")
    )  # fmt: skip
    assert graph.invoke("abs", {"n": -4}).value is None


def test_an_invocation_binds_parameters_by_name():
    binding = f"<binding><parameter name='n'/>{literal('2 + 2')}</binding>"
    invocation = f"<invocation>{literal('factorial')}{binding}</invocation>"
    graph = model(KNOWLEDGE.format("", literal("n * 10")) + decision("d", invocation, "k:#fac"))
    assert graph.evaluate("d", {}).value == 40


BODY = f"<in>{literal('[1, 8]')}</in><satisfies>{literal('i > x')}</satisfies>"


@pytest.mark.parametrize(
    ("boxed", "value"),
    [
        (
            f"<context><contextEntry><variable name='a b'/>{literal('1')}</contextEntry>"
            f"<contextEntry><variable name='c'/>{literal('a b + 1')}</contextEntry></context>",
            {"a b": D(1), "c": D(2)},
        ),
        (
            f"<context><contextEntry><variable name='a'/>{literal('1')}</contextEntry>"
            f"<contextEntry>{literal('a + 5')}</contextEntry></context>",
            D(6),
        ),
        (f"<list>{literal('1')}{literal('x')}</list>", [D(1), D(7)]),
        (
            f"<relation><column name='a'/><column name='b'/><row>{literal('1')}{literal('x')}</row></relation>",
            [{"a": D(1), "b": D(7)}],
        ),
        (
            f"<context><contextEntry><variable name='f'/><functionDefinition><formalParameter name='p'/>"
            f"{literal('p * x')}</functionDefinition></contextEntry>"
            f"<contextEntry>{literal('f(2)')}</contextEntry></context>",
            D(14),
        ),
        (
            f"<conditional><if>{literal('x > 5')}</if><then>{literal('1')}</then>"
            f"<else>{literal('2')}</else></conditional>",
            D(1),
        ),
        (
            f"<filter><in>{literal('[1, 8, 9]')}</in><match>{literal('item > x')}</match></filter>",
            [D(8), D(9)],
        ),
        (
            f"<for iteratorVariable='i'><in>{literal('[1..3]')}</in><return>{literal('i * x')}</return></for>",
            [D(7), D(14), D(21)],
        ),
        (
            f"<for iteratorVariable='i'><in>{literal('3..1')}</in><return>{literal('i * x')}</return></for>",
            [D(21), D(14), D(7)],
        ),
        (
            f"<every iteratorVariable='i'><in>{literal('x - 1..x')}</in><satisfies>{literal('i > 5')}</satisfies>"
            "</every>",
            True,
        ),
        (
            f"<for iteratorVariable='i'><in>{literal('1..')}</in><return>{literal('i')}</return></for>",
            None,
        ),
        (
            f"<relation><column name='a' typeRef='string'/><row>{literal('x')}</row></relation>",
            [{"a": None}],
        ),
        (
            "<context><contextEntry><variable name='n-fold'/><functionDefinition><formalParameter name='n'/>"
            f"{literal('if n <= 1 then x else n * n-fold(n - 1)')}</functionDefinition></contextEntry>"
            f"<contextEntry>{literal('n-fold(3)')}</contextEntry></context>",
            D(42),
        ),
        (
            "<context><contextEntry><variable name='f'/><functionDefinition typeRef='string'>"
            f"<formalParameter name='n'/>{literal('n')}</functionDefinition></contextEntry>"
            f"<contextEntry>{literal('[f(1), f(&quot;a&quot;)]')}</contextEntry></context>",
            [None, "a"],
        ),
        (f"<some iteratorVariable='i'>{BODY}</some>", True),
        (f"<every iteratorVariable='i'>{BODY}</every>", False),
    ],
)
def test_boxed_expressions(boxed, value):
    try:
        graph = model(input_data("x") + decision("d", boxed, "i:#x"))
    except DmnInvalid as invalid:
        assert value is None
        graph = invalid.model
    assert graph.evaluate("d", {"x": 7}).value == value


ITEMS = """<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"A", "B"</text></allowedValues>
</itemDefinition><itemDefinition name="tGrades" isCollection="true"><typeRef>tGrade</typeRef></itemDefinition>
<itemDefinition name="tFirstGrades"><typeRef>tGrades</typeRef><allowedValues><text>"A"</text></allowedValues>
</itemDefinition>
<itemDefinition name="tLoan"><itemComponent name="monthly rate"><typeRef>number</typeRef></itemComponent>
</itemDefinition>"""


@pytest.mark.parametrize(
    ("type_ref", "given", "value"),
    [
        ("tGrade", "A", "A"),
        ("tGrade", "C", None),
        ("tGrades", ["A", "B"], ["A", "B"]),
        ("tGrades", ["A", "C"], None),
        ("tGrades", "A", ["A"]),
        ("tFirstGrades", ["A", "A"], ["A", "A"]),
        ("tFirstGrades", ["A", "B"], None),
        ("number", [5], D(5)),
        ("number", "5", None),
        ("tLoan", {"monthly rate": 1}, {"monthly rate": D(1)}),
        ("tLoan", {"monthly rate": "x"}, None),
    ],
)
def test_facts_of_a_wrong_type_are_null_and_strictly_an_error(type_ref, given, value):
    graph = model(ITEMS + input_data("x", type_ref) + decision("d", literal("x"), "i:#x"))
    assert graph.evaluate("d", {"x": given}).value == value
    if value is None:
        with pytest.raises(DmnValueMismatch, match="'x'"):
            graph.evaluate("d", {"x": given}, strict=True)


def test_component_names_may_hold_spaces():
    graph = model(
        ITEMS + input_data("loan", "tLoan") + decision("d", literal("loan.monthly rate * 12"), "i:#loan")
    )
    assert graph.evaluate("d", {"loan": {"monthly rate": D("0.01")}}).value == D("0.12")


SERVICE = """<decisionService id="s" name="quote"><outputDecision href="#total"/><encapsulatedDecision href="#fee"/>
<inputData href="#amount"/></decisionService>"""


def test_a_decision_service_is_evaluated_and_called():
    graph = model(
        input_data("amount") + decision("fee", literal("amount / 10"), "i:#amount")
        + decision("total", literal("amount + fee"), "i:#amount", "d:#fee") + SERVICE
        + decision("twice", literal("quote(100) + quote(amount: 200)"), "k:#s")
        + decision("wrong", literal("[quote(\"100\"), quote(sum: 1), quote([100])]"), "k:#s")
    )  # fmt: skip
    assert graph.evaluate("wrong", {}).value == [None, None, 110]
    assert graph.evaluate("quote", {"amount": 10}).value == 11
    assert graph.evaluate("twice", {}).value == 330


def test_a_model_reads_what_another_offers():
    library = model(
        ITEMS
        + KNOWLEDGE.format("", literal("n * 3"))
        + input_data("y")
        + decision("base", literal("y + 1"), "i:#y"),
        namespace="lib",
    )
    imported = f'<import name="lib" namespace="lib" importType="{DMN}"/>'
    graph = model(
        imported
        + decision("d", literal("lib.factorial(lib.base)"), "k:lib#fac", "d:lib#base", type_ref="number"),
        imports={"lib": library},
    )
    assert graph.evaluate("d", {"y": 1}).value == 6
    with pytest.raises(DmnInvalid) as invalid:
        model(imported)
    assert [problem.code for problem in invalid.value.problems] == ["dmn_import"]


def definitions(namespace, body, *imported):
    imports = "".join(f'<import name="{name}" namespace="{name}" importType="{DMN}"/>' for name in imported)
    return f'<definitions xmlns="{DMN}" id="m" name="m" namespace="{namespace}">{imports}{body}</definitions>'.encode()


def test_files_that_import_each_other_are_read_together_in_whatever_order():
    files = {
        "a.dmn": definitions("a", decision("d", literal("b.e + c.f"), "d:b#e", "d:c#f"), "b", "c"),
        "b.dmn": definitions("b", decision("e", literal("c.f * 2"), "d:c#f"), "c"),
        "c.dmn": definitions("c", decision("f", literal("20"))),
    }
    assert parse_files(files)["a.dmn"].evaluate("d", {}).value == 60


def test_an_import_that_leads_back_is_a_problem_and_not_an_endless_reading():
    files = {
        "a.dmn": definitions("a", decision("d", literal("1")), "b"),
        "b.dmn": definitions("b", decision("e", literal("2")), "a"),
        "c.dmn": b"no model",
    }
    read = parse_files(files)
    assert {
        name: [problem.code for problem in found.problems] for name, found in read.items() if name != "a.dmn"
    } == {
        "b.dmn": ["dmn_import"],
        "c.dmn": ["xml_refused"],
    }
    assert read["a.dmn"].evaluate("d", {}).value == 1


def test_input_data_that_a_decision_does_not_require_is_out_of_its_sight():
    graph = model(input_data("x") + decision("d", literal("x")) + decision("e", literal("y")))
    assert graph.evaluate("d", {"x": 1}).value is None
    assert graph.evaluate("e", {"y": 1}).value == 1


def test_an_input_decision_that_is_not_given_is_null_and_never_taken():
    parts = '<outputDecision href="#total"/><inputDecision href="#fee"/>'
    service = f'<decisionService id="s" name="quote">{parts}</decisionService>'
    graph = model(decision("fee", literal("5")) + decision("total", literal("fee"), "d:#fee") + service)
    assert graph.evaluate("quote", {}).value is None
    assert graph.evaluate("quote", {"fee": 7}).value == 7


def test_a_result_tells_why_it_is_null():
    graph = model(input_data("x") + decision("d", literal("x"), "i:#x"))
    (error,) = graph.evaluate("d", {"x": "a"}).errors
    assert error.text("en").startswith("'x' must be number")
    assert error.text("zh").startswith("'x' 应为 number")
    called = model(KNOWLEDGE.format("", literal("n")) + decision("d", literal('factorial("a")'), "k:#fac"))
    assert [error.name for error in called.evaluate("d", {}).errors] == ["n"]


@pytest.mark.parametrize(
    ("match", "value"),
    [
        ("item > 1", [D(2), D(3)]),
        ("2", D(2)),
        ("-1", D(3)),
        ('"a"', None),
        ("null", []),
        ("true", [D(1), D(2), D(3)]),
    ],
)
def test_a_boxed_filter_selects_as_a_filter_does(match, value):
    boxed = f"<filter><in>{literal('[1, 2, 3]')}</in><match>{literal(match)}</match></filter>"
    assert model(decision("d", boxed)).evaluate("d", {}).value == value
