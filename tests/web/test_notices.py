"""Notices: the bell counts them, the page says them, following one marks it as read."""

import re

import pytest
from sqlalchemy import select

from company import notices
from company.notices import Notice

TOLD = [
    {
        "template": "task_overdue",
        "task_id": 99,
        "task": "初审",
        "business_key": "APP-310115-2026-000001",
        "level": 1,
    },
    {
        "template": "task_overdue",
        "task_id": 99,
        "task": "初审",
        "business_key": "APP-310115-2026-000001",
        "level": 2,
    },
    {"template": "incident", "incident_id": 7, "name": "发送付款指令"},
    {"template": "loan_paid", "loan_no": "CY2026SH1JK000001-6", "application_no": "APP-310115-2026-000001"},
    {
        "template": "bank_contradicts",
        "request_id": "FK-1",
        "loan_no": "CY2026SH1JK000001-6",
        "reported": "failed",
    },
]


def tell(house, username, *payloads):
    person = house.who(username).employee_id
    with house.database.write() as session:
        for payload in payloads:
            notices.tell(session, {**payload, "employee_id": person}, house.clock.now())


def unread(house):
    with house.database.read() as session:
        return [row.id for row in session.scalars(select(Notice).where(Notice.read_at.is_(None)))]


def test_the_bell_counts_what_is_unread_and_the_page_says_it(house):
    tell(house, "branch_manager", *TOLD)

    page = house.browser("branch_manager").get("/notices").text

    assert 'aria-label="通知，5 条未读"' in page
    assert "任务“初审”已逾期：APP-310115-2026-000001。" in page
    assert "任务“初审”逾期过久，已退回任务池：APP-310115-2026-000001。" in page
    assert "步骤“发送付款指令”发生技术故障，等待处理。" in page
    assert "贷款 CY2026SH1JK000001-6 已放款：APP-310115-2026-000001。" in page
    assert "银行对付款 FK-1 的答复前后不一（现称“失败”），请核对贷款 CY2026SH1JK000001-6。" in page


def test_the_step_is_named_in_the_language_of_the_reader(house):
    browser = house.browser("customer_manager")
    browser.get("/cases/new")
    browser.post("/cases/new")
    (task,) = house.tasks()
    tell(house, "customer_manager", {**TOLD[0], "task_id": task.id, "task": task.name})

    browser.post("/language", {"language": "en"})
    page = browser.get("/notices").text

    assert "“Enter application” is overdue" in page


def test_conditions_past_their_day_are_named_in_the_language_of_the_reader(house):
    late = {
        "template": "conditions_late",
        "application_no": "APP-310115-2026-000001",
        "due_on": "2026-09-30",
        "conditions": ["车辆保险已生效"],
        "conditions_en": ["Insurance in force"],
    }
    tell(house, "reviewer_l2", late)
    browser = house.browser("reviewer_l2")
    chinese = browser.get("/notices").text
    browser.post("/language", {"language": "en"})
    english = browser.get("/notices").text

    assert "放款条件已过期限 2026-09-30，尚未落实：车辆保险已生效（APP-310115-2026-000001）。" in chinese
    assert "open past their day 2026-09-30: Insurance in force (APP-310115-2026-000001)" in english
    led = browser.post(f"/notices/{unread(house)[0]}")
    assert led.headers["Location"] == "/cases/APP-310115-2026-000001"


@pytest.mark.parametrize(
    ("payload", "target"),
    [
        (TOLD[0], "/cases/APP-310115-2026-000001"),
        (TOLD[2], "/incidents"),
        (TOLD[3], "/loans/CY2026SH1JK000001-6"),
        (TOLD[4], "/loans/CY2026SH1JK000001-6"),
    ],
)
def test_following_a_notice_marks_it_as_read_and_leads_to_what_it_is_about(house, payload, target):
    tell(house, "branch_manager", payload, TOLD[1])
    browser = house.browser("branch_manager")
    page = browser.get("/notices").text
    first = re.findall(r'action="(/notices/\d+)"', page)[-1]

    answer = browser.post(first)

    assert (answer.status_code, answer.headers["Location"]) == (303, target)
    assert len(unread(house)) == 1


def test_the_notice_of_an_own_open_task_leads_to_the_task(house):
    browser = house.browser("customer_manager")
    browser.get("/cases/new")
    browser.post("/cases/new")
    (task,) = house.tasks()
    tell(house, "customer_manager", {**TOLD[0], "task_id": task.id})
    (notice,) = unread(house)

    answer = browser.post(f"/notices/{notice}")

    assert answer.headers["Location"] == f"/inbox/{task.id}"


def test_the_notice_of_somebody_else_is_not_found_and_stays_unread(house):
    tell(house, "branch_manager", TOLD[0])
    (notice,) = unread(house)
    browser = house.browser("branch_manager_2")

    answers = [browser.post(f"/notices/{number}").status_code for number in (notice, 2**40, 424242)]

    assert answers == [404, 404, 404]
    assert unread(house) == [notice]


def test_all_are_marked_as_read_at_once_but_only_ones_own(house):
    tell(house, "branch_manager", *TOLD)
    tell(house, "branch_manager_2", TOLD[0])
    browser = house.browser("branch_manager")
    browser.get("/notices")

    browser.post("/notices")

    assert len(unread(house)) == 1
    assert "条未读" not in browser.get("/notices").text
