"""Customers at the page: who finds whom, what is shown, numbers for a reason, corrections, and two records made one."""

import re

import pytest
from customers_at_hand import LI, PHONE, ZHANG, ZHANG_AGAIN, enter
from sqlalchemy import event, select

from company.audit import AuditEntry
from lending import bureau_reports, customers
from lending.applications import Application, ApplicationStatus
from lending.bureau_reports import BureauReport
from lending.consents import Consent, ConsentPurpose
from lending.customers import Customer
from lending.merging import CustomerMerge, places


def apply_for(house, customer_id, status, number):
    """An application of a customer in a state."""
    actor = house.who("customer_manager")
    with house.database.write() as session:
        session.add(
            Application(
                application_no=number,
                status=status,
                unit_id=actor.unit_id,
                owner_id=actor.employee_id,
                customer_id=customer_id,
                created_at=house.clock.now(),
            )
        )


@pytest.fixture
def twins(house):
    """One person in two records: the second number was mistyped when he came again."""
    return enter(house, "张三丰", ZHANG), enter(house, "张三峰", ZHANG_AGAIN, card="6222021234567894")


@pytest.fixture
def manager(house):
    return house.browser("customer_manager")


def test_a_customer_is_found_by_name_number_phone_and_last_four(house, manager):
    enter(house, "张三丰", ZHANG)
    enter(house, "李四", LI, "13900000001")
    manager.get("/customers")

    for wanted in ("张三", ZHANG, PHONE, "5678", "002X"):
        answer = manager.post("/customers", {"q": wanted}, follow_redirects=True)
        assert "张三丰" in answer.text
        assert "李四" not in answer.text


def test_a_number_that_is_looked_for_stands_in_no_address(house, manager):
    enter(house, "张三丰", ZHANG)
    manager.get("/customers")

    answer = manager.post("/customers", {"q": PHONE})

    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert f"q={PHONE}" not in answer.text


def test_lists_and_page_show_the_numbers_masked(house, manager):
    customer_id = enter(
        house, "张三丰", ZHANG, address="浙江省杭州市西湖区文三路1号", card="6222021234567894"
    )

    for address in ("/customers", f"/customers/{customer_id}"):
        page = manager.get(address).text
        assert "110105********002X" in page
        assert not {ZHANG, PHONE, "6222021234567894", "文三路"} & set(re.findall(r"[\w]+", page))


READERS = [
    ("customer_manager", 200),
    ("branch_manager", 200),
    ("auditor", 200),
    ("customer_manager_2", 404),
    ("branch_manager_2", 404),
    ("front_desk", 404),
    ("process_analyst", 403),
    ("admin", 403),
]


def test_a_customer_is_shown_to_who_has_him_in_reach(house):
    customer_id = enter(house, "张三丰", ZHANG)

    found = [(name, house.browser(name).get(f"/customers/{customer_id}").status_code) for name, _ in READERS]

    assert found == READERS


def test_a_whole_number_is_shown_once_for_a_reason_and_written_down(house, manager):
    customer_id = enter(house, "张三丰", ZHANG)
    manager.get(f"/customers/{customer_id}")

    asked = {"field": "identity", "purpose": "contract"}
    silent = manager.post(f"/customers/{customer_id}/reveal", {**asked, "reason": " "})
    told = manager.post(f"/customers/{customer_id}/reveal", {**asked, "reason": "核对合同"})
    again = manager.get(f"/customers/{customer_id}")

    assert silent.status_code == 303
    assert ZHANG in told.text
    assert ZHANG not in again.text
    with house.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.reveal")).one()
    assert entry.after == {"field": "identity", "purpose": "contract", "reason": "核对合同"}
    assert ZHANG not in str(entry.after)


REVEALS = [
    ("branch_manager", "identity", 403),
    ("auditor", "phone", 403),
    ("customer_manager", "card", 403),
    ("finance_maker", "card", 200),
    ("finance_maker", "identity", 403),
    ("customer_manager", "anything", 400),
]


