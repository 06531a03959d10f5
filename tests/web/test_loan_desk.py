"""The desk of a loan: what a booking would come to, sending it for approval, quotes by rule, and refusals."""

from datetime import date
from decimal import Decimal

import pytest
from loan_pages import LoanPages, paid_out

from lending.life import quotes
from lending.maths.choices import Prepayment


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> LoanPages:
    made = paid_out(tmp_path_factory)
    yield made
    made.close()


def answers(**more):
    return {"booking_date": "2026-09-15", "booking_amount": "5000.00", "bank_reference": "CMB-1", **more}


def test_a_preview_shows_what_a_receipt_pays_and_posts_and_leaves_nothing_behind(pages):
    desk = pages.browser("finance_maker")
    desk.get(f"/loans/{pages.loan_no}/bookings/receipt")

    page = desk.post(f"/loans/{pages.loan_no}/bookings/receipt", {**answers(), "do": "preview"}).text

    assert "转暂收款" in page
    assert "receipt:CMB-1" in page
    assert "2241" in page
    assert "receipt:CMB-1" not in desk.get(f"/loans/{pages.loan_no}").text


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("receipt", {"booking_amount": "0.001"}, "分"),
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


def test_who_has_no_duty_gets_no_form_and_who_reaches_no_loan_no_page(pages):
    address = f"/loans/{pages.loan_no}/bookings"

    assert pages.browser("auditor").get(f"{address}/receipt").status_code == 403
    assert pages.browser("finance_maker").get(f"{address}/write_off").status_code == 403
    assert pages.browser("contract_officer_2").get(f"{address}/extension").status_code == 404
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
