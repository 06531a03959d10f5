"""Any expression ends: with a value or a FEEL error, within the time and memory that its limits allow."""

import contextlib
import resource
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.feel import FeelError, compile_expression, compile_unary_tests
from engine.feel.builtins import BUILTINS

SECONDS_MAX = 30
CONTEXT = {"x": [1, {"y": 2}], "金额": 100000, "a b": "text", "none": None}

WRITTEN_OUT = """
    0 1 -3 2.5 1e30 9999999999 0.000001 "" "a" "aaaa" "(a+)+$" null true false x 金额 item partial ? none
    @"2026-01-31" @"P1D" @"-P99Y" @"10:00:00+08:00" @"999999999-12-31T23:59:59Z" @"2026-01-31T10:00:00@Asia/Shanghai"
    @"nonsense" [] {} [1..5] (1..1000000] (>3) [@"2026-01-01"..@"2026-12-31"] function(x)x
"""
ATOMS = st.sampled_from([*WRITTEN_OUT.split(), "a b"])


def _compound(inner):
    pair = st.tuples(inner, inner)
    operator = st.sampled_from(
        ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in", "instance of"]
    )
    return st.one_of(
        st.tuples(inner, operator, inner).map(lambda parts: f"({' '.join(parts)})"),
        pair.map(lambda parts: f"{parts[0]}[{parts[1]}]"),
        inner.map(lambda text: f"({text}).y"),
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"k{n}: {item}" for n, item in enumerate(items)) + "}"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: f"if {parts[0]} then {parts[1]} else {parts[2]}"),
        pair.map(lambda parts: f"for i in {parts[0]} return {parts[1]}"),
        pair.map(lambda parts: f"for i in 1..{parts[0]}, j in {parts[1]} return partial"),
        pair.map(lambda parts: f"some i in {parts[0]} satisfies {parts[1]}"),
        st.tuples(inner, inner, inner).map(lambda parts: f"{parts[0]} between {parts[1]} and {parts[2]}"),
        st.tuples(st.sampled_from(sorted(BUILTINS)), st.lists(inner, max_size=4)).map(
            lambda call: f"{call[0]}({', '.join(call[1])})"
        ),
        pair.map(lambda parts: f"(function(f, n) {parts[0]})({parts[1]}, 2)"),
    )


expressions = st.recursive(ATOMS, _compound, max_leaves=12)
texts = st.one_of(
    st.text(max_size=60),
    st.text("()[]{}<>=!.,:;?@\"'\\/*+-0123456789eE \n金额abfornti", max_size=60),
    expressions,
)


def check(text):
    """Compile and evaluate as an expression and as a cell."""
    started = time.process_time()
    with contextlib.suppress(FeelError):
        compile_expression(text, CONTEXT).evaluate(CONTEXT)
    with contextlib.suppress(FeelError):
        compile_unary_tests(text, CONTEXT).matches(CONTEXT["x"], CONTEXT)
    assert time.process_time() - started < SECONDS_MAX, text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
def test_any_text_ends_with_a_value_or_a_feel_error(text):
    check(text)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_ten_minutes_of_any_texts_find_no_crash_no_hang_and_no_growth():
    end = time.monotonic() + 600
    after_a_minute = 0
    while time.monotonic() < end:
        test_any_text_ends_with_a_value_or_a_feel_error()
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if not after_a_minute and time.monotonic() > end - 540:
            after_a_minute = used
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < after_a_minute * 3
