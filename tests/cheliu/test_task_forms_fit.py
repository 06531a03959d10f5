"""Task forms in a real browser: their fields lie within their groups, and show what is in them whole."""

import re

import pytest
from shared_app import served

from cheliu.case_money import pay_instalments

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


def opened(made, page, address, who, way, step):
    """The form of the first step of what is begun on the loan's page."""
    made.browser(who).post(f"/loans/{made.loan_no}/{way}")
    page.goto(f"{address}/sign-in")
    page.click(f"[data-username={who}]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/start"))
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
