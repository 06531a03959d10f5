"""Day counts and the time of the two regulations, by the examples of their standards."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.maths.choices import DayCount, Unit
from lending.maths.daycounts import days_between, year_fraction
from lending.maths.eu_apr import interval
from lending.maths.regulation_z import half_months, unit_periods


def day(text):
    return date.fromisoformat(text)


# 2006 ISDA Definitions 4.16, the comparison of the forms of 30/360.
@pytest.mark.parametrize(
    ("start", "end", "bond", "us", "euro", "isda"),
    [
        ("2006-08-31", "2007-02-28", 178, 178, 178, 180),
        ("2007-02-28", "2007-08-31", 183, 180, 182, 180),
        ("2008-02-29", "2009-02-28", 359, 360, 359, 360),
        ("2006-09-30", "2006-10-31", 30, 30, 30, 30),
        ("2008-02-28", "2008-03-31", 33, 33, 32, 32),
        ("2007-02-26", "2008-02-29", 363, 363, 363, 364),
    ],
)
def test_the_four_forms_of_30_360(start, end, bond, us, euro, isda):
    counts = (DayCount.BOND_30_360, DayCount.US_30U_360, DayCount.EURO_30E_360, DayCount.ISDA_30E_360)

    assert [days_between(count, day(start), day(end)) for count in counts] == [bond, us, euro, isda]


def test_the_last_day_of_a_loan_in_february_is_not_moved_to_the_30th():
    assert (
        days_between(DayCount.ISDA_30E_360, day("2011-08-31"), day("2012-02-29"), last=day("2012-02-29"))
        == 179
    )


# ISDA, EMU and Market Conventions, 1999.
@pytest.mark.parametrize(
    ("start", "end", "isda", "afb"),
    [
        ("2003-11-01", "2004-05-01", "0.497724380567", "0.497267759563"),
        ("1999-07-01", "2000-07-01", "1.001377348604", "1.000000000000"),
        ("1999-07-30", "2000-01-30", "0.503892506924", "0.504109589041"),
        ("2000-01-30", "2000-06-30", "0.415300546448", "0.415300546448"),
    ],
)
def test_actual_actual_in_two_ways(start, end, isda, afb):
    found = [
        round(year_fraction(count, day(start), day(end)), 12)
        for count in (DayCount.ACT_ACT_ISDA, DayCount.ACT_ACT_AFB)
    ]

    assert found == [Decimal(isda), Decimal(afb)]


def test_the_year_end_may_belong_to_either_year():
    start, end = day("2023-12-12"), day("2024-01-12")

    first_of_january = year_fraction(DayCount.ACT_ACT_ISDA, start, end)
    last_of_december = year_fraction(DayCount.ACT_ACT_YEAR_END, start, end)

    assert round(first_of_january, 15) == round(Decimal(20) / 365 + Decimal(11) / 366, 15)
    assert round(last_of_december, 15) == round(Decimal(19) / 365 + Decimal(12) / 366, 15)


@pytest.mark.parametrize(
    ("count", "fraction"),
    [
        ("act_360", Decimal(60) / 360),
        ("act_364", Decimal(60) / 364),
        ("act_365", Decimal(60) / 365),
        ("act_366", Decimal(60) / 366),
        ("act_365l", Decimal(60) / 366),
        ("nl_365", Decimal(59) / 365),
        ("act_pay_out_year", Decimal(60) / 365),
    ],
)
def test_sixty_days_over_a_leap_day(count, fraction):
    found = year_fraction(DayCount(count), day("2024-01-01"), day("2024-03-01"), pay_out=day("2023-12-01"))

    assert round(found, 20) == round(fraction, 20)


@given(
    st.sampled_from([count for count in DayCount if count is not DayCount.PART_OF_PERIOD]),
    st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    st.integers(0, 2000),
)
def test_time_never_runs_backwards_and_a_day_less_is_never_more(count, start, days):
    end = start + timedelta(days=days)

    whole, less = (year_fraction(count, start, moment) for moment in (end + timedelta(days=1), end))

    assert whole >= 0
    assert less - whole < Decimal("0.006")
    assert abs(whole - Decimal(days + 1) / 365) < Decimal("0.02") * (1 + whole)


# Commission SWD(2012)128, 4.1.1.
@pytest.mark.parametrize(
    ("start", "end", "unit", "found"),
    [
        ("2012-01-12", "2012-02-15", "month", (1, 3, 365)),
        ("2013-01-12", "2013-02-15", "month", (1, 3, 366)),
        ("2013-02-26", "2013-03-29", "month", (1, 2, 366)),
        ("2012-02-26", "2012-03-29", "month", (1, 3, 366)),
        ("2012-12-01", "2013-02-02", "month", (2, 1, 366)),
        ("2012-01-12", "2014-02-15", "year", (2, 34, 365)),
        ("2012-01-12", "2012-01-30", "week", (2, 4, 365)),
        ("2012-01-12", "2012-01-30", "day", (0, 18, 365)),
    ],
)
def test_the_european_interval_counts_back_from_the_payment(start, end, unit, found):
    time = interval(day(start), day(end), Unit(unit))

    assert (time.whole, time.days, time.days_in_year) == found


# Regulation Z Appendix J (c): (1)(ii), (1)(v), (4)(ii).
@pytest.mark.parametrize(
    ("start", "end", "unit", "every", "whole", "part"),
    [
        ("1978-02-10", "1978-04-01", "month", 1, 1, Decimal(19) / 30),
        ("1978-03-20", "1978-04-21", "week", 1, 4, Decimal(4) / 7),
        ("1978-01-10", "1978-03-01", "month", 2, 0, Decimal(52) / 60),
        ("1978-01-10", "1979-07-10", "year", 1, 1, Decimal("0.5")),
    ],
)
def test_unit_periods_are_counted_back_and_odd_days_are_parts_of_one(start, end, unit, every, whole, part):
    assert unit_periods(day(start), day(end), unit=Unit(unit), every=every) == (whole, part)


def test_half_months_are_of_fifteen_days():
    assert half_months(day("1978-02-23"), day("1978-03-16")) == (1, Decimal("0.4"))
