"""A loan in trouble or subsidised: accrual stops and resumes, restructuring, write-off, a manufacturer's money.

The loan of :mod:`loan_life`: 100,000 at 5.88 % over 36 equal instalments of 3,036.76, paid out on 3 March 2026.
"""

import zlib
from datetime import date, timedelta

import pytest
from loan_life import FIRST_DUE, PAID_ON, D, K

from lending import ledger
from lending.life import errors
from lending.life.state import State
from lending.loans import LoanStatus
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked

STOPPED_ON = FIRST_DUE + timedelta(days=91)
CURED_ON = date(2026, 8, 1)


def stop(life, on=STOPPED_ON):
    return life.tell(K.NON_ACCRUAL, on, reason="逾期超过九十天")


def tied(life, on):
    asked = Asked(date(2026, 1, 1), on)
    pages = [register.read(life.session, asked) for register in REGISTERS.values()]
    return all(tie.holds for page in pages for tie in page.ties)


def trial(life, on=date(2030, 1, 1)):
    return ledger.trial_balance(life.session, on)


def test_non_accrual_takes_unpaid_income_off_the_balance_sheet_and_goes_on_beside_it(life):
    unpaid = life.accrue(STOPPED_ON)
    stop(life)
    at_first = life.balances(STOPPED_ON)
    later = life.accrue(STOPPED_ON + timedelta(days=10))
    carried = life.balances(STOPPED_ON + timedelta(days=10))

    owed = unpaid.interest_open + unpaid.penalty_earned
    assert (at_first["1132"], at_first["1132.1"], at_first["2221.9"]) == (0, 0, 0)
    assert at_first["9001"] == owed
    assert carried["1132"] == 0
    assert carried["9001"] == later.interest_open + later.penalty_earned > owed
    assert trial(life).difference == 0
    # Income is what remains: the VAT of interest that had fallen due was declared, and is a cost until it is paid.
    declared = -trial(life).balance("2221.1")
    assert trial(life).balance("6011") == declared


def test_money_on_a_loan_that_does_not_accrue_is_income_with_its_vat_when_it_comes(life):
    stop(life)
    before = trial(life)
    done = life.receive(STOPPED_ON + timedelta(days=1), "5000.00")

    paid = done.event.used["interest"] + done.event.used["penalty"]
    after = trial(life)
    earned = before.balance("6011") - after.balance("6011")
    taxed = before.balance("2221.1") - after.balance("2221.1")
    assert earned + taxed == paid
    assert (
        after.balance("9001")
        == done.reading.interest_open + done.reading.penalty_earned - done.reading.penalty_met
    )
    assert tied(life, STOPPED_ON + timedelta(days=1))


def test_a_cured_loan_accrues_again_and_its_books_are_as_if_it_had_never_stopped(life):
    stop(life)
    owed = life.accrue(CURED_ON)
    late = owed.principal_overdue + owed.interest_overdue + owed.penalty_earned - owed.penalty_met
    with pytest.raises(errors.ArrearsOpen, match="120"):
        life.tell(K.RESUMED, date(2026, 8, 1), reason="恢复")
    life.receive(CURED_ON, str(late))
    life.tell(K.RESUMED, CURED_ON, reason="已结清拖欠")
    stopped = {
        code: trial(life).balance(code) for code in ("1132", "1132.1", "6011", "2221.1", "2221.9", "9001")
    }

    for reference in (f"accrual_resumed:RESUMED-{CURED_ON}", f"non_accrual:NON_ACCRUAL-{STOPPED_ON}"):
        life.reverse(reference, CURED_ON)

    straight = {code: trial(life).balance(code) for code in stopped}
    assert stopped == straight
    assert stopped["9001"] == 0


def test_a_receipt_told_late_moves_what_was_taken_off_the_balance_sheet(life):
    stop(life)
    life.receive(date(2026, 5, 3), "3036.76", booked_on=STOPPED_ON)

    carried = life.balances(STOPPED_ON)
    reading = life.accrue(STOPPED_ON)
    assert carried["1132"] == carried["2221.9"] == 0
    assert carried["9001"] == reading.interest_open + reading.penalty_earned - reading.penalty_met


def test_a_loan_stops_once_and_a_write_off_takes_what_stands_beside_the_balance_sheet(life):
    stop(life)
    with pytest.raises(errors.SuspendedAlready):
        life.tell(K.NON_ACCRUAL, STOPPED_ON, reason="再次", reference="again")
    owed = life.accrue(STOPPED_ON + timedelta(days=5))
    life.tell(K.WRITE_OFF, STOPPED_ON + timedelta(days=5), reason="法院终结执行")

    carried = life.balances(STOPPED_ON + timedelta(days=5))
    assert carried["9001"] == carried["1303"] == carried["1132"] == 0
    assert carried["9002"] == owed.owed
    assert carried["1304"] == D("100000.00")
    assert life.loan.status is LoanStatus.WRITTEN_OFF


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


def test_a_state_stored_before_loans_could_stop_accruing_reads_as_one_that_accrues(life):
    state = life.accrue(FIRST_DUE).state
    head, *rows = zlib.decompress(state.packed()).decode().split("\n")
    old = zlib.compress("\n".join(["|".join(head.split("|")[:11]), *rows]).encode())

    assert State.unpacked(old) == State.unpacked(state.packed()) == state
