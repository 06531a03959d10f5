"""What the text of DMN 1.5, chapter 10, says, rule by rule and table by table, beside the other tests here."""

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.feel import FeelLimitExceeded, FeelSyntaxError, Range, Run, compile_expression, from_python
from engine.feel.messages import LIMITS, SYNTAX, VALUES
from engine.feel.temporal_values import DaysTime, FeelDate, FeelDateTime

CASES = {
    "temporal literals": """
        string(@"999999999-12-31") = "999999999-12-31"
        string(@"-999999999-01-01") = "-999999999-01-01"
        @"1000000000-01-01" = null
        @"01000-01-01" = null
        @"nonsense" = null
        string(@"2017-12-31T11:22:33.123456789") = "2017-12-31T11:22:33.123456789"
        @"2017-12-31T11:22:33.1234567890" = null
        string(@"99999-12-31T11:22:33+05:00:30") = "99999-12-31T11:22:33+05:00:30"
        @"11:22:33+14:30" = null
        @"23:59:60" = null
        @"2017-12-31T11:22:33@Europe/Nowhere" = null
        string(@"-P1DT2H3M4.123456789S") = "-P1DT2H3M4.123456789S"
        duration("P1Y1D") = null
        duration("PT1.5H") = null
        time("23:59:00z") = @"23:59:00Z"
        date and time(2012, 12, 24, 1, 2, 3) = @"2012-12-24T01:02:03"
        date and time(2012, 12, 24, 1, 2, 3, @"PT1H") = @"2012-12-24T01:02:03+01:00"
        date and time(2012, 12, 24, 1, 2, 3, "Europe/Paris") = @"2012-12-24T01:02:03@Europe/Paris"
        date and time(@"2012-12-24T23:59:00Z", "Asia/Shanghai") = @"2012-12-25T07:59:00@Asia/Shanghai"
        time(14, 30, 15.123456789, @"PT5H") = @"14:30:15.123456789+05:00"
        time(14, 30, 60) = null""",
    "temporal arithmetic": """
        string(@"2021-12-31" - @"-999999999-01-01") = "P365243238154D"
        @"2021-01-01T00:00:00Z" - @"2020-01-01" = @"P366D"
        @"10:00:00" - @"09:00:00+01:00" = null
        @"10:00:00" + @"PT25H" = @"11:00:00"
        @"2020-02-29" - @"P1Y" = @"2019-02-28"
        @"2021-01-01" - @"PT1S" = @"2020-12-31"
        @"P1D" / @"PT1H" = 24
        @"P1Y" * 2.5 = @"P30M"
        string(@"PT10S" / 3) = "PT3.333333333S"
        10 / @"PT1S" = null
        @"P1Y" + @"P1D" = null
        @"999999999-12-31" + @"P1D" = null
        @"P999999999Y" * 10 = null
        @"2026-03-29T01:30:00@Europe/Paris" + @"PT1H" = @"2026-03-29T03:30:00@Europe/Paris"
        week of year(date(1999999, 1, 1)) = 53
        week of year(@"2005-01-01") = 53
        week of year(@"2003-12-29") = 1
        day of week(@"-999999999-01-01") = "Monday" """,
    "properties": """
        @"2017-12-31T11:22:33@Europe/Paris".time offset = @"PT1H"
        @"2017-07-31T11:22:33@Europe/Paris".time offset = @"PT2H"
        @"2017-12-31T11:22:33@Europe/Paris".timezone = "Europe/Paris"
        @"2017-12-31T11:22:33".time offset = null
        @"2018-10-11".weekday = 4
        @"10:11:12.5".second = 12.5
        @"-P1Y2M".months = -2
        @"-P1DT2H".hours = -2
        @"PT90S".value = 90
        @"P2Y".value = 24
        @"1970-01-02".value = 86400
        @"1970-01-01T01:00:00Z".value = 3600
        @"P1Y".days = null
        [1..3).end included = false
        (< 10).start = null
        (<= 10).end included
        (= 10).start = 10""",
    "equality and order": """
        (1 = "1") = null
        ([1] = ["1"]) = false
        [1, 2, [3]] = [1, 2, [3]]
        {a: 1, b: [2]} = {b: [2], a: 1}
        ({a: 1} = {b: 1}) = false
        (null = 1) = false
        null != 1
        [1..5] = [1..5]
        ([1..5] = [1..5)) = false
        @"10:00:00Z" = @"12:00:00+02:00"
        @"23:00:00-02:00" = @"01:00:00Z"
        @"2020-01-01T10:00:00@Europe/Paris" = @"2020-01-01T09:00:00Z"
        not(is(@"2020-01-01T10:00:00@Europe/Paris", @"2020-01-01T10:00:00+01:00"))
        not(is(@"10:00:00Z", @"10:00:00"))
        is(@"10:00:00z", @"10:00:00+00:00")
        (true > false) = null
        (3 between null and 2) = false
        (1 between null and 2) = null""",
    "ranges": """
        5 in (> 4)
        5 in > 4
        5 in (< 4, >= 5)
        not(5 in ]5..6])
        (5 in [null..10]) = null
        not(5 in [10..1])
        @"2020-01-05" in [@"2020-01-01"..@"2020-01-31"]
        [1..5] in ([1..5], [7..8])
        1 in [[2..4], [1..3]]
        [1, 2] in ([1], [[1, 2], [3]])""",
    "filters and paths": """
        [1, 2, 3][-1] = 3
        [1, 2, 3][0] = null
        [1, 2, 3][1.5] = null
        [1, 2, 3]["a"] = null
        [1, null, 3][item > 1] = [3]
        null[true] = null
        5[item > 3] = [5]
        [{a-b: 5, a: 1, b: 2}][a-b > 3][1].a = 1
        [{item: 1}, {item: 2}][item = 2] = [{item: 2}]
        [{a: 1}, {b: 2}].a = [1, null]""",
    "iteration": """
        (for i in 3..1 return i) = [3, 2, 1]
        (for d in @"2020-01-03"..@"2020-01-02" return d.day) = [3, 2]
        (for i in (1..4) return i) = [2, 3]
        (for i in [1, 2], j in [i, i * 10] return j) = [1, 10, 2, 20]
        (for x in 1..5 return if x < 3 then 1 else partial[-1] + partial[-2]) = [1, 1, 2, 3, 5]
        (for i in 1..2.5 return i) = null
        (some x in [1, null] satisfies x > 1) = null
        some x in [1, null, 2] satisfies x > 1
        every x in [] satisfies x > 0""",
    "functions": """
        {f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(5)}.r = 120
        (function(a) function(b) a + b)(1)(2) = 3
        (function(x, y) x - y)(y: 1, x: 5) = 4
        (function(x) x)(1, 2) = null
        (function(x: number) x)("a") = null
        (function(x: number) x)([5]) = 5
        (function(x: list<number>) x)(5) = [5]
        (function(x: date and time) x)(@"2020-01-01") = @"2020-01-01T00:00:00Z"
        {f: abs}.f(-1) = 1""",
    "types": """
        null instance of Null
        not(null instance of Any)
        [1, null] instance of list<number>
        not([1, "a"] instance of list<number>)
        {a: 1, b: 2} instance of context<a: number>
        not({} instance of context<a: number>)
        not(["a".."b"] instance of range<number>)
        (function(a: number) a) instance of function<number>->number
        not((function(a: string) a) instance of function<number>->number)
        not((function(a: number) a) instance of function<Any>->Any)
        abs instance of function<number>->number
        @"P1D" instance of days and time duration
        not(@"2020-01-01" instance of date and time)""",
    "patterns": """
        matches("hello world", "hello\\ sworld", "x")
        matches("helloworld", "hello world", "x")
        not(matches("helloworld", "hello[ ]world", "x"))
        matches("a]b", "a \\] b", "x")
        replace("AAAA", "A+?", "b") = "bbbb"
        replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") = "[1=ab][2=]cd"
        replace("darted", "^(.*?)d(.*)$", "$1c$2") = "carted"
        matches("abc", "[a-z-[x]]{3}")
        replace("a.b", ".", "-", "q") = "a-b"
        replace("abc", "x*", "-") = null
        matches("a", "[") = null
        matches("a", "a", "z") = null""",
    "names": """
        {for sale: 1, x: for sale + 1}.x = 2
        {a+b: 1, a: 5, b: 7, c: a+b}.c = 1
        {年 利率: 0.12, 月: 年 利率 / 12}.月 = 0.01
        {a’b: 1}.a’b = 1
        {in stock: 1, y: in stock}.y = 1
        {is ok?: true, n: is ok?}.n
        {x: 1, y: 2}.x = 1 // and a comment
        1 /* two */ + /* and
        three */ 2 = 3
        "\\uD83D\\uDCA9" = "\\U01F4A9"
        string length("\\U01F40E") = 1""",
}


