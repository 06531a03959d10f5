"""What holds for every loan, whatever its terms: random loans of every method and convention."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lending.maths.annualised_cost import cost_of
from lending.maths.choices import (
    DayCount,
    FirstPeriod,
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
from lending.maths.receipts import Receipt, after_receipts
from lending.maths.schedules import schedule, schedule_of, terms_of
from lending.maths.terms import Agreement

PLAIN = [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST, Method.FLAT, Method.BULLET]
ROUNDED = [way for way in Rounding if way is not Rounding.NONE]
KINDS = {field.name: type(getattr(Convention(), field.name)) for field in fields(Convention)}

amounts = st.decimals(min_value=Decimal("100.00"), max_value=10**7, places=2)
rates = st.decimals(min_value=0, max_value=Decimal("0.36"), places=6)
conventions = st.builds(
    Convention,
    period_rate=st.sampled_from(PeriodRate),
    day_count=st.sampled_from(DayCount),
    first_period=st.sampled_from(FirstPeriod),
    odd_interest=st.sampled_from(OddInterest),
    level_rate=st.sampled_from(LevelRate),
    rounding=st.sampled_from(ROUNDED),
    instalment_rounding=st.sampled_from(ROUNDED),
    residue=st.sampled_from([Residue.LAST_INSTALMENT, Residue.FIRST_INSTALMENT]),
    missing_day=st.sampled_from(MissingDay),
)
any_choice = st.builds(
    Convention,
    **{
        name: st.sampled_from(list(kind)) if hasattr(kind, "label") else st.just(kind(3))
        for name, kind in KINDS.items()
    },
)


@st.composite
def loans(draw, methods=tuple(PLAIN), every=(1, 3)):
    """The terms of a loan of some method and convention."""
    months = draw(st.sampled_from(every))
    return terms_of(
        principal=draw(amounts),
        annual_rate=draw(rates),
        term_months=months * draw(st.integers(1, 24)),
        method=draw(st.sampled_from(methods)),
        value_date=draw(st.dates(date(2023, 1, 1), date(2028, 12, 31))),
        due_day=draw(st.integers(1, 31)),
        convention=replace(draw(conventions), every=months),
    )


@settings(max_examples=150, deadline=None)
@given(loans())
def test_what_is_lent_is_repaid_to_the_fen_and_no_balance_is_negative(terms):
    made = schedule_of(terms)

    assert made.total_principal == terms.principal
    assert made.rows[-1].balance == 0
    assert all(row.balance >= 0 and row.principal >= 0 and row.interest >= 0 for row in made.rows)
    assert all(row.instalment == row.instalment.quantize(Decimal("0.01")) for row in made.rows)
    balances = [terms.principal, *(row.balance for row in made.rows)]
    assert balances == sorted(balances, reverse=True)


@settings(max_examples=60, deadline=None)
@given(loans(methods=(Method.EQUAL_INSTALMENT,), every=(1,)))
def test_equal_instalments_are_equal_but_for_the_residue(terms):
    # A level taken from a long first period is too high for the others: such a loan is repaid before its end.
    assume(terms.convention.level_rate is not LevelRate.FIRST_PERIOD)
    made = schedule_of(
        replace(terms, regular_ends=(), convention=replace(terms.convention, residue=Residue.LAST_INSTALMENT))
    )

    amounts_paid = {row.instalment for row in made.rows[:-1]}
    assert len(amounts_paid) <= 1
    residue = made.total - sum((row.instalment for row in made.rows[:-1]), Decimal(0))
    assert residue == made.rows[-1].instalment


@settings(max_examples=40, deadline=None)
@given(
    amounts, st.decimals(min_value=Decimal("0.001"), max_value=Decimal("0.36"), places=4), st.integers(2, 60)
)
def test_the_rate_of_the_payments_is_the_rate_agreed(principal, rate, term):
    made = schedule(
        principal=principal * 100,
        annual_rate=rate,
        term_months=term,
        method=Method.EQUAL_INSTALMENT,
        value_date=date(2026, 1, 20),
        due_day=20,
        convention=Convention(),
    )

    assert abs(cost_of(made, Decimal(0)).nominal - rate) < Decimal("0.0001")


@settings(max_examples=40, deadline=None)
@given(loans(methods=(Method.EQUAL_INSTALMENT,)), st.integers(0, 11), st.integers(0, 100))
def test_a_balloon_and_a_grace_repay_all_as_well(terms, grace, share):
    final = (terms.principal * share / 200).quantize(Decimal("0.01"))
    grace = min(grace, len(terms.due_dates) - 1)

    made = schedule_of(
        replace(
            terms,
            method=Method.BALLOON,
            agreement=Agreement(final_amount=final, grace_principal=grace, grace_interest=grace),
            convention=replace(terms.convention, residue=Residue.LAST_INSTALMENT),
        )
    )

    assert made.total_principal == terms.principal
    assert all(row.principal == 0 for row in made.rows[:grace])
    assert made.rows[-1].balance == 0


@settings(max_examples=60, deadline=None)
@given(
    loans(methods=(Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL), every=(1,)),
    st.integers(0, 23),
    st.integers(1, 95),
    st.sampled_from(["reduce_instalment", "shorten_term", "next_instalments", "last_instalment"]),
)
def test_a_prepayment_repays_all_and_never_costs_more_interest(terms, at, share, rule):
    terms = replace(
        terms,
        convention=Convention.from_data(Convention().as_data() | {"prepayment": rule}),
    )
    planned = schedule_of(terms)
    at = min(at, len(planned.rows) - 1)
    more = (planned.rows[at].balance * share / 100).quantize(Decimal("0.01"))
    receipts = [Receipt(row.due_date, row.instalment) for row in planned.rows[:at]]
    receipts.append(Receipt(planned.rows[at].due_date, planned.rows[at].instalment + more))
    paying = [receipt for receipt in receipts if receipt.amount > 0]

    made = after_receipts(terms, paying)

    assert made.total_principal == terms.principal
    assert made.rows[-1].balance == 0
    assert made.total_interest <= planned.total_interest + Decimal("0.05")


@given(any_choice)
def test_a_convention_comes_back_as_it_was_stored(convention):
    stored = convention.as_data()

    assert Convention.from_data(stored) == convention
    assert all(isinstance(value, str) for value in stored.values())


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([(1, Unit.WEEK), (2, Unit.WEEK), (10, Unit.DAY), (1, Unit.YEAR)]),
    amounts,
    rates,
    st.sampled_from([count for count in DayCount if count is not DayCount.PART_OF_PERIOD]),
)
def test_other_distances_of_due_dates_repay_all_as_well(step, principal, rate, count):
    made = schedule(
        principal=principal,
        annual_rate=rate,
        term_months=24,
        method=Method.EQUAL_INSTALMENT,
        value_date=date(2026, 1, 31),
        due_day=31,
        convention=Convention(every=step[0], unit=step[1], day_count=count),
    )

    assert made.total_principal == principal
    assert made.rows[-1].balance == 0
