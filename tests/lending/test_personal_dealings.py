"""What a person's package tells of contacts, promises, callbacks, transfers and sales: his own, of nobody else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from customers_at_hand import LI
from loan_book import PAID_ON, at
from sqlalchemy import select

from company.organisation import Unit
from lending import (
    callback_facts,
    callback_links,
    callback_plans,
    callbacks,
    customers,
    loans,
    personal_package,
)
from lending.applications import Application, ApplicationStatus
from lending.claim_records import ClaimItem, ClaimNotice, ClaimPackage, NoticeWay, PackageStatus
from lending.collections import cases, promises
from lending.collections.kinds import PromiseStatus
from lending.contact_gate import Channel, ContactAttempt, Person, Purpose, Result
from lending.money import ZERO
from lending.transfer_records import DebtTransfer, LoanDebtor, TransferStatus

NOW = at(PAID_ON)
PASSED_ON = PAID_ON + timedelta(days=60)
SOLD_ON = PAID_ON + timedelta(days=90)
THIRD_NUMBER = "13700001111"


@pytest.fixture
def debtors(book):
    """Who owed the loan first, and who took it over sixty days later."""
    with book.database.write() as session:
        first = customers.get(session, loans.get(session, book.pattern).customer_id)
        second = customers.register(
            session,
            book.vault,
            name="李四光",
            identity=LI,
            phone=THIRD_NUMBER,
            unit_id=first.unit_id,
            owner_id=first.owner_id,
            now=NOW,
        )
        first.name = "张三丰"
        session.flush()
        dealings(session, book, first.id, second.id)
        return first.id, second.id


def dealings(session, book, first, second):
    """Everything that can happen to the loan, before and after it passed on."""
    loan = loans.get(session, book.pattern)
    visit = callback_plans.plan_first(session, loan, on=PAID_ON, now=NOW)
    callbacks.begin(session, visit.callback_no, callback_facts.first_day(loan, PAID_ON))
    callback_links.issue(session, book.vault, visit.callback_no, today=PAID_ON, now=NOW)
    case = cases.open_case(session, loan, 1, on=PAID_ON)
    case.overdue = Decimal("3000.00")
    made = promises.make(session, case, Decimal("1000.00"), PAID_ON, today=PAID_ON, by=None, now=NOW)
    made.status = PromiseStatus.BROKEN
    promises.make(
        session, case, Decimal("2000.00"), PASSED_ON, today=PASSED_ON, by=None, now=at(PASSED_ON)
    ).status = PromiseStatus.BROKEN
    for person, allowed in ((Person.BORROWER, True), (Person.RELATED, True), (Person.BORROWER, False)):
        session.add(
            ContactAttempt(
                customer_id=first,
                loan_no=book.pattern,
                channel=Channel.CALL,
                purpose=Purpose.COLLECTION,
                person=person,
                number_index=book.vault.blind_index("contact_number", THIRD_NUMBER),
                at=NOW,
                allowed=allowed,
                rule="allow",
                note="",
                facts={},
                result=Result.NO_ANSWER,
            )
        )
    session.add(
        Application(
            application_no="APP-NEW",
            status=ApplicationStatus.DRAFT,
            unit_id=loan.unit_id,
            owner_id=loan.owner_id,
            customer_id=second,
            created_at=NOW,
        )
    )
    session.flush()
    session.add(
        DebtTransfer(
            transfer_no="ZR-1",
            loan_no=book.pattern,
            application_no="APP-NEW",
            loan_application_no=loan.application_no,
            status=TransferStatus.DONE,
            from_customer_id=first,
            to_customer_id=second,
            principal=loan.principal,
            instalments_paid=1,
            asked_on=PAID_ON,
            ended_on=PASSED_ON,
        )
    )
    session.add(LoanDebtor(loan_no=book.pattern, since=PAID_ON, until=PASSED_ON, customer_id=first))
    session.flush()
    session.add(LoanDebtor(loan_no=book.pattern, since=PASSED_ON, customer_id=second, transfer_no="ZR-1"))
    loan.customer_id = second
    sell(session, book.pattern, second)


def sell(session, loan_no, debtor):
    package = ClaimPackage(
        package_no="ZQ-1",
        status=PackageStatus.SETTLED,
        unit_id=session.scalars(select(Unit.id).limit(1)).one(),
        buyer_name="某资产管理有限公司",
        cut_off=SOLD_ON,
        settled_on=SOLD_ON,
    )
    session.add(package)
    session.flush()
    sums = {"principal": Decimal("90000.00"), "other": ZERO, "days_past_due": 30}
    session.add(ClaimItem(package_id=package.id, loan_no=loan_no, open_for=loan_no, **sums))
    session.add(
        ClaimNotice(
            notice_no="N-1",
            package_id=package.id,
            loan_no=loan_no,
            customer_id=debtor,
            place="borrower",
            written_at=NOW,
            way=NoticeWay.REGISTERED_MAIL,
            reached_on=SOLD_ON,
        )
    )
    session.flush()


def package_of(book, customer_id):
    with book.database.read() as session:
        customer = customers.get(session, customer_id)
        sections = personal_package.collect(session, book.vault, customer, PAID_ON, "zh")
        return {each.key: each.rows for each in sections}


@pytest.mark.feature("M-170")
def test_who_owed_first_has_the_contacts_the_promise_the_callback_and_the_transfer(book, debtors):
    first, _second = debtors
    told = package_of(book, first)

    assert [(each["person"], each["result"]) for each in told["contact_attempts"]] == [
        (Person.BORROWER, Result.NO_ANSWER),
        (Person.RELATED, Result.NO_ANSWER),
    ]
    assert [each["number"] for each in told["collections"]] == ["CS-2026-000001"]
    assert [each["amount"] for each in told["promises"]] == [Decimal("1000.00")]
    assert [each["number"] for each in told["callbacks"]] == ["HF-2026-000001"]
    assert len(told["callback_links"]) == 1
    assert [(each["number"], each["other"]) for each in told["debt_transfers"]] == [("ZR-1", "李**")]
    assert told["sold_claims"] == []


def test_who_took_the_debt_over_has_the_transfer_and_the_sale_and_nothing_of_before(book, debtors):
    _first, second = debtors
    told = package_of(book, second)

    for key in ("contact_attempts", "collections", "promises", "callbacks", "callback_links"):
        assert told[key] == [], key
    assert [each["other"] for each in told["debt_transfers"]] == ["张**"]
    (sale,) = told["sold_claims"]
    assert (sale["number"], sale["on"], sale["kind"]) == (book.pattern, SOLD_ON, NoticeWay.REGISTERED_MAIL)


def test_a_loan_that_passed_on_is_told_to_both_and_to_who_owed_it_with_the_day(book, debtors):
    of_first, of_second = (package_of(book, each)["loans"] for each in debtors)

    told = [(each["number"], each["status"].label("zh"), each["passed_on"]) for each in of_first]
    assert told == [(book.pattern, "已转移", PASSED_ON)]
    assert [(each["number"], each["passed_on"]) for each in of_second] == [(book.pattern, None)]
    assert of_first[0]["until"] is None, "to when it runs is the other one's by now"


def test_nothing_of_the_other_person_stands_in_a_package_in_the_clear(book, debtors):
    first, second = debtors

    of_first, of_second = str(package_of(book, first)), str(package_of(book, second))

    assert "李四光" not in of_first
    assert THIRD_NUMBER not in of_first
    assert "张三丰" not in of_second


def test_every_column_of_a_package_has_its_words(book, debtors):
    names = {name for rows in package_of(book, debtors[0]).values() for row in rows for name in row}
    names |= {name for rows in package_of(book, debtors[1]).values() for row in rows for name in row}

    assert names <= set(personal_package.COLUMNS)
