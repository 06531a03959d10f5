"""The desks in a real browser: two records of one person made one; a new version of a product in the calculator."""

import re

import pytest

pytestmark = pytest.mark.browser


def fill(at, **fields):
    for name, value in fields.items():
        at.locator(f"main [name={name}]").first.fill(value)


def test_a_duplicate_is_found_when_it_is_registered_and_merged(staff_in_browser, draw):
    staff, one, again = staff_in_browser, draw.person(), draw.person()
    staff.sign_in("customer_manager")
    numbers = []
    for name, identity in ((one.name, one.identity_no), (again.name, again.identity_no)):
        staff.visit("/customers/new")
        fill(staff.at, name=name, identity=identity, phone=one.mobile, address=one.address)
        staff.at.locator("main form button.btn-primary").click()
        staff.at.wait_for_url(re.compile(r"/customers/\d+$"))
        numbers.append(staff.at.url.rpartition("/")[2])

    assert "手机号码相同" in staff.page().text
    staff.at.locator("a[href*='/merge/']").first.click()
    staff.at.locator(f"input[name=keep][value='{numbers[0]}']").check()
    fill(staff.at, reason="同一人，证件号录错")
    staff.at.locator("main form button.btn-primary").click()
    staff.at.wait_for_url(re.compile(f"/customers/{numbers[0]}$"))

    page = staff.page()
    assert f"客户 {numbers[1]} 并入客户 {numbers[0]}" in page.text
    assert staff.visit(f"/customers/{numbers[1]}").address == f"/customers/{numbers[0]}"


def test_a_new_version_of_a_product_reaches_the_calculator_from_its_day(staff_in_browser):
    staff = staff_in_browser
    staff.sign_in("reviewer_l2")
    today = re.search(r"\d{4}-\d\d-\d\d", staff.visit("/products").text)[0]
    staff.visit("/products/BIZ_FLEET")
    staff.at.locator("summary", has_text="新版本").click()
    fill(staff.at, rate_usual="7.25", valid_from=today, reason="季度定价")
    staff.at.locator("button[value=preview]").first.click()
    staff.at.get_by_text("影响预览").wait_for()
    staff.at.locator("button[value=propose]").first.click()
    staff.at.wait_for_url(re.compile("/products/BIZ_FLEET$"))
    staff.sign_in("risk_committee")
    staff.visit("/changes")
    staff.at.get_by_role("button", name="复核通过").click()
    staff.at.get_by_text("没有变更。").wait_for()

    staff.sign_in("front_desk")
    staff.visit("/calculator")
    fill(staff.at, price="200000", amount_1="100000", term_1="36")
    staff.at.locator("#f-product_1").select_option("BIZ_FLEET")
    staff.at.locator("#figures").get_by_text("7.25%").first.wait_for()

    assert "income" not in staff.at.url
    fill(staff.at, term_1="x")
    staff.at.locator("#f-term_1").press("Tab")
    staff.at.locator("#f-term_1[aria-invalid=true]").first.wait_for()
    fill(staff.at, term_1="36")
    staff.at.locator("#f-term_1").press("Tab")
    staff.at.locator("#calculator:not(:has([aria-invalid=true]))").wait_for()
    staff.at.locator("#figures").get_by_text("7.25%").first.wait_for()
