"""Two records of one person become one, on both databases: only the person's own rows move, what both have stays."""

from datetime import timedelta

import pytest
from customers_at_hand import LI, ZHANG_AGAIN
from loan_book import PAID_ON, at
from sqlalchemy import select

from lending import customers, loan_changes, loans, merging
from lending.corporates import FinancialStatement
from lending.loan_changes import Bound, ChangeConsent, ChangeKind
from lending.merging import MergeNotReversible
from lending.money import ZERO
from lending.relations import Relation, RelationKind
from lending.transfer_records import LoanDebtor

NOW = at(PAID_ON)


@pytest.fixture
def people(book):
    """Three more records: the person twice, and somebody else."""
    with book.database.write() as session:
        pattern = customers.get(session, loans.get(session, book.pattern).customer_id)

        def register(name, identity):
            return customers.register(
                session,
                book.vault,
                name=name,
                identity=identity,
                phone="13812345678",
                unit_id=pattern.unit_id,
                owner_id=pattern.owner_id,
                now=NOW,
            ).id

        kept, other = register("张三", ZHANG_AGAIN), register("李四", LI)
        return kept, pattern.id, other


def merge(session, book, kept, gone):
    return merging.merge(
        session, book.vault, survivor_id=kept, merged_id=gone, reason="同一人", by=None, now=NOW
    )


def ask_all(session, book, *who):
    """A change of the loan to which each has given or refused consent."""
    change = loan_changes.begin(
        session, loans.get(session, book.pattern), ChangeKind.EXTENSION, on=PAID_ON, by=None
    )
    bound = [Bound(f"place{at}", customers.get(session, one)) for at, one in enumerate(who)]
    loan_changes.record_consents(session, change, bound, {"place0"}, by=None, now=NOW)
    return change


def consents(session):
    return {each.customer_id: each.given for each in session.scalars(select(ChangeConsent))}


def test_the_consent_that_somebody_else_gave_to_the_same_change_stays_his(book, people):
    kept, gone, other = people
    with book.database.write() as session:
        ask_all(session, book, gone, other)
        merge(session, book, kept, gone)

        assert consents(session) == {kept: True, other: False}


def test_a_merge_goes_through_where_both_records_have_answered_the_same(book, people):
    kept, gone, other = people
    with book.database.write() as session:
        ask_all(session, book, kept, gone, other)
        row = merge(session, book, kept, gone)

        assert consents(session) == {kept: True, gone: False, other: False}
        assert "change_consent.customer_id" not in row.moved


def test_who_owed_a_loan_before_or_after_the_person_still_did_and_the_way_back_leads_home(book, people):
    kept, gone, other = people
    later = PAID_ON + timedelta(days=60)
    with book.database.write() as session:
        session.add(LoanDebtor(loan_no=book.pattern, since=PAID_ON, until=later, customer_id=gone))
        session.add(LoanDebtor(loan_no=book.pattern, since=later, until=None, customer_id=other))
        ask_all(session, book, gone, other)
        session.flush()

        def owed():
            asked = select(LoanDebtor.customer_id).order_by(LoanDebtor.since)
            return list(session.scalars(asked))

        row = merge(session, book, kept, gone)
        merged = owed()
        row_id = row.id

    with book.database.write() as session:
        merging.undo(session, row_id, by=None, now=NOW)
        back = list(session.scalars(select(LoanDebtor.customer_id).order_by(LoanDebtor.since)))
        assert (merged, back) == ([kept, other], [gone, other])
        assert consents(session) == {gone: True, other: False}


def test_a_relation_that_both_have_and_a_year_that_both_filed_do_not_stop_the_merge(book, people):
    kept, gone, other = people
    with book.database.write() as session:
        for one in (kept, gone):
            session.add(Relation(customer_id=one, other_id=other, kind=RelationKind.SPOUSE, noted_at=NOW))
        session.add(Relation(customer_id=other, other_id=gone, kind=RelationKind.ASSOCIATE, noted_at=NOW))
        for one, year in ((kept, 2025), (gone, 2025), (gone, 2024)):
            sums = dict.fromkeys(("revenue", "net_profit", "total_assets", "total_liabilities"), ZERO)
            session.add(FinancialStatement(corporate_id=one, year=year, filed_at=NOW, **sums))
        session.flush()
        row = merge(session, book, kept, gone)

        asked = select(Relation.customer_id, Relation.other_id).order_by(Relation.id)
        assert [tuple(each) for each in session.execute(asked)] == [
            (kept, other),
            (gone, other),
            (other, kept),
        ]
        filed = select(FinancialStatement.year, FinancialStatement.corporate_id)
        assert {tuple(each) for each in session.execute(filed)} == {(2025, kept), (2025, gone), (2024, kept)}
        merging.undo(session, row.id, by=None, now=NOW)
        assert (2024, gone) in {tuple(each) for each in session.execute(filed)}


def test_what_has_moved_on_since_cannot_be_brought_home(book, people):
    kept, gone, other = people
    with book.database.write() as session:
        ask_all(session, book, gone)
        row = merge(session, book, kept, gone)
        session.delete(session.scalars(select(ChangeConsent)).one())
        session.flush()

        with pytest.raises(MergeNotReversible):
            merging.undo(session, row.id, by=None, now=NOW)
    assert other != kept
