"""What a second quote and a receipt short by a fen come to, in the very words that staff and customer read."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from cheliu.case_money import pay_instalments, tell_money
from cheliu.wiring import PROCESSES
from cheliu.working import work_off
from company.organisation import business_date
from forms.errors import FormRefused
from handlers.prepayments import QuoteVoidSince
from lending import prepayments
from lending.deliveries import Delivery
from lending.life import changes
from lending.life.happenings import Happening
from lending.life.kinds import Component, EventKind
from lending.life.quotes import LoanQuote
from lending.loans import LoanStatus
from lending.money import written
from lending.prepayments import LoanPrepayment, PrepaymentStatus

MAKER = "finance_maker"
FEN = Decimal("0.01")
USER_TASK = "{http://www.omg.org/spec/BPMN/20100524/MODEL}userTask"
CANDIDATES = "{http://camunda.org/schema/1.0/bpmn}candidateGroups"


def begin(made):
    """Ask for an early repayment by the button of the loan's page."""
    browser = made.browser(MAKER)
    browser.get(f"/loans/{made.loan_no}")
    browser.post(f"/loans/{made.loan_no}/prepayments")
    return browser


def quoted(made):
    """An early repayment of all of the loan, quoted for the day of its first instalment and confirmed."""
    pay_instalments(made.house, made.clock, 1)
    begin(made)
    made.do(MAKER, "Task_AskQuote", pay_on="2026-10-15", prepay_scope="full", prepay_ground="ordinary")
    made.do(MAKER, "Task_ConfirmQuote", customer_choice="confirm", confirmed_way="phone")
    return made.rows(LoanQuote)[-1]


def test_a_second_quote_while_one_is_open_names_the_open_one(made):
    begin(made)
    (open_one,) = made.rows(LoanPrepayment)

    browser = begin(made)

    page = browser.get(f"/loans/{made.loan_no}").text
    assert f"贷款 {made.loan_no} 已有办理中的提前还款 {open_one.number}" in page
    assert "请先办完或结束该笔，再重新报价。" in page
    assert len(made.rows(LoanPrepayment)) == 1


def test_a_receipt_short_by_a_fen_voids_the_quote_and_tells_the_customer_both_sums(made):
    quote = quoted(made)

    tell_money(made.house, {"id": "B-9001", "amount": f"quote-{FEN}", "purpose": "loan"})
    work_off(made.house)

    told = next(each for each in made.rows(Delivery) if each.template == "prepayment_differs")
    sums = (written(quote.total - FEN), written(quote.total))
    assert f"收到{sums[0]}元，与提前还款报价{sums[1]}元不符，报价已失效，请联系我们。" in told.text
    assert made.loan.status is LoanStatus.ACTIVE


def test_the_same_sum_to_the_fen_a_day_late_does_not_keep_the_quote(made):
    quote = quoted(made)

    made.days(1)
    tell_money(made.house, {"id": "B-9002", "amount": str(quote.total), "purpose": "loan"})
    work_off(made.house)

    assert made.loan.status is LoanStatus.ACTIVE
    assert made.running("prepayment") == []


def test_the_button_stands_only_for_who_can_begin_an_early_repayment(made):
    diagram = ElementTree.parse(PROCESSES / "prepayment/prepayment.bpmn")
    first = next(diagram.iter(USER_TASK))

    for who in ("postloan_manager", "contract_officer", "finance_checker"):
        assert "办理提前还款" not in made.browser(who).get(f"/loans/{made.loan_no}").text
        assert made.browser(who).post(f"/loans/{made.loan_no}/prepayments").status_code == 403
    assert made.rows(LoanPrepayment) == []
    assert "办理提前还款" in made.browser(MAKER).get(f"/loans/{made.loan_no}").text
    assert set(first.get(CANDIDATES).split(",")) == prepayments.DESKS


def test_the_inbox_says_in_words_how_much_is_repaid(made):
    pay_instalments(made.house, made.clock, 1)
    begin(made)

    made.do(MAKER, "Task_AskQuote", pay_on="2026-10-15", prepay_scope="full", prepay_ground="ordinary")

    browser = made.browser(MAKER)
    assert f"{made.loan_no} 全部结清" in browser.get("/inbox?tab=pool").text
    browser.post("/language", {"language": "en"})
    assert f"{made.loan_no} Early repayment in full" in browser.get("/inbox?tab=pool").text


