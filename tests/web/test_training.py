"""Training and regulations on their pages: recorded by who keeps them, read and confirmed by everybody."""

import pytest
from sqlalchemy import select

from company import parameter_words
from company.audit import AuditEntry
from company.people import Employee


def ids(house):
    with house.database.read() as session:
        return {person.username: person.id for person in session.scalars(select(Employee))}


@pytest.mark.feature("M-009")
def test_a_course_is_recorded_with_its_score_and_the_person_sees_what_is_still_missing(house):
    admin, manager = house.browser("admin"), house.browser("branch_manager")
    admin.get("/training")
    manager.get("/training")
    admin.post(
        "/training/courses",
        {"name": "催收合规", "name_en": "Fair collection", "pass_mark": "80", "valid_months": "12"},
    )
    required = admin.post("/training/courses/1/roles", {"role": ["collector"]})
    collector = house.browser("collector")
    lacking = collector.get("/training").text
    failed = manager.post(
        "/training/records", {"employee": ids(house)["collector"], "course": "1", "score": "79"}
    )
    still = collector.get("/training").text
    manager.post(
        "/training/records",
        {"employee": ids(house)["collector"], "course": "1", "score": "80", "attended_on": "2026-09-10"},
    )
    passed = collector.get("/training").text
    kept = manager.get("/training").text

    assert (required.status_code, failed.status_code) == (303, 303)
    assert "须先通过培训“催收合规”" in lacking
    assert "须先通过" in still
    assert "未通过" in still
    assert "须先通过" not in passed
    assert "2027-09-10" in passed
    assert "石磊" in kept
    with house.database.read() as session:
        acts = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.startswith("training")).order_by(AuditEntry.id)
        ).all()
    assert acts == ["training.offer", "training.require", "training.attend", "training.attend"]


@pytest.mark.feature("M-009")
@pytest.mark.parametrize(
    ("address", "fields", "said"),
    [
        ("courses", {"name": "", "pass_mark": "60"}, "课程名称"),
        ("courses", {"name": "甲", "pass_mark": "101"}, "0 至 100"),
        ("courses", {"name": "甲", "valid_months": "0"}, "1 至 120"),
        ("records", {"employee": "collector", "course": "9"}, "课程不存在"),
        ("records", {"employee": "admin", "course": "1"}, "员工"),
        ("records", {"employee": "collector", "course": "1", "score": "abc"}, "0 至 100"),
        ("records", {"employee": "collector", "course": "1", "attended_on": "2030-01-01"}, "不能晚于今天"),
    ],
)
def test_what_is_wrong_with_a_course_or_a_record_is_told(house, address, fields, said):
    admin = house.browser("admin")
    admin.get("/training")
    admin.post("/training/courses", {"name": "反洗钱", "pass_mark": "60"})
    if "employee" in fields:
        fields = {**fields, "employee": ids(house)[fields["employee"]]}

    answer = admin.post(f"/training/{address}", fields)

    assert answer.status_code == 422
    assert said in answer.text


ENTRY = {
    "number": "金规〔2024〕1号",
    "title": "汽车贷款管理办法",
    "title_en": "Rules of car loans",
    "issuer": "中国人民银行",
    "issued_on": "2017-10-13",
    "valid_from": "2018-01-01",
    "valid_to": "",
    "text": "自用车贷款最高发放比例由监管部门规定。",
    "parameters": ["ltv_legal_max"],
}


@pytest.mark.feature("M-010")
def test_a_regulation_is_found_by_its_words_names_its_parameters_and_each_reading_is_confirmed(house):
    legal, clerk = house.browser("legal"), house.browser("front_desk")
    form = legal.get("/regulations/new").text
    known = form[form.index("<select") : form.index("</select>")]
    parameter = known.partition('value="')[2].partition('"')[0]
    made = legal.post("/regulations/new", {**ENTRY, "parameters": [parameter]})
    found = clerk.get("/regulations?q=发放比例").text
    other = clerk.get("/regulations?q=没有这样的").text
    page = clerk.get(made.location).text
    clerk.post(f"{made.location}/read")
    read = clerk.get("/regulations").text
    readers = legal.get(made.location).text
    address = made.location
    legal.post(address, {**ENTRY, "valid_to": "2026-08-31", "parameters": [parameter]})
    ended, every = clerk.get("/regulations").text, clerk.get("/regulations?all=1").text

    assert "金规〔2024〕1号" in found
    assert "没有符合条件的法规" in other
    assert parameter_words.title(parameter, "zh") in page
    assert "2018-01-01" in page
    assert "已阅读" in read
    assert "林晓雯" in readers
    assert "金规〔2024〕1号" not in ended
    assert "已失效" in every
    assert "待阅读" in every


@pytest.mark.feature("M-010")
@pytest.mark.parametrize(
    "fields",
    [
        {"number": ""},
        {"issuer": ""},
        {"valid_from": ""},
        {"valid_from": "2017-01-01"},
        {"valid_to": "2017-12-31"},
        {"parameters": ["no_such_parameter"]},
        {"issued_on": "gestern"},
    ],
)
def test_an_entry_that_lacks_something_is_refused_and_nobody_else_writes_in_the_library(house, fields):
    legal, clerk = house.browser("legal"), house.browser("front_desk")
    legal.get("/regulations/new")

    answer = legal.post("/regulations/new", {**ENTRY, "parameters": [], **fields})

    assert answer.status_code == 422
    assert "汽车贷款管理办法" in answer.text
    assert clerk.get("/regulations/new").status_code == 403
    assert clerk.post("/regulations/new", ENTRY).status_code == 403
