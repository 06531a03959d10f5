"""The page of a loan and what waits on it: vouchers, suspense, bookings refused, sent twice, and in the lists."""

import re
from datetime import date
from decimal import Decimal

import pytest
from loan_pages import LoanPages, answers, paid_out
from sqlalchemy import select

from cheliu.working import work_off
from engine.tasks import UserTask
from forms.errors import FormRefused
from handlers.bookings import BookingUnderWay
from lending import customers, ledger
from lending.errors import LendingError
from lending.ledger import Line
from lending.life import changes
from lending.loans import Loan


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> LoanPages:
    made = paid_out(tmp_path_factory)
    yield made
    made.close()


@pytest.mark.feature("M-083")
def test_the_vouchers_of_a_loan_are_folded_paged_and_show_no_other_loans_money(pages):
    with pages.house.database.write() as session:
        for day in range(1, 24):
            lines = [
                Line(account, *sides, loan_no)
                for loan_no, sum_ in ((pages.loan_no, Decimal("11.11")), ("CY-OTHER", Decimal("77.77")))
                for account, sides in (("1132", (sum_, Decimal(0))), ("6011", (Decimal(0), sum_)))
            ]
            reference, on = f"accrual:2026-09-15:2:{day}", date(2026, 9, 15)
            ledger.post(
                session, reference, on=on, lines=lines, description="计提利息", now=pages.house.clock.now()
            )
    desk = pages.browser("finance_maker")
    page = desk.get(f"/loans/{pages.loan_no}").text
    rest = desk.get(f"/loans/{pages.loan_no}?vouchers=2").text

    assert '<details class="panel" id="vouchers">' in page
    assert '<details class="panel" id="vouchers" open>' in rest
    assert page.count("¥11.11") == 40
    assert "¥77.77" not in page + rest
    assert "accrual:2026-09-15:2:23</" not in page
    assert ("较早的凭证" in page, "较新的凭证" in rest) == (True, True)


@pytest.mark.feature("M-066")
def test_money_in_a_loans_own_suspense_is_found_on_its_page_with_what_becomes_of_it(pages):
    maker, address = pages.browser("finance_maker"), f"/loans/{pages.loan_no}"
    maker.post(f"{address}/bookings/receipt", {**answers(bank_reference="CMB-9"), "do": "send"})
    pages.complete("finance_checker", pages.task("Task_CheckBooking"), check_decision="approve")

    page = maker.get(address).text
    own = page.partition('id="own-suspense"')[2].partition("</tr>")[0]
    held = own.partition("¥")[2].partition("<")[0]
    claim = maker.get(f"{address}/bookings/claim").text

    assert Decimal(held.replace(",", "")) >= Decimal("5000.00")
    assert "2026-10-15 到期时自动抵还" in own
    assert "转暂收款 ¥5,000.00" in page
    assert "/bookings/claim" not in page
    assert "没有待认领的暂收款" in claim
    assert f"本笔贷款名下已有暂收款 ¥{held}" in claim
    assert "各笔贷款名下的暂收款" in maker.get("/bank/suspense").text


def test_a_claim_is_offered_while_there_is_money_of_nobody(pages):
    with pages.house.database.write() as session:
        lines = [Line("1002", debit=Decimal("60.00")), Line("2241", credit=Decimal("60.00"))]
        on, now = date(2026, 9, 15), pages.house.clock.now()
        ledger.post(session, "suspense:main:U-2", on=on, lines=lines, description="转账", now=now)

    assert "/bookings/claim" in pages.browser("finance_maker").get(f"/loans/{pages.loan_no}").text


@pytest.mark.feature("M-066")
def test_a_refused_booking_tells_its_maker_why_and_stays_on_the_loans_page(pages):
    maker, checker = pages.browser("finance_maker"), pages.browser("finance_checker")
    address = f"/loans/{pages.loan_no}"
    given = {**answers(bank_reference="CMB-31", booking_amount="310.00"), "do": "send"}
    maker.post(f"{address}/bookings/receipt", given)
    task = pages.task("Task_CheckBooking")
    with pytest.raises(FormRefused, match="check_comment"):
        pages.complete("finance_checker", task, check_decision="refuse", check_comment=" ")
    pages.complete("finance_checker", task, check_decision="refuse", check_comment="流水不是本客户的")
    work_off(pages.house)

    told = maker.get("/notices").text
    page = maker.get(address).text.partition('id="refused"')[2]
    number = page.partition("ZW-2026-")[2][:6]
    case = maker.get(f"/cases/ZW-2026-{number}").text
    sheet = checker.get(f"/cases/ZW-2026-{number}/approval-sheet").text

    assert "不同意您送审的还款" in told
    assert "流水不是本客户的" in told
    assert ("¥310.00" in page, "流水不是本客户的" in page, "未同意" in page) == (True, True, True)
    for text in (case, sheet):
        for said in ("办理事项", "还款", "¥310.00", "CMB-31", "2026-09-15"):
            assert said in text
    assert 'id="refused"' not in pages.browser("auditor").get(address).text


