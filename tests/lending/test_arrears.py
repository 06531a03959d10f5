"""Arrears of many loans, from their positions, are those of each loan's events, on every business date."""

from datetime import timedelta
from decimal import Decimal

import pytest
from loan_book import FIRST_DUE, ONE_DAY, PAID_ON
from sqlalchemy import select

from lending.life import arrears
from lending.life.kinds import EventKind
from lending.life.positions import LoanPosition
from lending.loans import Loan
from lending.maths.convention import Convention, Rounding


@pytest.mark.feature("M-127")
def test_what_positions_tell_of_arrears_is_what_the_events_of_each_loan_tell(book):
    """Of loans whose penalty is a straight line, one rounded otherwise, one paid in part and one written off."""
    with book.database.write() as session:
        plain, part = book.lend(session, 900, PAID_ON), book.lend(session, 902, PAID_ON)
        odd = book.lend(session, 901, PAID_ON, convention_data=Convention(rounding=Rounding.DOWN).as_data())
        gone = book.lend(session, 903, PAID_ON)
    day, refreshed = PAID_ON, set()
    while day < FIRST_DUE + timedelta(days=40):
        if day == FIRST_DUE + timedelta(days=9):
            with book.database.write() as session:
                book.receive(session, part, day, Decimal("500.00"))
        if day == FIRST_DUE + timedelta(days=12):
            with book.database.write() as session:
                book.receive(session, gone, day, Decimal(0), kind=EventKind.WRITE_OFF, reason="核销")
        with book.database.read() as session:
            each = {number: arrears.of_loan(session, number, day) for number in (plain, part, odd, gone)}
            assert arrears.of_loans(session, list(each), day) == each
            assert arrears.of_loans(session, select(Loan.loan_no).where(Loan.loan_no.in_(each)), day) == each
            refreshed |= set(
                session.scalars(select(LoanPosition.loan_no).where(LoanPosition.refresh_on <= day))
            )
        book.end(day)
        day += ONE_DAY
    days = {number: found.days_past_due for number, found in each.items()}
    assert days == {plain: 39, part: 39, odd: 39, gone: 0}
    assert each[gone].overdue < Decimal(100) < each[plain].overdue  # the penalty that was earned is left
    assert each[part].overdue < each[plain].overdue
    assert refreshed >= set(each)  # the events were read of each at least once, at its due date


def test_a_loan_that_was_not_paid_out_has_no_arrears(book):
    with book.database.read() as session:
        assert arrears.of_loans(session, ["no such loan"], PAID_ON) == {}
        assert arrears.of_loan(session, book.pattern, PAID_ON - ONE_DAY) is None
