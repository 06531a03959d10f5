"""Callbacks and complaints at the customer's page: recorded, answered by another, listed by urgency."""

import pytest
from customers_at_hand import ZHANG, enter
from sqlalchemy import select

from company.people import Employee
from lending import contacts
from lending.contacts import Complaint
from lending.customers import Customer

WORDS = "还款日当天多次来电催促"


@pytest.fixture
def customer(house):
    customer_id = enter(house, "张三丰", ZHANG)
    with house.database.write() as session:
        manager = session.scalars(select(Employee).where(Employee.username == "customer_manager")).one()
        found = session.get_one(Customer, customer_id)
        found.owner_id, found.unit_id = manager.id, manager.unit_id
    return customer_id


def sees(house, username, customer_id):
    browser = house.browser(username)
    browser.get(f"/customers/{customer_id}")
    return browser


@pytest.mark.feature("M-013")
def test_the_customers_page_lists_callbacks_and_complaints_beside_cases_loans_and_repayments(house, customer):
    manager = sees(house, "customer_manager", customer)

    manager.post(
        f"/customers/{customer}/callbacks",
        {"way": "phone", "reached": "1", "text": "车辆正常使用", "next_on": "2026-12-15"},
    )
    manager.post(f"/customers/{customer}/callbacks", {"way": "visit", "reached": "0", "text": "家中无人"})
    manager.post(f"/customers/{customer}/complaints", {"way": "phone", "on": "2026-08-30", "text": WORDS})
    page = manager.get(f"/customers/{customer}").text

    for shown in ("车辆正常使用", "家中无人", "未联系到", WORDS, "最迟 2026-09-14"):
        assert shown in page
    for panel in ("申请", "贷款", "还款", "逾期", "回访", "投诉"):
        assert f"{panel}</" in page


@pytest.mark.feature("M-013")
def test_a_complaint_is_answered_once_and_never_by_who_it_is_about(house, customer):
    manager = sees(house, "customer_manager", customer)
    about = {"way": "counter", "on": "2026-09-01", "text": WORDS, "about": "complaints_officer"}
    manager.post(f"/customers/{customer}/complaints", about)
    manager.post(
        f"/customers/{customer}/complaints", {"way": "letter", "on": "2026-08-01", "text": "少退费用"}
    )
    with house.database.read() as session:
        ids = {
            contacts.words_of(session, house.vault, each): each.id
            for each in session.scalars(select(Complaint))
        }
    officer = house.browser("complaints_officer")

    waiting = officer.get("/complaints").text
    officer.post(f"/complaints/{ids[WORDS]}/answer", {"text": "不属实"})
    of_oneself = officer.get("/complaints").text
    officer.post(f"/complaints/{ids['少退费用']}/answer", {"text": "已补退 12.00 元"})
    answered = manager.get(f"/customers/{customer}").text
    officer.post(f"/complaints/{ids['少退费用']}/answer", {"text": "再答"})
    again = officer.get("/complaints").text

    assert waiting.index("少退费用") < waiting.index(WORDS)
    assert "须由他人答复" in of_oneself
    assert "已补退 12.00 元" in answered
    assert "不能重复答复" in again
    assert "少退费用" not in officer.get("/complaints").text
    assert f"/customers/{customer}" not in waiting
    elsewhere = house.browser("branch_manager_2")
    assert WORDS not in elsewhere.get("/complaints").text
    assert manager.post(f"/complaints/{ids[WORDS]}/answer", {"text": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": " "}, "请填写内容"),
        ({"on": "2026-12-31"}, "晚于今天"),
        ({"loan_no": "CY2026SH1JK000001-6"}, "不是该客户的"),
        ({"way": "dream"}, "dream"),
        ({"about": "nobody"}, "nobody"),
    ],
)
def test_what_is_wrong_with_a_complaint_is_told_and_nothing_is_kept(house, customer, changes, said):
    manager = sees(house, "customer_manager", customer)

    manager.post(f"/customers/{customer}/complaints", {"way": "phone", "text": WORDS, **changes})

    assert said in manager.get(f"/customers/{customer}").text
    with house.database.read() as session:
        assert session.scalars(select(Complaint)).all() == []


def test_who_may_not_is_refused(house, customer):
    stranger = house.browser("customer_manager_2")
    stranger.get("/complaints")

    assert (
        stranger.post(f"/customers/{customer}/complaints", {"way": "phone", "text": "x"}).status_code == 404
    )
    assert house.browser("appraiser").get("/complaints").status_code == 403
    assert sees(house, "reviewer_l1", customer).post(f"/customers/{customer}/callbacks").status_code == 403
