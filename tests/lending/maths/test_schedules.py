"""Schedules: published figures to the fen, and the laws every schedule keeps."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.maths.convention import Convention, DayCount, FirstPeriod, Method
from lending.maths.due_dates import due_dates, first_due_date, one_month_after
from lending.maths.errors import TermsRefused
from lending.maths.levels import solved_unit
from lending.maths.schedules import schedule


def plan(principal="100000.00", rate="0.0588", term=36, method=Method.EQUAL_INSTALMENT, **other):
    usual = {"value_date": date(2026, 1, 20), "due_day": 20, "convention": Convention()}
    return schedule(
        principal=Decimal(principal),
        annual_rate=Decimal(rate),
        term_months=term,
        method=method,
        **(usual | other),
    )


def figures(row):
    return str(row.principal), str(row.interest), str(row.instalment)


def test_equal_instalments_of_100000_at_5_88_percent_over_36_months():
    rows = plan().rows

    assert figures(rows[0]) == ("2546.76", "490.00", "3036.76")
    assert figures(rows[1]) == ("2559.24", "477.52", "3036.76")
    assert figures(rows[35]) == ("3021.95", "14.81", "3036.76")
    assert plan().total_interest == Decimal("9323.36")
    assert plan().total == Decimal("109323.36")


def test_equal_principal_of_100000_at_5_88_percent_over_36_months():
    rows = plan(method=Method.EQUAL_PRINCIPAL).rows

    assert figures(rows[0]) == ("2777.78", "490.00", "3267.78")
    assert rows[1].instalment == Decimal("3254.17")
    assert figures(rows[35]) == ("2777.70", "13.61", "2791.31")
    assert plan(method=Method.EQUAL_PRINCIPAL).total_interest == Decimal("9065.00")


# CFPB Auto Loan Shopping Sheet; Claris help, PMT; Microsoft Support, PMT; European Commission Markt/2014/107/H3.
@pytest.mark.parametrize(
    ("principal", "rate", "term", "instalment"),
    [
        ("15800.00", "0.035", 48, "353.22"),
        ("21000.00", "0.069", 48, "501.90"),
        ("10000.00", "0.08", 10, "1037.03"),
        ("200000.00", "0.06", 240, "1432.86"),
    ],
)
def test_published_level_instalments(principal, rate, term, instalment):
    found = solved_unit(
        Decimal(principal), [Decimal(rate) / 12] * term, [Decimal(1)] * term, final=Decimal(0)
    )

    assert round(found, 2) == Decimal(instalment)


def test_the_commissions_table_of_equal_principal():
    rows = plan("200000.00", "0.06", 240, Method.EQUAL_PRINCIPAL).rows

    assert figures(rows[0]) == ("833.33", "1000.00", "1833.33")
    assert rows[1].interest == Decimal("995.83")
    assert rows[3].interest == Decimal("987.50")


@pytest.mark.parametrize(
    ("policy", "day_count", "interest"),
    [
        (FirstPeriod.ACTUAL_DAYS, DayCount.ACT_360, "669.67"),
        (FirstPeriod.ACTUAL_DAYS, DayCount.ACT_365, "660.49"),
        (FirstPeriod.MONTH_PLUS_ODD, DayCount.ACT_360, "653.33"),
        (FirstPeriod.SHIFT, DayCount.ACT_360, "490.00"),
    ],
)
def test_the_first_period_from_10_january_to_20_february(policy, day_count, interest):
    convention = Convention(first_period=policy, day_count=day_count)
    rows = plan(value_date=date(2026, 1, 10), convention=convention).rows

    assert rows[0].due_date == date(2026, 2, 20)
    assert rows[0].interest == Decimal(interest)
    assert rows[0].principal == Decimal("2546.76")
    assert figures(rows[1]) == ("2559.24", "477.52", "3036.76")


def test_a_due_day_31_falls_on_the_last_day_of_shorter_months_and_returns():
    days = due_dates(date(2027, 12, 31), due_day=31, term_months=4)

    assert days == (date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30))


def test_a_pay_out_at_the_end_of_january_has_a_first_period_of_one_month():
    assert first_due_date(date(2026, 1, 31), 31) == date(2026, 2, 28)
    assert plan(value_date=date(2026, 1, 31), due_day=31).rows[0].interest == Decimal("490.00")


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 31))
def test_the_first_period_is_at_least_a_month_and_less_than_two_and_the_dates_rise(value_date, due_day):
    days = due_dates(value_date, due_day=due_day, term_months=60)

    assert days[0] >= one_month_after(value_date)
    assert (days[0] - value_date).days <= 62
    assert all(27 < (later - earlier).days < 32 for earlier, later in pairwise(days))


@given(
    st.decimals(min_value=Decimal("0.01"), max_value=10**7, places=2),
    st.decimals(min_value=0, max_value=2, places=4),
    st.integers(1, 120),
    st.sampled_from([Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST, Method.FLAT]),
    st.sampled_from(FirstPeriod),
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.integers(1, 31),
)
def test_every_schedule_repays_exactly_what_was_lent(
    principal, rate, term, method, policy, value_date, due_day
):
    made = schedule(
        principal=principal,
        annual_rate=rate,
        term_months=term,
        method=method,
        value_date=value_date,
        due_day=due_day,
        convention=Convention(first_period=policy),
    )

    assert len(made.rows) == term
    assert made.total_principal == principal
    assert made.rows[-1].balance == 0
    assert all(row.interest >= 0 and row.principal >= 0 and row.balance >= 0 for row in made.rows)
    assert all(row.instalment == row.instalment.quantize(Decimal("0.01")) for row in made.rows)


def test_without_interest_only_the_principal_is_paid():
    made = plan(rate="0", term=36)

    assert made.total_interest == 0
    assert figures(made.rows[0]) == ("2777.78", "0.00", "2777.78")
    assert figures(made.rows[35]) == ("2777.70", "0.00", "2777.70")


@pytest.mark.parametrize(
    "facts", [{"principal": "0.00"}, {"principal": "1.001"}, {"rate": "-0.01"}, {"term": 0}, {"due_day": 32}]
)
def test_nonsense_is_an_error(facts):
    with pytest.raises(TermsRefused, match="not"):
        plan(**facts)


def test_a_stored_convention_comes_back_and_a_strange_one_does_not():
    convention = Convention(first_period=FirstPeriod.SHIFT, day_count=DayCount.ACT_365)

    assert Convention.from_data(convention.as_data()) == convention
    assert Convention.from_data({}) == Convention()
    with pytest.raises(ValueError, match="unknown choices"):
        Convention.from_data({"moon": "full"})


def test_the_first_interest_counts_the_first_day_and_not_the_last():
    convention = Convention(first_period=FirstPeriod.ACTUAL_DAYS)

    rows = plan("36000.00", "0.10", value_date=date(2026, 1, 1), due_day=11, convention=convention).rows

    assert (rows[0].due_date, rows[0].interest) == (date(2026, 2, 11), Decimal("410.00"))
