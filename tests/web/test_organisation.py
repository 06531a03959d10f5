"""Units, positions and roles on their pages: the tree that decides who reaches what, changed while people work."""

import pytest
from sqlalchemy import select

from company.audit import AuditEntry
from company.organisation import Unit
from company.people import Employee, Permission, Role, Scope
from company.people.positions import Position


def unit(house, code):
    with house.database.read() as session:
        return session.scalars(select(Unit).where(Unit.code == code)).one()


def person(house, username):
    with house.database.read() as session:
        return session.scalars(select(Employee).where(Employee.username == username)).one()


def acts(house, kind):
    with house.database.read() as session:
        asked = select(AuditEntry).where(AuditEntry.object_type == kind).order_by(AuditEntry.id)
        return list(session.scalars(asked))


@pytest.fixture
def admin(house):
    browser = house.browser("admin")
    browser.get("/units")
    return browser


def opened(house, admin, code, parent, **fields):
    given = {"code": code, "kind": "department", "name": f"部门{code}", "parent": unit(house, parent).id}
    return admin.post("/units", {**given, **fields})


@pytest.mark.feature("M-002")
def test_a_department_with_duties_is_opened_renamed_and_closed_and_the_tree_shows_it(house, admin):
    made = opened(house, admin, "SH-RISK", "SH", duties="调查与审核", name_en="Risk")
    risk = unit(house, "SH-RISK")
    tree = admin.get("/units").text
    admin.post(f"/units/{risk.id}", {"name": "风险管理部", "duties": "调查、审核、评估"})
    renamed = admin.get(f"/units/{risk.id}").text
    admin.post(f"/units/{risk.id}/close")
    closed = unit(house, "SH-RISK")
    nobody = admin.post(f"/staff/{person(house, 'front_desk').id}", {"name": "林", "unit": risk.id})

    assert made.status_code == 303
    assert risk.path.startswith(unit(house, "SH").path)
    assert "调查与审核" in tree
    assert "风险管理部" in renamed
    assert "调查、审核、评估" in renamed
    assert closed.closed_on is not None
    assert nobody.status_code == 422
    assert "已停用" in nobody.text
    entries = acts(house, "unit")
    assert [entry.action for entry in entries] == ["unit.open", "unit.correct", "unit.close"]
    assert (entries[1].before["name"], entries[1].after["name"]) == ("部门SH-RISK", "风险管理部")


@pytest.mark.feature("M-002")
def test_moving_a_department_changes_what_its_people_and_those_above_reach_at_once_in_open_sessions(
    house, admin
):
    opened(house, admin, "SH-DESK", "SH")
    desk, nanjing = unit(house, "SH-DESK"), unit(house, "NJ")
    clerk = person(house, "front_desk")
    admin.post(f"/staff/{clerk.id}", {"name": clerk.name, "unit": desk.id})
    with house.database.write() as session:
        number = house.wiring.open_application(session, house.who("front_desk"))[0].business_key
    managers = {name: house.browser(name) for name in ("branch_manager", "branch_manager_2")}

    def reach():
        return [manager.get(f"/cases/{number}").status_code for manager in managers.values()]

    before = reach()
    moved = admin.post(f"/units/{desk.id}/move", {"parent": nanjing.id, "reason": "网点划转"})
    after = reach()

    assert before == [200, 404]
    assert moved.status_code == 303
    assert after == [404, 200]
    assert acts(house, "unit")[-1].reason == "网点划转"
    assert acts(house, "unit")[-1].remote == "127.0.0.1"


@pytest.mark.feature("M-002")
@pytest.mark.parametrize(
    ("address", "fields", "said"),
    [
        ("/units", {"code": "SH", "name": "又一个", "parent": "SH"}, "SH 已被使用"),
        ("/units", {"code": "X", "name": "", "parent": "SH"}, "编号和名称"),
        ("/units", {"code": "X", "name": "无上级", "parent": ""}, "机构"),
        ("/units", {"code": "X", "name": "分", "kind": "branch", "parent": "SH-IN"}, "不能放在 SH-IN 之下"),
        ("/units/{SH}/move", {"parent": "SH-IN"}, "不能移到自己的下级"),
        ("/units/{SH}/move", {"parent": "SH"}, "不能移到自己的下级"),
        ("/units/{HQ}/move", {"parent": "NJ"}, "不能移到自己的下级"),
        ("/units/{SH}/close", {}, "请先调离或停用"),
        ("/units/{HQ}/close", {}, "公司是根机构"),
    ],
)
def test_a_tree_that_would_not_be_one_is_refused(house, admin, address, fields, said):
    opened(house, admin, "SH-IN", "SH")
    ids = {code: unit(house, code).id for code in ("HQ", "SH", "NJ", "SH-IN")}
    sent = {**fields, **({"parent": ids.get(fields["parent"], "")} if "parent" in fields else {})}

    answer = admin.post(address.format(**ids), sent)

    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.feature("M-003")