@pytest.mark.feature("M-066")
def test_the_same_reversal_is_sent_once_and_one_that_is_done_already_is_not_approved(pages):
    maker, address = pages.browser("finance_maker"), f"/loans/{pages.loan_no}"
    given = {**answers(bank_reference="CMB-41", booking_amount="410.00"), "do": "send"}
    maker.post(f"{address}/bookings/receipt", given)
    twice = maker.post(f"{address}/bookings/receipt", given)
    pages.complete("finance_checker", pages.task("Task_CheckBooking"), check_decision="approve")
    back = {
        "booking_date": "2026-09-15",
        "reversed_reference": "receipt:CMB-41",
        "booking_reason": "银行退票",
    }
    maker.post(f"{address}/bookings/reversal", {**back, "do": "send"})
    again = maker.post(f"{address}/bookings/reversal", {**back, "do": "send"})
    task = pages.task("Task_CheckBooking")
    with pages.house.database.read() as session:
        number = session.get_one(UserTask, task).business_key
    sheet = pages.browser("finance_checker").get(f"/cases/{number}/approval-sheet").text
    with pages.house.database.write() as session:
        changes.reverse(
            session,
            pages.loan_no,
            "receipt:CMB-41",
            booked_on=date(2026, 9, 15),
            reason="银行退回",
            now=pages.house.clock.now(),
        )
    with pytest.raises(LendingError, match="nothing to post"):
        pages.complete("finance_checker", task, check_decision="approve")
    pages.complete("finance_checker", task, check_decision="refuse", check_comment="银行已退回")
    done = maker.post(f"{address}/bookings/reversal", {**back, "do": "send"})

    assert (twice.status_code, "请勿重复送审" in twice.text) == (422, True)
    assert (again.status_code, f"已由 {number} 送审" in again.text) == (422, True)
    assert "还款 · 2026-09-15 · ¥410.00" in sheet
    assert (done.status_code, "此前已登记" in done.text) == (422, True)
    assert "银行已退回" in maker.get(address).text


def test_a_booking_given_back_to_its_maker_stands_in_nobodys_way_until_it_is_sent_again(pages):
    maker, address = pages.browser("finance_maker"), f"/loans/{pages.loan_no}/bookings/receipt"
    given = {**answers(bank_reference="CMB-43", booking_amount="430.00"), "do": "send"}
    maker.post(address, given)
    back = {"check_decision": "return", "check_comment": "金额请与流水核对"}
    pages.complete("finance_checker", pages.task("Task_CheckBooking"), **back)
    given_back = pages.task("Task_RegisterBooking")

    second = maker.post(address, given)
    with pages.house.database.read() as session:
        sent = session.get_one(UserTask, pages.task("Task_CheckBooking")).business_key
        again = answers(bank_reference="CMB-43", booking_amount="430.00")
    with pytest.raises(BookingUnderWay, match=sent):
        pages.complete("finance_maker", given_back, **again)

    assert second.status_code == 303


def test_a_booking_stands_in_the_lists_under_its_debtor_with_the_loans_number_beside_its_own(pages):
    maker, checker = pages.browser("finance_maker"), pages.browser("finance_checker")
    given = {**answers(bank_reference="CMB-51", booking_amount="510.00"), "do": "send"}
    maker.post(f"/loans/{pages.loan_no}/bookings/receipt", given)
    task = pages.task("Task_CheckBooking")
    with pages.house.database.read() as session:
        loan = session.scalars(select(Loan).where(Loan.loan_no == pages.loan_no)).one()
        name = customers.get(session, loan.customer_id).name
        number = session.get_one(UserTask, task).business_key
    start = checker.get("/start").text.partition("最先办理")[2]
    row = next(text for text in start.split("<tr>") if number in text)
    pool = checker.get("/inbox?tab=pool").text

    assert "申请号" not in start.partition("</thead>")[0]
    assert re.findall(r"<td><a [^>]*>(.*?)</a></td>", row) == [name]
    assert f"{pages.loan_no} 还款" in row
    assert (f'<span class="who">{name}</span>' in pool, pages.loan_no in pool) == (True, True)
