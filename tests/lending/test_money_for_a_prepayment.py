"""Money that the bank tells of while an early repayment awaits it: taken once, and never left outside the books.

The loan of :mod:`loan_life`: 100,000 at 5.88 % over 36 equal instalments, paid out on 3 March 2026.
"""

from datetime import date

import pytest
from loan_life import NOW, PAID_ON, D

from lending import ledger, prepayments
from lending.bank import receipts
from lending.bank.receipts import BankReceipt, ReceiptKind, ReceiptStatus
from lending.life import quotes
from lending.prepayments import PrepaymentStatus


def came(life, reference, amount):
    found = BankReceipt(
        receipt_no=f"DZ-2026-{reference}",
        event_id=reference,
        kind=ReceiptKind.RECEIPT,
        bank_reference=reference,
        amount=D(amount),
        on=PAID_ON,
        payer_name="林晓芸",
        purpose="提前还款",
        loan_no=life.loan_no,
        status=ReceiptStatus.ARRIVED,
        received_at=NOW,
    )
    life.session.add(found)
    life.session.flush()
    return found


@pytest.fixture
def awaiting(life):
    """The loan, and its prepayment that waits for money today."""
    asked = prepayments.open_one(life.session, life.loan_no, year=2026, by=None, now=NOW)
    quote = quotes.quote(life.session, life.loan_no, pay_on=PAID_ON, today=PAID_ON, now=NOW)
    asked.quote_id, asked.status = quote.id, PrepaymentStatus.AWAITED
    life.session.flush()
    return asked


def test_of_two_transfers_at_once_the_prepayment_gets_one_and_the_loan_the_other(life, awaiting):
    assert receipts.hand_on(life.session, came(life, "B-10", "60000.00")) == awaiting.number
    assert not receipts.hand_on(life.session, came(life, "B-11", "43000.00"))


def test_money_on_its_way_to_a_prepayment_that_ends_is_posted_to_the_loan_and_once(life, awaiting):
    found = came(life, "B-10", "5000.00")
    receipts.hand_on(life.session, found)
    prepayments.move(awaiting, PrepaymentStatus.EXPIRED, on=PAID_ON)

    posted = receipts.post_handed_on(life.session, life.loan_no, booked_on=PAID_ON, now=NOW)
    again = receipts.post_handed_on(life.session, life.loan_no, booked_on=PAID_ON, now=NOW)

    assert (posted, again) == ([found], [])
    assert found.status is ReceiptStatus.POSTED
    trial = ledger.trial_balance(life.session, date(2026, 12, 31), loan_no=life.loan_no)
    assert trial.balance("2241") == D("-5000.00")


def test_a_prepayment_that_has_ended_gets_no_money(life, awaiting):
    prepayments.move(awaiting, PrepaymentStatus.DECLINED, on=PAID_ON)

    assert not receipts.hand_on(life.session, came(life, "B-10", "5000.00"))
