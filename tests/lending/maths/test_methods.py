"""Every method of repayment: published figures to the fen, and what each refuses, in both languages."""

from datetime import date
from decimal import Decimal

import pytest

from lending.maths.choices import (
    BusinessDay,
    Correction,
    DayCount,
    LevelRate,
    Method,
    MissingDay,
    OddInterest,
    PeriodRate,
    Residue,
    Rounding,
    Unit,
)
from lending.maths.convention import Convention
from lending.maths.due_dates import due_dates
from lending.maths.errors import (
    AgreementIncomplete,
    DateBeforeLoan,
    DueDatesNotRising,
    FinalAmountOutOfRange,
    GraceTooLong,
    InstalmentsOutOfRange,
    NeverAmortises,
    NotRepaidInTime,
    PartsDoNotSum,
    PrincipalNotPositive,
    RateOutOfRange,
    TermNotWholePeriods,
)
from lending.maths.extension import shifted
from lending.maths.methods import METHODS
from lending.maths.schedules import schedule, schedule_of, terms_of
from lending.maths.terms import Agreement, RateChange, Terms

PAID_OUT = date(2026, 1, 20)


def usual(principal="100000.00", rate="0.0588", term=36, method=Method.EQUAL_INSTALMENT, **other):
    defaults = {"value_date": PAID_OUT, "due_day": 20, "convention": Convention()}
    return {
        "principal": Decimal(principal),
        "annual_rate": Decimal(rate),
        "term_months": term,
        "method": method,
    } | (defaults | other)


def plan(*args, **other):
    return schedule(**usual(*args, **other))


def agreed(**facts):
    return {"agreement": Agreement(**facts)}


def instalments(made):
    return [str(row.instalment) for row in made.rows]


def test_every_method_has_its_way_to_split_a_loan():
    assert set(METHODS) == set(Method)


AGREEMENTS = {
    Method.BALLOON: agreed(final_amount=Decimal(30000)),
    Method.STEP: agreed(weights=tuple(Decimal(weight) for weight in ["1"] * 18 + ["0.5"] * 18)),
    Method.CUSTOM: agreed(parts=tuple([Decimal("2777.77")] * 35 + [Decimal("2778.05")])),
    Method.FIXED_INSTALMENT: agreed(instalment=Decimal(4000)),
    Method.FIXED_PRINCIPAL: agreed(instalment=Decimal(1000)),
}


@pytest.mark.feature("M-065")
@pytest.mark.parametrize("method", Method)
def test_under_every_method_the_principal_sums_to_the_loan_to_the_fen(method):
    made = plan(method=method, **AGREEMENTS.get(method, {}))

    assert sum(row.principal for row in made.rows) == Decimal("100000.00")
    assert made.rows[-1].balance == 0
    assert all(row.due_date > PAID_OUT and row.interest >= 0 for row in made.rows)


def test_interest_first_pays_490_a_month_and_the_principal_at_the_end():
    made = plan(method=Method.INTEREST_FIRST)

    assert instalments(made)[-2:] == ["490.00", "100490.00"]
    assert made.total_interest == Decimal("17640.00")


def test_a_balloon_of_30000_is_paid_with_the_last_instalment():
    made = plan(method=Method.BALLOON, **agreed(final_amount=Decimal(30000)))

    assert (instalments(made)[0], instalments(made)[-1]) == ("2272.73", "32272.78")
    assert made.total_interest == Decimal("11818.33")


def test_a_balloon_whose_instalment_is_agreed_is_what_remains():
    made = plan(method=Method.BALLOON, **agreed(instalment=Decimal("2272.73")))

    assert instalments(made)[-1] == "32272.78"


@pytest.mark.parametrize(("rate", "due"), [("twelfth", "105880.00"), ("days", "105961.67")])
def test_one_payment_at_maturity_counts_months_or_days(rate, due):
    made = plan(term=12, method=Method.BULLET, convention=Convention(period_rate=PeriodRate(rate)))

    assert instalments(made) == [due]


