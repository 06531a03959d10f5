"""Personal data at the page: masked, shown whole for a purpose, and who has looked stands in the customer's log."""

from datetime import timedelta

import pytest
from customers_at_hand import PHONE, ZHANG, enter
from sqlalchemy import select

from lending import consents
from lending.applications import Application, ApplicationStatus
from lending.consents import AT_THE_DESK, ConsentPurpose
from lending.customers import Customer
from lending.personal_access import PersonalAccess

CARD, ADDRESS = "6222021234567894", "浙江省杭州市西湖区文三路1号"
CLEAR = (ZHANG, PHONE, CARD, "文三路")


@pytest.fixture
def customer(house):
    return enter(house, "张三丰", ZHANG, address=ADDRESS, card=CARD)


def looks(house):
    with house.database.read() as session:
        return [
            (each.kind.value, each.field, each.purpose and each.purpose.value, each.reason)
            for each in session.scalars(select(PersonalAccess).order_by(PersonalAccess.id))
        ]


@pytest.mark.feature("M-173")
def test_nobodys_page_or_list_shows_a_whole_number_before_a_purpose_is_given(house, customer):
    readers = ("customer_manager", "branch_manager", "finance_maker", "reviewer_l2", "auditor", "legal")

    for name in readers:
        browser = house.browser(name)
        for address in ("/customers", f"/customers/{customer}"):
            page = browser.get(address).text
            assert "110105********002X" in page
            assert not [clear for clear in CLEAR if clear in page], (name, address)


@pytest.mark.feature("M-173")
def test_a_value_is_shown_for_a_purpose_and_thirty_seconds_and_who_looked_stands_in_the_log(house, customer):
    manager = house.browser("customer_manager")
    manager.get(f"/customers/{customer}")
    asked = {"field": "phone", "reason": "约定看车"}

    unsaid = manager.post(f"/customers/{customer}/reveal", asked, follow_redirects=True).text
    shown = manager.post(f"/customers/{customer}/reveal", {**asked, "purpose": "contact"}).text
    covered = manager.get(f"/customers/{customer}/covered").text

    assert PHONE not in unsaid
    assert "请选择查看用途" in unsaid
    assert PHONE in shown
    assert f'hx-get="/customers/{customer}/covered" hx-trigger="load delay:30s"' in shown
    assert PHONE not in covered
    assert looks(house) == [("page", "", None, ""), ("reveal", "phone", "contact", "约定看车")]
    house.later(minutes=16)
    manager.get(f"/customers/{customer}")
    manager.get(f"/customers/{customer}")
    assert [kind for kind, *_ in looks(house)] == ["page", "reveal", "page"]


@pytest.mark.feature("M-173")
def test_the_log_of_a_customer_is_for_those_who_answer_for_privacy(house, customer):
    manager = house.browser("customer_manager")
    manager.get(f"/customers/{customer}")
    manager.post(
        f"/customers/{customer}/reveal", {"field": "phone", "purpose": "contact", "reason": "约定看车"}
    )

    seen = {
        name: "约定看车" in house.browser(name).get(f"/customers/{customer}").text
        for name in ("customer_manager", "branch_manager", "legal", "auditor", "finance_maker", "reviewer_l1")
    }

    assert seen == {
        "customer_manager": True,
        "branch_manager": True,
        "legal": True,
        "auditor": True,
        "finance_maker": False,
        "reviewer_l1": False,
    }
    assert house.browser("customer_manager_2").get(f"/customers/{customer}/covered").status_code == 404


@pytest.mark.feature("M-173")
def test_each_item_stands_with_its_purpose_basis_and_consent(house, customer):
    actor = house.who("customer_manager")
    with house.database.write() as session:
        application = Application(
            application_no="APP-1",
            status=ApplicationStatus.SUBMITTED,
            unit_id=actor.unit_id,
            owner_id=actor.employee_id,
            customer_id=customer,
            created_at=house.clock.now(),
        )
        session.add(application)
        session.flush()
        given = [purpose for purpose in AT_THE_DESK if purpose is not ConsentPurpose.FACE_RECOGNITION]
        consents.record(session, "APP-1", customer, given, by=actor.employee_id, now=house.clock.now())
    page = house.browser("customer_manager").get(f"/customers/{customer}").text

    panel = page[page.index("个人信息保护") : page.index("查看记录")]
    for words in (
        "证件号码",
        "核实身份、签订和履行合同、反洗钱",
        "无需同意",
        "已同意",
        "未取得同意",
        "2026-09",
    ):
        assert words in panel
    assert "车辆位置" not in panel, "nothing of it is held, and nobody was asked"


def test_a_customer_whose_time_is_over_is_erased_when_a_second_person_agrees(house, customer):
    officer, manager = house.browser("legal"), house.browser("branch_manager")
    officer.get("/retention")

    early = officer.post(f"/retention/{customer}/erase", {"reason": "到期"}, follow_redirects=True)
    with house.database.write() as session:
        session.get_one(Customer, customer).created_at = house.clock.now() - timedelta(days=800)
    listed = officer.get("/retention").text
    officer.post(f"/retention/{customer}/erase", {"reason": "未成交满两年"})
    officer.post("/changes/1/approve")
    still = officer.get("/retention").text
    manager.get("/changes")
    manager.post("/changes/1/approve")
    page = house.browser("legal").get(f"/customers/{customer}").text

    assert "不能删除" in early.text
    assert "张三丰" in listed
    assert "张三丰" in still, "nobody decides alone"
    assert "张三丰" not in page
    assert "110105" not in page
    assert house.browser("customer_manager").get("/retention").status_code == 403
