"""Links of callbacks in their store, on both databases: issued once, opened by digits, ended; the step down and up."""

from datetime import timedelta

import pytest
from customers_at_hand import ZHANG_AGAIN
from loan_book import PAID_ON, at
from sqlalchemy import func, select, text

from company import migrations, parameters
from company.calendar import ZONE
from lending import (
    callback_facts,
    callback_link_records,
    callback_links,
    callback_plans,
    callbacks,
    contact_circumstances,
    customers,
    loans,
    merging,
)
from lending.callback_kinds import CallbackMethod
from lending.callback_link_records import CallbackLink, LinkEnd
from lending.callback_links import LinkGone
from lending.collections import catching_up
from lending.contact_circumstances import Circumstance

BEFORE = "0030"
NOW = at(PAID_ON)


def issued(session, book):
    """The link of the loan's first callback, and its token."""
    loan = loans.get(session, book.pattern)
    visit = callback_plans.plan_first(session, loan, on=PAID_ON, now=NOW)
    callbacks.begin(session, visit.callback_no, callback_facts.first_day(loan, PAID_ON))
    link = callback_links.issue(session, book.vault, visit.callback_no, today=PAID_ON, now=NOW)
    token = callback_links.to_send(session, book.vault, link.id, NOW)
    callback_links.message_ended(session, link.id, NOW, is_sent=True)
    return visit, link, token


def tail_of(session, book):
    loan = loans.get(session, book.pattern)
    return customers.identity_of(session, book.vault, customers.get(session, loan.customer_id))[-4:]


def test_a_link_opens_by_its_token_and_digits_until_its_last_day_has_passed(book):
    with book.database.write() as session:
        _visit, link, token = issued(session, book)
        tail = tail_of(session, book)
        asked = (session, book.vault)

        assert link.token_sealed is None
        assert callback_links.last_day(link) == NOW.astimezone(ZONE).date() + timedelta(days=5)
        assert callback_links.tried(*asked, token, tail, NOW).link is link
        assert callback_links.tried(*asked, token, "", NOW) is None
        assert callback_links.tried(*asked, token, tail, link.expires_at - timedelta(seconds=1)) is not None
        assert callback_links.find(*asked, token, link.expires_at) is None
        assert callback_links.find(*asked, token[:-1], NOW) is None
        with pytest.raises(LinkGone):
            callback_links.tried(*asked, token, tail, link.expires_at)


def test_five_wrong_tries_end_it_and_its_case_is_told_once(book):
    with book.database.write() as session:
        visit, link, token = issued(session, book)
        for _ in range(callback_links.TRIES_MAX):
            assert callback_links.tried(session, book.vault, token, "0000", NOW) is None
        with pytest.raises(LinkGone):
            callback_links.tried(session, book.vault, token, tail_of(session, book), NOW)
        callback_link_records.revoke_of(session, link.customer_id, NOW)
        callback_links.expire(session, visit.callback_no, NOW)

        told = "SELECT count(*) FROM outbox_message WHERE key LIKE 'CallbackLinkVoid:%'"
        assert link.end is LinkEnd.LOCKED
        assert session.scalar(text(told)) == 1


@pytest.mark.parametrize(
    ("loan_no", "end"), [("of-another-loan", None), ("", LinkEnd.REVOKED), (None, LinkEnd.REVOKED)]
)
def test_what_stands_against_messages_of_one_loan_ends_the_links_of_that_loan_only(book, loan_no, end):
    with book.database.write() as session:
        _visit, link, token = issued(session, book)
        about = book.pattern if loan_no == "" else loan_no
        told = {"loan_no": about, "by": None, "now": NOW}
        contact_circumstances.note(session, link.customer_id, Circumstance.DISPUTE, "对债务有异议", **told)

        assert link.end is end
        assert (callback_links.find(session, book.vault, token, NOW) is None) is (end is not None)


@pytest.mark.parametrize(("phone", "end"), [(None, None), ("13733334444", LinkEnd.REVOKED)])
def test_after_a_merge_the_link_goes_on_only_if_it_went_to_the_number_of_the_record_that_stands(
    book, phone, end
):
    with book.database.write() as session:
        visit, link, token = issued(session, book)
        gone = customers.get(session, link.customer_id)
        kept = customers.register(
            session,
            book.vault,
            name=gone.name,
            identity=ZHANG_AGAIN,
            phone=phone or customers.phone_of(session, book.vault, gone),
            unit_id=gone.unit_id,
            owner_id=gone.owner_id,
            now=NOW,
        )
        asked = {"survivor_id": kept.id, "merged_id": gone.id, "reason": "同一人", "by": None, "now": NOW}
        merging.merge(session, book.vault, **asked)

        told = text(f"SELECT count(*) FROM outbox_message WHERE key = 'CallbackLinkVoid:{visit.callback_no}'")
        assert (link.end, session.scalar(told)) == (end, 0 if end is None else 1)
        assert (callback_links.find(session, book.vault, token, NOW) is None) is (end is not None)


def test_a_link_that_was_used_or_whose_callback_goes_on_otherwise_opens_no_more(book):
    with book.database.write() as session:
        visit, _link, token = issued(session, book)
        callbacks.prepared(session, visit.callback_no, CallbackMethod.PHONE)
        assert callback_links.find(session, book.vault, token, NOW) is None
        callback_links.use(session, visit.callback_no, NOW)

        with pytest.raises(LinkGone):
            callback_links.use(session, visit.callback_no, NOW)


def test_an_answer_that_no_case_takes_is_refused_whole(book):
    with book.database.write() as session:
        _visit, link, token = issued(session, book)
        opened = callback_links.find(session, book.vault, token, NOW)

        with pytest.raises(LinkGone):
            callback_links.answer(session, book.vault, opened, {}, lambda *_message: 0)
        assert link.end is None


def test_the_step_goes_down_and_up_with_rows_in_its_tables(book):
    database = book.database
    with database.write() as session:
        visit, _link, _token = issued(session, book)
        callbacks.prepared(session, visit.callback_no, CallbackMethod.LINK)
        assert catching_up.claim(session, PAID_ON, now=NOW)
        assert not catching_up.claim(session, PAID_ON, now=NOW)
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        head = {"head": migrations.head()}
        session.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), head)

    migrations.downgrade(database, BEFORE)
    with database.read() as session:
        assert session.scalar(text("SELECT method FROM callback_visit")) == "phone"
        with pytest.raises(parameters.ParameterMissing):
            parameters.value(session, callback_links.DAYS, PAID_ON)
    migrations.upgrade(database)
    migrations.require_no_difference(database)

    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CallbackLink)) == 0
        assert parameters.value(session, callback_links.DAYS, PAID_ON) == 5
    database.close()
