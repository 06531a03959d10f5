"""The desk of a loan: what a booking would come to, sending it for approval, quotes by rule, and refusals."""

from datetime import date
from decimal import Decimal

import pytest
from loan_pages import LoanPages, answers, paid_out

from company.organisation import the_company
from lending import ledger, proposals
from lending.ledger import Line
from lending.life import quotes
from lending.maths.choices import Prepayment
from lending.proposals import ProposalSubject


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> LoanPages:
    made = paid_out(tmp_path_factory)
    yield made
    made.close()


def test_a_preview_shows_what_a_receipt_pays_and_posts_and_leaves_nothing_behind(pages):
    desk = pages.browser("finance_maker")
    desk.get(f"/loans/{pages.loan_no}/bookings/receipt")

    given = {**answers(booking_amount="5,000.00"), "do": "preview"}
    page = desk.post(f"/loans/{pages.loan_no}/bookings/receipt", given).text

    assert "转暂收款" in page
    assert page.count("¥5,000.00") >= 3
    assert "receipt:CMB-1" in page
    assert "2241" in page
    assert "receipt:CMB-1" not in desk.get(f"/loans/{pages.loan_no}").text


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("receipt", {"booking_amount": "0.001"}, "分"),
        ("receipt", {"booking_amount": "50,00"}, "1,234.56"),
        ("receipt", {"booking_date": "2026-09-01"}, "起息日"),
        ("receipt", {"booking_amount": "100000.01"}, "100,000.00"),
        ("receipt", {"bank_reference": ""}, "银行流水号"),
        ("prepayment", {"quote_no": "BJ-0"}, "BJ-0"),
        ("charge", {"booking_component": "rent"}, "款项"),
    ],
)
def test_a_refusal_names_field_rule_and_remedy_and_keeps_what_was_typed(pages, kind, changed, said):
    desk = pages.browser("finance_maker")
    desk.get(f"/loans/{pages.loan_no}/bookings/{kind}")

    for do in ("preview", "send"):
        answer = desk.post(f"/loans/{pages.loan_no}/bookings/{kind}", {**answers(**changed), "do": do})
        assert answer.status_code == 422
        assert said in answer.text
        assert changed.get("booking_amount", "5000.00") in answer.text


@pytest.mark.feature("M-066")
def test_a_receipt_is_posted_when_a_second_person_has_checked_it(pages):
    maker, checker = pages.browser("finance_maker"), pages.browser("finance_checker")
    maker.get(f"/loans/{pages.loan_no}/bookings/receipt")
    maker.post(f"/loans/{pages.loan_no}/bookings/receipt", {**answers(bank_reference="CMB-2"), "do": "send"})
    waiting = maker.get(f"/loans/{pages.loan_no}").text

    task = pages.task("Task_CheckBooking")
    shown = checker.get(f"/inbox/{task}").text
    pages.complete("finance_checker", task, check_decision="approve")

    assert "待审批" in waiting
    assert pages.loan_no in shown
    assert "receipt:CMB-2" in maker.get(f"/loans/{pages.loan_no}").text

    address = f"/loans/{pages.loan_no}/bookings/reversal"
    back = {"booking_date": "2026-09-15", "reversed_reference": "receipt:CMB-2", "booking_reason": "银行退票"}
    maker.post(address, {**back, "do": "send"})
    kept = maker.get(f"/loans/{pages.loan_no}").text
    pages.complete("finance_checker", pages.task("Task_CheckBooking"), check_decision="approve")
    assert "reversal:receipt:CMB-2" not in kept
    assert "reversal:receipt:CMB-2" in maker.get(f"/loans/{pages.loan_no}").text


def test_who_has_no_duty_gets_no_form_and_who_reaches_no_loan_no_page(pages):
    address = f"/loans/{pages.loan_no}/bookings"

    assert pages.browser("auditor").get(f"{address}/receipt").status_code == 403
    assert pages.browser("finance_maker").get(f"{address}/write_off").status_code == 403
    assert pages.browser("contract_officer_2").get(f"{address}/rate_change").status_code == 404
    assert pages.browser("postloan_manager").get(f"{address}/extension").status_code == 404
    assert pages.browser("finance_maker").get(f"{address}/due").status_code == 404