def test_a_whole_number_is_for_who_needs_it(house):
    customer_id = enter(house, "张三丰", ZHANG, card="6222021234567894")

    found = []
    for username, field, _status in REVEALS:
        form = {"field": field, "purpose": "identity", "reason": "核对"}
        answer = house.browser(username).post(f"/customers/{customer_id}/reveal", form)
        found.append((username, field, answer.status_code))

    assert found == REVEALS


def test_a_correction_needs_a_reason_and_keeps_the_old_value(house, manager):
    customer_id = enter(house, "张三丰", ZHANG)
    manager.get(f"/customers/{customer_id}")

    manager.post(f"/customers/{customer_id}/correct", {"phone": "13900000009"})
    refused = manager.get(f"/customers/{customer_id}").text
    manager.post(f"/customers/{customer_id}/correct", {"phone": "139 0000 0009", "reason": "客户换号"})
    page = manager.get(f"/customers/{customer_id}").text

    assert "请填写更正原因。" in refused
    assert "139****0009" in page
    assert "客户换号" in page
    with house.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.correct")).one()
    assert entry.after == {"fields": ["phone"], "reason": "客户换号"}


def test_a_malformed_correction_says_what_is_wrong_and_changes_nothing(house, manager):
    customer_id = enter(house, "张三丰", ZHANG)
    manager.get(f"/customers/{customer_id}")

    manager.post(f"/customers/{customer_id}/correct", {"name": "张三", "phone": "1234", "reason": "更正"})

    page = manager.get(f"/customers/{customer_id}").text
    assert "手机" in page
    assert "<h2>张三丰</h2>" in page


def test_a_known_identity_number_is_not_registered_twice(house, manager):
    customer_id = enter(house, "张三丰", ZHANG)
    manager.get("/customers/new")
    form = {"name": "张三丰", "identity": ZHANG, "phone": "13900000001"}

    led = manager.post("/customers/new", form)
    stranger = house.browser("customer_manager_2")
    stranger.get("/customers/new")
    told = stranger.post("/customers/new", form)

    assert led.location == f"/customers/{customer_id}"
    assert told.status_code == 422
    assert "已由其他机构或同事建档" in told.text


def test_the_page_tells_who_may_be_the_same_person(house, manager, twins):
    page = manager.get(f"/customers/{twins[0]}").text
    suspects = manager.get("/customers/duplicates").text

    assert "手机号码相同、姓名相近且出生日期相同" in page
    assert f"/customers/{twins[0]}/merge/{twins[1]}" in page
    assert f"/customers/{twins[0]}/merge/{twins[1]}" in suspects


def test_a_likely_duplicate_outside_ones_reach_is_told_of_without_a_name(house, manager):
    customer_id = enter(house, "张三丰", ZHANG)
    enter(house, "张三疯", ZHANG_AGAIN, owner="customer_manager_2")

    page = manager.get(f"/customers/{customer_id}").text

    assert "另一客户不在您的数据范围内" in page
    assert "张三疯" not in page


def test_a_merge_moves_everything_and_both_numbers_find_the_one_that_stands(house, manager, twins):
    kept, gone = twins
    apply_for(house, gone, ApplicationStatus.REJECTED, "APP-1")
    with house.database.write() as session:
        session.add(
            Consent(
                application_no="APP-1",
                customer_id=gone,
                purpose=ConsentPurpose.MARKETING,
                round=1,
                text_version="1",
                given=True,
                answered_at=house.clock.now(),
            )
        )
        session.flush()
        key = session.get(Customer, gone).person_key_id
        session.add(
            BureauReport(
                application_no="APP-1",
                customer_id=gone,
                consent_id=1,
                request_id="r",
                purpose="loan",
                report_sealed=house.vault.seal_for(session, key, '{"enquiries": 3}'),
                queried_at=house.clock.now(),
            )
        )
    manager.get(f"/customers/{kept}/merge/{gone}")

    answer = manager.post(
        f"/customers/{kept}/merge/{gone}", {"keep": kept, "take_card": "1", "reason": "证件号录错"}
    )

    page = manager.get(f"/customers/{kept}").text
    assert answer.location == f"/customers/{kept}"
    assert "APP-1" in page
    assert "6222 **** **** 7894" in page
    assert manager.get(f"/customers/{gone}").location == f"/customers/{kept}"
    with house.database.read() as session:
        found = {customers.find_by_identity(session, house.vault, each).id for each in (ZHANG, ZHANG_AGAIN)}
        left = [
            place.name
            for place in places()
            if session.scalar(select(place.column).where(place.column == gone).limit(1)) is not None
        ]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.merge")).one()
        report = bureau_reports.latest(session, "APP-1")
        enquiries = bureau_reports.facts_of(session, house.vault, report).enquiries
    assert found == {kept}
    assert enquiries == 3  # sealed under the merged record's own key, it stays there and stays readable
    assert left == []
    assert entry.after["moved"] == {"application.customer_id": [1], "consent.customer_id": [1]}


