"""Receipts and certificates of settlement: what they say, and when there is none."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader

from lending import disbursements, fund_journal, ledger, loans, settlement
from lending.errors import NotFound
from lending.fund_journal import Direction
from lending.ledger import Line
from lending.loans import Loan
from lending.printing import Template, payments, render

D = Decimal
NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
PAID, BACK = date(2026, 3, 3), date(2026, 6, 3)

DAY = date(2026, 3, 2)


@pytest.fixture
def database_url(sqlite_url):
    """Nothing here depends on the kind of database."""
    return sqlite_url


def words(pdf):
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s", "", text)


@pytest.fixture
def paid(house):
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=NOW)
        disbursements.succeed(session, attempt.request_id, value_date=PAID, bank_reference="B-1", now=NOW)
        loan_no = session.query(Loan).one().loan_no
        loans.activate(session, loan_no, value_date=PAID, now=NOW)
        yield session, house, loan_no


def repay(session, loan_no, principal, interest):
    amount = D(principal) + D(interest)
    income = (D(interest) / D("1.06")).quantize(D("0.01"))
    lines = [
        Line("1002", debit=amount, loan_no=loan_no),
        Line("1303", credit=D(principal), loan_no=loan_no),
        Line("6011", credit=income, loan_no=loan_no),
        Line("2221.1", credit=D(interest) - income, loan_no=loan_no),
    ]
    ledger.post(session, "receipt:R-1", on=BACK, lines=lines, description="还款", now=NOW)
    return fund_journal.record(
        session,
        "receipt:R-1",
        direction=Direction.IN,
        amount=amount,
        value_date=BACK,
        counterparty="林晓芸",
        purpose="还款",
        now=NOW,
        bank_reference="R-1",
        journal_reference="receipt:R-1",
        loan_no=loan_no,
    )


def test_a_receipt_says_what_the_money_was_put_to_and_its_parts_make_the_amount(paid):
    session, _house, loan_no = paid
    movement = repay(session, loan_no, "1000.00", "490.00")

    facts = payments.receipt(session, loan_no, movement.id)
    text = words(render(Template.RECEIPT, facts, on=DAY))

    for expected in (loan_no, "林晓芸", "1,490.00", "壹仟肆佰玖拾元整", "1,000.00", "462.26", "27.74", "R-1"):
        assert expected in text, expected
    assert "已冲正" not in text
    ledger.reverse(session, "receipt:R-1", on=BACK, now=NOW, reason="退票")
    assert "已冲正" in words(
        render(Template.RECEIPT, payments.receipt(session, loan_no, movement.id), on=DAY)
    )


def test_money_that_went_out_or_of_another_loan_has_no_receipt(paid):
    session, _house, loan_no = paid
    out = fund_journal.day(session, PAID)[0]

    with pytest.raises(NotFound):
        payments.receipt(session, loan_no, out.id)
    with pytest.raises(NotFound):
        payments.receipt(session, "CY2026SH1JK999999-9", repay(session, loan_no, "1.00", "1.00").id)


def test_a_certificate_is_written_when_nothing_is_owed_any_more(paid):
    session, house, loan_no = paid
    with pytest.raises(settlement.LoanNotSettled, match=r"100,000\.00"):
        payments.settlement_certificate(session, house.vault, loan_no, on=BACK)
    repay(session, loan_no, "100000.00", "490.00")
    with pytest.raises(settlement.LoanNotSettled):
        payments.settlement_certificate(session, house.vault, loan_no, on=PAID)

    facts = payments.settlement_certificate(session, house.vault, loan_no, on=BACK)
    text = words(render(Template.SETTLEMENT_CERTIFICATE, facts, on=DAY))

    for expected in (
        loan_no,
        "林晓芸",
        "11010519491231002X",
        "壹拾万元整",
        "2026年6月3日",
        "LGXCE6CB4P0123456",
    ):
        assert expected in text, expected


def test_a_claim_written_off_is_not_settled_and_a_returned_loan_never_was(paid):
    session, _house, loan_no = paid
    lines = [
        Line("1304", debit=D("100000.00"), loan_no=loan_no),
        Line("1303", credit=D("100000.00"), loan_no=loan_no),
        Line("9002", debit=D("100000.00"), loan_no=loan_no),
    ]
    ledger.post(session, f"write_off:{loan_no}", on=BACK, lines=lines, description="核销", now=NOW)
    with pytest.raises(settlement.LoanNotSettled):
        settlement.settled(session, loan_no, BACK)

    ledger.reverse(session, f"write_off:{loan_no}", on=BACK, now=NOW, reason="误核销")
    disbursements.reverse(session, loan_no, on=BACK, bank_reference="B-2", reason="退汇", by=None, now=NOW)
    with pytest.raises(settlement.LoanNeverPaidOut):
        settlement.settled(session, loan_no, BACK)
