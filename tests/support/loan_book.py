"""A book of loans written straight into the tables: what the road of a loan leaves there, on any terms."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, inspect, select

from company.organisation import open_business_day
from lending import disbursements, fund_journal, ledger, loans
from lending.accounts import BANK, LOANS
from lending.books import subledgers
from lending.contract_numbers import ContractNumber
from lending.contracts import Contract
from lending.day_end.carrying import Carrier, carry
from lending.day_end.running import Means
from lending.disbursements import AttemptStatus, Disbursement, PaymentAttempt
from lending.fund_journal import Direction
from lending.ledger import JournalEntry, JournalLine, Line
from lending.life import beginning, changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.life.positions import Category, LoanDay
from lending.loans import Loan, LoanStatus
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked

PAID_ON = date(2026, 3, 3)
FIRST_DUE = date(2026, 4, 3)
ONE_DAY = timedelta(days=1)


def by_days(facts):
    """The categories by days past due alone, in the place of the decision table."""
    late = facts.days_past_due
    for most, category in ((7, "normal"), (90, "watch"), (270, "substandard"), (360, "doubtful")):
        if late <= most:
            return Category(category), f"{late} days"
    return Category.LOSS, f"{late} days"


def at(day):
    """Half past midnight in Shanghai after a business date."""
    return datetime(day.year, day.month, day.day, 16, 30, tzinfo=UTC)


@dataclass
class Book:
    """A database with one loan that was paid out; more are written beside it."""

    database: object
    vault: object
    files: object
    pattern: str
    classifies: object = by_days
    loans_a_part: int = 20_000

    def lend(self, session, number, value_date, **facts):
        """Another loan to the same customer; returns its number."""
        loan_no = f"{self.pattern[:12]}{number:08d}"
        self._clone(session, ContractNumber, ContractNumber.contract_no, contract_no=loan_no)
        self._clone(session, Contract, Contract.contract_no, contract_no=loan_no)
        fresh = {"status": LoanStatus.PENDING_DISBURSEMENT, "value_date": None, "due_day": None}
        self._clone(session, Loan, Loan.loan_no, loan_no=loan_no, **(fresh | facts))
        loan = loans.get(session, loan_no)
        lines = [
            Line(LOANS, debit=loan.principal, loan_no=loan_no),
            Line(BANK, credit=loan.principal, loan_no=loan_no),
        ]
        entry = ledger.post(
            session,
            loans.posting_reference(loan_no),
            on=value_date,
            lines=lines,
            description="放款",
            now=at(value_date),
        )
        self._pay(session, entry, loan, number, value_date)
        loans.activate(session, loan_no, value_date=value_date, now=at(value_date))
        beginning.begin(session, loan_no, now=at(value_date))
        return loan_no

    def _pay(self, session, entry, loan, number, value_date):
        """The disbursement, its order to the bank and the movement of its money."""
        fresh = {"disbursement_no": f"FK-{number:08d}", "amount": loan.principal}
        self._clone(session, Disbursement, Disbursement.loan_no, loan_no=loan.loan_no, **fresh)
        paid = disbursements.get(session, loan.loan_no)
        attempt = {"number": 1, "request_id": f"RQ-{number:08d}", "status": AttemptStatus.SUCCEEDED}
        when = {"created_at": at(value_date), "value_date": value_date, "bank_reference": f"BK-{number:08d}"}
        session.add(PaymentAttempt(disbursement_id=paid.id, **attempt, **when))
        fund_journal.record(
            session,
            entry.reference,
            direction=Direction.OUT,
            amount=loan.principal,
            value_date=value_date,
            counterparty=paid.payee_name,
            purpose="放款",
            now=at(value_date),
            bank_reference=f"BK-{number:08d}",
            journal_reference=entry.reference,
            loan_no=loan.loan_no,
        )

    def _clone(self, session, model, number, **changed):
        row = session.scalars(select(model).where(number == self.pattern)).one()
        columns = inspect(model).column_attrs
        kept = {column.key: getattr(row, column.key) for column in columns if column.key != "id"}
        session.add(model(**(kept | changed)))
        session.flush()

    def receive(
        self, session, loan_no, on, amount, *, kind=EventKind.RECEIPT, booked_on=None, reference="", **facts
    ):
        """Let money come in, or anything else happen."""
        return changes.record(
            session,
            loan_no,
            Happening(kind, on, amount, **facts),
            reference=reference or f"{loan_no}-{on}",
            booked_on=booked_on or on,
            now=at(booked_on or on),
        )

    def open(self, day):
        """Let the books stand at a day, as if every day before had ended."""
        with self.database.write() as session:
            open_business_day(session, day)

    def carrier(self, day, taken=frozenset()):
        """What carries a day-end in a test."""
        return Carrier(
            self.database,
            lambda: at(day),
            Means(self.classifies, taken),
            self.vault,
            self.files,
            loans_a_part=self.loans_a_part,
        )

    def end(self, day: date, **options):
        """The day-end of a day."""
        return carry(self.carrier(day), day, **options)

    def end_all(self, first: date, last: date):
        """The day-ends from a day to another."""
        while first <= last:
            self.end(first)
            first += timedelta(days=1)


def posted(database):
    """Everything in the ledger, as values."""
    with database.read() as session:
        return session.execute(
            select(JournalEntry.on, JournalEntry.kind, JournalLine.account, JournalLine.loan_no)
            .add_columns(func.sum(JournalLine.debit), func.sum(JournalLine.credit))
            .join(JournalLine)
            .group_by(JournalEntry.on, JournalEntry.kind, JournalLine.account, JournalLine.loan_no)
            .order_by(JournalEntry.on, JournalEntry.kind, JournalLine.account, JournalLine.loan_no)
        ).all()


def check_ties(session, on):
    """The trial balance is zero, registers and sub-ledgers tie to it, the snapshot holds the ledger's principal."""
    assert ledger.trial_balance(session, on).difference == 0
    assert all(tie.holds for tie in subledgers.ties(session, on, subledgers.BY_LOAN))
    for register in REGISTERS.values():
        page = register.read(session, Asked(date(2026, 1, 1), on, limit=None))
        assert [tie for tie in page.ties if not tie.holds] == []
    rows = session.scalars(select(LoanDay).where(LoanDay.day == on)).all()
    for row in rows:
        carried = subledgers.of_loan(session, row.loan_no, on)
        assert (carried["1303"], -carried["1304"]) == (row.principal, row.allowance)


def check_exact(session, on):
    """Each row of a day says to the fen what the exact reading of the loan's state says."""
    rows = session.scalars(select(LoanDay).where(LoanDay.day == on)).all()
    for row in rows:
        reading = changes.reading_of(session, row.loan_no, on)
        assert (row.interest, row.penalty, row.uncollected, row.principal, row.days_past_due) == (
            reading.interest_recognised,
            reading.penalty_recognised,
            reading.uncollected,
            reading.state.principal,
            reading.days_past_due,
        ), row.loan_no
        assert row.principal_overdue == reading.principal_overdue
        assert row.interest_overdue == reading.interest_overdue
    return len(rows)