def test_the_three_rules_stand_side_by_side_and_a_quote_prints(pages):
    desk = pages.browser("finance_maker")

    compared = desk.get(f"/loans/{pages.loan_no}/quotes?amount=20000&pay_on=2026-09-15").text
    desk.post(f"/loans/{pages.loan_no}/quotes", {"pay_on": "2026-09-15"})
    with pages.house.database.read() as session:
        (quote,) = quotes.of_loan(session, pages.loan_no)
    pdf = desk.get(f"/loans/{pages.loan_no}/quotes/{quote.quote_no}/pdf")
    past = desk.post(f"/loans/{pages.loan_no}/quotes", {"pay_on": "2026-09-14"}, follow_redirects=True)

    assert all(rule.zh in compared for rule in list(Prepayment)[:3])
    assert (quote.pay_on, quote.total > Decimal(90_000)) == (date(2026, 9, 15), True)
    assert pdf.data.startswith(b"%PDF")
    assert "早于营业日期" in past.text
    assert desk.get(f"/loans/{pages.loan_no}/quotes?amount=abc").status_code == 422


def test_money_in_suspense_becomes_a_receipt_of_the_loan_by_two_people(pages):
    with pages.house.database.write() as session:
        on, now = date(2026, 9, 15), pages.house.clock.now()
        lines = [Line("1002", debit=Decimal("800.00")), Line("2241", credit=Decimal("800.00"))]
        ledger.post(session, "suspense:main:U-1", on=on, lines=lines, description="转账", now=now)
    maker = pages.browser("finance_maker")
    listed = maker.get("/bank/suspense").text
    way = maker.get(f"/bank/suspense/claim?reference=suspense:main:U-1&loan_no={pages.loan_no}")
    form = maker.get(way.headers["Location"]).text
    unknown = maker.get("/bank/suspense/claim?reference=suspense:main:U-1&loan_no=CY0", follow_redirects=True)
    asked = {
        "booking_date": "2026-09-15",
        "booking_amount": "800.00",
        "claimed_reference": "suspense:main:U-1",
    }
    address = f"/loans/{pages.loan_no}/bookings/claim"
    too_much = maker.post(address, {**asked, "booking_amount": "800.01", "do": "send"})
    preview = maker.post(address, {**asked, "do": "preview"}).text
    maker.post(address, {**asked, "do": "send"})
    pages.complete("finance_checker", pages.task("Task_CheckBooking"), check_decision="approve")

    assert "suspense:main:U-1" in listed
    assert "selected" in form
    assert "CY0" in unknown.text
    assert (too_much.status_code, "尚未认领的 800.00 元" in too_much.text) == (422, True)
    assert "suspense_claim:claim:" in preview
    assert "暂收款认领" in maker.get(f"/loans/{pages.loan_no}").text
    assert "没有待认领的暂收款" in maker.get("/bank/suspense").text
    assert pages.browser("collector").get("/bank/suspense").status_code == 403


def test_forms_offer_the_loans_first_day_while_the_books_stand_before_it(pages):
    desk = pages.browser("finance_maker")
    with pages.house.database.write() as session:
        the_company(session).business_date = date(2026, 9, 14)
    try:
        form = desk.get(f"/loans/{pages.loan_no}/bookings/receipt").text
        quotes_page = desk.get(f"/loans/{pages.loan_no}/quotes").text
    finally:
        with pages.house.database.write() as session:
            the_company(session).business_date = date(2026, 9, 15)

    for page in (form, quotes_page):
        assert 'value="2026-09-15"' in page
        assert "账务停在 2026-09-14" in page
    assert "账务停在" not in desk.get(f"/loans/{pages.loan_no}/bookings/receipt").text


@pytest.mark.feature("M-095")
def test_a_category_is_proposed_on_the_loan_approved_by_another_and_told_with_its_history(pages):
    proposer, manager = pages.browser("postloan_manager"), pages.browser("branch_manager")
    address = f"/loans/{pages.loan_no}"
    before = proposer.get(address).text
    unexplained = proposer.post(f"{address}/category", {"category": "watch", "reason": " "})
    proposer.post(f"{address}/category", {"category": "watch", "reason": "挪用资金"})
    waiting = manager.get("/changes").text
    with pages.house.database.read() as session:
        (proposal,) = proposals.of(session, ProposalSubject.CATEGORY, pages.loan_no)
    own = proposer.post(f"/changes/{proposal.id}/approve")
    manager.post(f"/changes/{proposal.id}/approve")
    after = manager.get(address).text

    assert "提出认定" in before
    assert unexplained.status_code in (303, 422)
    assert "挪用资金" in waiting
    assert own.status_code == 403
    assert "正常 → 关注" in after
    assert "挪用资金" in after
    assert 'id="category"' not in pages.browser("contract_officer").get(address).text


@pytest.mark.feature("M-067")
def test_the_page_tells_what_was_owed_on_a_day_that_is_asked_for(pages):
    page = pages.browser("finance_maker").get(f"/loans/{pages.loan_no}?on=2026-09-01").text

    assert 'id="owed"' in page
    assert 'name="on" value="2026-09-01"' in page
