"""What FEEL refuses: wrong syntax, missing names, values without exact counterpart, work without end."""

import math
import time
from decimal import Decimal

import pytest

from engine.feel import (
    FeelError,
    FeelLimitExceeded,
    FeelNameMissing,
    FeelSyntaxError,
    FeelValueRefused,
    compile_expression,
    compile_unary_tests,
    from_python,
    parse_duration,
)


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "(1", "[1, 2", "{a: 1", "{a 1}", "{a: 1, a: 2}", "1 2", '"open', "if a then b", "for x in y",
        "some x in y", "a.", "f(1,)", "[1,]", "f(a: 1, 2)", "f(a: 1, a: 2)", "@1", "x instance of Foo",
        "function(x) external {java: {class: \"java.lang.Math\"}}", "__import__('os')", "a; b", "a == b", "1e99999",
        "[1..2", "every x satisfies y", "and", "a and", "\x00",
    ],
)  # fmt: skip
def test_what_is_not_feel_is_a_syntax_error_with_its_place(text):
    with pytest.raises(FeelSyntaxError) as refused:
        compile_expression(text)
    assert refused.value.code == "feel_syntax"
    assert refused.value.line == 1
    assert 1 <= refused.value.column <= len(text) + 1


def test_a_syntax_error_counts_lines_and_columns_from_one():
    with pytest.raises(FeelSyntaxError) as refused:
        compile_expression("1 +\n  * 2")
    assert (refused.value.line, refused.value.column) == (2, 3)


def test_an_empty_cell_is_no_test():
    with pytest.raises(FeelSyntaxError):
        compile_unary_tests(" ")


def test_a_missing_name_is_null_unless_strict():
    expression = compile_expression("amount > 5")
    assert expression.evaluate({}) is None
    with pytest.raises(FeelNameMissing) as missing:
        expression.evaluate({}, strict=True)
    assert (missing.value.name, missing.value.expression) == ("amount", "amount > 5")
    assert expression.evaluate({"amount": None}, strict=True) is None


def test_a_strict_evaluation_may_still_use_built_ins():
    assert compile_expression("sort([2, 1], function(a, b) a < b)[1]").evaluate({}, strict=True) == 1


@pytest.mark.parametrize(
    "value", [1.5, math.nan, Decimal("NaN"), Decimal("Infinity"), object(), {1, 2}, b"x"]
)
def test_values_without_exact_counterpart_are_refused(value):
    with pytest.raises(FeelValueRefused):
        compile_expression("x").evaluate({"x": value})


def test_python_values_become_feel_values():
    given = {"a": (1, True, None), "b": {"c": 2}}
    taken = from_python(given)
    assert taken == {"a": [Decimal(1), True, None], "b": {"c": Decimal(2)}}
    assert [type(item) for item in taken["a"]] == [Decimal, bool, type(None)]


def test_a_value_nested_without_end_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(FeelLimitExceeded):
        from_python(loop)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "[" * 60 + "]" * 60,
        "{a: " * 60 + "1" + "}" * 60,
        "not(" * 60 + "true" + ")" * 60,
        "x" * 50_001,
        "for i in 1..1000000000 return i",
        "for i in 1..10000, j in 1..10000 return i",
        "some i in 1..100000000 satisfies i < 0",
        "count(for i in 1..1000 return for j in 1..1000 return for k in 1..1000 return k)",
        "{f: function(g, x) g(g, x), r: f(function(g, x) g(g, x), 1)}",
        "{a: [1,1], b: [a,a], c: [b,b], d: [c,c], e: [d,d], f: [e,e], g: [f,f], h: [g,g], i: [h,h], j: [i,i],"
        " k: [j,j], l: [k,k], m: [l,l], n: [m,m], o: [n,n], p: [o,o], q: [p,p], r: [q,q], s: [r,r], t: [s,s],"
        " u: [t,t], v: count(flatten(u))}",
        "{a: [1,1], b: [a,a], c: [b,b], d: [c,c], e: [d,d], f: [e,e], g: [f,f], h: [g,g], i: [h,h], j: [i,i],"
        " k: [j,j], l: [k,k], m: [l,l], n: [m,m], o: [n,n], p: [o,o], q: [p,p], r: [q,q], s: [r,r], t: [s,s],"
        " v: string(t)}",
        'for i in 1..40 return if i = 1 then "aaaaaaaaaaaaaaaa" else partial[-1] + partial[-1]',
        'for i in 1..40 return if i = 1 then ["aaaaaaaaaaaaaaaa"] else concatenate(partial[-1], partial[-1])',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "^(a+)+$")',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "^(a|aa)+$")',
    ],
)
def test_no_expression_takes_time_or_memory_without_end(text):
    started = time.perf_counter()
    with pytest.raises(FeelLimitExceeded):
        compile_expression(text).evaluate({})
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize(
    "text", ["+".join(["1"] * 2000), " and ".join(["true"] * 2000), "if true then 1 else " * 500 + "2"]
)
def test_long_chains_are_no_nesting(text):
    assert compile_expression(text).evaluate({}) is not None


def test_numbers_stay_within_34_digits_and_overflow_to_null():
    assert compile_expression("10 ** 6144 * 10").evaluate({}) is None
    assert compile_expression("2 ** 200").evaluate({}) == Decimal("1606938044258990275541962092341163E+27")
    assert compile_expression("exp(100000)").evaluate({}) is None


@pytest.mark.parametrize(
    "text",
    [
        "x.__class__", "x.__init__.__globals__", "f.body", "f.call", "d.isoformat", "n.real", "__builtins__",
        "open", "eval",
        "x.keys", "(function() 1).body",
    ],
)  # fmt: skip
def test_nothing_leads_to_python(text):
    context = {"x": {}, "n": 1, "d": None}
    assert compile_expression(text).evaluate(context) is None


def test_a_duration_that_is_none_is_a_feel_error():
    with pytest.raises(FeelError):
        parse_duration("two days")
