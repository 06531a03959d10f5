"""The step of categories, suspense and reports with real data in its tables: down, and up again."""

from datetime import timedelta
from decimal import Decimal

from loan_book import FIRST_DUE, ONE_DAY, at
from sqlalchemy import text

from company import migrations
from lending import ledger
from lending.bank import suspense
from lending.ledger import Line
from lending.life.happenings import Happening
from lending.life.kinds import EventKind

BEFORE = "0015"
UNKNOWN = "suspense:main:B-77"


def rows(database, statement):
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def claim(session, book, on):
    lines = [Line("1002", debit=Decimal("100.00")), Line("2241", credit=Decimal("100.00"))]
    ledger.post(session, UNKNOWN, on=on, lines=lines, description="转账", now=at(on))
    told = Happening(EventKind.CLAIM, on, Decimal("100.00"))
    facts = {"reference": "ZW-1", "booked_on": on, "now": at(on)}
    suspense.claim(session, book.pattern, told, UNKNOWN, **facts)


def test_changes_of_category_are_found_again_and_claims_read_as_receipts_in_between(book):
    first = FIRST_DUE + 7 * ONE_DAY
    book.open(first)
    book.end_all(first, first + ONE_DAY)
    database, on = book.database, first + timedelta(days=2)
    with database.write() as session:
        claim(session, book, on)
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        head = {"head": migrations.head()}
        session.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), head)
    changes = "SELECT loan_no, before, category, days_past_due FROM category_change"
    there = rows(database, changes)

    migrations.downgrade(database, BEFORE)
    kinds = rows(database, "SELECT kind FROM loan_event WHERE reference LIKE 'claim:%'")
    migrations.upgrade(database)
    migrations.require_no_difference(database)

    assert there == rows(database, changes) == [(book.pattern, "normal", "watch", 8)]
    assert kinds == [("receipt",)]
    assert rows(database, "SELECT count(*) FROM suspense_claim") == [(0,)]