def test_a_flat_rate_charges_the_original_principal_to_the_end():
    made = plan(rate="0.042", method=Method.FLAT)

    assert instalments(made)[:2] == ["3127.78", "3127.78"]
    assert made.total_interest == Decimal("12600.00")


def test_instalments_of_100_60_and_40_per_cent():
    weights = tuple(Decimal(weight) for weight in ["1"] * 4 + ["0.6"] * 4 + ["0.4"] * 4)
    convention = Convention(residue=Residue.IMPLIED_RATE)

    made = plan("10000.00", "0.07", 12, Method.STEP, convention=convention, **agreed(weights=weights))

    assert instalments(made) == ["1288.89"] * 4 + ["773.33"] * 4 + ["515.56"] * 4
    assert made.total_principal == 10_000


def test_a_fixed_amount_is_paid_until_nothing_is_owed():
    made = plan("280000.00", "0.084", method=Method.FIXED_INSTALMENT, **agreed(instalment=Decimal(14000)))

    assert (len(made.rows), made.rows[-1].balance) == (22, 0)
    assert made.rows[-1].instalment < 14000


def test_a_fixed_principal_leaves_the_rest_to_the_last_instalment():
    made = plan(method=Method.FIXED_PRINCIPAL, **agreed(instalment=Decimal(1000)))

    assert [str(row.principal) for row in made.rows[-2:]] == ["1000", "65000.00"]


def test_agreed_parts_of_the_principal():
    parts = (Decimal("50000.00"), Decimal("30000.00"), Decimal("20000.00"))

    made = plan(term=3, method=Method.CUSTOM, **agreed(parts=parts))

    assert [str(row.interest) for row in made.rows] == ["490.00", "245.00", "98.00"]


def test_a_grace_of_principal_and_one_of_interest():
    waiting = plan("5000.00", "0.12", 18, **agreed(grace_principal=6, grace_interest=3))
    free = plan("5000.00", "0.12", 18, **agreed(grace_principal=6, interest_free=3))

    assert instalments(waiting)[:5] == ["0.00", "0.00", "0.00", "200.00", "50.00"]
    assert instalments(free)[:5] == ["0.00", "0.00", "0.00", "50.00", "50.00"]
    assert [row.principal for row in waiting.rows[:6]] == [0] * 6


def test_interest_that_joins_the_balance_only_each_quarter():
    convention = Convention(rests=3, residue=Residue.IMPLIED_RATE)

    made = plan("10000.00", "0.0825", 6, convention=convention)

    assert {row.instalment for row in made.rows} == {Decimal("1706.67")}
    assert [str(row.interest) for row in made.rows if row.interest] == ["171.04", "68.98"]


def test_a_correction_lets_the_last_instalment_come_nearer():
    usual_one = Convention(instalment_rounding=Rounding.HALF_EVEN, rounding=Rounding.HALF_EVEN)
    corrected = Convention(
        instalment_rounding=Rounding.HALF_EVEN, rounding=Rounding.HALF_EVEN, correction=Correction.ONCE
    )

    before = plan("75.00", "0.123", 5, convention=usual_one)
    after = plan("75.00", "0.123", 5, convention=corrected)

    assert instalments(before)[-1] != instalments(after)[-1] == "15.45"
    assert instalments(after)[0] == "15.47"


@pytest.mark.parametrize(
    ("unit", "rounding", "instalment"),
    [
        ("1", "half_up", "3037"),
        ("10", "ceiling", "3040"),
        ("0.01", "down", "3036.75"),
        ("5", "floor", "3035"),
    ],
)
def test_the_equal_instalment_is_brought_to_its_unit(unit, rounding, instalment):
    made = plan(convention=Convention(instalment_unit=Decimal(unit), instalment_rounding=Rounding(rounding)))

    assert made.rows[0].instalment == Decimal(instalment)
    assert made.total_principal == 100_000


