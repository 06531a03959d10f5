"""The link of a callback on a telephone: the digits, the questions, the answer, nothing wider than the screen."""

import pytest
from callback_link import ANSWERS, LinkedLoan
from shared_app import served

from lending.callback_kinds import CallbackMethod, CallbackOutcome

pytestmark = pytest.mark.browser
NARROW = {"width": 360, "height": 740}


@pytest.fixture
def sent(tmp_path):
    """A link that is out."""
    made = LinkedLoan(tmp_path / "house").come_to_the_link()
    yield made
    made.close()


def width(page):
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.feature("M-119")
def test_a_customer_answers_a_callback_on_a_telephone_and_the_link_opens_no_more(sent, page):
    seen, widths = [], []
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    page.set_viewport_size(NARROW)
    with served(sent.app) as address:
        page.goto(f"{address}{sent.address}")
        widths.append(width(page))
        page.get_by_label("证件号码后四位").fill("0000")
        page.get_by_role("button", name="继续").click()
        page.get_by_text("证件号码后四位不符").wait_for()
        page.get_by_label("证件号码后四位").fill(sent.tail)
        page.get_by_role("button", name="继续").click()
        page.get_by_text("车辆用来做什么？").wait_for()
        widths.append(width(page))
        for name, value in ANSWERS.items():
            if name == "nps":
                page.select_option("[name=nps]", value)
            else:
                page.check(f"[name={name}][value={value}]")
        page.get_by_role("button", name="提交答复").click()
        page.get_by_text("已收到您的答复").wait_for()
        widths.append(width(page))
        page.goto(f"{address}{sent.address}")
        page.get_by_text("链接无效或已失效").wait_for()
        widths.append(width(page))
    sent.worked_off()

    assert max(widths) <= NARROW["width"]
    assert (sent.visit.method, sent.visit.outcome) == (CallbackMethod.LINK, CallbackOutcome.GOOD)
    # The browser tells of the two answers that are no success: the wrong digits and the link that has gone.
    assert [text.count("401") + text.count("404") for text in seen] == [1, 1]
