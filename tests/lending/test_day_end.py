"""The day-end on a real database: each day once, in parts, with every register tied afterwards."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from loan_book import Book
from sqlalchemy import select

from company.organisation import business_date
from lending import disbursements, loans
from lending.books import subledgers
from lending.ledger import JournalEntry, JournalLine
from lending.life.positions import LoanDay
from lending.loans import Loan

PAID_ON = date(2026, 3, 3)
FIRST_DUE = date(2026, 4, 3)


@pytest.fixture
def book(house, files):
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=attempt_time())
        disbursements.succeed(
            session, attempt.request_id, value_date=PAID_ON, bank_reference="B-1", now=attempt_time()
        )
        loan_no = session.query(Loan).one().loan_no
        loans.activate(session, loan_no, value_date=PAID_ON, now=attempt_time())
    made = Book(house.database, house.vault, files, loan_no)
    made.open(PAID_ON)
    return made


def attempt_time():
    from loan_book import at

    return at(PAID_ON)


def posted(session):
    """Everything that was posted, as values."""
    return session.execute(
        select(JournalEntry.reference, JournalLine.account, JournalLine.debit, JournalLine.credit)
        .join(JournalLine)
        .order_by(JournalEntry.reference, JournalLine.account)
    ).all()


def test_a_day_posts_a_days_interest_and_opens_the_next(book):
    book.end(PAID_ON)
    book.end(PAID_ON + timedelta(days=1))

    with book.database.read() as session:
        assert business_date(session) == PAID_ON + timedelta(days=2)
        row = session.get(LoanDay, (PAID_ON + timedelta(days=1), book.pattern))
        assert (row.interest, row.principal, row.days_past_due) == (D("15.81"), D("100000.00"), 0)
        assert subledgers.of_loan(session, book.pattern, date.max)["1132"] == D("15.81")
