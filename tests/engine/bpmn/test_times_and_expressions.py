"""Times as ISO 8601 writes them, attributes as literals or FEEL."""

from datetime import UTC, datetime
from decimal import Decimal

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


def test_text_around_a_placeholder_is_refused():
    with pytest.raises(ExpressionInvalid):
        expression("${a} and more")
