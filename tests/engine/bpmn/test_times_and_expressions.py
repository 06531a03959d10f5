"""Times as ISO 8601 writes them, attributes as literals or FEEL."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine.bpmn.expressions import ExpressionInvalid, expression, value_of
from engine.bpmn.times import TimeNotReadable, after, due_at, parse_cycle, parse_duration
from engine.feel import FeelNameMissing

START = datetime(2026, 1, 30, 16, 0, tzinfo=UTC)  # already the 31st in Shanghai


def test_months_keep_the_day_of_the_business_zone_within_the_month():
    assert after(START, "P1M") == datetime(2026, 2, 27, 16, 0, tzinfo=UTC)
    assert after(START, "P1Y1M") == datetime(2027, 2, 27, 16, 0, tzinfo=UTC)
    assert after(START, "P2W") == datetime(2026, 2, 13, 16, 0, tzinfo=UTC)


def test_a_date_is_its_midnight_in_the_business_zone():
    assert due_at(START, "2026-03-05") == datetime(2026, 3, 4, 16, 0, tzinfo=UTC)
    assert due_at(START, "PT90M") == datetime(2026, 1, 30, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "8H", "-P1D", "P1.5D", "PT-1H", "P1D ago"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(TimeNotReadable):
        parse_duration(text)


@pytest.mark.parametrize("text", ["R3", "PT8H", "R3/PT8H/PT1H", "Rx/PT1H"])
def test_what_is_no_cycle_is_refused(text):
    with pytest.raises(TimeNotReadable):
        parse_cycle(text)


def test_an_attribute_is_literal_unless_it_says_otherwise():
    data = {"amount": Decimal(10), "客户 姓名": "张三"}
    assert value_of("reviewer_l1", data) == "reviewer_l1"
    assert value_of("=amount * 2", data) == Decimal(20)
    assert value_of("${amount}", data) == Decimal(10)
    assert value_of("=客户 姓名", data, frozenset({"客户 姓名"})) == "张三"


def test_a_missing_variable_is_an_error_and_not_null():
    with pytest.raises(FeelNameMissing):
        value_of("=nothing", {})


def test_compiled_expressions_are_kept():
    assert expression("a > 1") is expression("a > 1")


@pytest.mark.parametrize(
    ("text", "data", "value"),
    [
        ("${a && !b}", {"a": True, "b": None}, True),
        ("${!(a && b)}", {"a": None, "b": True}, True),
        ("${not a or b}", {"a": True, "b": False}, False),
        ("${empty a}", {"a": []}, True),
        ("${empty a}", {"a": None}, True),
        ("#{!empty a}", {"a": Decimal(5)}, True),
        ("${a eq 'x\\'y' and b ge 2}", {"a": "x'y", "b": Decimal(2)}, True),
        ("${a.b lt 3 ? 'low' : 'high'}", {"a": {"b": Decimal(3)}}, "high"),
        ("${execution.getVariable('a').equals('x')}", {"a": "x"}, None),
        ("${execution.getVariable('a')}", {"a": "x"}, "x"),
        ("${a.equals(b)}", {"a": "x", "b": "x"}, True),
        ("${-a + b * 2 div 4}", {"a": Decimal(1), "b": Decimal(4)}, Decimal(1)),
    ],
)
def test_what_java_says_plainly_is_put_into_feel(text, data, value):
    if value is None:
        with pytest.raises(ExpressionInvalid):
            expression(text)
    else:
        assert value_of(text, data) == value


@pytest.mark.parametrize(
    "text",
    [
        "${}",
        "${a +}",
        "${a b}",
        "${a == b == c}",
        "${a % 2}",
        "${a[0]}",
        "${a.}",
        "${bean.find(a)}",
        "${bean:find(a)}",
        "${date > 1}",
        "${in}",
        "${a$b}",
        "${execution.getVariable(a)}",
        "${a}${b}",
        "${a ? b}",
        "${" + "(" * 200 + "a" + ")" * 200 + "}",
        "${" + "!" * 5_000 + "a}",
        "Dear ${a}",
    ],
)
def test_what_java_says_otherwise_is_refused(text):
    with pytest.raises(ExpressionInvalid):
        expression(text)


def test_text_around_a_placeholder_is_refused():
    with pytest.raises(ExpressionInvalid):
        expression("${a} and more")
