"""Task forms in a real browser: their fields lie within their groups, and show what is in them whole."""

import re

import pytest
from shared_app import served

from cheliu.case_money import pay_instalments
from lending.life.quotes import LoanQuote

# How far each visible part of a group sticks out of it, and how much of each field's text is cut, in pixels.
OUTSIDE = """() => [...document.querySelectorAll('.fjs-form-field-grouplike')].flatMap((group) => {
  const box = group.getBoundingClientRect();
  return [...group.querySelectorAll('input, textarea, label, .fact, .fjs-input-group, .fjs-form-field-text')]
    .map((part) => [part.id || part.className || part.textContent, part.getBoundingClientRect()])
    .filter(([, at]) => at.width && (at.left < box.left || at.right > box.right)).map(([name]) => name);
})"""
CUT = """() => [...document.querySelectorAll('.fjs-container :is(input.fjs-input, .fjs-select-display, label)')]
  .filter((part) => part.clientWidth && part.scrollWidth > part.clientWidth + 1)
  .map((part) => part.id || part.textContent)"""


@pytest.fixture
def address(made):
    """Where its pages are served."""
    with served(made.app) as found:
        yield found


def signed_in(page, address, who):
    page.goto(f"{address}/sign-in")
    page.click(f"[data-username={who}]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/start"))


def opened(made, page, address, who, way, step):
    """The form of the first step of what is begun on the loan's page."""
    made.browser(who).post(f"/loans/{made.loan_no}/{way}")
    signed_in(page, address, who)
    page.goto(f"{address}/inbox/{made.task(step)}")
    page.wait_for_selector(".fjs-form")


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize(
    ("who", "way", "step"),
    [
        ("finance_maker", "prepayments", "Task_AskQuote"),
        ("postloan_manager", "debt-transfer", "Task_EnterTransfer"),
    ],
)
def test_the_fields_of_a_form_lie_within_their_groups(made, page, address, width, who, way, step):
    page.set_viewport_size({"width": width, "height": 900})
    opened(made, page, address, who, way, step)

    assert page.evaluate(OUTSIDE) == []


def test_amounts_and_choices_are_shown_whole_and_files_are_said_not_to_be_kept(made, page, address):
    pay_instalments(made.house, made.clock, 6)
    page.set_viewport_size({"width": 1440, "height": 900})
    opened(made, page, address, "postloan_manager", "debt-transfer", "Task_EnterTransfer")

    page.locator("input[id$=Field_monthly_income]").fill("1500000.00")
    for field in ("marital", "housing"):
        page.locator(f".fjs-input-group:has([id*=Field_{field}])").click()
        page.locator(".fjs-dropdownlist-item").first.click()

    assert page.evaluate(CUT) == []
    assert page.get_by_text("离开本页后，文件须重新选择").count() == 1


def test_a_receipt_that_differs_says_by_how_much_and_what_follows_while_it_is_typed(made, page, address):
    pay_instalments(made.house, made.clock, 1)
    made.browser("finance_maker").post(f"/loans/{made.loan_no}/prepayments")
    asked = {"pay_on": "2026-10-15", "prepay_scope": "full", "prepay_ground": "ordinary"}
    made.do("finance_maker", "Task_AskQuote", **asked)
    made.do("finance_maker", "Task_ConfirmQuote", customer_choice="confirm", confirmed_way="phone")
    total = made.rows(LoanQuote)[-1].total
    number = made.task("Task_RegisterReceipt")
    made.browser("finance_maker").post(f"/inbox/{number}/claim")
    signed_in(page, address, "finance_maker")
    page.goto(f"{address}/inbox/{number}")
    page.get_by_label("款已到账").check()

    page.locator("input[id$=Field_received_amount]").fill(str(total - 1000))
    page.locator("input[id$=Field_received_on-date]").fill("2026/10/15")
    page.keyboard.press("Enter")

    page.get_by_text("相差 1000 元").wait_for()
    told = page.inner_text(".fjs-form")
    assert f"报价应付 {total} 元" in told
    assert "复核一致后报价即作废" in told
    page.locator("input[id$=Field_received_amount]").fill(str(total))
    page.get_by_text("相差").wait_for(state="detached")
    assert page.get_by_text("知悉报价将作废").count() == 0
