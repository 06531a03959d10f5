"""Many loans at once in integer fen: the same fen as one by one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lending.maths.batches import PRINCIPAL_FEN_MAX, BatchRefused, level_schedules
from lending.maths.choices import Method, Rounding
from lending.maths.convention import Convention
from lending.maths.errors import InstalmentsOutOfRange, RateOutOfRange
from lending.maths.schedules import schedule


def batch(loans, instalments, convention=None):
    principal, rate = (np.array(column, np.int64) for column in zip(*loans, strict=True))
    return level_schedules(principal, rate, instalments=instalments, convention=convention or Convention())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 36 * 10**6)), min_size=1, max_size=5),
    st.integers(1, 84),
    st.sampled_from([1, 3]),
)
def test_every_fen_is_that_of_the_exact_path(loans, instalments, every):
    made = batch(loans, instalments, Convention(every=every))

    for index, (principal, rate) in enumerate(loans):
        exact = schedule(
            principal=Decimal(principal) / 100,
            annual_rate=Decimal(rate) / 10**8,
            term_months=instalments * every,
            method=Method.EQUAL_INSTALMENT,
            value_date=date(2026, 1, 20),
            due_day=20,
            convention=Convention(every=every),
        )
        assert made.principal[:, index].tolist() == [int(row.principal * 100) for row in exact.rows]
        assert made.interest[:, index].tolist() == [int(row.interest * 100) for row in exact.rows]


@pytest.mark.parametrize(
    ("loan", "instalments"),
    # Half a fen exactly: P / n without interest, and interest of 600 fen at 7 % a year.
    [((18, 0), 36), ((42, 0), 84), ((600, 7_000_000), 2), ((3000, 7_000_000), 12)],
)
def test_half_a_fen_is_rounded_up_on_both_paths(loan, instalments):
    exact = schedule(
        principal=Decimal(loan[0]) / 100,
        annual_rate=Decimal(loan[1]) / 10**8,
        term_months=instalments,
        method=Method.EQUAL_INSTALMENT,
        value_date=date(2026, 1, 20),
        due_day=20,
        convention=Convention(),
    )
    made = batch([loan], instalments)

    assert (
        int(made.interest[0, 0])
        == int(exact.rows[0].interest * 100)
        == (loan[0] * loan[1] * 2 + 12 * 10**8) // (24 * 10**8)
    )
    assert int(made.level[0]) == int((exact.rows[0].instalment if instalments > 1 else exact.total) * 100)


def test_what_a_batch_does_not_reckon_exactly_is_refused():
    with pytest.raises(BatchRefused):
        batch([(100, 0)], 12, replace(Convention(), rounding=Rounding.HALF_EVEN))
    with pytest.raises(BatchRefused):
        batch([(PRINCIPAL_FEN_MAX + 1, 5_880_000)], 12)
    with pytest.raises(BatchRefused):
        batch([(0, 5_880_000)], 12)
    with pytest.raises(RateOutOfRange):
        batch([(100, 11 * 10**8)], 12)
    with pytest.raises(InstalmentsOutOfRange):
        batch([(100, 5_880_000)], 601)
