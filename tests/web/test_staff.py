"""Staff on the page: hired with a password for one sign-in, corrected, given roles, and let go with a successor."""

import json
import re

import pytest
from customers_at_hand import ZHANG, enter
from sqlalchemy import select

from cheliu.demo.people import PASSWORD
from company.audit import AuditEntry
from company.people import Employee
from engine.tasks import Instance
from lending.customers import Customer

GOOD = {"customer_name": "王建国", "phone": "13912345678", "amount": "100000"}
NEW_PASSWORD = "Blue-Lantern-42"
LU = {
    "username": "lu_yan",
    "name": "陆燕",
    "name_en": "Lu Yan",
    "mobile": "13812345678",
}


def person(house, username):
    with house.database.read() as session:
        return session.scalars(select(Employee).where(Employee.username == username)).one()


def acts(house, employee_id):
    with house.database.read() as session:
        asked = select(AuditEntry).where(AuditEntry.object_type == "employee").order_by(AuditEntry.id)
        return {
            entry.action: entry for entry in session.scalars(asked) if entry.object_id == str(employee_id)
        }


def shown_password(answer):
    return re.search(r"data-password>([^<]+)<", answer.text)[1].replace("&#43;", "+").replace("&#34;", '"')


@pytest.fixture
def admin(house):
    browser = house.browser("admin")
    browser.get("/staff")
    return browser


def hired(house, admin, **changes):
    unit = person(house, "front_desk").unit_id
    return admin.post("/staff/new", {**LU, "unit": unit, "role": "front_desk", **changes})


@pytest.mark.feature("M-001")
def test_who_is_hired_signs_in_once_with_the_shown_password_and_must_choose_another(house, admin):
    answer = hired(house, admin)
    password, made = shown_password(answer), person(house, "lu_yan")
    visitor = house.visitor()
    visitor.sign_in("lu_yan", password)

    led = visitor.get("/inbox")
    visitor.get("/account")
    wrong = visitor.post("/account/password", {"current": "x", "new": NEW_PASSWORD, "again": NEW_PASSWORD})
    weak = visitor.post("/account/password", {"current": password, "new": "short", "again": "short"})
    other = visitor.post("/account/password", {"current": password, "new": NEW_PASSWORD, "again": "x"})
    same = visitor.post("/account/password", {"current": password, "new": password, "again": password})
    visitor.get("/account")
    done = visitor.post(
        "/account/password", {"current": password, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    )

    assert answer.status_code == 201
    assert (led.status_code, led.headers["Location"]) == (303, "/account")
    assert [each.status_code for each in (wrong, weak, other, same)] == [422] * 4
    assert "当前密码不正确" in wrong.text
    assert "12" in weak.text
    assert "不一致" in other.text
    assert "相同" in same.text
    assert done.status_code == 303
    assert "密码已修改" in visitor.get("/account").text
    assert visitor.get("/inbox").status_code == 200
    assert house.visitor().sign_in("lu_yan", password).status_code == 401
    assert house.visitor().sign_in("lu_yan", NEW_PASSWORD).status_code == 303
    assert "138****5678" in admin.get(f"/staff/{made.id}").text
    assert made.mobile_sealed
    assert b"13812345678" not in made.mobile_sealed
    assert "13812345678" not in str(acts(house, made.id)["employee.hire"].after)


@pytest.mark.feature("M-001")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "front_desk"}, "front_desk 已被使用"),
        ({"username": ""}, "登录名"),
        ({"name": " "}, "姓名"),
        ({"mobile": "12345"}, "手机号码应为 11 位"),
        ({"unit": "0"}, "机构"),
        ({"entered_on": "2026-02-30"}, "日期无效"),
        ({"role": "nobody"}, "nobody"),
    ],
)
def test_what_is_wrong_with_a_new_employee_is_told_and_what_was_typed_stays(house, admin, changes, said):
    answer = hired(house, admin, **changes)

    assert answer.status_code == 422
    assert said in answer.text
    assert "Lu Yan" in answer.text
    with house.database.read() as session:
        assert session.scalar(select(Employee.id).where(Employee.username == "lu_yan")) is None


@pytest.mark.feature("M-001")
def test_a_record_is_corrected_and_a_role_change_ends_the_persons_sessions(house, admin):
    clerk, desk = house.browser("front_desk"), person(house, "front_desk")
    elsewhere = person(house, "front_desk_2").unit_id
    address = f"/staff/{desk.id}"

    admin.post(address, {"name": "周宁", "unit": elsewhere, "entered_on": "2020-03-01"})
    admin.post(f"{address}/roles", {"do": "give", "role": "customer_manager", "unit": elsewhere})
    page = admin.get(address).text

    assert clerk.get("/inbox").status_code == 303
    moved = person(house, "front_desk")
    assert (moved.name, moved.unit_id) == ("周宁", elsewhere)
    assert str(moved.entered_on) == "2020-03-01"
    assert house.who("front_desk").roles == {"front_desk", "customer_manager"}
    assert {grant.unit_id for grant in house.who("front_desk").grants} == {elsewhere}
    assert "客户经理" in page
    assert acts(house, desk.id)["employee.correct"].before["name"] != "周宁"

    admin.post(f"{address}/roles", {"role": "customer_manager", "unit": elsewhere})
    refused = admin.post(f"{address}/roles", {"do": "give", "role": "auditor", "unit": elsewhere})

    assert house.who("front_desk").roles == {"front_desk"}
    assert refused.status_code == 422
    assert "不能兼任" in refused.text


def application(browser):
    """A new application, whose first task its enterer holds; the address of that task."""
    browser.get("/cases/new")
    return browser.post("/cases/new").location