def test_the_residue_can_stay_open_or_go_to_the_first_instalment():
    left = plan(convention=Convention(residue=Residue.LEFT_OPEN))
    first = plan(
        "1000.00", "0", 3, Method.EQUAL_PRINCIPAL, convention=Convention(residue=Residue.FIRST_INSTALMENT)
    )

    assert set(instalments(left)) == {"3036.76"}
    assert left.rows[-1].balance == left.total_principal * -1 + 100_000
    assert instalments(first) == ["333.34", "333.33", "333.33"]


def test_the_first_instalment_takes_the_residue_of_equal_instalments():
    made = plan("5000.00", "0.12", 18, convention=Convention(residue=Residue.FIRST_INSTALMENT))

    assert made.total_principal == 5000
    assert abs(made.rows[-1].instalment - made.rows[1].instalment) <= Decimal("0.01")


def test_a_new_rate_from_a_day_counts_from_that_day_and_changes_the_instalment():
    convention = Convention(
        rounding=Rounding.HALF_EVEN, instalment_rounding=Rounding.HALF_EVEN, level_rate=LevelRate.EACH_PERIOD
    )
    change = RateChange(date(2024, 2, 15), Decimal("0.04"))

    made = plan(
        "100.00",
        "0.07",
        6,
        value_date=date(2024, 1, 1),
        due_day=1,
        convention=convention,
        rate_changes=(change,),
    )

    assert instalments(made) == ["17.01", "16.90", "16.90", "16.90", "16.90", "16.91"]
    assert [str(row.interest) for row in made.rows[:3]] == ["0.58", "0.38", "0.22"]


def test_a_later_rate_does_not_show_in_the_instalments_before_it():
    change = RateChange(date(2028, 1, 20), Decimal("0.06"))

    made = plan("200000.00", "0.05", 240, rate_changes=(change,))

    assert instalments(made)[:24] == ["1319.91"] * 24
    assert made.rows[24].instalment == Decimal("1423.41")


def test_an_extension_moves_the_later_dates_and_counts_the_odd_days():
    convention = Convention(
        day_count=DayCount.PART_OF_PERIOD, odd_interest=OddInterest.INSIDE, rounding=Rounding.HALF_EVEN
    )
    terms = terms_of(
        **usual("100.00", "0.094822", 6, value_date=date(2024, 1, 1), due_day=1, convention=convention)
    )

    made = schedule_of(shifted(terms, from_date=date(2024, 2, 1), to_date=date(2024, 2, 18)))

    assert [row.due_date.day for row in made.rows] == [18] * 6
    assert (str(made.rows[0].interest), str(made.rows[1].interest)) == ("1.25", "0.66")
    assert instalments(made) == ["17.13"] * 5 + ["17.60"]


@pytest.mark.parametrize(
    ("every", "unit", "count", "last"),
    [
        (1, "week", 52, date(2027, 1, 19)),
        (2, "week", 26, date(2027, 1, 19)),
        (10, "day", 36, date(2027, 1, 15)),
        (3, "month", 4, date(2027, 1, 20)),
        (1, "year", 1, date(2027, 1, 20)),
    ],
)
def test_instalments_every_few_days_weeks_months_or_years(every, unit, count, last):
    convention = Convention(every=every, unit=Unit(unit), day_count=DayCount.ACT_364)

    made = plan(term=12, convention=convention)

    assert (len(made.rows), made.rows[-1].due_date) == (count, last)
    assert made.total_principal == 100_000


def test_weekly_interest_counts_its_days():
    weekly = Convention(
        unit=Unit.WEEK,
        day_count=DayCount.ACT_364,
        rounding=Rounding.HALF_EVEN,
        level_rate=LevelRate.EACH_PERIOD,
    )

    assert plan("36400.00", "0.10", 12, convention=weekly).rows[0].interest == Decimal("70.00")


def test_a_missing_day_becomes_the_first_of_the_next_month():
    convention = Convention(missing_day=MissingDay.NEXT_MONTH)

    days = due_dates(date(2025, 1, 31), due_day=31, term_months=3, convention=convention)

    assert [day.isoformat() for day in days] == ["2025-03-01", "2025-03-31", "2025-05-01"]