BY_HAND = {"receipt_choice": "received", "received_on": "2026-10-15", "bank_reference": "B-9002"}


def test_a_receipt_by_hand_that_differs_is_confirmed_by_maker_and_checker_with_its_consequence_in_words(made):
    quote = quoted(made)
    short = {**BY_HAND, "received_amount": str(quote.total - 1000)}

    with pytest.raises(FormRefused) as unconfirmed:
        made.do(MAKER, "Task_RegisterReceipt", **short)
    made.do(MAKER, "Task_RegisterReceipt", **short, difference_known=True)
    with pytest.raises(FormRefused) as unchecked:
        made.do("finance_checker", "Task_CheckReceipt", check_decision="agree")
    made.do("finance_checker", "Task_CheckReceipt", check_decision="agree", difference_checked=True)

    assert set(unconfirmed.value.errors) == {"difference_known"}
    assert "差额已与银行流水核对" in unconfirmed.value.text("zh")
    assert set(unchecked.value.errors) == {"difference_checked"}
    (ended,) = made.rows(LoanPrepayment)
    assert ended.status is PrepaymentStatus.DIFFERS


@pytest.mark.parametrize("more", ["0.00", "5.00"])
def test_a_receipt_by_hand_that_keeps_the_quote_asks_for_no_confirmation(made, more):
    quote = quoted(made)

    made.do(MAKER, "Task_RegisterReceipt", **BY_HAND, received_amount=str(quote.total + Decimal(more)))
    made.do("finance_checker", "Task_CheckReceipt", check_decision="agree")

    assert made.loan.status is LoanStatus.SETTLED


def pays_a_fee(made):
    """Let a fee be charged: the loan is not what was quoted any more."""
    with made.house.database.write() as session:
        on = business_date(session)
        told = Happening(EventKind.CHARGE, on, Decimal("50.00"), component=Component.FEE)
        changes.record(session, made.loan_no, told, reference="F-1", booked_on=on, now=made.clock.now())


def test_the_quoted_sum_for_a_loan_that_has_changed_since_is_confirmed_by_the_checker(made):
    quote = quoted(made)
    pays_a_fee(made)

    made.do(MAKER, "Task_RegisterReceipt", **BY_HAND, received_amount=str(quote.total))
    with pytest.raises(FormRefused) as unchecked:
        made.do("finance_checker", "Task_CheckReceipt", check_decision="agree")
    made.do("finance_checker", "Task_CheckReceipt", check_decision="agree", difference_checked=True)

    assert set(unchecked.value.errors) == {"difference_checked"}
    assert made.rows(LoanPrepayment)[-1].status is PrepaymentStatus.DIFFERS


def test_a_loan_that_changes_while_its_receipt_is_checked_goes_back_to_the_maker_who_confirms_it(made):
    quote = quoted(made)
    given = {**BY_HAND, "received_amount": str(quote.total)}
    made.do(MAKER, "Task_RegisterReceipt", **given)
    pays_a_fee(made)

    with pytest.raises(QuoteVoidSince):
        made.do("finance_checker", "Task_CheckReceipt", check_decision="agree")
    made.do("finance_checker", "Task_CheckReceipt", check_decision="return", check_comment="贷款有变动")
    with pytest.raises(FormRefused) as unconfirmed:
        made.do(MAKER, "Task_RegisterReceipt", **given)
    made.do(MAKER, "Task_RegisterReceipt", **given, difference_known=True)
    made.do("finance_checker", "Task_CheckReceipt", check_decision="agree", difference_checked=True)

    assert set(unconfirmed.value.errors) == {"difference_known"}
    assert made.rows(LoanPrepayment)[-1].status is PrepaymentStatus.DIFFERS


def test_a_receipt_given_back_by_its_checker_needs_no_confirmation(made):
    quote = quoted(made)
    short = {**BY_HAND, "received_amount": str(quote.total - 1000), "difference_known": True}
    made.do(MAKER, "Task_RegisterReceipt", **short)

    made.do("finance_checker", "Task_CheckReceipt", check_decision="return", check_comment="金额误录")

    assert made.task("Task_RegisterReceipt") is not None