def cases():
    for topic, text in CASES.items():
        joined = text.replace("/* and\n", "/* and\\n")
        for line in joined.strip().splitlines():
            yield pytest.param(line.strip().replace("\\n", "\n"), id=f"{topic}: {line.strip()}")


@pytest.mark.parametrize("text", list(cases()))
def test_it_is_true(text):
    assert compile_expression(text).evaluate({}) is True


def test_values_beyond_python_stay_feels_own_and_the_others_become_pythons():
    assert compile_expression('@"10000-01-01"').evaluate({}) == FeelDate(10000, 1, 1)
    assert compile_expression('[@"9999-12-31"][1]').evaluate({}) == date(9999, 12, 31)
    assert compile_expression('{a: [@"P1DT1S"]}').evaluate({}) == {"a": [timedelta(days=1, seconds=1)]}
    assert compile_expression('@"PT0.0000019S"').evaluate({}) == timedelta(microseconds=1)
    assert compile_expression('-@"PT0.0000019S"').evaluate({}) == timedelta(microseconds=-1)
    assert compile_expression('[@"2026-01-01"..@"2026-02-01"]').evaluate({}) == Range(
        date(2026, 1, 1), date(2026, 2, 1), True, True
    )
    assert isinstance(compile_expression('@"P99999999999D"').evaluate({}), DaysTime)


