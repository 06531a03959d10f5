"""Around a task, on the pages: sent back, taken back, co-signed, copied, reminded; searched, claimed and assigned."""

import io
import json

import pytest
from sqlalchemy import select
from web_desk import GOOD, entered, start, submit

from company import notices
from company.audit import AuditEntry
from company.notices import Notice
from company.outbox import OutboxMessage
from company.people import Employee
from engine.opinions import TaskOpinion
from engine.passing_round import TaskCopy, TaskOpening
from engine.tasks import UserTask
from lending.documents import Document

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


PEOPLE = ("reviewer_l1", "reviewer_l2", "customer_manager")


def the_id(house, username):
    with house.database.read() as session:
        return session.scalar(select(Employee.id).where(Employee.username == username))


def rows(house, table):
    with house.database.read() as session:
        return list(session.scalars(select(table)))


def done(house, element_id):
    return [task for task in rows(house, UserTask) if (task.element_id, task.status) == (element_id, "done")][
        -1
    ]


def claimed(house, username="reviewer_l1"):
    task = entered(house)
    browser = house.browser(username)
    browser.post(f"/inbox/{task.id}/claim")
    return task, browser


def test_a_reviewer_sends_a_case_back_and_the_handler_reads_why_and_finds_his_answers(house):
    task, reviewer = claimed(house)
    choices = reviewer.get(f"/inbox/{task.id}/ways-back").text
    earlier = done(house, "Task_Enter")
    assert f'value="{earlier.id}"' in choices
    assert "录入" in choices

    answer = reviewer.post(f"/inbox/{task.id}/send-back", {"to": str(earlier.id), "reason": "收入证明不清"})

    assert answer.location == "/inbox"
    (again,) = house.tasks()
    page = house.browser("customer_manager").get(f"/inbox/{again.id}").text
    assert "收入证明不清" in page
    assert json.dumps("王建国")[1:-1] in page
    assert "已退回" in reviewer.get("/inbox").text


def test_a_return_without_a_reason_or_by_a_stranger_changes_nothing(house):
    task, reviewer = claimed(house)
    earlier = done(house, "Task_Enter")

    reviewer.post(f"/inbox/{task.id}/send-back", {"to": str(earlier.id), "reason": " "})
    stranger = house.browser("reviewer_l1_2")
    answers = [
        stranger.get(f"/inbox/{task.id}/ways-back").status_code,
        stranger.get(f"/inbox/{task.id}/people?name=a").status_code,
    ]
    stranger.post(f"/inbox/{task.id}/send-back", {"to": str(earlier.id), "reason": "重来"})

    assert answers == [404, 404]
    assert [each.element_id for each in house.tasks()] == ["Task_Review"]


def test_who_did_a_step_takes_it_back_from_his_list_until_somebody_has_opened_the_next(house):
    browser = house.browser("customer_manager")
    submit(browser, start(browser), GOOD)
    step = done(house, "Task_Enter")
    assert f"/inbox/{step.id}/take-back" in browser.get("/lists/done").text

    answer = browser.post(f"/inbox/{step.id}/take-back")

    (again,) = house.tasks("Task_Enter")
    assert answer.location == f"/inbox/{again.id}"
    assert submit(browser, answer.location, GOOD).status_code == 200
    (review,) = house.tasks("Task_Review")
    house.browser("reviewer_l1").get(f"/inbox/{review.id}")
    assert len(rows(house, TaskOpening)) == 1
    browser.post(f"/inbox/{done(house, 'Task_Enter').id}/take-back")
    assert [each.element_id for each in house.tasks()] == ["Task_Review"]
    assert "已被" in browser.get("/lists/done").text


