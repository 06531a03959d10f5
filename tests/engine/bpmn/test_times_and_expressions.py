"""Times as ISO 8601 writes them, attributes as literals or FEEL."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from engine.bpmn import cycles
from engine.bpmn.expressions import ExpressionInvalid, expression, value_of
from engine.bpmn.times import TimeNotReadable, after, due_at, parse_duration
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


@pytest.mark.parametrize(
    "text", ["R3", "PT8H", "R3/PT8H/PT1H", "Rx/PT1H", "R/PT0S", "R/0wd", "0 0 9 * * MON-FRI"]
)
def test_what_is_no_cycle_is_refused(text):
    with pytest.raises(TimeNotReadable):
        cycles.parse(text)


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


def no_calendar(_since, text):
    raise AssertionError(f"{text} was to be counted in working time")


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("R/PT8H", "2026-01-31T08:30", "2026-01-31T16:30"),
        ("R/2026-01-31T09:00/P1D", "2026-01-31T09:00", "2026-02-01T09:00"),
        ("R/2026-01-01T09:00/P1D", "2026-01-31T09:00", "2026-02-01T09:00"),
        ("R/2025-12-31T09:00/P1M", "2026-01-31T09:00", "2026-02-28T09:00"),
        ("R/2026-02-01T00:00/2026-02-01T06:00", "2026-02-01T00:00", "2026-02-01T06:00"),
        ("R5/PT1H/2026-01-31T02:00", "2026-01-31T01:30", None),
        ("0 */15 * * * ?", "2026-01-31T00:45", "2026-01-31T01:00"),
        ("0 30 */6 * * ?", "2026-01-31T06:30", "2026-01-31T12:30"),
        ("30 8 * * *", "2026-01-31T08:30", "2026-02-01T08:30"),
        ("0 0 9 ? * MON", "2026-02-02T09:00", "2026-02-09T09:00"),
        ("0 0 9 1 * ?", "2026-02-01T09:00", "2026-03-01T09:00"),
    ],
)
def test_a_cycle_lies_on_its_grid(text, first, second):
    zone = ZoneInfo("Asia/Shanghai")
    now = datetime(2026, 1, 31, 0, 30, 10, tzinfo=zone).replace(second=0)
    cycle = cycles.parse(text)

    due = cycle.first(now, no_calendar)
    then = cycle.following(cycle.start or now, due, due, no_calendar)

    assert due == datetime.fromisoformat(first).replace(tzinfo=zone)
    assert then == (second and datetime.fromisoformat(second).replace(tzinfo=zone))


@pytest.mark.parametrize(
    "text",
    ["0 0 9 15W * ?", "0 0/7 * * * ?", "0 0 9,18 * * ?", "0 0 9 ? JAN MON", "0 0 9 31 * ?", "@daily x y z w"],
)
def test_a_cron_line_of_no_even_spacing_is_refused_with_the_remedy(text):
    with pytest.raises(TimeNotReadable, match="R/1wd"):
        cycles.parse(text)
