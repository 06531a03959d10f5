"""Substitution on the page: entered by who will be away, seen in the inbox, told in the case's history."""

import json

import pytest
from sqlalchemy import select

from company.people import Employee

GOOD = {"customer_name": "王建国", "phone": "13912345678", "amount": "100000"}


def identity(house, username):
    with house.database.read() as session:
        return session.scalar(select(Employee.id).where(Employee.username == username))


def reviewed_soon(house):
    """A case that waits for its review in the Shanghai branch; its number."""
    manager = house.browser("customer_manager")
    manager.get("/cases/new")
    task = manager.post("/cases/new").location
    assert manager.send(task, {"answers": json.dumps(GOOD), "version": "2"}).status_code == 200
    return house.tasks("Task_Review")[0]


def test_b_sees_and_does_the_task_of_a_and_the_case_says_b_for_a(house):
    task = reviewed_soon(house)
    away, stands_in = house.browser("reviewer_l1"), house.browser("reviewer_l1_2")
    unseen = stands_in.get(f"/inbox/{task.id}").status_code
    away.get("/substitutions")
    days = {"first_day": "2026-09-15", "last_day": "2026-09-17", "reason": "年假"}
    appointed = away.post("/substitutions", {**days, "substitute": identity(house, "reviewer_l1_2")})
    listed = stands_in.get("/substitutions").text
    case_then = stands_in.get(f"/cases/{task.business_key}").status_code
    stands_in.get(f"/inbox/{task.id}")
    stands_in.post(f"/inbox/{task.id}/claim")
    version = str(house.tasks("Task_Review")[0].version)
    answers = json.dumps({"decision": "approve", "opinion": "同意"})
    done = stands_in.send(f"/inbox/{task.id}", {"answers": answers, "version": version})
    told = house.browser("reviewer_l1").get(f"/cases/{task.business_key}").text
    log = house.browser("auditor").get("/audit?act=办理任务").text
    house.later(days=3)
    after = house.browser("reviewer_l1_2").get(f"/cases/{task.business_key}").status_code

    assert unseen == 404
    assert appointed.status_code == 303
    assert "代理中" in listed
    assert case_then == 200
    assert done.status_code == 200, done.text
    assert "顾言 代 周敏" in told
    assert "代 周敏" in log
    assert after == 404


def test_a_substitute_reads_what_the_other_reads_and_changes_nothing_else_of_it(house):
    desk = house.browser("front_desk")
    with house.database.write() as session:
        number = house.wiring.open_application(session, house.who("front_desk"))[0].business_key
    desk.get("/substitutions")
    days = {"first_day": "2026-09-15", "last_day": "2026-09-15"}
    desk.post("/substitutions", {**days, "substitute": identity(house, "front_desk_2")})
    other = house.browser("front_desk_2")
    other.get("/cases")

    assert other.get(f"/cases/{number}").status_code == 200
    assert other.post(f"/cases/{number}/withdraw", {"reason": "改主意"}).status_code == 404


@pytest.mark.parametrize(
    ("username", "fields", "status"),
    [
        ("front_desk", {"absent": "reviewer_l1", "substitute": "front_desk_2"}, 403),
        ("front_desk", {"substitute": "reviewer_l1"}, 422),
        ("front_desk", {"substitute": "front_desk"}, 422),
        ("front_desk", {"substitute": "front_desk_2", "last_day": "2026-09-14"}, 422),
        ("admin", {"absent": "front_desk", "substitute": "auditor"}, 422),
        ("admin", {"absent": "front_desk", "substitute": "customer_manager"}, 303),
    ],
)
def test_nobody_appoints_for_others_but_an_administrator_and_nobody_whose_duties_clash(
    house, username, fields, status
):
    browser = house.browser(username)
    browser.get("/substitutions")
    ids = {name: identity(house, who) for name, who in fields.items() if name != "last_day"}
    days = {"first_day": "2026-09-14", "last_day": fields.get("last_day", "2026-09-16")}

    answer = browser.post("/substitutions", {**days, **ids})

    assert answer.status_code == status


def test_one_is_ended_before_its_last_day_by_who_is_back(house):
    task = reviewed_soon(house)
    away, stands_in = house.browser("reviewer_l1"), house.browser("reviewer_l1_2")
    away.get("/substitutions")
    days = {"first_day": "2026-09-15", "last_day": "2026-09-30"}
    away.post("/substitutions", {**days, "substitute": identity(house, "reviewer_l1_2")})
    during = stands_in.get(f"/inbox/{task.id}").status_code
    stands_in.get("/substitutions")
    foreign = stands_in.post("/substitutions/1/end").status_code
    away.post("/substitutions/1/end")

    assert (during, foreign) == (200, 404)
    assert stands_in.get(f"/inbox/{task.id}").status_code == 404
    assert "已结束" in away.get("/substitutions").text
