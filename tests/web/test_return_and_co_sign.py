"""Return and co-sign, in a real browser: on a phone and with the keyboard."""

import re

import pytest
from shared_app import served
from sqlalchemy import select
from web_desk import entered

from engine.tasks import UserTask


@pytest.fixture
def address(house):
    """Where the pages are served."""
    with served(house.app) as address:
        yield address


def sign_in(browser, address, username, errors):
    page = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN").new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/sign-in")
    page.click(f"[data-username={username}]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/start"))
    return page


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_reviewer_asks_a_colleague_and_returns_the_case_who_entered_it_reads_why(house, address, browser):
    task, errors = entered(house), []
    reviewer = sign_in(browser, address, "reviewer_l1", errors)
    reviewer.goto(f"{address}/inbox/{task.id}")
    reviewer.wait_for_selector(".fjs-form")
    reviewer.keyboard.press("c")
    reviewer.wait_for_selector("text=已领取。")

    reviewer.locator("summary[title=加签]").click()
    reviewer.get_by_label("会签人").fill("reviewer_l2")
    reviewer.locator("input[name=of]").first.check()
    reviewer.get_by_label("需要说明的事项").fill("收入是否可信？")
    assert fits(reviewer)
    reviewer.get_by_role("button", name="请同事会签").click()
    reviewer.wait_for_selector("text=等待会签")
    assert fits(reviewer)

    second = sign_in(browser, address, "reviewer_l2", errors)
    second.goto(f"{address}/lists/opinions")
    assert fits(second)
    second.locator("table a").first.click()
    second.wait_for_selector(".fjs-form")
    assert fits(second)
    second.get_by_label("不同意").check()
    second.locator("textarea[name=words]").fill("流水不足")
    second.keyboard.press("Control+Enter")
    second.wait_for_selector("text=会签意见已提交。")

    reviewer.reload()
    reviewer.wait_for_selector("text=流水不足")
    reviewer.locator("body").press("b")
    reviewer.locator(".choices input[type=radio]").first.check()
    reviewer.get_by_label("退回原因").fill("请补充流水")
    assert fits(reviewer)
    reviewer.locator(".popup .btn-danger").click()
    reviewer.wait_for_selector("text=已退回给")

    manager = sign_in(browser, address, "customer_manager", errors)
    (again,) = house.tasks("Task_Enter")
    manager.goto(f"{address}/inbox/{again.id}")
    manager.wait_for_selector("text=请补充流水")
    assert manager.get_by_label("客户姓名").input_value() == "王建国"
    with house.database.read() as session:
        assert session.scalar(select(UserTask.status).where(UserTask.id == task.id)) == "cancelled"
    assert errors == []
