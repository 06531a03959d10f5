"""Rates: three laws of annualised cost, several roots, and the functions of spreadsheets."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lending.maths import functions
from lending.maths.annualised_cost import cost_of
from lending.maths.cash_flows import Flow, irr, xirr
from lending.maths.convention import Convention, Method
from lending.maths.errors import NoSuchRate
from lending.maths.eu_apr import effective_rate
from lending.maths.regulation_z import UnitFlow, actuarial_rate
from lending.maths.roots import bracketed_root
from lending.maths.schedules import schedule


def decimals(*values):
    return [Decimal(str(value)) for value in values]


# numpy-financial's documentation of irr.
@pytest.mark.parametrize(
    ("amounts", "rate"),
    [
        ((-100, 39, 59, 55, 20), "0.28095"),
        ((-100, 0, 0, 74), "-0.09550"),
        ((-100, 100, 0, -7), "-0.08330"),
        ((-100, 100, 0, 7), "0.06206"),
        ((-5, 10.5, 1, -8, 1), "0.08860"),
    ],
)
def test_of_several_rates_the_one_nearest_to_zero(amounts, rate):
    assert round(irr(decimals(*amounts)), 5) == Decimal(rate)


def test_flows_of_one_sign_have_no_rate():
    with pytest.raises(NoSuchRate):
        irr(decimals(1, 2, 3))


def test_dated_flows_count_days_by_365():
    flows = zip(
        [date(2010, 12, 29), date(2012, 1, 25), date(2012, 3, 8)], decimals(-10000, 20, 10100), strict=True
    )

    assert round(xirr(list(flows)), 9) == Decimal("0.010061265")


# Regulation Z Appendix J (c)(1)(ii) and (c)(5)(iii).
@pytest.mark.parametrize(
    ("received", "payments", "a_year", "percent"),
    [
        (6000, [(month, Decimal(19) / 30, 200) for month in range(1, 37)], 12, "11.82"),
        (1000, [(1, Decimal("0.5"), "1135.19")], 1, "8.76"),
    ],
)
def test_the_actuarial_rate_is_nominal_with_simple_interest_in_a_part(received, payments, a_year, percent):
    rate = actuarial_rate(
        [UnitFlow(0, Decimal(0), Decimal(received))],
        [UnitFlow(whole, part, Decimal(amount)) for whole, part, amount in payments],
        unit_periods_a_year=Decimal(a_year),
    )

    assert round(rate * 100, 2) == Decimal(percent)


def test_the_european_rate_is_effective():
    payments = [Flow(Decimal(month) / 12, Decimal("1432.86")) for month in range(1, 241)]

    rate = effective_rate([Flow(Decimal(0), Decimal(196_000))], payments)

    assert round(rate, 4) == Decimal("0.0643")


def test_the_true_rate_of_a_flat_one_whatever_the_distance_of_due_dates():
    def cost(every, term):
        made = schedule(
            principal=Decimal(100_000),
            annual_rate=Decimal("0.06"),
            term_months=term,
            method=Method.FLAT,
            value_date=date(2026, 1, 20),
            due_day=20,
            convention=Convention(every=every),
        )
        return cost_of(made, Decimal(0)).effective

    assert cost(1, 12) > cost(3, 12) > cost(12, 12)
    assert abs(cost(12, 12) - Decimal("0.06")) < Decimal("0.000001")


@settings(max_examples=60, deadline=None)
@given(st.decimals(min_value=-10, max_value=10, places=6), st.integers(1, 9))
def test_a_bracketed_root_is_found_to_twenty_places(root, power):
    found = bracketed_root(lambda x: (x - root) ** (2 * (power % 2) + 1), Decimal(-11), Decimal(11))

    assert abs(found - root) < Decimal("1e-15")


@pytest.mark.parametrize(
    ("name", "args", "value"),
    [
        ("PMT", ("0.005", 15, 5000, 0, 1), "-345.10"),
        ("IPMT", ("0.1", 3, 3, 8000), "-292.45"),
        ("PPMT", ("0.08", 10, 10, 200000), "-27598.05"),
        ("CUMIPMT", ("0.0075", 360, 125000, 13, 24, 0), "-11135.23"),
        ("CUMPRINC", ("0.0075", 360, 125000, 13, 24, 0), "-934.11"),
        ("FV", ("0.005", 10, -200, -500, 1), "2581.40"),
        ("NPER", ("0.01", -100, -1000, 10000, 1), "59.67"),
        ("EFFECT", ("0.0525", 4), "0.05"),
        ("NPV", ("0.1", -10000, 3000, 4200, 6800), "1188.44"),
        ("ISPMT", ("0.0083333333333333333333", 1, 36, 8000000), "-64814.81"),
    ],
)
def test_functions_as_spreadsheets_document_them(name, args, value):
    assert round(functions.FUNCTIONS[name](*decimals(*args)), 2) == Decimal(value)


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(min_value=0, max_value=Decimal("0.05"), places=4),
    st.integers(1, 120),
    st.integers(1, 10**6),
    st.integers(0, 10**5),
    st.sampled_from([Decimal(0), Decimal(1)]),
)
def test_the_functions_agree_with_one_another(rate, periods, present, future, when):
    count, worth, later = Decimal(periods), Decimal(present), Decimal(-future)

    payment = functions.pmt(rate, count, worth, later, when)

    assert abs(functions.pv(rate, count, payment, later, when) - worth) < Decimal("1e-15")
    assert abs(functions.fv(rate, count, payment, worth, when) - later) < Decimal("1e-15")
    interest = functions.ipmt(rate, Decimal(1), count, worth, later, when)
    principal = functions.ppmt(rate, Decimal(1), count, worth, later, when)
    assert abs(principal + interest - payment) < Decimal("1e-18")


def test_mirr_rri_pduration_and_whole_periods():
    flows = decimals(-120000, 39000, 30000, 21000, 37000, 46000)

    assert round(functions.mirr(flows, Decimal("0.10"), Decimal("0.12")), 4) == Decimal("0.1261")
    assert round(functions.rri(Decimal(96), Decimal(10000), Decimal(11000)), 7) == Decimal("0.0009933")
    assert round(functions.pduration(Decimal("0.025"), Decimal(2000), Decimal(2200)), 2) == Decimal("3.86")
    with pytest.raises(ValueError, match="never"):
        functions.nper(Decimal("0.01"), Decimal(-5), Decimal(1000))
