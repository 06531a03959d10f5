"""A person's word on a loan's category: two people, the rules of up- and downgrade, what the day-end makes of it."""

from decimal import Decimal

import pytest
from loan_book import FIRST_DUE, ONE_DAY, PAID_ON, at, check_ties
from sqlalchemy import select

from cheliu.day_end import means_of
from company.organisation import Unit, UnitKind
from company.people import Employee, hire
from lending import category_verdicts, proposals
from lending.category_verdicts import (
    CategoryInObservation,
    CategoryNotDecided,
    CategoryTooGood,
    CategoryUnchanged,
    CategoryUpgradeNeedsCommittee,
    CategoryUpgradeTooEarly,
)
from lending.life import beginning
from lending.life.kinds import EventKind
from lending.life.positions import Category, LoanDay
from lending.proposal_kinds import KINDS
from lending.proposals import OwnProposal, ProposalStatus, ProposalSubject
from lending.registers.catalogue import REGISTERS
from lending.registers.shape import Asked

MAKER, CHECKER, COMMITTEE = "finance_maker", "finance_checker", "risk_committee"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def classified(book):
    """The book under the product's own decision table, with a member of the committee."""
    with book.database.write() as session:
        book.classifies = means_of(session).classifies
        branch = session.scalars(select(Unit).where(Unit.kind == UnitKind.BRANCH)).one()
        hire(session, COMMITTEE, "贷审会甲", branch, [COMMITTEE], "-")
    return book


def propose(session, book, category, day, *, by=MAKER):
    branch = session.scalars(select(Unit).where(Unit.kind == UnitKind.BRANCH)).one()
    return proposals.propose(
        session,
        book.vault,
        KINDS,
        ProposalSubject.CATEGORY,
        book.pattern,
        {"category": category.value},
        valid_from=day,
        reason="借款人失去收入来源",
        unit_id=branch.id,
        by=_person(session, by),
        today=day,
        now=at(day),
    )


def approve(session, book, proposal_id, day, *, by=CHECKER):
    facts = {"by": _person(session, by), "username": by, "today": day, "now": at(day)}
    return proposals.approve(session, book.vault, KINDS, proposal_id, **facts)


def _person(session, username):
    return session.scalars(select(Employee.id).where(Employee.username == username)).one()


def decide(book, category, day, *, by=CHECKER):
    with book.database.write() as session:
        made = propose(session, book, category, day)
        approve(session, book, made.id, day, by=by)


def categories(book, day):
    with book.database.read() as session:
        row = session.get_one(LoanDay, (day, book.pattern))
        return row.proposed, row.category


@pytest.mark.feature("M-095")
def test_a_verdict_stands_from_the_day_of_its_approval_until_the_committee_lifts_it(classified):
    book, day = classified, PAID_ON
    book.end(day)
    with book.database.write() as session:
        made = propose(session, book, Category.SUBSTANDARD, day + ONE_DAY)
        with pytest.raises(OwnProposal):
            approve(session, book, made.id, day + ONE_DAY, by=MAKER)
        approve(session, book, made.id, day + ONE_DAY)
    book.end_all(day + ONE_DAY, day + 2 * ONE_DAY)
    decided = [categories(book, day + step * ONE_DAY) for step in range(3)]
    with book.database.write() as session:
        with pytest.raises(CategoryUnchanged):
            propose(session, book, Category.SUBSTANDARD, day + 3 * ONE_DAY)
        with pytest.raises(CategoryUpgradeTooEarly, match="2026-09-03"):
            propose(session, book, Category.WATCH, day + 3 * ONE_DAY)
        page = REGISTERS["categories"].read(session, Asked(day, day + 2 * ONE_DAY))
        (told,) = category_verdicts.changes_of(session, book.pattern)

    assert decided == [
        (Category.NORMAL, Category.NORMAL),
        (Category.SUBSTANDARD, Category.SUBSTANDARD),
        (Category.SUBSTANDARD, Category.SUBSTANDARD),
    ]
    (row,) = page.rows
    assert (row["category"], row["decided"], row["reason"], row["since"]) == (
        Category.SUBSTANDARD,
        Category.SUBSTANDARD,
        "借款人失去收入来源",
        day + ONE_DAY,
    )
    assert row["required"] == Decimal("30000.00")
    assert all(tie.holds for tie in page.ties)
    assert (told.before, told.category, told.day) == (Category.NORMAL, Category.SUBSTANDARD, day + ONE_DAY)