def test_a_colleague_co_signs_and_only_then_the_task_can_be_submitted(house):
    task, reviewer = claimed(house)
    chooser = reviewer.get(f"/inbox/{task.id}/people", query_string={"name": "reviewer_l2"}).text
    cosigner = the_id(house, "reviewer_l2")
    assert f'value="{cosigner}"' in chooser

    reviewer.post(f"/inbox/{task.id}/opinions", {"of": str(cosigner), "question": "收入是否可信？"})

    reviewer.get(f"/inbox/{task.id}")
    refused = submit(reviewer, f"/inbox/{task.id}", {"decision": "approve"}, version=house.tasks()[0].version)
    assert (refused.status_code, refused.json["code"]) == (409, "opinions_outstanding")
    (opinion,) = rows(house, TaskOpinion)
    second = house.browser("reviewer_l2")
    assert "收入是否可信？" in second.get("/lists/opinions").text
    page = second.get(f"/opinions/{opinion.id}").text
    assert task.business_key in page
    assert "data-send" not in page
    second.post(f"/opinions/{opinion.id}", {"verdict": "against", "words": "流水不足"})
    assert "流水不足" in reviewer.get(f"/inbox/{task.id}").text
    accepted = submit(
        reviewer, f"/inbox/{task.id}", {"decision": "approve"}, version=house.tasks()[0].version
    )
    assert accepted.status_code == 200


def test_an_opinion_is_nobody_elses_to_see_or_give(house):
    task, reviewer = claimed(house)
    reviewer.post(
        f"/inbox/{task.id}/opinions", {"of": str(the_id(house, "reviewer_l2")), "question": "如何？"}
    )
    (opinion,) = rows(house, TaskOpinion)

    for username in ("finance_maker", "branch_manager", "reviewer_l1"):
        assert house.browser(username).get(f"/opinions/{opinion.id}").status_code == 404
    house.browser("branch_manager").post(f"/opinions/{opinion.id}", {"verdict": "agree", "words": "好"})
    assert rows(house, TaskOpinion)[0].verdict is None
    reviewer.post(f"/opinions/{opinion.id}/call-off", {"why": "休假"})
    assert "已撤销" in reviewer.get(f"/inbox/{task.id}").text


def test_a_copy_stands_on_the_receivers_list_until_it_is_read(house):
    task, reviewer = claimed(house)
    reviewer.post(f"/inbox/{task.id}/copies", {"of": str(the_id(house, "reviewer_l2")), "note": "请知悉"})

    reader = house.browser("reviewer_l2")
    (copy,) = rows(house, TaskCopy)
    assert "请知悉" in reader.get("/lists/copies").text
    reader.post(f"/copies/{copy.id}/read")

    assert rows(house, TaskCopy)[0].read_at is not None
    assert "已读" in reader.get("/lists/copies").text


def test_a_reminder_is_sent_once_an_hour(house):
    task = entered(house)
    manager = house.browser("customer_manager")

    manager.post(f"/inbox/{task.id}/remind")
    manager.post(f"/inbox/{task.id}/remind")

    page = manager.get("/start").text
    assert "已催办。" in page
    assert "一小时内" in page


def test_whoever_is_concerned_is_told_in_a_sentence_that_leads_to_the_place(house):
    task, reviewer = claimed(house)
    second, manager = house.browser("reviewer_l2"), house.browser("customer_manager")
    l2 = str(the_id(house, "reviewer_l2"))
    reviewer.post(f"/inbox/{task.id}/copies", {"of": l2})
    reviewer.post(f"/inbox/{task.id}/opinions", {"of": l2, "question": "如何？"})
    (opinion,) = rows(house, TaskOpinion)
    second.post(f"/opinions/{opinion.id}", {"verdict": "agree", "words": "好"})
    manager.post(f"/inbox/{task.id}/remind")
    earlier = done(house, "Task_Enter")
    reviewer.post(f"/inbox/{task.id}/send-back", {"to": str(earlier.id), "reason": "流水不足"})
    with house.database.write() as session:
        for message in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)):
            notices.tell(session, message.payload, house.clock.now())

    key = task.business_key
    assert f"周敏将“一级审核”抄送给您：{key}。" in second.get("/notices").text
    assert f"周敏请您对“一级审核”会签：{key}。" in second.get("/notices").text
    told = reviewer.get("/notices").text
    assert f"沈岚对“一级审核”的会签意见：同意（{key}）。" in told
    assert f"周凯催办“一级审核”：{key}。" in told
    assert f"周敏将案件退回到“录入申请”（{key}）：流水不足" in manager.get("/notices").text
    leads = {
        each.template: house.browser(username).post(f"/notices/{each.id}").location
        for each in rows(house, Notice)
        for username in [{the_id(house, name): name for name in PEOPLE}[each.employee_id]]
    }
    assert leads == {
        "task_copied": "/lists/copies",
        "opinion_asked": f"/opinions/{opinion.id}",
        "opinion_given": f"/cases/{key}",
        "task_reminded": f"/cases/{key}",
        "task_sent_back": f"/inbox/{house.tasks()[0].id}",
    }