def test_due_dates_move_to_business_days_and_a_month_stays_a_month():
    convention = Convention(business_day=BusinessDay.FOLLOWING)
    terms = terms_of(
        **usual(term=3, convention=convention),
        is_business_day=lambda day: day.weekday() < 5,
    )

    made = schedule_of(terms)

    assert [row.due_date.isoformat() for row in made.rows] == ["2026-02-20", "2026-03-20", "2026-04-20"]
    assert made.rows[0].interest == Decimal("490.00")
    later = terms_of(
        **usual(term=3, due_day=21, value_date=date(2026, 1, 21), convention=convention),
        is_business_day=lambda day: day.weekday() < 5,
    )
    assert [day.isoformat() for day in later.due_dates] == ["2026-02-23", "2026-03-23", "2026-04-21"]
    assert schedule_of(later).rows[0].interest == Decimal("490.00")


@pytest.mark.parametrize(
    ("facts", "refusal", "limit"),
    [
        ({"principal": "0.00"}, PrincipalNotPositive, "0.00"),
        ({"principal": "0.001"}, PrincipalNotPositive, "0.001"),
        ({"principal": "NaN"}, PrincipalNotPositive, "NaN"),
        ({"rate": "40"}, RateOutOfRange, "1000%"),
        ({"rate": "-0.01"}, RateOutOfRange, "0%"),
        ({"term": 0}, InstalmentsOutOfRange, "600"),
        ({"term": 10_000}, InstalmentsOutOfRange, "600"),
        ({"term": 10_000, "method": Method.BULLET}, InstalmentsOutOfRange, "600"),
        ({"term": 7, "convention": Convention(every=3)}, TermNotWholePeriods, "3"),
        ({"method": Method.FIXED_INSTALMENT, **agreed(instalment=Decimal(400))}, NeverAmortises, "490.00"),
        ({"method": Method.BALLOON, **agreed(instalment=Decimal(400))}, NeverAmortises, "490.00"),
        ({"method": Method.FIXED_INSTALMENT, **agreed(instalment=Decimal("490.01"))}, NotRepaidInTime, "600"),
        ({"method": Method.STEP}, AgreementIncomplete, ""),
        ({"method": Method.BALLOON}, AgreementIncomplete, ""),
        ({"term": 2, "method": Method.CUSTOM, **agreed(parts=(Decimal(1), Decimal(2)))}, PartsDoNotSum, "3"),
        (
            {"method": Method.BALLOON, **agreed(final_amount=Decimal(100_001))},
            FinalAmountOutOfRange,
            "100000",
        ),
        (agreed(grace_principal=36), GraceTooLong, "35"),
        (
            {"rate_changes": (RateChange(date(2026, 1, 1), Decimal("0.04")),)},
            DateBeforeLoan,
            "2026-01-20",
        ),
        ({"rate_changes": (RateChange(date(2026, 3, 1), Decimal(40)),)}, RateOutOfRange, "1000%"),
    ],
)
def test_terms_that_break_a_rule_are_refused_with_rule_and_limit(facts, refusal, limit):
    with pytest.raises(refusal) as refused:
        plan(**facts)

    assert limit in refused.value.text("zh")
    assert limit in refused.value.text("en")
    assert refused.value.text("zh") != refused.value.text("en")


def test_due_dates_before_the_loan_or_out_of_order_are_refused():
    facts = {
        "principal": Decimal(100),
        "annual_rate": Decimal("0.06"),
        "method": Method.EQUAL_INSTALMENT,
        "convention": Convention(),
        "value_date": PAID_OUT,
    }

    with pytest.raises(DateBeforeLoan):
        Terms(**facts, due_dates=(date(2026, 1, 19),))
    with pytest.raises(DueDatesNotRising):
        Terms(**facts, due_dates=(date(2026, 3, 1), date(2026, 2, 1)))
