"""The portal on a telephone: in by a code, nothing wider than the screen, a complaint, and out."""

import pytest
from paid_loan import PaidLoan
from portal_visit import AtPortal, borrower
from shared_app import served

pytestmark = pytest.mark.browser


@pytest.fixture
def paid(tmp_path):
    """A borrower's house."""
    made = PaidLoan(tmp_path / "house")
    yield made
    made.close()


@pytest.fixture
def address(paid):
    """Where its pages are served."""
    with served(paid.app) as found:
        yield found


def fits(page):
    """Whether nothing is wider than the telephone."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.feature("M-170")
def test_a_borrower_signs_in_on_a_telephone_looks_at_every_page_and_complains(paid, address, page):
    seen, narrow = [], []
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{address}/my")
    page.fill("[name=phone]", borrower(paid)[1])
    page.click("button.btn-primary")
    page.fill("[name=code]", AtPortal(paid).code())
    page.click("button.btn-primary")
    page.wait_for_url(f"{address}/my")

    loan = f"/my/loans/{paid.loan_no}"
    for path in ("/my", loan, f"{loan}/prepayment", "/my/data", "/my/privacy", "/my/complaints"):
        page.goto(f"{address}{path}")
        narrow.append(fits(page))
    page.fill("[name=text]", "还款提醒太多")
    page.click("main button.btn-primary")
    page.get_by_text("投诉已提交").wait_for()
    told = page.inner_text("main")
    page.get_by_text("退出登录").click()
    page.wait_for_url(f"{address}/my/sign-in")

    assert narrow == [True] * 6
    assert "还款提醒太多" in told
    assert seen == []