def test_own_cases_stand_on_the_list_of_those_started_with_where_they_are(house):
    task = entered(house)

    page = house.browser("customer_manager").get("/lists/started").text

    assert task.business_key in page
    assert "一级审核" in page
    assert f"/inbox/{task.id}/remind" in page
    assert task.business_key not in house.browser("front_desk").get("/lists/started").text


def test_the_inbox_is_narrowed_saved_under_a_name_and_counted(house):
    key = entered(house).business_key
    reviewer = house.browser("reviewer_l1")
    found = reviewer.post("/inbox/find", {"tab": "pool", "q": key})
    assert found.location == f"/inbox?tab=pool&q={key}"
    assert key in reviewer.get(found.location).text
    assert "没有符合条件的任务。" in reviewer.get("/inbox?tab=pool&q=nobody").text

    reviewer.post("/inbox/filters", {"tab": "pool", "q": key, "name": "重点客户"})

    page = reviewer.get("/inbox").text
    assert "重点客户" in page
    assert "重点客户" not in house.browser("reviewer_l2").get("/inbox").text


def test_a_phone_is_looked_for_without_standing_in_an_address(house):
    entered(house)
    reviewer = house.browser("reviewer_l1")

    answer = reviewer.post("/inbox/find", {"tab": "pool", "q": "13912345678"})

    assert answer.status_code == 200
    assert answer.location is None
    reviewer.post("/inbox/filters", {"tab": "pool", "q": "13912345678", "name": "电话"})
    assert "13912345678" not in reviewer.get("/inbox/filter").text


def test_several_tasks_are_claimed_or_given_to_a_colleague_at_once(house):
    first, second = entered(house), entered_again(house)
    reviewer = house.browser("reviewer_l1")

    reviewer.post("/inbox/many/claim", {"task": [str(first.id), str(second.id)]})

    assert {task.assignee_name for task in house.tasks()} == {name(house, "reviewer_l1")}
    manager = house.browser("branch_manager")
    assert first.business_key in manager.get("/inbox/many").text
    refused = {"task": [str(first.id)], "to": str(the_id(house, "finance_maker")), "why": "分流"}
    manager.post("/inbox/many/assign", refused)
    reviewer.post("/inbox/many/assign", {**refused, "to": str(the_id(house, "reviewer_l1"))})
    assert {task.assignee_name for task in house.tasks()} == {name(house, "reviewer_l1")}


def test_a_supervisor_may_give_a_task_to_who_has_its_group_by_a_composed_role(house):
    task = entered(house)
    admin = house.browser("admin")
    admin.get("/roles/new")
    admin.post(
        "/roles/new",
        {
            "id": "helper",
            "name": "协办",
            "name_en": "Helper",
            "scope": "branch",
            "group": "reviewer_l1",
            "may_application": ["R"],
            "scope_application": "branch",
            "reason": "试行",
        },
    )
    clerk = the_id(house, "archive_officer")
    admin.post(f"/staff/{clerk}/roles", {"do": "give", "role": "helper", "unit": task.unit_id})
    manager = house.browser("branch_manager")

    offered = manager.get("/inbox/many").text
    manager.post("/inbox/many/assign", {"task": [str(task.id)], "to": str(clerk), "why": "分流"})

    assert f'<option value="{clerk}"' in offered
    assert house.tasks("Task_Review")[0].assignee_id == clerk


def entered_again(house):
    browser = house.browser("customer_manager")
    submit(browser, start(browser), {**GOOD, "customer_name": "李明"})
    return house.tasks("Task_Review")[-1]


def name(house, username):
    with house.database.read() as session:
        return session.scalar(select(Employee.name).where(Employee.username == username))


