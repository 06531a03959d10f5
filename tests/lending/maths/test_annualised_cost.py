"""The annualised cost: published rates, both labels, and that fees only ever raise it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.maths.annualised_cost import AprMethod, Payment, annualised_cost, cost_of
from lending.maths.convention import Convention, FirstPeriod, Method
from lending.maths.errors import NoSuchRate
from lending.maths.schedules import schedule


def plan(
    method=Method.EQUAL_INSTALMENT, value_date=date(2026, 1, 20), first_period=FirstPeriod.MONTH_PLUS_ODD
):
    return schedule(
        principal=Decimal("100000.00"),
        annual_rate=Decimal("0.0588"),
        term_months=36,
        method=method,
        value_date=value_date,
        due_day=20,
        convention=Convention(first_period=first_period),
    )


def percent(rate):
    return f"{rate:.3%}"


def test_a_fee_of_2000_makes_5_88_percent_cost_7_241_nominal_and_7_486_effective():
    free, charged = cost_of(plan(), Decimal(0)), cost_of(plan(), Decimal("2000.00"))

    assert (percent(free.nominal), percent(free.effective)) == ("5.880%", "6.041%")
    assert (percent(charged.nominal), percent(charged.effective)) == ("7.241%", "7.486%")
    assert charged.by(AprMethod.EFFECTIVE) == charged.effective


# Microsoft Support, IRR: -70000, 12000, 15000, 18000, 21000, 26000 gives 8.66 % a period; the fee instalment plan of
# 100000 / 36 + 350 a month costs 0.65608 % a month.
@pytest.mark.parametrize(
    ("received", "amounts", "monthly"),
    [
        ("70000", ["12000", "15000", "18000", "21000", "26000"], "0.0866"),
        ("100000", ["3127.777777777777777777"] * 36, "0.0066"),
    ],
)
def test_published_internal_rates_of_return(received, amounts, monthly):
    payments = [Payment(Decimal(at), Decimal(amount)) for at, amount in enumerate(amounts, start=1)]

    assert round(annualised_cost(Decimal(received), payments).monthly, 4) == Decimal(monthly)


def test_the_flat_fee_plan_costs_more_than_it_says():
    payments = [Payment(Decimal(at), Decimal(100_000) / 36 + 350) for at in range(1, 37)]

    cost = annualised_cost(Decimal(100_000), payments)

    assert f"{cost.monthly:.5%}" == "0.65608%"
    assert (percent(cost.nominal), percent(cost.effective)) == ("7.873%", "8.163%")


def test_odd_days_that_bear_interest_leave_the_cost_where_it_is():
    cost = cost_of(plan(value_date=date(2026, 1, 10)), Decimal(0))

    assert abs(cost.nominal - Decimal("0.0588")) < Decimal("0.00002")


def test_free_odd_days_make_the_loan_cheaper():
    assert cost_of(
        plan(value_date=date(2026, 1, 10), first_period=FirstPeriod.SHIFT), Decimal(0)
    ).nominal < Decimal("0.0578")


@given(
    st.decimals(min_value=0, max_value=20_000, places=2),
    st.sampled_from([Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST]),
)
def test_a_fee_never_makes_a_loan_cheaper_and_the_solution_solves(fee, method):
    made = plan(method)

    cost = cost_of(made, fee)

    worth = sum(row.instalment / (1 + cost.monthly) ** row.number for row in made.rows)
    assert abs(worth - (made.total_principal - fee)) < Decimal("0.000001")
    assert cost.nominal >= cost_of(made, Decimal(0)).nominal
    assert cost.effective >= cost.nominal


@pytest.mark.parametrize(("received", "paid"), [("100", "99"), ("0", "1"), ("-5", "1"), ("100", "201")])
def test_a_rate_outside_0_to_1_a_month_is_an_error(received, paid):
    with pytest.raises(NoSuchRate):
        annualised_cost(Decimal(received), [Payment(Decimal(1), Decimal(paid))])


def test_a_free_loan_costs_nothing():
    assert annualised_cost(Decimal(100), [Payment(Decimal(1), Decimal(100))]).effective == 0
