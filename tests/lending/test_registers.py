"""The registers as an auditor reads them: each lists what happened, and says that it ties to the trial balance."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from loan_in_other_hands import pass_on

from company.vault import Vault
from lending import disbursements, fund_journal, ledger, loans
from lending.fund_journal import Direction
from lending.ledger import Line
from lending.loans import Loan
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked

D = Decimal
NEXT_DAY = date(2026, 3, 3)


@pytest.fixture
def paid(house):
    """A loan of 100,000 at 5.88 % over 36 months, paid out on 3 March; its first instalment is due on 3 April."""
    from datetime import UTC, datetime

    now = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=now)
        disbursements.succeed(session, attempt.request_id, value_date=NEXT_DAY, bank_reference="B-1", now=now)
        loan_no = disbursements.get(session, session.query(Loan).one().loan_no).loan_no
        loans.activate(session, loan_no, value_date=NEXT_DAY, now=now)
        yield session, loan_no, now


def read(session, code, since=date(2026, 1, 1), until=date(2026, 12, 31), **facts):
    return REGISTERS[code].read(session, Asked(since, until, **facts))


def accrue(session, loan_no, amount, on, now):
    income = (D(amount) / D("1.06")).quantize(D("0.01"))
    ledger.post(
        session,
        f"accrual:{loan_no}:{on}",
        on=on,
        lines=[
            Line("1132", debit=D(amount), loan_no=loan_no),
            Line("6011", credit=income, loan_no=loan_no),
            Line("2221.9", credit=D(amount) - income, loan_no=loan_no),
        ],
        description="计提利息",
        now=now,
    )


def receive(session, loan_no, principal, interest, on, now, reference="R-1"):
    amount = D(principal) + D(interest)
    lines = [Line("1002", debit=amount, loan_no=loan_no), Line("1303", credit=D(principal), loan_no=loan_no)]
    if D(interest):
        lines.append(Line("1132", credit=D(interest), loan_no=loan_no))
    entry = ledger.post(session, f"receipt:{reference}", on=on, lines=lines, description="还款", now=now)
    fund_journal.record(
        session,
        entry.reference,
        direction=Direction.IN,
        amount=amount,
        value_date=on,
        counterparty="林晓芸",
        purpose="还款",
        now=now,
        bank_reference=reference,
        journal_reference=entry.reference,
        loan_no=loan_no,
    )


@pytest.mark.feature("M-063")
@pytest.mark.feature("M-077")
@pytest.mark.feature("M-078")
@pytest.mark.feature("M-079")
def test_every_register_ties_and_says_so(paid):
    session, loan_no, now = paid
    accrue(session, loan_no, "490.00", date(2026, 4, 3), now)
    receive(session, loan_no, "2546.76", "490.00", date(2026, 4, 3), now)

    pages = {code: read(session, code) for code in REGISTERS}

    assert all(tie.holds for page in pages.values() for tie in page.ties), pages
    assert pages["disbursements"].totals["paid"] == D("100000.00")
    assert pages["repayments"].totals["principal"] == D("2546.76")
    assert pages["repayments"].totals["other"] == 0
    assert pages["balances"].totals["closing"] == D("97453.24")
    assert pages["balances"].rows[0]["repaid"] == D("2546.76")
    assert [row["balance"] for row in pages["fund-journal"].rows] == [D("-100000.00"), D("-96963.24")]


def test_what_names_no_loan_shows_as_a_difference(paid):
    session, _loan_no, now = paid
    stray = [Line("1303", debit=D("5.00")), Line("2241", credit=D("5.00"))]
    ledger.post(session, "stray:1", on=NEXT_DAY, lines=stray, description="错账", now=now)

    (tie, *_rest) = read(session, "balances").ties

    assert (tie.holds, tie.difference) == (False, D("5.00"))


@pytest.mark.feature("M-061")
def test_a_returned_pay_out_leaves_the_disbursements_tied_on_each_day(paid):
    session, loan_no, now = paid
    back = NEXT_DAY + timedelta(days=2)
    disbursements.reverse(session, loan_no, on=back, bank_reference="B-2", reason="退汇", by=None, now=now)

    first, second = (read(session, "disbursements", day, day) for day in (NEXT_DAY, back))

    assert first.totals == {"paid": D("100000.00"), "returned": D("0.00")}
    assert second.totals == {"paid": D("0.00"), "returned": D("100000.00")}
    assert all(tie.holds for page in (first, second) for tie in page.ties)


def test_a_loan_is_overdue_from_the_day_after_its_due_date_and_its_ages_sum_to_the_loans(paid):
    session, _loan_no, _now = paid
    due = date(2026, 4, 3)

    on_the_day = read(session, "overdue", due, due)
    day_after = read(session, "overdue", due, due + timedelta(days=1))
    two_months_on = read(session, "overdue", due, due + timedelta(days=31))

    assert on_the_day.rows == []
    (row,) = day_after.rows
    assert (row["dpd"], row["periods"], row["stage"]) == (1, 1, "m1")
    assert (row["principal"], row["interest"]) == (D("2546.76"), D("490.00"))
    (row,) = two_months_on.rows
    assert (row["dpd"], row["periods"], row["stage"]) == (31, 2, "m2")
    assert row["principal"] == D("2546.76") + D("2559.24")
    for page in (on_the_day, day_after, two_months_on):
        assert all(tie.holds for tie in page.ties)


def test_a_part_payment_leaves_the_rest_overdue_and_a_full_one_nothing(paid):
    session, loan_no, now = paid
    due = date(2026, 4, 3)
    accrue(session, loan_no, "490.00", due, now)
    receive(session, loan_no, "1000.00", "490.00", due, now)

    (row,) = read(session, "overdue", due, due + timedelta(days=1)).rows
    assert (row["principal"], row["interest"], row["last_payment"]) == (D("1546.76"), D("0.00"), due)

    receive(session, loan_no, "1546.76", "0.00", due + timedelta(days=1), now, "R-2")
    assert read(session, "overdue", due, due + timedelta(days=1)).rows == []


def test_a_reversed_receipt_is_marked_and_counts_nothing(paid):
    session, loan_no, now = paid
    accrue(session, loan_no, "490.00", date(2026, 4, 3), now)
    receive(session, loan_no, "2546.76", "490.00", date(2026, 4, 3), now)
    entry = ledger.reverse(session, "receipt:R-1", on=date(2026, 4, 5), now=now, reason="退票")
    fund_journal.record(
        session,
        "return:R-1",
        direction=Direction.OUT,
        amount=D("3036.76"),
        value_date=date(2026, 4, 5),
        counterparty="林晓芸",
        purpose="退票",
        now=now,
        journal_reference=entry.reference,
        loan_no=loan_no,
    )

    page = read(session, "repayments")

    assert [row["reversed"] for row in page.rows] == ["reversed", "reversal"]
    assert page.totals["received"] == 0
    assert all(tie.holds for code in REGISTERS for tie in read(session, code).ties)


def test_a_receipt_and_its_reversal_are_those_of_the_debtor_of_its_day(paid):
    session, loan_no, now = paid
    receive(session, loan_no, "2546.76", "490.00", date(2026, 4, 3), now)
    vault = Vault(b"0123456789abcdef0123456789abcdef")
    pass_on(session, vault, loan_no, date(2026, 4, 4), now=now)
    ledger.reverse(session, "receipt:R-1", on=date(2026, 4, 5), now=now, reason="退票")

    page = read(session, "repayments")

    assert [row["reversed"] for row in page.rows] == ["reversed", "reversal"]
    assert len({row["customer"] for row in page.rows}) == 1
    assert page.rows[0]["customer"] != "李新主"


def test_provisions_show_what_was_charged_and_released(paid):
    session, loan_no, now = paid
    for number, (debit, credit, amount) in enumerate(
        [("6702", "1304", "1500.00"), ("1304", "6702", "200.00")]
    ):
        ledger.post(
            session,
            f"provision:{loan_no}:{number}",
            on=date(2026, 3, 31),
            lines=[
                Line(debit, debit=D(amount), loan_no=loan_no),
                Line(credit, credit=D(amount), loan_no=loan_no),
            ],
            description="计提拨备",
            now=now,
        )

    page = read(session, "provisions")

    (row,) = page.rows
    assert (row["charged"], row["released"], row["closing"]) == (D("1500.00"), D("200.00"), D("1300.00"))
    assert all(tie.holds for tie in page.ties)


def test_pages_follow_each_other_without_a_gap_and_carry_the_balance_on(paid):
    session, loan_no, now = paid
    for number in range(5):
        accrue(session, loan_no, "1.00", date(2026, 4, 3 + number), now)
        receive(session, loan_no, "10.00", "1.00", date(2026, 4, 3 + number), now, f"R-{number}")

    for code in ("repayments", "fund-journal"):
        whole = read(session, code, limit=None).rows
        after, paged = "", []
        while after is not None:
            page = read(session, code, after=after, limit=2)
            paged += page.rows
            after = page.next_after
        assert paged == whole
        assert len(whole) >= 5


def test_what_lies_outside_the_readers_reach_is_in_no_row_and_no_total(paid):
    session, _loan_no, _now = paid
    nothing = {"loans": Loan.unit_id == -1, "everything": False}

    for code in REGISTERS:
        page = read(session, code, **nothing)
        assert list(page.rows) == []
        assert all(amount == 0 for amount in page.totals.values())
        assert all(tie.holds and tie.posted == 0 for tie in page.ties)
