"""Arrears of many loans, from their positions, are those of each loan's events, on every business date."""

from datetime import timedelta
from decimal import Decimal

import pytest
from loan_book import FIRST_DUE, ONE_DAY, PAID_ON
from sqlalchemy import select

from lending.life import arrears
from lending.life.positions import LoanPosition
from lending.loans import Loan
from lending.maths.convention import Convention, Rounding


@pytest.mark.feature("M-127")
def test_what_positions_tell_of_arrears_is_what_the_events_of_each_loan_tell(book):
    """Of loans whose penalty is a straight line, of one that is rounded otherwise, and after a payment in part."""
    with book.database.write() as session:
        plain, part = book.lend(session, 900, PAID_ON), book.lend(session, 902, PAID_ON)
        odd = book.lend(session, 901, PAID_ON, convention_data=Convention(rounding=Rounding.DOWN).as_data())
    day, refreshed = PAID_ON, set()
    while day < FIRST_DUE + timedelta(days=40):
        if day == FIRST_DUE + timedelta(days=9):
            with book.database.write() as session:
                book.receive(session, part, day, Decimal("500.00"))
        with book.database.read() as session:
            each = {number: arrears.of_loan(session, number, day) for number in (plain, part, odd)}
            assert arrears.of_loans(session, list(each), day) == each
            assert arrears.of_loans(session, select(Loan.loan_no).where(Loan.loan_no.in_(each)), day) == each
            refreshed |= set(
                session.scalars(select(LoanPosition.loan_no).where(LoanPosition.refresh_on <= day))
            )
        book.end(day)
        day += ONE_DAY
    assert {number: found.days_past_due for number, found in each.items()} == dict.fromkeys(each, 39)
    assert each[part].overdue < each[plain].overdue
    assert refreshed >= set(each)  # the events were read of each at least once, at its due date


def test_a_loan_that_was_not_paid_out_has_no_arrears(book):
    with book.database.read() as session:
        assert arrears.of_loans(session, ["no such loan"], PAID_ON) == {}
        assert arrears.of_loan(session, book.pattern, PAID_ON - ONE_DAY) is None