@pytest.mark.feature("M-095")
@on_sqlite
def test_a_better_category_needs_the_committee_and_the_table_starts_from_it(classified):
    book, day = classified, PAID_ON
    book.end(day)
    decide(book, Category.WATCH, day + ONE_DAY)
    book.end(day + ONE_DAY)
    watched = categories(book, day + ONE_DAY)
    with book.database.write() as session:
        made = propose(session, book, Category.NORMAL, day + 2 * ONE_DAY)
        with pytest.raises(CategoryUpgradeNeedsCommittee):
            approve(session, book, made.id, day + 2 * ONE_DAY)
        approve(session, book, made.id, day + 2 * ONE_DAY, by=COMMITTEE)
    book.end(day + 2 * ONE_DAY)

    assert watched == (Category.NORMAL, Category.WATCH)
    assert categories(book, day + 2 * ONE_DAY) == (Category.NORMAL, Category.NORMAL)
    with book.database.read() as session:
        history = category_verdicts.verdicts_of(session, book.pattern)
        assert [(each.before, each.category) for each in history] == [
            (Category.WATCH, Category.NORMAL),
            (Category.NORMAL, Category.WATCH),
        ]
        found = proposals.of(session, ProposalSubject.CATEGORY, book.pattern)
        assert {each.status for each in found} == {ProposalStatus.APPROVED}
        check_ties(session, day + 2 * ONE_DAY)


@pytest.mark.feature("M-095")
@on_sqlite
def test_no_verdict_is_better_than_the_days_past_due_and_what_is_worse_than_it_wins(classified):
    book, late = classified, FIRST_DUE + 91 * ONE_DAY
    with book.database.write() as session:
        beginning.begin(session, book.pattern, now=at(PAID_ON))
    decide(book, Category.WATCH, PAID_ON)
    book.open(late)
    book.end(late)
    with book.database.write() as session:
        with pytest.raises(CategoryTooGood, match="92"):
            propose(session, book, Category.NORMAL, late + ONE_DAY)
        made = propose(session, book, Category.DOUBTFUL, late + ONE_DAY)
        approve(session, book, made.id, late + ONE_DAY)
    book.end(late + ONE_DAY)

    assert categories(book, late) == (Category.SUBSTANDARD, Category.SUBSTANDARD)
    assert categories(book, late + ONE_DAY)[1] is Category.DOUBTFUL


@on_sqlite
def test_a_loan_that_was_not_performing_performs_again_after_six_months_on_time_and_a_year_of_observation(
    classified,
):
    book, late = classified, FIRST_DUE + 91 * ONE_DAY
    book.open(late)
    book.end(late)
    paid = late + ONE_DAY
    with book.database.write() as session:
        book.receive(session, book.pattern, paid, Decimal("13000.00"))
    book.end(paid)
    day = paid + ONE_DAY
    with book.database.write() as session:
        with pytest.raises(CategoryUpgradeTooEarly, match="2027-01-04"):
            propose(session, book, Category.NORMAL, day)
        book.receive(
            session,
            book.pattern,
            day,
            Decimal(0),
            kind=EventKind.RESTRUCTURING,
            months=6,
            reason="失业，延长期限",
            reference="restructured",
        )
        with pytest.raises(CategoryInObservation, match="2027-07-05"):
            propose(session, book, Category.WATCH, day)
        book.receive(session, book.pattern, day, Decimal(0), kind=EventKind.WRITE_OFF, reason="核销")
        with pytest.raises(CategoryNotDecided):
            propose(session, book, Category.LOSS, day)
    book.end(day)

    assert categories(book, paid)[1] is Category.SUBSTANDARD
    assert categories(book, day) == (Category.LOSS, Category.LOSS)
