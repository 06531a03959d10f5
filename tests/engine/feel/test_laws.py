"""Laws that hold for all values, and for any text at all."""

import contextlib
import re
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel import (
    FeelError,
    YearsMonths,
    compile_expression,
    compile_unary_tests,
    from_python,
    parse_duration,
)
from engine.feel.temporal import text_of

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4)
truths = st.sampled_from([True, False, None])
days = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))
bounds = st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans(), st.booleans())


def feel(text, **context):
    return compile_expression(text, context).evaluate(context)


@given(numbers, numbers)
def test_sums_commute_and_differences_undo_them(a, b):
    assert feel("a + b", a=a, b=b) == feel("b + a", a=a, b=b) == a + b
    assert feel("a + b - b = a", a=a, b=b) is True


@given(numbers, st.sampled_from([3, 7, Decimal("0.25"), -4]))
def test_the_modulo_has_the_divisors_sign_and_is_smaller(a, divisor):
    rest = feel("modulo(a, b)", a=a, b=divisor)
    assert rest == 0 or (rest < 0) == (divisor < 0)
    assert abs(rest) < abs(divisor)
    assert (a - rest) % divisor == 0


@given(truths, truths)
def test_de_morgan_holds_with_null(a, b):
    assert feel("not(a and b)", a=a, b=b) is feel("not(a) or not(b)", a=a, b=b)
    assert feel("not(a or b)", a=a, b=b) is feel("not(a) and not(b)", a=a, b=b)


@given(numbers, numbers)
def test_exactly_one_of_smaller_equal_and_greater_holds(a, b):
    assert [feel(text, a=a, b=b) for text in ("a < b", "a = b", "a > b")].count(True) == 1


@given(numbers, numbers, numbers)
def test_a_range_is_two_comparisons(x, a, b):
    low, high = sorted([a, b])
    facts = {"x": x, "a": low, "b": high}
    assert feel("x in [a..b]", **facts) is feel("x >= a and x <= b", **facts)
    assert feel("x in (a..b)", **facts) is feel("x > a and x < b", **facts)
    assert feel("x between a and b", **facts) is feel("x in [a..b]", **facts)
    assert compile_unary_tests("not([a..b])", facts).matches(x, facts) is not feel("x in [a..b]", **facts)


@given(bounds, bounds)
def test_the_relations_of_ranges_have_converses(first, second):
    def written(bound):
        low, high = sorted(bound[:2])
        return f"{'[' if bound[2] else '('}{low}..{high}{']' if bound[3] else ')'}"

    a, b = written(first), written(second)
    for relation, converse in [
        ("before", "after"), ("meets", "met by"), ("overlaps before", "overlaps after"), ("overlaps", "overlaps"),
        ("finishes", "finished by"), ("starts", "started by"), ("during", "includes"), ("coincides", "coincides"),
    ]:  # fmt: skip
        if relation == "overlaps before":
            assert not (feel(f"{relation}({a}, {b})") and feel(f"{relation}({b}, {a})"))
        else:
            assert feel(f"{relation}({a}, {b})") is feel(f"{converse}({b}, {a})")


@given(days, days)
def test_a_difference_of_dates_leads_back(a, b):
    assert feel("a + (b - a) = b", a=a, b=b) is True


@given(
    st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)), st.integers(-9999, 9999)
)
def test_durations_read_what_they_write(length, months):
    assert parse_duration(text_of(from_python(length))) == length
    assert parse_duration(str(YearsMonths(months))) == YearsMonths(months)


@given(st.text(max_size=30))
def test_a_string_written_out_is_itself(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    assert feel(f'"{escaped}"') == text
    assert feel("x", x=text) == text


@given(st.lists(numbers, max_size=8))
def test_sorting_keeps_every_item_and_orders_them(items):
    assert feel("sort(xs)", xs=items) == sorted(items)
    assert feel("count(xs)", xs=items) == len(items)
    assert feel("reverse(reverse(xs)) = xs", xs=items) is True
    assert feel("for x in xs return x", xs=items) == items


@given(st.from_regex(r"\A(\(?[ab]\)?|[ab][*+?]|\[ab\]|\||\^|\$){1,6}\Z"), st.text("abc", max_size=6))
def test_simple_patterns_match_as_they_do_elsewhere(pattern, text):
    try:
        expected = re.search(pattern, text) is not None
    except re.error:
        return
    assert feel("matches(t, p)", t=text, p=pattern) is expected


WORDS = """
    if then else for in return some every satisfies and or not true false null function instance of between
    ( ) [ ] { } , : .. . + - * ** / < <= = != > ? @ " // /* - 1 2.5 x y 金额 "a" [1..2] @"P1D" date( count(
"""
PIECES = st.sampled_from([*WORDS.split(), "date and time("])


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=14), st.sampled_from(["", " "]))
def test_any_text_gives_a_value_or_a_feel_error(pieces, joint):
    text = joint.join(pieces)
    for compile_text in (
        lambda: compile_expression(text, ["x"]).evaluate({"x": [1, {"y": 2}]}),
        lambda: compile_unary_tests(text, ["x"]).matches(1, {"x": 1}),
    ):
        with contextlib.suppress(FeelError):
            compile_text()
