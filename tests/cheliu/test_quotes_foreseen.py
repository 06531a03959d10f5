"""What the page of the quotes foresees: the conditions of an early repayment, and what falls due before its day."""

from datetime import date
from decimal import Decimal

import pytest

from cheliu.case_money import pay_instalments
from company.organisation import business_date
from lending import prepayment_conditions, prepayments
from lending.life import changes
from lending.life.quotes import LoanQuote
from lending.maths.choices import Prepayment
from lending.prepayments import Wish

MAKER = "finance_maker"


@pytest.fixture
def desk(made):
    """The finance maker at the page of the quotes of a loan of which one instalment is paid."""
    pay_instalments(made.house, made.clock, 1)
    browser = made.browser(MAKER)
    browser.get(f"/loans/{made.loan_no}/quotes")
    return browser


def test_a_condition_that_is_not_met_stands_on_the_page_with_the_day_and_the_way_out(made, desk):
    page = desk.get(f"/loans/{made.loan_no}/quotes").text
    desk.post("/language", {"language": "en"})
    english = desk.get(f"/loans/{made.loan_no}/quotes").text

    assert "部分提前还款须已按期归还至少 6 期，现已还 1 期" in page
    assert "按还款计划，2027-03-15 归还第 6 期后可以办理" in page
    assert "确有困难、车辆全损或借款人身故的不受此限" in page
    assert "全部结清须已按期" not in page
    assert "by the schedule it is possible once instalment 6 is paid on 2027-03-15" in english


def test_on_a_due_date_the_instalment_of_that_very_day_is_the_one_still_missing(made):
    pay_instalments(made.house, made.clock, 5)
    made.until(date(2027, 3, 15))
    with made.house.database.write() as session:
        today = business_date(session)
        on_due_date = changes.accrue_to(session, made.loan_no, today, now=made.clock.now(), by=None)
        refused = prepayment_conditions.obstacle(session, made.loan_no, Decimal("20000.00"), today)

    assert (on_due_date.state.due, on_due_date.days_past_due) == (6, 0)
    assert "现已还 5 期；按还款计划，2027-03-15 归还第 6 期后可以办理" in refused.text("zh")


def test_a_quote_whose_condition_is_not_met_can_be_taken_on_a_ground_and_says_so(made, desk):
    address, day = f"/loans/{made.loan_no}/quotes", "2026-10-20"
    desk.post(address, {"pay_on": day, "amount": "20000", "rule": Prepayment.SHORTER_TERM.value})
    desk.post(address, {"pay_on": day})
    part, whole = made.rows(LoanQuote)
    rows = desk.get(address).text.partition("已出具的报价")[2].split("<tr>")
    row_of = {each.quote_no: next(row for row in rows if each.quote_no in row) for each in (part, whole)}

    assert f"quote_no={part.quote_no}" in row_of[part.quote_no]
    assert "部分提前还款须已按期归还至少 6 期" in row_of[part.quote_no]
    assert "确有困难、车辆全损或借款人身故的不受此限" in row_of[part.quote_no]
    assert f"quote_no={whole.quote_no}" in row_of[whole.quote_no]
    assert "条件未满足" not in row_of[whole.quote_no]


def test_the_page_foresees_what_the_process_refuses(made, desk):
    with made.house.database.write() as session:
        wish = Wish(made.clock.now().date(), Decimal("20000.00"), Prepayment.SHORTER_TERM)
        asked = {"today": wish.pay_on, "now": made.clock.now(), "by": None}
        foreseen = prepayment_conditions.obstacle(session, made.loan_no, wish.amount, wish.pay_on)
        with pytest.raises(prepayments.PrepaymentRefused) as refused:
            prepayment_conditions.check(session, made.loan_no, wish, ground="ordinary", **asked)
        spared = prepayment_conditions.check(session, made.loan_no, wish, ground="hardship", **asked)

    assert foreseen.text("zh") == refused.value.text("zh")
    assert spared.days_past_due == 0


def test_a_quote_for_a_far_day_says_that_what_falls_due_until_then_is_counted_as_unpaid(made, desk):
    far = desk.get(f"/loans/{made.loan_no}/quotes?pay_on=2026-12-31").text
    near = desk.get(f"/loans/{made.loan_no}/quotes?pay_on=2026-11-14").text

    assert "到 2026-12-31 为止还有 2 期到期，报价按这些期次届时均未归还计算" in far
    assert "还有" not in near


def test_an_amount_that_ends_the_loan_is_led_to_the_repayment_in_full(made, desk):
    answer = desk.get(f"/loans/{made.loan_no}/quotes?pay_on=2026-10-20&amount=999999")

    assert answer.status_code == 422
    assert "已足够全部结清，请改为办理“全部结清”，不必填写金额" in answer.text
    assert "金额留空）" not in answer.text
