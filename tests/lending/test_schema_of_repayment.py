"""The step of repayment, messages and contacts with data in its tables: down, and up again, on both databases."""

from datetime import timedelta
from decimal import Decimal

from loan_book import FIRST_DUE, at
from sqlalchemy import select, text

from company import migrations, parameters
from company.parameters import Parameter
from lending import deliveries, message_templates, prepayments
from lending.alerts import AlertKind, AlertLevel, raise_alert
from lending.bank import debits, receipts
from lending.bank.receipts import ReceiptKind, Said
from lending.contact_circumstances import Circumstance, note
from lending.loans import Loan

BEFORE = "0025"
NEW = ("prepayment_conditions", "contact_hours", "fund_use_days")


def fill(book, session, on):
    loan = session.scalars(select(Loan).where(Loan.loan_no == book.pattern)).one()
    prepayments.open_one(session, loan.loan_no, year=on.year, by=None, now=at(on))
    facts = {"amount": Decimal("1.00"), "on": on}
    deliveries.tell(session, loan.loan_no, "receipt_booked", "B-1", facts, now=at(on))
    raise_alert(
        session,
        loan.loan_no,
        AlertKind.PAYER_DIFFERS,
        AlertLevel.BLUE,
        "B-1",
        facts={},
        on=on,
        now=at(on),
    )
    said = Said("e-1", ReceiptKind.RECEIPT, "B-1", Decimal("1.00"), on, "李四", "6222", "")
    receipts.arrive(session, book.vault, said, now=at(on))
    note(session, loan.customer_id, Circumstance.DISPUTE, "来函", by=None, now=at(on))
    message_templates.publish(
        session,
        "loan_settled",
        text_zh="{name}已结清",
        text_en="settled",
        channels=["sms"],
        by=None,
        now=at(on),
    )


def test_what_the_step_added_is_gone_below_it_and_empty_above_it_again(book):
    book.open(FIRST_DUE - timedelta(days=1))
    book.end(FIRST_DUE - timedelta(days=1))
    database = book.database
    with database.write() as session:
        fill(book, session, FIRST_DUE)
        ordered = [debits.Ordered(1, book.pattern, "x", "6222", Decimal("1.00"), FIRST_DUE)]
        debits.note_orders(session, FIRST_DUE - timedelta(days=1), ordered)
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        head = {"head": migrations.head()}
        session.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), head)

    migrations.downgrade(database, BEFORE)
    with database.read() as session:
        assert not session.scalars(select(Parameter).where(Parameter.key.in_(NEW))).all()
    migrations.upgrade(database)
    migrations.require_no_difference(database)

    with database.read() as session:
        for table in ("loan_prepayment", "delivery", "loan_alert", "bank_receipt", "debit_item"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
        assert parameters.value(session, "fund_use_days", FIRST_DUE) == {"due": 30, "grave": 60}
        assert message_templates.newest(session, "loan_settled").version == 1