def test_a_file_is_attached_at_a_task_by_who_may_do_it_and_only_of_a_known_kind(house):
    task, reviewer = claimed(house)

    def attach(browser, data, kind="other"):
        file = (io.BytesIO(data), "说明.pdf")
        return browser.send(f"/inbox/{task.id}/attachments", {"file": file, "kind": kind})

    answers = [
        attach(reviewer, PDF).status_code,
        attach(reviewer, b"MZ").status_code,
        attach(reviewer, PDF, "nonsense").status_code,
        attach(house.browser("customer_manager"), PDF).status_code,
    ]

    assert answers == [303, 409, 400, 403]
    (document,) = rows(house, Document)
    assert (document.business_key, document.kind, document.filename) == (
        task.business_key,
        "other",
        "说明.pdf",
    )
    assert "说明.pdf" in reviewer.get(f"/inbox/{task.id}").text


def test_phrases_are_ones_own_and_the_companys_for_who_keeps_the_rules(house):
    reviewer, keeper = house.browser("reviewer_l1"), house.browser("reviewer_l2")
    reviewer.post("/phrases", {"text": "资料齐全，同意。"})
    reviewer.post("/phrases", {"text": "越权", "companys": "yes"})
    keeper.post("/phrases", {"text": "同意按规定办理。", "companys": "yes"})

    mine = reviewer.get("/phrases/choose").text
    theirs = house.browser("finance_maker").get("/phrases/choose").text
    kept = [each.get("/phrases").text.count("/remove") for each in (reviewer, keeper)]

    assert kept == [1, 1]
    assert "资料齐全，同意。" in mine
    assert "越权" not in mine
    assert "同意按规定办理。" in mine
    assert "同意按规定办理。" in theirs
    assert "资料齐全，同意。" not in theirs


def test_the_approval_sheet_tells_steps_opinions_and_returns_and_who_printed_it(house):
    task, reviewer = claimed(house)
    cosigner = the_id(house, "reviewer_l2")
    reviewer.post(f"/inbox/{task.id}/opinions", {"of": str(cosigner), "question": "如何？"})
    (opinion,) = rows(house, TaskOpinion)
    house.browser("reviewer_l2").post(f"/opinions/{opinion.id}", {"verdict": "agree", "words": "情况属实"})
    submit(
        reviewer,
        f"/inbox/{task.id}",
        {"decision": "approve", "opinion": "收入稳定"},
        version=house.tasks()[0].version,
    )

    page = reviewer.get(f"/cases/{task.business_key}/approval-sheet").text

    for words in ("审批单", "情况属实", "收入稳定", "已会签", "同意"):
        assert words in page
    assert "13912345678" not in page
    assert rows(house, AuditEntry)[-1].action == "approval_sheet.print"
    assert house.browser("process_analyst").get("/cases/none/approval-sheet").status_code == 404


def figures(answer):
    data = next(line for line in answer.text.splitlines() if line.startswith("data: "))
    return json.loads(data.removeprefix("data: "))


def test_an_event_comes_when_ones_own_figures_change_and_only_then(house):
    reviewer, elsewhere = house.browser("reviewer_l1"), house.browser("finance_checker")
    first = reviewer.get("/events")
    event_id = next(line[4:] for line in first.text.splitlines() if line.startswith("id: "))
    assert first.mimetype == "text/event-stream"
    assert figures(first)["pool"] == 0
    before = elsewhere.get("/events").text

    quiet = reviewer.get("/events", headers={"Last-Event-ID": event_id})
    entered(house)
    house.later(seconds=10)
    loud = reviewer.get("/events", headers={"Last-Event-ID": event_id})

    assert "data:" not in quiet.text
    assert figures(loud)["pool"] == 1
    assert elsewhere.get("/events").text == before
    assert reviewer.get("/events/now").json["figures"]["pool"] == 1


@pytest.mark.parametrize("address", ["/events", "/events/now"])
def test_a_page_that_is_merely_open_does_not_keep_its_person_signed_in(house, address):
    reviewer = house.browser("reviewer_l1")

    assert "Set-Cookie" not in reviewer.get(address).headers
    assert "Set-Cookie" in reviewer.get("/inbox").headers
    assert house.visitor().get(address).status_code in (303, 401)
