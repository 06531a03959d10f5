"""The edges of the standard: explicit nulls, names that two signatures share, the ends of numbers and of days."""

import pytest

from engine.feel import compile_expression

CASES = """
    decimal(1.5, 34) = 1.5
    decimal(1, 6176) = 1
    decimal(1, 6177) = null
    decimal(n: 1.126, s: 2) = null
    floor(1.5, null) = null
    ceiling(1.5, null) = null
    ceiling(n: 1.51, scale: 1) = 1.6
    number("1.5", null, ",") = null
    number("1.000,5", ".", ",") = 1000.5
    substring("foobar", 3, null) = "obar"
    date("-0000-01-01") = null
    date("0000-02-29").day = 29
    time("24:00:00") = @"00:00:00"
    time("24:00:01") = null
    date and time("2017-12-31T24:00:00.000Z") = @"2018-01-01T00:00:00Z"
    date and time("2017-12-31T24:00:00.001Z") = null
    @"2021-01-31T10:00:00" - @"2021-01-30" = null
    @"2021-01-30" - @"2021-01-31T10:00:00Z" = @"-P1DT10H"
    before(point: 1, range: [2..3])
    after(range: [2..3], point: 1)
    during(point: 1, range: [1..3])
    includes(range: [1..3], point: 1)
    coincides(1, [1..1]) = null
    coincides(point1: 1, point2: 1)
    before(a: 1, b: 2) = null
"""


@pytest.mark.parametrize("text", [line.strip() for line in CASES.strip().splitlines()])
def test_it_is_true(text):
    assert compile_expression(text).evaluate({}) is True
