"""The ledger as a bookkeeper reads it: balanced or refused, once per reference, undone by a reversal."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from lending import ledger, loan_entries
from lending.errors import NotFound
from lending.ledger import JournalEntry, Line

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
DISBURSED = [Line("1303", debit=Decimal("100.00")), Line("1002", credit=Decimal("100.00"))]


def post(session, reference="disbursement:A", lines=None, on=TODAY):
    return ledger.post(session, reference, on=on, lines=lines or DISBURSED, description="发放贷款", now=NOW)


def test_the_same_event_is_posted_once(house):
    with house.database.write() as session:
        first = post(session)
    with house.database.write() as session:
        again = post(session, lines=list(reversed(DISBURSED)), on=TODAY + timedelta(days=1))

        assert again.id == first.id
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1


def test_other_amounts_under_the_same_reference_are_refused(house):
    with house.database.write() as session:
        post(session)

        with pytest.raises(ledger.ReferenceTaken):
            post(session, lines=[Line("1303", debit=Decimal("99.00")), Line("1002", credit=Decimal("99.00"))])
        with pytest.raises(ledger.ReferenceTaken):
            post(session, lines=[Line("1303", debit=Decimal("100.00"), loan_no="X"), DISBURSED[1]])


def test_an_unbalanced_entry_is_refused_with_both_sums(house):
    with house.database.write() as session:
        with pytest.raises(ledger.EntryNotBalanced, match=r"debit 100\.00, credit 99\.99"):
            post(session, lines=[DISBURSED[0], Line("1002", credit=Decimal("99.99"))])
        assert ledger.find(session, "disbursement:A") is None


@pytest.mark.parametrize(
    "line",
    [
        Line("1303", debit=Decimal("1.00"), credit=Decimal("1.00")),
        Line("1303"),
        Line("1303", debit=Decimal("-1.00")),
        Line("1303", debit=Decimal("0.001")),
        Line("8888", debit=Decimal("1.00")),
    ],
)
def test_a_line_that_is_no_line_is_refused(house, line):
    with house.database.write() as session, pytest.raises(ledger.LineRefused):
        post(session, lines=[line, Line("1002", credit=Decimal("1.00"))])


def test_an_off_balance_account_stands_beside_the_balance(house):
    with house.database.write() as session:
        post(
            session,
            "write_off:A",
            [
                Line("1304", debit=Decimal("100.00")),
                Line("1303", credit=Decimal("100.00")),
                Line("9002", debit=Decimal("100.00")),
            ],
        )
        balance = ledger.trial_balance(session, TODAY)

        assert balance.difference == 0
        assert balance.balance("9002") == Decimal("100.00")


def test_an_entry_is_reversed_once_and_dated_on_the_day_of_the_reversal(house):
    with house.database.write() as session:
        post(session)
        later = TODAY + timedelta(days=3)

        reversal = ledger.reverse(session, "disbursement:A", on=later, now=NOW, reason="退汇")

        assert reversal.reverses.reference == "disbursement:A"
        assert reversal.on == later
        assert ledger.trial_balance(session, TODAY).balance("1303") == Decimal("100.00")
        assert ledger.trial_balance(session, later).balance("1303") == 0
        with pytest.raises(ledger.AlreadyReversed):
            ledger.reverse(session, "disbursement:A", on=later, now=NOW, reason="退汇")
        with pytest.raises(NotFound):
            ledger.reverse(session, "disbursement:B", on=later, now=NOW, reason="退汇")


def test_a_loans_sub_ledger_holds_its_lines_alone(house):
    with house.database.write() as session:
        post(
            session,
            "a",
            [Line("1303", debit=Decimal("5.00"), loan_no="A"), Line("1002", credit=Decimal("5.00"))],
        )
        post(
            session,
            "b",
            [Line("1303", debit=Decimal("7.00"), loan_no="B"), Line("1002", credit=Decimal("7.00"))],
        )

        assert ledger.trial_balance(session, TODAY, loan_no="A").balance("1303") == Decimal("5.00")
        assert [entry.reference for entry in loan_entries.of_loan(session, "B").shown] == ["b"]


def test_an_entry_of_many_loans_shows_each_loan_its_own_lines_alone(house):
    lines = [
        Line(account, debit=debit, credit=credit, loan_no=loan_no)
        for loan_no, sum_ in (("A", Decimal("5.00")), ("B", Decimal("7.00")))
        for account, debit, credit in (
            ("1132", sum_, Decimal("0.00")),
            ("6011", Decimal("0.00"), sum_),
        )
    ]
    with house.database.write() as session:
        post(session, "accrual:2026-03-02:2:1", lines)
        for day in range(1, 22):
            post(session, f"due:A:{day}", lines[:2], on=TODAY + timedelta(days=day))

        (own,) = loan_entries.of_loan(session, "B").shown
        first, rest = (loan_entries.of_loan(session, "A", page=page) for page in (1, 2))

    assert [(line.account, line.debit + line.credit) for line in own.lines] == [
        ("1132", Decimal("7.00")),
        ("6011", Decimal("7.00")),
    ]
    assert (len(first.shown), first.shown[0].reference, first.total) == (20, "due:A:21", 22)
    assert [entry.reference for entry in rest.shown] == ["due:A:1", "accrual:2026-03-02:2:1"]


ACCOUNTS = st.sampled_from(["1002", "1303", "1132", "6011", "2221.1", "2241"])
SIDES = st.lists(st.tuples(ACCOUNTS, ACCOUNTS, st.integers(1, 10**9)), min_size=1, max_size=6)


@pytest.mark.feature("M-083")
@given(entries=st.lists(SIDES, min_size=1, max_size=4))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_posted_the_books_balance_and_reversing_all_of_it_restores_them(house, entries):
    with house.database.write() as session:
        for index, moves in enumerate(entries):
            lines = []
            for debit, credit, fen in moves:
                amount = Decimal(fen) / 100
                lines += [Line(debit, debit=amount), Line(credit, credit=amount)]
            post(session, f"law:{index}", lines, on=date(2026, 1, 1 + index))
            post(session, f"law:{index}", lines, on=date(2026, 1, 1 + index))
        posted = ledger.trial_balance(session, TODAY)
        assert posted.difference == 0
        assert posted.debit == sum(Decimal(fen) / 100 for moves in entries for _d, _c, fen in moves)

        for index in range(len(entries)):
            ledger.reverse(session, f"law:{index}", on=TODAY, now=NOW, reason="law")

        assert all(row.balance == 0 for row in ledger.trial_balance(session, TODAY).rows)
        session.rollback()


def test_two_transactions_posting_one_event_at_once_make_one_entry(house):
    def run(_number):
        with house.database.write() as session:
            return post(session).id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(run, range(6)))) == 1

    with house.database.read() as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1
        assert ledger.trial_balance(session, TODAY).balance("1303") == Decimal("100.00")