def test_pythons_values_come_in_exactly():
    moment = datetime(2026, 1, 31, 10, 11, 12, 131415, tzinfo=UTC)
    taken = from_python(moment)
    assert isinstance(taken, FeelDateTime)
    assert compile_expression("m").evaluate({"m": moment}) == moment
    assert compile_expression("string(m)").evaluate({"m": moment}) == "2026-01-31T10:11:12.131415Z"
    assert compile_expression("now() = m").evaluate({"m": moment}, now=moment) is True


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            "1 +\n  * 2",
            "第 2 行第 3 列：此处应为表达式，但遇到 '*'",
            "line 2, column 3: an expression is expected, found '*'",
        ),
        ("(1", "第 1 行第 3 列：此处应为 ')'，但遇到 结尾", "line 1, column 3: ')' expected, found the end"),
        (
            "1 /* open",
            "第 1 行第 3 列：注释没有结束，缺少 */",
            "line 1, column 3: the comment is not closed; */ is missing",
        ),
    ],
)
def test_an_error_tells_its_place_in_both_languages(text, zh, en):
    with pytest.raises(FeelSyntaxError) as refused:
        compile_expression(text)
    assert (refused.value.text("zh"), refused.value.text("en"), str(refused.value)) == (zh, en, en)


def test_every_sentence_stands_in_both_languages():
    for chinese, english in [*SYNTAX.values(), *LIMITS.values(), *VALUES.values()]:
        assert chinese
        assert not chinese.isascii()
        assert english.isascii()


ENTRIES = ", ".join(f"k{n}: {n}" for n in range(800))


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("for i in 1..1000 return " + "+".join(["i"] * 1000), 100_000),
        ("for i in 1..1000 return 1.1 ** 0.3", 10_000),
        (f"{{{ENTRIES}, r: for i in 1..1000 return function(x) x}}", 50_000),
        ('for i in 1..100 return matches("a", string(i) + "(a{900}){9}")', 100_000),
        (
            f'{{s: string join(for i in 1..99 return "{"a" * 999}"), r: for i in 1..999 return s = s + ""}}',
            99_999,
        ),
    ],
)
def test_a_long_body_is_paid_for_in_each_round(text, steps):
    with pytest.raises(FeelLimitExceeded) as exceeded:
        compile_expression(text).run({}, Run(steps=steps))
    assert exceeded.value.limit == "steps"


def test_brackets_that_may_mean_two_things_are_read_within_bounds():
    nested = "x in (" * 12 + ",".join(["1"] * 10_000) + ") + 1)" * 12
    with pytest.raises(FeelLimitExceeded) as exceeded:
        compile_expression(nested)
    assert exceeded.value.limit == "operands"


def test_built_ins_are_called_by_name():
    assert (
        compile_expression('number(from: "1", grouping separator: null, decimal separator: ",")').evaluate({})
        == 1
    )
    assert compile_expression('number("1,5", null)').evaluate({}) is None
    assert compile_expression("append(list: [1], item: 2)").evaluate({}) == [1, 2]
    assert compile_expression('get value(context: {a: 1}, key: "a")').evaluate({}) == 1
    assert compile_expression('get value(m: {a: 1}, key: "a")').evaluate({}) == 1