def test_a_merge_taken_back_brings_everything_home(house, manager, twins):
    kept, gone = twins
    apply_for(house, gone, ApplicationStatus.REJECTED, "APP-1")
    apply_for(house, kept, ApplicationStatus.REJECTED, "APP-2")
    manager.get(f"/customers/{kept}/merge/{gone}")
    manager.post(f"/customers/{kept}/merge/{gone}", {"keep": kept, "reason": "误判"})

    manager.post("/customers/merges/1/undo")
    manager.post("/customers/merges/1/undo")

    with house.database.read() as session:
        holders = dict(session.execute(select(Application.application_no, Application.customer_id)).all())
        merged = session.get(Customer, gone).merged_into_id
    assert holders == {"APP-1": gone, "APP-2": kept}
    assert merged is None
    assert manager.get(f"/customers/{gone}").status_code == 200


def test_a_record_with_an_application_under_way_is_not_merged_away(house, manager, twins):
    kept, gone = twins
    apply_for(house, gone, ApplicationStatus.SUBMITTED, "APP-1")
    manager.get(f"/customers/{kept}/merge/{gone}")

    manager.post(f"/customers/{kept}/merge/{gone}", {"keep": kept, "reason": "同一人"})
    refused = manager.get(f"/customers/{kept}").text
    manager.post(f"/customers/{kept}/merge/{gone}", {"keep": gone, "reason": "同一人"})

    assert "APP-1 尚未办结" in refused
    with house.database.read() as session:
        row = session.scalars(select(CustomerMerge)).one()
    assert (row.survivor_id, row.merged_id) == (gone, kept)


def test_who_may_not_change_both_does_not_merge_them(house, twins):
    for username in ("branch_manager", "auditor", "customer_manager_2"):
        browser = house.browser(username)
        browser.get("/start")
        answer = browser.post(f"/customers/{twins[0]}/merge/{twins[1]}", {"keep": twins[0], "reason": "x"})
        assert answer.status_code in (403, 404)

    with house.database.read() as session:
        assert session.scalars(select(CustomerMerge)).all() == []


def test_among_ten_thousand_customers_a_page_asks_no_more_than_among_ten(house, manager):
    customer_id = enter(house, "张三丰", ZHANG)
    with house.database.write() as session:
        first = session.get(Customer, customer_id)
        session.add_all(
            Customer(
                person_key_id=first.person_key_id,
                name=f"{'王李张刘陈'[n % 5]}{chr(0x4E00 + n % 4000)}{chr(0x5E00 + n % 900)}",
                identity_sealed=first.identity_sealed,
                identity_index=n.to_bytes(32, "big"),
                identity_last4_index=b"4" * 32,
                phone_sealed=first.phone_sealed,
                phone_index=n.to_bytes(32, "big"),
                phone_last4_index=b"4" * 32,
                unit_id=first.unit_id,
                owner_id=first.owner_id,
                created_at=first.created_at,
            )
            for n in range(1, 10_001)
        )
    asked = []
    event.listen(house.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    for address in (f"/customers/{customer_id}", "/customers?q=张三", "/customers/duplicates", "/start"):
        assert manager.get(address).status_code == 200

    assert len(asked) < 400  # of ten thousand names only the like ones are opened
