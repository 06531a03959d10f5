"""A request about personal data from the customer's page to the answer: three people, a time limit, a result."""

import pytest
from case_pages import CasePages
from sqlalchemy import select

from cheliu.case_house import found_template
from cheliu.working import work_off
from engine.tasks import TaskStatus, UserTask
from lending import customers, personal_requests
from lending.customers import Customer

ENTRY = {"at": "Task_EnterApplication", "as": "customer_manager", "answers": {"sample": "new_car"}}
NEW_PHONE = "13900000009"


@pytest.fixture
def pages(tmp_path_factory):
    """An application that was entered by a customer manager."""
    made = CasePages(
        found_template(tmp_path_factory.mktemp("requests")), tmp_path_factory.mktemp("played") / "house"
    )
    made.play({"by": "customer_manager", "steps": [ENTRY]})
    yield made
    made.close()


def open_step(pages, number):
    with pages.read() as session:
        asked = select(UserTask.element_id).where(
            UserTask.business_key == number, UserTask.status == TaskStatus.OPEN
        )
        return session.scalars(asked).all()


def test_a_correction_asked_for_at_the_page_is_made_by_three_people_and_stands_on_record(pages):
    with pages.read() as session:
        customer_id = session.scalars(select(Customer.id).order_by(Customer.id)).first()
    manager = pages.browser("customer_manager")
    manager.get(f"/customers/{customer_id}")

    wanted = {"kind": "correct", "channel": "counter", "wish": "手机号码换了"}
    manager.post(f"/customers/{customer_id}/data-requests", wanted)
    twice = manager.post(f"/customers/{customer_id}/data-requests", wanted, follow_redirects=True).text
    number = "GR-2026-000001"
    pages.played.application_no = number
    pages.go_on(
        {
            "at": "Task_VerifyRequester",
            "as": "customer_manager",
            "answers": {"identity_proven": "yes", "identity_how": "身份证原件"},
        },
        {"wait": {"days": 26}},
    )
    work_off(pages.house)
    reminded = pages.browser("legal").get("/notices").text
    pages.go_on(
        {
            "at": "Task_HandleRequest",
            "as": "legal",
            "answers": {
                "request_decision": "fulfil",
                "correct_field": "phone",
                "correct_value": NEW_PHONE,
                "request_answer": "已更正手机号码",
            },
        }
    )
    waiting = open_step(pages, number)
    pages.go_on(
        {
            "at": "Task_ConfirmChange",
            "as": "branch_manager",
            "answers": {"change_confirmed": "agree", "change_comment": "已核对"},
        }
    )
    work_off(pages.house)
    page = pages.browser("customer_manager").get(f"/customers/{customer_id}").text

    assert "正在办理" in twice
    assert number in reminded
    assert waiting == ["Task_ConfirmChange"]
    for words in (number, "已更正手机号码", "身份证原件", "139****0009", "已办理"):
        assert words in page
    assert NEW_PHONE not in page
    assert number in pages.browser("customer_manager").get("/notices").text
    with pages.read() as session:
        request = personal_requests.get(session, number)
        customer = session.get_one(Customer, customer_id)
        assert customers.phone_of(session, pages.house.world.vault, customer) == NEW_PHONE
        people = (request.recorded_by, request.identified_by, request.ended_by)
    assert len(set(people)) == 2, "who confirms ends it; who took it in proved the identity"