def letting_go(admin, leaver, successor):
    """The administrator's answer to the form that lets somebody leave."""
    chosen = {"successor": successor, "left_on": "2026-09-15"}
    return admin.post(f"/staff/{leaver.employee_id}/leave", chosen)


@pytest.mark.feature("M-001")
def test_who_leaves_passes_customers_cases_and_tasks_to_a_colleague_in_one_act(house, admin):
    manager, colleague = house.who("customer_manager"), house.who("customer_manager_2")
    customer_id = enter(house, "张三丰", ZHANG)
    with house.database.write() as session:
        session.get_one(Customer, customer_id).owner_id = manager.employee_id
    application(house.browser("customer_manager"))
    (task,) = house.tasks("Task_Enter")

    alone = letting_go(admin, manager, "")
    unfit = letting_go(admin, manager, person(house, "finance_maker").id)
    nobody = letting_go(admin, manager, "9" * 40)
    done = letting_go(admin, manager, colleague.employee_id)

    assert (alone.status_code, unfit.status_code, done.status_code) == (422, 422, 303)
    assert nobody.status_code == 422
    assert "1 位客户、1 件案件" in alone.text
    assert "没有共同的角色" in unfit.text
    with house.database.read() as session:
        assert session.get_one(Customer, customer_id).owner_id == colleague.employee_id
        assert session.get_one(Instance, task.instance_id).owner_id == colleague.employee_id
    (entry,) = house.tasks("Task_Enter")
    assert (entry.assignee_id, entry.owner_id) == (colleague.employee_id, colleague.employee_id)
    left = acts(house, manager.employee_id)["employee.leave"].after
    assert (left["successor"], left["customers"], left["cases"]) == ("customer_manager_2", 1, 1)
    assert house.visitor().sign_in("customer_manager").status_code == 401
    page = admin.get(f"/staff/{manager.employee_id}").text
    assert "已离岗" in page

    back = admin.post(f"/staff/{manager.employee_id}/return")
    assert house.visitor().sign_in("customer_manager", shown_password(back)).status_code == 303
    assert house.who("customer_manager").roles == {"customer_manager"}


@pytest.mark.feature("M-001")
def test_four_eyes_hold_when_work_is_handed_over(house, admin):
    entrant, leaver = house.browser("customer_manager"), house.who("reviewer_l1")
    place = application(entrant)
    entrant.send(place, {"answers": json.dumps(GOOD), "version": "2"})
    reviewer = house.browser("reviewer_l1")
    (review,) = house.tasks("Task_Review")
    reviewer.get("/inbox")
    reviewer.post(f"/inbox/{review.id}/claim")
    enterer = person(house, "customer_manager")
    admin.post(f"/staff/{enterer.id}/roles", {"do": "give", "role": "reviewer_l1", "unit": enterer.unit_id})
    assert house.tasks("Task_Review")[0].assignee_id == leaver.employee_id

    done = letting_go(admin, leaver, enterer.id)

    assert done.status_code == 303
    assert house.tasks("Task_Review")[0].assignee_id is None
    assert acts(house, leaver.employee_id)["employee.leave"].after["returned"] == 1


@pytest.mark.feature("M-001")
def test_a_reset_password_lifts_the_lock_and_ends_sessions(house, admin):
    clerk = house.browser("front_desk")
    for _ in range(5):
        house.visitor().sign_in("front_desk", "wrong")
    locked = house.visitor().sign_in("front_desk", PASSWORD)

    answer = admin.post(f"/staff/{person(house, 'front_desk').id}/password")

    assert locked.status_code == 401
    assert clerk.get("/inbox").status_code == 303
    assert house.visitor().sign_in("front_desk", shown_password(answer)).status_code == 303


def test_nobody_changes_the_own_record_and_a_manager_only_reads_his_branch(house, admin):
    own = person(house, "admin").id
    reader = house.browser("branch_manager")
    near, far = person(house, "front_desk").id, person(house, "front_desk_2").id
    reader.get("/staff")

    assert admin.post(f"/staff/{own}", {"name": "x", "unit": "1"}).status_code == 403
    assert admin.post(f"/staff/{own}/leave", {"left_on": "2026-09-15"}).status_code == 403
    assert reader.get(f"/staff/{near}").status_code == 200
    assert reader.get(f"/staff/{far}").status_code == 404
    assert reader.post(f"/staff/{near}", {"name": "x"}).status_code == 403
    assert reader.post("/staff/new", LU).status_code == 403
    assert house.browser("front_desk").get("/staff").status_code == 403
    assert admin.get("/staff/99999999999").status_code == 404


@pytest.mark.feature("M-001")
def test_an_address_and_a_staff_number_belong_to_one_person(house, admin):
    desk, other = (person(house, name).id for name in ("front_desk", "front_desk_2"))
    first = admin.post(
        f"/staff/{desk}", {**identity(house, desk), "email": "Lin@Example.com", "staff_no": "E-1"}
    )
    answers = [
        admin.post(f"/staff/{other}", {**identity(house, other), **given})
        for given in ({"email": "lin@example.com"}, {"staff_no": "E-1"}, {"email": "no address"}, {})
    ]

    assert first.status_code == 303
    assert person(house, "front_desk").email == "lin@example.com"
    assert [answer.status_code for answer in answers] == [422, 422, 422, 303]
    assert "已登记在另一名员工名下" in answers[0].text
    assert "邮箱格式不正确" in answers[2].text


def identity(house, employee_id):
    with house.database.read() as session:
        found = session.get_one(Employee, employee_id)
        return {"name": found.name, "unit": found.unit_id}
