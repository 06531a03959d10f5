"""The step of callbacks and changes with rows in all its tables: down, and up again; and what its rows refuse."""

from datetime import timedelta

import pytest
from loan_book import PAID_ON, at
from sqlalchemy import func, select, text

from company import migrations, parameters
from lending import breaches, callback_facts, callback_plans, callbacks, customers, loan_changes, loans
from lending.callback_kinds import AttemptResult, CallbackMethod, CallbackOutcome, PlanReason
from lending.callbacks import CallbackOpen, CallbackVisit
from lending.loan_changes import Bound, ChangeKind

BEFORE = "0025"
TABLES = ("callback_visit", "callback_attempt", "callback_planning", "loan_breach", "loan_change")


def fill(session, loan_no):
    """A row in each table of the step."""
    loan, now = loans.get(session, loan_no), at(PAID_ON)
    assert callback_plans.claim_run(session, PAID_ON, now=now)
    assert not callback_plans.claim_run(session, PAID_ON, now=now)
    visit = callback_plans.plan_first(session, loan, on=PAID_ON, now=now)
    day = callback_facts.first_day(loan, PAID_ON)
    callbacks.begin(session, visit.callback_no, day)
    callbacks.prepared(session, visit.callback_no, CallbackMethod.PHONE)
    callbacks.attempt(session, visit.callback_no, AttemptResult.REACHED, note=None, on=day, by=None, now=now)
    breaches.open_for(session, visit.callback_no, loan_no, CallbackOutcome.MISUSE, on=day)
    change = loan_changes.begin(session, loan, ChangeKind.EXTENSION, on=PAID_ON, by=None)
    owner = customers.get(session, loan.customer_id)
    loan_changes.record_consents(session, change, [Bound("owner", owner)], {"owner"}, by=None, now=now)


def test_the_step_goes_down_and_up_with_rows_in_its_tables(book):
    database = book.database
    with database.write() as session:
        fill(session, book.pattern)
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        head = {"head": migrations.head()}
        session.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), head)

    migrations.downgrade(database, BEFORE)
    with database.read() as session, pytest.raises(parameters.ParameterMissing):
        parameters.value(session, "callback_quality_share", PAID_ON)
    migrations.upgrade(database)
    migrations.require_no_difference(database)

    with database.read() as session:
        assert [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES] == [0] * 5
        assert parameters.value(session, "callback_quality_share", PAID_ON) * 100 == 5
        assert [loan.loan_no for loan in callback_plans.unplanned(session, 10)] == [book.pattern]
    database.close()


def test_a_loan_has_one_callback_ahead(book):
    with book.database.write() as session:
        loan, now = loans.get(session, book.pattern), at(PAID_ON)
        first = callback_plans.plan_first(session, loan, on=PAID_ON, now=now)
        assert callback_plans.plan_first(session, loan, on=PAID_ON, now=now) is first
        assert first.planned_on == PAID_ON + timedelta(days=30)
        with pytest.raises(CallbackOpen):
            callbacks.plan(session, loan, PAID_ON, PlanReason.ASKED, {}, now=now)

        assert session.scalar(select(func.count()).select_from(CallbackVisit)) == 1
