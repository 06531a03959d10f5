"""Taking over an existing book: whole or not at all, once, tied to the ledger, and alive from the day on."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from company import people
from lending import ledger, settlement
from lending.life import changes, errors, events
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loans import Loan, LoanStatus
from lending.opening.importing import BookRefused, ImportedLoan, Totals, import_book
from lending.opening.template import COLUMNS, EXAMPLE
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked
from lending.spreadsheets import Table, csv_text, workbook

D = Decimal
ON = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
# The loan of the example: 100,000 at 5.88 % over 36 months from 3 March 2025; eleven instalments were due.
CURRENT = D("71289.10")
SECOND = {
    "former_no": "OLD-2",
    "identity": "360426199101010071",
    "customer": "周明",
    "vin": "LSVAM4187C2184847",
    "phone": "13900139000",
}


def row(**changed):
    cells = dict(zip(COLUMNS, EXAMPLE, strict=True)) | {"branch": "SH1", "balance": str(CURRENT)} | changed
    return [cells[key] for key in COLUMNS]


def file(*rows, head=0):
    return csv_text([[names[head] for names in COLUMNS.values()], *rows]).encode()


class Importer:
    def __init__(self, house, session):
        self.house, self.session = house, session
        self.actor = people.actor(session, house.maker_id)

    def __call__(self, data, name="book.csv", *, loans=1, principal="100000.00", balance=None, dry_run=False):
        controls = Totals(loans, D(principal), CURRENT if balance is None else D(balance))
        return import_book(
            self.session,
            self.house.vault,
            name,
            data,
            controls=controls,
            on=ON,
            actor=self.actor,
            now=NOW,
            dry_run=dry_run,
        )

    def loan(self, former_no="OLD-2025-0001"):
        known = self.session.scalars(select(ImportedLoan).where(ImportedLoan.former_no == former_no)).one()
        return self.session.scalars(select(Loan).where(Loan.loan_no == known.loan_no)).one()

    def refused(self, data, **controls):
        with pytest.raises(BookRefused) as refused:
            self(data, **controls)
        assert self.session.scalar(select(func.count()).select_from(Loan)) == 0
        return [(error.row, error.column) for error in refused.value.errors]


@pytest.fixture
def importer(house):
    with house.database.write() as session:
        yield Importer(house, session)


def tied(session, on):
    asked = Asked(date(2026, 1, 1), on)
    pages = [register.read(session, asked) for register in REGISTERS.values()]
    return all(tie.holds for page in pages for tie in page.ties)


def test_a_loan_taken_over_owes_what_the_old_book_says_and_every_register_ties(importer):
    outcome = importer(file(row()))

    trial = ledger.trial_balance(importer.session, ON)
    running = changes.reading_of(importer.session, importer.loan().loan_no, ON)
    assert outcome.kept is not None
    assert trial.balance("1303") == CURRENT
    assert trial.balance("1132") == running.interest_open > 0
    assert trial.difference == 0
    assert trial.balance("4901") < 0
    assert tied(importer.session, ON)


def test_what_was_imported_lives_on_receipt_prepayment_settled(importer):
    importer(file(row()))
    loan = importer.loan()
    first = loan.current_schedule.instalments[0]

    def tell(kind, on, amount, reference):
        told = Happening(kind, on, D(amount))
        return changes.record(
            importer.session, loan.loan_no, told, reference=reference, booked_on=on, now=NOW
        )

    done = tell(EventKind.RECEIPT, first.due_date, str(first.amount), "B-1")
    assert (first.number, done.event.used["principal"]) == (12, first.principal)
    with pytest.raises(errors.EventBeforeTakeOver):
        tell(EventKind.RECEIPT, date(2026, 2, 3), "100.00", "B-0")
    tell(EventKind.PREPAYMENT, date(2026, 3, 20), "80000.00", "B-2")

    assert loan.status is LoanStatus.SETTLED
    assert settlement.settled(importer.session, loan.loan_no, date(2026, 3, 20)).repaid == D("100000.00")
    assert tied(importer.session, date(2026, 3, 20))


def test_arrears_stand_on_the_latest_instalments_and_their_penalty_runs_on(importer):
    late = row(balance="73963.44", overdue_principal="2674.34", overdue_interest="362.42", penalty="18.42")
    importer(file(late), balance="73963.44")
    loan_no = importer.loan().loan_no

    reading = changes.reading_of(importer.session, loan_no, ON)
    later = changes.accrue_to(importer.session, loan_no, date(2026, 3, 3), now=NOW)

    assert (reading.days_past_due, reading.principal_overdue) == (27, D("2674.34"))
    grown = (D("2674.34") * D("0.0882") / 360).quantize(D("0.01"))
    assert later.penalty_earned == D("18.42") + grown
    assert tied(importer.session, date(2026, 3, 3))


def test_a_loan_that_was_partly_prepaid_is_planned_anew_with_lower_instalments(importer):
    importer(file(row(balance="50000.00")), balance="50000.00")

    rows = importer.loan().current_schedule.instalments
    assert len(rows) == 25
    assert sum(each.principal for each in rows) == D("50000.00")
    assert rows[-1].balance == 0
    assert D(2000) < rows[1].amount < D("3036.76")


def test_the_same_file_and_the_same_loan_are_taken_over_once(importer):
    data = file(row())
    importer(data)

    again = importer(data)
    with pytest.raises(BookRefused) as refused:
        importer(file(row(), row(**SECOND)), loans=2, principal="200000", balance=CURRENT * 2)

    assert again.again
    assert [(error.row, error.column) for error in refused.value.errors] == [(2, "former_no")]
    assert len(events.listed(importer.session, importer.loan().loan_no)) == 1


def test_a_dry_run_says_the_totals_and_leaves_nothing(importer):
    outcome = importer(
        file(row(), row(**SECOND)), loans=2, principal="200000", balance=CURRENT * 2, dry_run=True
    )

    assert (outcome.totals.loans, outcome.totals.balance, outcome.kept) == (2, CURRENT * 2, None)
    assert importer.session.scalar(select(func.count()).select_from(Loan)) == 0


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"identity": "110105194912310021"}, "identity"),
        ({"phone": "12345"}, "phone"),
        ({"vin": "LGXCE6CB4P012345"}, "vin"),
        ({"vin": "LGXCE6CB5P0123456"}, "vin"),
        ({"dealer": "91350100M000100Y44"}, "dealer"),
        ({"branch": "XX"}, "branch"),
        ({"balance": "1.001"}, "balance"),
        ({"rate": "4000"}, "rate"),
        ({"term": "0"}, "term"),
        ({"term": "10000"}, "term"),
        ({"method": "rent"}, "method"),
        ({"value_date": "2026-03-03"}, "value_date"),
        ({"value_date": "31/02/2025"}, "value_date"),
        ({"overdue_principal": "80000.00"}, "overdue_principal"),
        ({"overdue_interest": "9999.00"}, "overdue_interest"),
        ({"penalty": "1.00"}, "penalty"),
        ({"balance": "99000.00"}, "balance"),
    ],
)
def test_a_wrong_cell_is_named_with_row_and_column_and_nothing_is_taken_over(importer, changed, column):
    data = file(row(**SECOND), row(**changed))

    assert (3, column) in importer.refused(data, loans=2, principal="200000", balance="142578.20") or (
        column == "balance" and importer.refused(data, loans=2, principal="200000", balance="170289.10")
    ) == [(3, "balance")]


def test_control_totals_must_match_and_every_difference_is_told(importer):
    assert importer.refused(file(row()), loans=2, principal="1.00", balance="1.00") == [(0, None)] * 3


def test_a_workbook_with_english_heads_is_read_like_a_text(importer):
    data = workbook([Table("Loans", [names[1] for names in COLUMNS.values()], [row()])])

    assert importer(data, "book.xlsx").kept.loans == 1