def test_positions_have_a_head_count_and_a_person_holds_several_with_their_days_kept(house, admin):
    desk, at = person(house, "front_desk"), unit(house, "SH").id
    for name, count in (("接待组长", "1"), ("档案联络员", "3")):
        admin.post("/positions", {"name": name, "unit": at, "head_count": count})
    with house.database.read() as session:
        lead, liaison = (row.id for row in session.scalars(select(Position).order_by(Position.id)))
    address = f"/staff/{desk.id}/positions"
    admin.post(address, {"position": lead, "on": "2026-03-01"})
    admin.post(address, {"position": liaison, "on": "2026-05-01"})
    both = admin.get("/staff?q=接待组长").text
    full = admin.post(f"/staff/{person(house, 'front_desk_2').id}/positions", {"position": lead})
    told = admin.get(full.location).text
    held = admin.post(f"/positions/{lead}", {"do": "abolish"})
    admin.post(address, {"holding": "1", "on": "2026-08-31"})
    history = admin.get(f"/staff/{desk.id}").text
    listed = admin.get("/positions").text

    assert "接待组长、档案联络员" in both
    assert "编制 1 人，已满" in told
    assert held.status_code == 422
    assert "现有 1 人在岗" in held.text
    assert "2026-03-01" in history
    assert "2026-08-31" in history
    assert "曾任" in history
    assert "0 / 1" in listed
    assert "1 / 3" in listed
    assert [entry.action for entry in acts(house, "employee") if "position" in entry.action] == [
        "employee.position_taken",
        "employee.position_taken",
        "employee.position_given_up",
    ]


SENIOR = {
    "id": "senior_reviewer",
    "name": "资深审核员",
    "name_en": "Senior reviewer",
    "scope": "branch",
    "may_application": ["R", "A"],
    "scope_application": "branch",
    "group": "reviewer_l1",
    "reason": "试行",
}


@pytest.mark.feature("M-004")
@pytest.mark.feature("M-007")
def test_a_composed_role_has_its_rights_and_the_tasks_of_its_groups_and_a_change_signs_its_holders_out(
    house, admin
):
    clerk = person(house, "archive_officer")
    made = admin.post("/roles/new", SENIOR)
    listed = admin.get("/roles").text
    admin.post(f"/staff/{clerk.id}/roles", {"do": "give", "role": "senior_reviewer", "unit": clerk.unit_id})
    holder = house.browser("archive_officer")
    could = holder.get("/cases").status_code
    changed = admin.post(
        "/roles/senior_reviewer", {**SENIOR, "may_application": [], "may_dealer": ["R"], "reason": "不再审核"}
    )
    signed_out = holder.get("/cases").status_code
    now = house.browser("archive_officer")

    assert made.status_code == 303
    assert "资深审核员" in listed
    assert could == 200
    assert house.who("archive_officer").groups >= {"archive_officer", "senior_reviewer", "reviewer_l1"}
    assert changed.status_code == 303
    assert signed_out == 303
    assert now.get("/dealers").status_code == 200
    entry = acts(house, "role")[-1]
    assert entry.action == "role.change"
    assert entry.before["permissions"] == {"application": "RA branch"}
    assert entry.after["permissions"] == {"dealer": "R own"}
    assert entry.reason == "不再审核"


@pytest.mark.feature("M-004")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"may_audit_log": ["R"]}, "application"),
        ({"may_users": ["C"]}, "application"),
        ({"may_application": [], "may_audit_log": ["R"]}, "reviewer_l1"),
        ({"id": "Senior Reviewer"}, "小写字母"),
        ({"id": "auditor"}, "auditor 已被使用"),
        ({"name": ""}, "名称必填"),
        ({"group": "nobody"}, "列表中选择"),
    ],
)
def test_a_role_that_mixes_administration_audit_and_business_or_is_misspelt_is_refused(
    house, admin, fields, said
):
    answer = admin.post("/roles/new", {**SENIOR, **fields})

    assert answer.status_code == 422
    assert said in answer.text
    with house.database.read() as session:
        assert session.get(Role, "senior_reviewer") is None


@pytest.mark.feature("M-004")
def test_a_role_may_not_become_of_another_duty_while_somebody_holds_it_beside_a_business_role(house, admin):
    with house.database.write() as session:
        session.add(Role(id="helper", name="助手", name_en="Helper", scope=Scope.ALL))
        session.flush()
        session.add(Permission(role_id="helper", object="users", actions="R", scope=Scope.ALL))
    desk = person(house, "front_desk")
    admin.post(f"/staff/{desk.id}/roles", {"do": "give", "role": "helper", "unit": desk.unit_id})

    refused = admin.post(
        "/roles/helper", {"name": "助手", "scope": "all", "may_users": ["R", "U"], "reason": "x"}
    )
    own = admin.post("/roles/admin", {"name": "管理员", "may_users": ["R"], "reason": "x"})

    assert refused.status_code == 422
    assert "不能兼任" in refused.text
    assert own.status_code == 403
    assert house.who("front_desk").roles == {"front_desk", "helper"}
