"""The step of transfers with rows in all its tables: down, and up again; and what prices and notices refuse."""

from datetime import timedelta
from decimal import Decimal

import pytest
from loan_book import PAID_ON, at
from sqlalchemy import select, text

from company import migrations, parameters
from lending import (
    applications,
    claim_transfers,
    customers,
    debt_transfers,
    loans,
    revaluations,
    vehicle_prices,
)
from lending.claim_records import NoticeWay
from lending.claim_transfers import NoticeUnproven, PackageLoanUnfit, PriceNotReceived
from lending.loan_changes import Bound, ChangeOpen
from lending.revaluations import Done, Revaluation
from lending.transfer_records import LoanDebtor

BEFORE = "0024"
TABLES = (
    "debt_transfer",
    "transfer_consent",
    "loan_debtor",
    "claim_package",
    "claim_item",
    "claim_notice",
    "revaluation_run",
    "revaluation",
)


def fill(session, loan_no):
    """A row in each table of the step."""
    loan, now = loans.get(session, loan_no), at(PAID_ON)
    draft = applications.open_draft(session, unit_id=loan.unit_id, owner_id=None, year=2026, now=now)
    asked = {"principal": loan.principal, "instalments_paid": 6, "on": PAID_ON, "by": None}
    transfer = debt_transfers.begin(session, loan, draft.application_no, **asked)
    with pytest.raises(ChangeOpen):
        debt_transfers.begin(session, loan, draft.application_no, **asked)
    owner = customers.get(session, loan.customer_id)
    debt_transfers.record_consents(session, transfer, [Bound("owner", owner)], {"owner"}, by=None, now=now)
    transfer.to_customer_id = loan.customer_id
    debt_transfers.switch(session, transfer.transfer_no, on=PAID_ON + timedelta(days=200))
    package = claim_transfers.begin(session, unit_id=loan.unit_id, owner_id=None, on=PAID_ON)
    claim_transfers.fill(session, package, [loan], pilot=False, on=PAID_ON, now=now)
    claim_transfers.write_notices(session, package, now=now)
    price = vehicle_prices.publish(
        session,
        brand="大众",
        series="",
        model="途观L",
        model_year=2026,
        price=Decimal("150000.00"),
        valid_from=PAID_ON,
        source="价格表",
        now=now,
    )
    hold = revaluations.claim(session, PAID_ON, now=now)
    assert revaluations.claim(session, PAID_ON, now=now) is None
    revaluations.note(session, hold, Done(1, 0, 0), after=loan_no, complete=True, now=now)
    session.add(
        Revaluation(
            loan_no=loan_no,
            valued_on=PAID_ON,
            value=Decimal("150000.00"),
            principal=loan.principal,
            loan_to_value=Decimal("0.5"),
            price_id=price.id,
            version="2026-1",
            stale=False,
        )
    )


def test_the_step_goes_down_and_up_with_rows_in_its_tables(book):
    database = book.database
    with database.write() as session:
        fill(session, book.pattern)
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        head = {"head": migrations.head()}
        session.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), head)
    with database.read() as session:
        counted = [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES]
        assert min(counted) >= 1

    migrations.downgrade(database, BEFORE)
    with database.read() as session, pytest.raises(parameters.ParameterMissing):
        parameters.value(session, "price_stale_days", PAID_ON)
    migrations.upgrade(database)
    migrations.require_no_difference(database)

    with database.read() as session:
        counted = [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES]
        assert counted == [0] * len(TABLES)
        assert parameters.value(session, "price_stale_days", PAID_ON) == 90
    database.close()


def test_a_package_passes_for_its_price_alone_and_ends_with_its_proofs(book):
    with book.database.write() as session:
        loan, now = loans.get(session, book.pattern), at(PAID_ON)
        package = claim_transfers.begin(session, unit_id=loan.unit_id, owner_id=None, on=PAID_ON)
        claim_transfers.fill(session, package, [loan], pilot=False, on=PAID_ON, now=now)
        other = claim_transfers.begin(session, unit_id=loan.unit_id, owner_id=None, on=PAID_ON)
        with pytest.raises(PackageLoanUnfit):
            claim_transfers.fill(session, other, [loan], pilot=False, on=PAID_ON, now=now)
        claim_transfers.price(session, package, Decimal("1000.01"))
        assert [each.price for each in claim_transfers.items(session, package)] == [Decimal("1000.01")]
        money = {"bank_reference": "B1", "on": PAID_ON, "now": now, "by": None, "checked_by": None}
        with pytest.raises(PriceNotReceived):
            claim_transfers.settle(session, package, received=Decimal("1000.00"), **money)
        (notice,) = claim_transfers.write_notices(session, package, now=now)
        assert claim_transfers.write_notices(session, package, now=now) == [notice]
        with pytest.raises(NoticeUnproven):
            claim_transfers.complete(session, package, on=PAID_ON)
        proof = {notice.notice_no: "EX1"}
        assert claim_transfers.prove(session, package, proof, NoticeWay.REGISTERED_MAIL, on=PAID_ON) == []


def test_a_loan_that_never_changed_hands_lists_no_debtors(book):
    with book.database.read() as session:
        loan = loans.get(session, book.pattern)
        assert debt_transfers.debtors(session, loan) == []
        assert session.scalars(select(LoanDebtor)).all() == []
