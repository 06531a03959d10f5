"""A loan restructured, or subsidised by a manufacturer.

The loan of :mod:`loan_life`: 100,000 at 5.88 % over 36 equal instalments of 3,036.76, paid out on 3 March 2026.
"""

import zlib
from datetime import date

import pytest
from loan_life import FIRST_DUE, PAID_ON, D, K

from lending import ledger
from lending.life import errors
from lending.life.state import State
from lending.loans import LoanStatus


def trial(life, on=date(2030, 1, 1)):
    return ledger.trial_balance(life.session, on)


def test_a_restructuring_gives_months_of_interest_alone_and_a_longer_term(life):
    life.receive(FIRST_DUE, "3036.76")
    life.tell(K.RESTRUCTURING, FIRST_DUE, reason="失业，缓还本金三期", months=6, holiday=3)

    rows = life.schedule().instalments
    assert [row.principal for row in rows[1:4]] == [0, 0, 0]
    assert len(rows) == 42
    assert rows[-1].balance == 0
    with pytest.raises(errors.RestructuringEmpty):
        life.tell(K.RESTRUCTURING, FIRST_DUE, reason="什么都没变", reference="empty")


def test_a_subsidy_becomes_income_over_the_term_and_all_of_it(life):
    life.tell(K.SUBSIDY, PAID_ON, "3000.00", annual_rate=D("0.0788"))
    life.tell(K.SUBSIDY_RECEIPT, PAID_ON, "3000.00", reference="B-77")
    last = life.loan.current_schedule.instalments[-1].due_date
    life.accrue(FIRST_DUE)
    first_month = D(-3000) - trial(life).balance("2401")

    life.accrue(last)

    assert first_month == -(D(97000) * D("0.0788") / 12 - D("490.00")).quantize(D("0.01"))
    assert trial(life).balance("2401") == trial(life).balance("1221") == 0


def test_what_a_prepayment_leaves_of_a_subsidy_goes_back_to_its_payer_where_that_was_agreed(life):
    life.tell(K.SUBSIDY, PAID_ON, "3000.00", annual_rate=D("0.0788"), returned=True)
    with pytest.raises(errors.SubsidyNotOwed, match=r"3,000\.00"):
        life.tell(K.SUBSIDY_RECEIPT, PAID_ON, "3000.01", reference="B-77")
    life.tell(K.PREPAYMENT, PAID_ON, "150000.00")

    assert life.loan.status is LoanStatus.SETTLED
    assert trial(life).balance("2401") == trial(life).balance("1221") == 0


def test_a_state_stored_before_loans_could_be_subsidised_reads_as_one_that_is_not(life):
    state = life.accrue(FIRST_DUE).state
    head, *rows = zlib.decompress(state.packed()).decode().split("\n")
    old = zlib.compress("\n".join(["|".join(head.split("|")[:11]), *rows]).encode())

    assert State.unpacked(old) == State.unpacked(state.packed()) == state
