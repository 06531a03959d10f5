"""Receipts that differ from the plan, the amount that ends a loan, and what being late costs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lending.maths.cash_flows import Flow
from lending.maths.choices import (
    Compound,
    DayCount,
    EarlyReceipt,
    LevelRate,
    Method,
    OddInterest,
    PayOffInterest,
    PeriodRate,
    Prepayment,
    Rest,
    Rounding,
    RoundingMoment,
)
from lending.maths.convention import Convention
from lending.maths.errors import DateBeforeLoan, ReceiptRefused
from lending.maths.overdue import compound_interest, penalty_interest, penalty_rate
from lending.maths.receipts import Receipt, after_receipts, pay_off
from lending.maths.schedules import schedule_of, terms_of
from lending.maths.subsidy import NoSubsidyNeeded, monthly_shares, subsidy_at_start

ROUNDED_EVEN = Convention(
    rounding=Rounding.HALF_EVEN,
    instalment_rounding=Rounding.HALF_EVEN,
    level_rate=LevelRate.EACH_PERIOD,
    odd_interest=OddInterest.INSIDE,
    day_count=DayCount.PART_OF_PERIOD,
    rounding_moment=RoundingMoment.SUB_PERIOD,
)
DAILY = replace(
    ROUNDED_EVEN,
    period_rate=PeriodRate.DAYS,
    day_count=DayCount.ACT_365,
    level_rate=LevelRate.FIRST_PERIOD,
    instalment_unit=Decimal(1),
    early_receipt=EarlyReceipt.PRINCIPAL,
)


def loan(principal="100000.00", rate="0.0588", term=36, start=date(2026, 1, 20), convention=None):
    return terms_of(
        principal=Decimal(principal),
        annual_rate=Decimal(rate),
        term_months=term,
        method=Method.EQUAL_INSTALMENT,
        value_date=start,
        due_day=start.day,
        convention=convention or Convention(),
    )


def daily(**choices):
    return loan("5000.00", "0.12", 6, date(2022, 11, 1), replace(DAILY, **choices))


def received(*pairs):
    return [Receipt(date.fromisoformat(on), Decimal(amount)) for on, amount in pairs]


def figures(made):
    return [(str(row.principal), str(row.interest)) for row in made.rows]


def twelve_paid_and_20000_more(terms):
    rows = schedule_of(terms).rows[:12]
    return [
        *(Receipt(row.due_date, row.instalment) for row in rows[:-1]),
        Receipt(rows[-1].due_date, rows[-1].instalment + 20_000),
    ]


@pytest.mark.parametrize(
    ("rule", "rows", "instalment", "last"),
    [("reduce_instalment", 36, "2151.43", None), ("shorten_term", 29, "3036.76", "2150.52")],
)
def test_20000_more_after_a_year_lower_the_instalment_or_shorten_the_term(rule, rows, instalment, last):
    terms = loan(convention=Convention(prepayment=Prepayment(rule)))

    made = after_receipts(terms, twelve_paid_and_20000_more(terms))

    assert made.rows[11].balance == Decimal("48601.66")
    assert (len(made.rows), str(made.rows[12].instalment)) == (rows, instalment)
    assert last is None or str(made.rows[-1].instalment) == last


def test_more_than_is_due_pays_the_principal_of_the_next_instalments():
    made = after_receipts(
        daily(prepayment=Prepayment.NEXT_INSTALMENTS), received(("2022-12-01", 1000), ("2023-01-01", 2000))
    )

    assert figures(made)[2:4] == [("0.00", "21.31"), ("407.45", "19.24")]
    assert str(made.rows[-1].instalment) == "846.56"


def test_an_early_receipt_may_all_be_principal():
    made = after_receipts(daily(), received(("2022-11-27", 1500)))

    assert figures(made)[0] == ("1500.00", "47.34")
    assert {row.instalment for row in made.rows[1:5]} == {721}


def test_an_early_receipt_may_pay_the_interest_to_its_day_first():
    terms = loan(
        "100.00", "0.07", 6, date(2024, 1, 1), replace(ROUNDED_EVEN, prepayment=Prepayment("last_instalment"))
    )

    made = after_receipts(terms, received(("2024-02-01", "17.01"), ("2024-02-15", "17.01")))

    assert figures(made)[:3] == [("16.43", "0.58"), ("16.77", "0.24"), ("16.42", "0.59")]
    assert str(made.rows[-1].instalment) == "16.95"


def test_a_late_receipt_lets_the_overdue_principal_bear_interest_for_its_days():
    made = after_receipts(daily(), received(("2022-12-05", 862)))

    assert figures(made)[:2] == [("812.68", "49.32"), ("818.25", "43.75")]
    assert str(made.rows[-1].instalment) == "866.61"


def test_rests_at_due_dates_let_a_receipt_wait_for_the_next_one():
    made = after_receipts(daily(rest=Rest.DUE_DATE), received(("2022-11-20", 200), ("2023-01-04", 200)))

    assert [interest for _, interest in figures(made)] == [
        "49.32",
        "42.68",
        "49.42",
        "23.52",
        "17.50",
        "8.60",
    ]


def test_paid_as_agreed_nothing_changes():
    terms = loan()
    rows = schedule_of(terms).rows

    made = after_receipts(terms, [Receipt(row.due_date, row.instalment) for row in rows[:7]])

    assert made.rows == rows


@pytest.mark.parametrize(
    ("receipt", "refusal"),
    [
        (("2026-01-19", "100"), DateBeforeLoan),
        (("2026-03-01", "0.001"), ReceiptRefused),
        (("2026-03-01", "0"), ReceiptRefused),
        (("2026-02-20", "100490.01"), ReceiptRefused),
    ],
)
def test_a_receipt_before_the_loan_finer_than_a_fen_or_of_more_than_is_owed_is_refused(receipt, refusal):
    with pytest.raises(refusal):
        after_receipts(loan(), received(receipt))


@pytest.mark.parametrize(
    ("rule", "interest", "total"),
    [(PayOffInterest.TO_THE_DAY, "0.24", "83.81"), (PayOffInterest.TO_THE_DUE_DATE, "0.49", "84.06")],
)
def test_what_ends_a_loan_between_two_due_dates(rule, interest, total):
    terms = loan("100.00", "0.07", 6, date(2024, 1, 1), replace(ROUNDED_EVEN, pay_off_interest=rule))

    ended = pay_off(terms, schedule_of(terms).rows, paid=1, on=date(2024, 2, 15))

    assert (str(ended.interest), str(ended.total)) == (interest, total)
    with pytest.raises(DateBeforeLoan):
        pay_off(terms, schedule_of(terms).rows, paid=1, on=date(2024, 1, 31))


def test_the_higher_penalty_applies_and_compound_interest_only_where_agreed():
    rate = penalty_rate(Decimal("0.0588"), Decimal("1.5"))
    days = {"since": date(2026, 2, 20), "until": date(2026, 3, 7)}

    assert rate == Decimal("0.0882")
    assert penalty_interest(Decimal("2546.76"), rate, convention=Convention(), **days) == Decimal("9.36")
    assert compound_interest(Decimal("490"), rate, convention=Convention(), **days) == 0
    compounding = Convention(compound=Compound.AT_PENALTY_RATE)
    assert compound_interest(Decimal("490"), rate, convention=compounding, **days) == Decimal("1.80")
    with pytest.raises(DateBeforeLoan):
        penalty_interest(
            Decimal(1), rate, since=date(2026, 3, 7), until=date(2026, 3, 6), convention=Convention()
        )


def test_the_monthly_shares_of_a_subsidy_sum_to_it():
    terms = loan(rate="0")
    free = schedule_of(terms)
    own = [row.interest for row in schedule_of(replace(terms, annual_rate=Decimal("0.0588"))).rows]

    shares = monthly_shares(own, [row.interest for row in free.rows], subsidy=Decimal("8528.22"))

    assert sum(shares) == Decimal("8528.22")


def test_a_loan_that_already_pays_needs_no_subsidy():
    with pytest.raises(NoSubsidyNeeded):
        subsidy_at_start(Decimal(100), [Flow(Decimal(1), Decimal(200))], Decimal("0.05"))
