"""Everything about a customer on one timeline, a page at a time, and nothing from beyond the reader's reach."""

import re

import pytest
from sqlalchemy import select

from cheliu.case_money import pay_instalments
from company.organisation import business_date
from lending.life import changes
from lending.life.events import LoanEvent
from lending.life.kinds import EventKind
from web import customer_timeline


@pytest.fixture
def told(made):
    """Two instalments paid, a callback attempted."""
    pay_instalments(made.house, made.clock, 2)
    made.days(1)
    made.do("postloan_manager", "Task_Prepare", visit_method="phone")
    made.do("postloan_manager", "Task_Contact", attempt_result="no_answer")
    return made


def test_contacts_payments_papers_and_cases_stand_in_one_line_of_time(told, monkeypatch):
    address = f"/customers/{told.loan.customer_id}/timeline"
    manager = told.browser("branch_manager")
    page = manager.get(address).text
    for word in ("还款", "回访联系", "资料", "案件", "无人接听", "购车发票"):
        assert word in page
    payments = manager.get(f"{address}?kind=payment").text
    assert payments.count(told.loan_no) >= 2
    assert "购车发票" not in payments

    monkeypatch.setattr(customer_timeline, "PAGE_ROWS", 3)
    seen, next_address, pages = [], address, 0
    while next_address and pages < 60:
        text = manager.get(next_address).text
        seen += re.findall(r'<tr><td class="nowrap minor">(.*?)</tr>', text, re.S)
        found = re.search(r'href="([^"]*timeline\?[^"]*after=[^"]*)"', text)
        next_address, pages = found and found[1].replace("&amp;", "&"), pages + 1
    whole = re.findall(r'<tr><td class="nowrap minor">(.*?)</tr>', page, re.S)
    assert len(seen) >= len(whole) > 3
    assert seen[: len(whole)] == whole
    assert len(seen) == len(set(seen)) or pages > 1


def test_who_may_not_see_payments_or_another_branch_sees_none(told):
    address = f"/customers/{told.loan.customer_id}/timeline"
    assert told.browser("branch_manager_2").get(address).status_code == 404
    desk = told.browser("front_desk").get(address).text
    assert "回访联系" not in desk


@pytest.mark.feature("M-066")
def test_a_reversed_payment_is_marked_and_its_reversal_stands_beside_it(told):
    with told.house.database.write() as session:
        paid = session.scalars(select(LoanEvent).where(LoanEvent.kind == EventKind.RECEIPT)).first()
        changes.reverse(
            session,
            told.loan_no,
            paid.reference,
            booked_on=business_date(session),
            reason="银行退票",
            now=told.clock.now(),
        )
        customer, amount = told.loan.customer_id, f"¥{paid.amount:,.2f}"
    manager = told.browser("branch_manager")
    page = manager.get(f"/customers/{customer}").text.partition("<h2>还款</h2>")[2].partition("</table>")[0]
    line = manager.get(f"/customers/{customer}/timeline?kind=payment").text
    loan = told.browser("finance_maker").get(f"/loans/{told.loan_no}").text

    assert (page.count("已冲正"), page.count(f"-{amount}"), page.count(f">{amount}")) == (1, 1, 2)
    assert (line.count("已冲正"), line.count(f"-{amount}"), line.count("银行退票")) == (1, 1, 1)
    assert loan.partition("还款收据与结清证明")[2].count("已冲正") == 1


@pytest.mark.feature("M-128")
def test_in_english_a_refused_contact_names_the_rule_in_english_wherever_it_is_told(made):
    reader = made.browser("postloan_manager")
    reader.post("/language", {"language": "en"})
    page = f"/customers/{made.loan.customer_id}"
    reader.get(page)
    reader.post(f"{page}/contact-circumstances", {"kind": "dispute", "note": "来函"})
    reader.get(page)

    asked = {"channel": "call", "purpose": "collection", "person": "borrower", "number": ""}
    reader.post(f"{page}/contact-checks", asked)

    for address in (page, f"{page}/timeline", "/contacts/refused"):
        told = reader.get(address).text
        assert "Debt disputed: no collection" in told, address
        assert "对债务有争议" not in told
    chinese = made.browser("branch_manager").get(f"{page}/timeline").text
    assert "对债务有争议" in chinese
