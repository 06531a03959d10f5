"""Each built-in function, as its section of the standard describes it."""

import pytest

from engine.feel import compile_expression
from engine.feel.builtins import BUILTINS

CASES = {
    "not": [("not(true)", "false"), ("not(1)", "null")],
    "number": [
        ('number("1 000,5", " ", ",")', "1000.5"), ('number("1.000", ".", null)', "1000"), ('number("x")', "null"),
        ('number("1,000", ",", ",")', "null"), ("number(5)", "5"), ('number("-1e3")', "-1000"),
    ],
    "random number": [("random number() between 0 and 1", "true"), ("random number() = random number()", "false")],
    "duplicate values": [("duplicate values([1, 2, 3, 2, 1, 1])", "[1, 2]"), ("duplicate values(null)", "null")],
    "string": [
        ("string(1.10)", '"1.10"'), ("string(null)", "null"), ('string(@"P1DT2H")', '"P1DT2H"'),
        ("string(true)", '"true"'),
        ('string({a: [1, "x"]})', '"{a: [1, \\"x\\"]}"'), ("string([1..5))", '"[1..5)"'), ('string("x")', '"x"'),
        ('string(@"2026-01-01T10:00:00@Asia/Shanghai")', '"2026-01-01T10:00:00@Asia/Shanghai"'),
        ('string(@"10:00:00.50+08:00")', '"10:00:00.5+08:00"'), ('string(@"P14M")', '"P1Y2M"'),
        ("string(10 ** 3)", '"1000"'),
    ],
    "date": [
        ("date(2026, 1, 31)", '@"2026-01-31"'), ("date(2026, 2, 30)", "null"), ('date("2026-1-1")', "null"),
        ('date(@"2026-01-31T10:00:00Z")', '@"2026-01-31"'), ("date(null)", "null"), ("date(1e30, 1, 1)", "null"),
    ],
    "time": [
        ("time(10, 20, 30)", '@"10:20:30"'), ('time(10, 20, 30, @"PT8H")', '@"10:20:30+08:00"'),
        ("time(25, 0, 0)", "null"),
        ('time(@"2026-01-31T10:00:00Z")', '@"10:00:00Z"'), ('time("10:00")', "null"),
    ],
    "date and time": [
        ('date and time(@"2026-01-31", @"10:00:00Z")', '@"2026-01-31T10:00:00Z"'),
        ('date and time("2026-01-31T10:00:00") = @"2026-01-31T10:00:00"', "true"), ('date and time("x")', "null"),
        ('date and time(@"2026-01-31T02:00:00Z", "Asia/Shanghai").hour', "10"),
    ],
    "duration": [
        ('duration("P1DT36H") = @"P2DT12H"', "true"), ('duration("-P1Y2M")', '@"-P14M"'), ('duration("P")', "null"),
        ('duration("PT")', "null"), ('duration("P1Y1D")', "null"), ('duration("PT0.5S") * 2', '@"PT1S"'),
    ],
    "years and months duration": [
        ('years and months duration(@"2026-01-15", @"2024-01-20")', '@"-P1Y11M"'),
        ('years and months duration(from: @"2026-01-31", to: @"2026-03-01")', '@"P1M"'),
    ],
    "substring": [
        ('substring("foobar", 3)', '"obar"'), ('substring("foobar", 3, 3)', '"oba"'),
        ('substring("foobar", -2, 1)', '"a"'),
        ('substring("foobar", 0)', "null"), ('substring("\\U01F40Eab", 2)', '"ab"'),
    ],
    "string length": [('string length("京🐎")', "2")],
    "upper case": [('upper case("aBc4")', '"ABC4"')],
    "lower case": [('lower case("aBc4")', '"abc4"')],
    "substring before": [
        ('substring before("foobar", "bar")', '"foo"'), ('substring before("foobar", "xyz")', '""'),
    ],
    "substring after": [('substring after("foobar", "ob")', '"ar"'), ('substring after("", "a")', '""')],
    "replace": [
        ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', '"[1=ab][2=]cd"'),
        ('replace("a.b", ".", "x", "q")', '"axb"'),
        ('replace("abc", "", "x")', "null"), ('replace("ABC", "b", "$0$0", "i")', '"ABBC"'),
        ('replace("a", "a", "$")', "null"),
    ],
    "contains": [('contains("foobar", "oba")', "true"), ('contains(1, "a")', "null")],
    "starts with": [('starts with("foobar", "fo")', "true")],
    "ends with": [('ends with("foobar", "r")', "true")],
    "matches": [
        ('matches("foobar", "^fo*b")', "true"), ('matches("京A12345", "^\\\\p{Lo}[A-Z]\\\\w{5}$")', "true"),
        ('matches("x", "[")', "null"), ('matches("hello", "HELLO", "i")', "true"),
        ('matches("abab", "^(ab)\\\\1$")', "true"),
        ('matches("b", "^[a-z-[aeiou]]$")', "true"), ('matches("e", "^[a-z-[aeiou]]$")', "false"),
        ('matches("a\\nb", "a.b")', "false"), ('matches("a\\nb", "a.b", "s")', "true"),
        ('matches("x", "x", "z")', "null"),
    ],
    "split": [('split("John Doe", "\\\\s")', '["John", "Doe"]'), ('split("a;;b", ";")', '["a", "", "b"]')],
    "string join": [
        ('string join(["a", null, "c"], "-")', '"a-c"'), ('string join(["a", "b"])', '"ab"'),
        ("string join([1])", "null"),
    ],
    "list contains": [("list contains([1, null], null)", "true"), ("list contains([1], 2)", "false")],
    "count": [("count([1, null])", "2"), ("count(null)", "null"), ("count(7)", "1")],
    "min": [("min(3, 1, 2)", "1"), ('min(["b", "a"])', '"a"'), ("min([])", "null"), ('min(1, "a")', "null")],
    "max": [("max([3, 1, 2])", "3"), ('max(@"2026-01-01", @"2026-02-01")', '@"2026-02-01"')],
    "sum": [
        ("sum(1, 2, 3)", "6"), ("sum([])", "null"), ("sum([1, null])", "null"),
        ('sum(@"P1D", @"PT1H")', '@"P1DT1H"'),
    ],
    "mean": [("mean([1, 2, 3])", "2")],
    "all": [
        ("all([true, null])", "null"), ("all([false, null])", "false"), ("all([])", "true"),
        ("all(true, true)", "true"),
    ],
    "any": [("any([true, null])", "true"), ("any([false, null])", "null"), ("any([])", "false")],
    "sublist": [
        ("sublist([4, 5, 6], 1, 2)", "[4, 5]"), ("sublist([4, 5, 6], -2)", "[5, 6]"), ("sublist([4], 2)", "null"),
    ],
    "append": [("append([1], 2, 3)", "[1, 2, 3]"), ("append([1], [2])", "[1, [2]]")],
    "concatenate": [("concatenate([1, 2], [3])", "[1, 2, 3]")],
    "insert before": [("insert before([1, 3], 2, 2)", "[1, 2, 3]"), ("insert before([1], 5, 2)", "null")],
    "remove": [("remove([1, 2, 3], 2)", "[1, 3]"), ("remove([1, 2, 3], -1)", "[1, 2]")],
    "list replace": [
        ("list replace([2, 4, 7, 8], 3, 6)", "[2, 4, 6, 8]"),
        ("list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", "[5, 5, 7, 8]"),
    ],
    "reverse": [("reverse([1, 2, 3])", "[3, 2, 1]")],
    "index of": [("index of([1, 2, 3, 2], 2)", "[2, 4]")],
    "union": [("union([1, 2], [2, 3])", "[1, 2, 3]")],
    "distinct values": [("distinct values([1, 2, 1, null, null])", "[1, 2, null]")],
    "flatten": [("flatten([[1, 2], [[3]], 4])", "[1, 2, 3, 4]")],
    "product": [("product(2, 3, 4)", "24")],
    "median": [("median(8, 2, 5, 3, 4)", "4"), ("median([6, 1, 2, 3])", "2.5"), ("median([])", "null")],
    "stddev": [("stddev(2, 4, 7, 5)", "2.081665999466132735282297706979931"), ("stddev(47)", "null")],
    "mode": [("mode(6, 3, 9, 6, 6)", "[6]"), ("mode([6, 1, 9, 6, 1])", "[1, 6]"), ("mode([])", "[]")],
    "sort": [
        ("sort([3, 1, 2])", "[1, 2, 3]"), ("sort([3, 1, 2], function(x, y) x > y)", "[3, 2, 1]"),
        ('sort([1, "a"])', "null"),
    ],
    "decimal": [
        ("decimal(1/3, 2)", "0.33"), ("decimal(1.5, 0)", "2"), ("decimal(2.5, 0)", "2"),
        ("decimal(1250, -2)", "1200"),
    ],
    "floor": [("floor(-1.5)", "-2"), ("floor(1.56, 1)", "1.5")],
    "ceiling": [("ceiling(-1.5)", "-1"), ("ceiling(1.51, 1)", "1.6")],
    "round up": [("round up(5.5, 0)", "6"), ("round up(-5.5, 0)", "-6"), ("round up(1.121, 2)", "1.13")],
    "round down": [("round down(-5.5, 0)", "-5")],
    "round half up": [
        ("round half up(5.5, 0)", "6"), ("round half up(-5.5, 0)", "-6"), ("round half up(1.126, 2)", "1.13"),
    ],
    "round half down": [("round half down(5.5, 0)", "5"), ("round half down(-5.5, 0)", "-5")],
    "abs": [("abs(-10)", "10"), ('abs(@"-PT5H")', '@"PT5H"'), ('abs(@"-P1Y")', '@"P1Y"')],
    "modulo": [
        ("modulo(12, 5)", "2"), ("modulo(-12, 5)", "3"), ("modulo(12, -5)", "-3"), ("modulo(10.1, 4.5)", "1.1"),
        ("modulo(1, 0)", "null"),
    ],
    "sqrt": [("sqrt(16)", "4"), ("sqrt(-1)", "null")],
    "log": [("decimal(log(10), 8)", "2.30258509"), ("log(0)", "null")],
    "exp": [("decimal(exp(5), 8)", "148.41315910")],
    "odd": [("odd(5)", "true"), ("odd(2.5)", "null"), ("odd(9999999999999999999999999999999999)", "true")],
    "even": [("even(2)", "true")],
    "is": [('is(@"2026-01-01", @"2026-01-01T00:00:00")', "false"), ("is(1, 1.0)", "true")],
    "now": [("now()", "null")],
    "today": [("today()", "null")],
    "day of year": [("day of year(@\"2026-09-17\")", "260")],
    "day of week": [('day of week(@"2026-09-17")', '"Thursday"')],
    "month of year": [('month of year(@"2026-09-17T00:00:00")', '"September"')],
    "week of year": [('week of year(@"2003-12-29")', "1"), ('week of year(@"2005-01-01")', "53")],
    "get value": [('get value({a: 1}, "a")', "1"), ('get value({a: 1}, "b")', "null")],
    "get entries": [("get entries({a: 1})", '[{key: "a", value: 1}]')],
    "context": [('context([{key: "a", value: 1}])', "{a: 1}"), ('context([{key: "a"}])', "null")],
    "context put": [
        ('context put({a: 1}, "b", 2)', "{a: 1, b: 2}"),
        ('context put({a: {b: 1}}, ["a", "c"], 2)', "{a: {b: 1, c: 2}}"),
    ],
    "context merge": [("context merge([{a: 1}, {a: 2, b: 3}])", "{a: 2, b: 3}")],
    "range": [
        ('range("[1..5)") = [1..5)', "true"), ('range("[5..1]")', "null"),
        ('range("[@\\"2026-01-01\\"..@\\"2026-02-01\\"]").end', '@"2026-02-01"'),
    ],
    "before": [
        ("before(1, 10)", "true"), ("before([1..5), 5)", "true"), ("before([1..5], 5)", "false"),
        ("before([1..10], [10..20])", "false"),
    ],
    "after": [("after(12, [1..10])", "true"), ("after((11..20], 11)", "true"), ('after(1, "a")', "null")],
    "meets": [("meets([1..5], [5..10])", "true"), ("meets([1..5), [5..10])", "false")],
    "met by": [("met by([5..10], [1..5])", "true")],
    "overlaps": [("overlaps([1..5], [3..8])", "true"), ("overlaps([1..5], (5..8])", "false")],
    "overlaps before": [("overlaps before([1..5], [3..8])", "true"), ("overlaps before([3..8], [1..5])", "false")],
    "overlaps after": [("overlaps after([3..8], [1..5])", "true"), ("overlaps after((5..8], [1..5])", "false")],
    "finishes": [
        ("finishes(10, [1..10])", "true"), ("finishes(10, [1..10))", "false"),
        ("finishes([5..10], [1..10])", "true"),
    ],
    "finished by": [("finished by([1..10], 10)", "true"), ("finished by([1..10], [5..10))", "false")],
    "includes": [
        ("includes([1..10], 5)", "true"), ("includes((1..10], 1)", "false"),
        ("includes([1..10], (1..10))", "true"),
    ],
    "during": [("during(5, [1..10])", "true"), ("during([4..6], [1..10))", "true")],
    "starts": [("starts(1, [1..10])", "true"), ("starts((1..5), [1..10])", "false")],
    "started by": [("started by([1..10], 1)", "true"), ("started by((1..10], (1..5))", "true")],
    "coincides": [
        ("coincides(5, 5)", "true"), ("coincides([1..5], [1..5])", "true"), ("coincides([1..5), [1..5])", "false"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case for cases in CASES.values() for case in cases])
def test_the_function_gives_what_the_standard_says(text, expected):
    found, wanted = compile_expression(text).evaluate({}), compile_expression(expected).evaluate({})
    assert found == wanted
    assert type(found) is type(wanted)


def test_no_function_is_without_a_case():
    assert set(CASES) == set(BUILTINS)


@pytest.mark.parametrize("name", sorted(BUILTINS))
@pytest.mark.parametrize(
    "arguments", ["", "null", "null, null", '"a", 1, true, null', "[[], {}, 1..2]", "{}", '@"P1D", @"P1M"']
)
def test_wrong_arguments_are_null_or_harmless(name, arguments):
    text = f"{name}({arguments})".replace("1..2", "[1..2]")
    compile_expression(text).evaluate({})
