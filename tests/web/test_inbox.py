"""The work of the inbox through its pages: start, claim, fill in, submit, hand over, and what is refused."""

import io
import json
from dataclasses import replace

import pytest
from sqlalchemy import select
from web_desk import GOOD, entered, start, submit

from company.vault import SealedValue
from engine.history import ActivityHistory
from engine.tasks import Draft, TaskStatus, UserTask
from web.application import create_app

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def test_a_new_application_opens_its_form_held_by_who_started_it(house):
    browser = house.browser("customer_manager")

    page = browser.get(start(browser)).text

    (task,) = house.tasks("Task_Enter")
    assert task.assignee_name == "周凯"
    assert f'data-send="/inbox/{task.id}"' in page
    assert "提交申请" in page


def test_submitting_moves_the_case_on_and_leads_to_the_list(house):
    browser = house.browser("customer_manager")
    address = start(browser)

    answer = submit(browser, address, GOOD)

    assert browser.get(answer.json["next"]).location == "/inbox"
    assert [task.name for task in house.tasks()] == ["一级审核"]
    assert "已提交。" in browser.get("/inbox").text
    assert house.woken == 1


def test_every_wrong_answer_is_named_beside_its_field(house):
    browser = house.browser("customer_manager")
    address = start(browser)

    answer = submit(browser, address, {"customer_name": "", "phone": "123", "amount": "100.123"})

    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"customer_name", "phone", "amount"}
    assert answer.json["message"] == "表单有 3 处需要修改：客户姓名、手机号码、申请金额。"
    assert house.tasks("Task_Review") == []


@pytest.mark.parametrize("forged", [{"application_no": "APP-1"}, {"approved": True}])
def test_a_forged_read_only_or_unknown_field_is_refused(house, forged):
    browser = house.browser("customer_manager")
    address = start(browser)

    answer = submit(browser, address, {**GOOD, **forged})

    assert answer.status_code == 422
    assert set(answer.json["errors"]) == set(forged)


@pytest.mark.parametrize("sent", ["", "[1]", "null", "{", '"x"'])
def test_what_is_no_answer_at_all_is_a_bad_request(house, sent):
    browser = house.browser("customer_manager")
    address = start(browser)

    assert browser.send(address, {"answers": sent}).status_code == 400


def test_a_submission_without_the_token_is_refused(house):
    browser = house.browser("customer_manager")
    address = start(browser)

    answer = browser.client.post(
        address, data={"answers": json.dumps(GOOD)}, headers={"Accept": "application/json"}
    )

    assert answer.status_code == 400
    assert house.tasks("Task_Review") == []


def test_a_sensitive_answer_is_sealed_and_shown_masked(house):
    task = entered(house)

    page = house.browser("reviewer_l1").get(f"/inbox/{task.id}").text

    assert "139****5678" in page
    assert "13912345678" not in page
    with house.database.read() as session:
        assert session.scalars(select(SealedValue)).one().name == "phone"


def test_the_second_of_two_is_told_who_was_quicker(house):
    task = entered(house)
    first, second = house.browser("reviewer_l1"), house.browser("reviewer_l1")
    for browser in (first, second):
        browser.get(f"/inbox/{task.id}")
    first.post(f"/inbox/{task.id}/claim")

    done = submit(first, f"/inbox/{task.id}", {"decision": "approve", "opinion": ""})
    late = submit(second, f"/inbox/{task.id}", {"decision": "reject", "opinion": ""})

    assert done.status_code == 200
    assert late.status_code == 409
    assert "周敏" in late.json["message"]


def test_an_old_page_cannot_overwrite_a_task_that_has_changed(house):
    browser = house.browser("customer_manager")
    address = start(browser)

    answer = submit(browser, address, GOOD, version=1)

    assert answer.status_code == 409
    assert answer.json["code"] == "task_changed"


def test_the_task_of_another_branch_is_not_found(house):
    task = entered(house)
    elsewhere = house.browser("reviewer_l1_2")

    assert elsewhere.get(f"/inbox/{task.id}").status_code == 404
    assert elsewhere.get(f"/inbox/{task.id}/colleagues").status_code == 404
    assert task.business_key not in elsewhere.get("/inbox?tab=pool").text


def test_the_commands_on_anothers_task_are_refused(house):
    task = entered(house)
    elsewhere = house.browser("reviewer_l1_2")

    answers = [
        elsewhere.post(f"/inbox/{task.id}/claim").status_code,
        submit(elsewhere, f"/inbox/{task.id}", {"decision": "approve"}).status_code,
    ]

    assert answers == [403, 403]
    assert house.tasks("Task_Review")[0].assignee_id is None


@pytest.mark.parametrize("task_id", ["999999", "9223372036854775807", "92233720368547758070"])
def test_a_task_that_does_not_exist_is_not_found(house, task_id):
    assert house.browser("reviewer_l1").get(f"/inbox/{task_id}").status_code == 404


def test_what_is_typed_is_kept_sealed_and_comes_back(house):
    browser = house.browser("customer_manager")
    address = start(browser)

    kept = browser.client.post(
        f"{address}/draft", json={"phone": "13987654321"}, headers={"X-CSRFToken": browser.token}
    )

    assert kept.json == {"saved": "草稿已于 今天 10:00 保存"}
    assert "13987654321" in browser.get(address).text
    with house.database.read() as session:
        assert b"13987654321" not in session.scalars(select(Draft)).one().sealed


def test_a_draft_of_a_task_that_is_not_held_is_refused(house):
    task = entered(house)
    browser = house.browser("reviewer_l1")
    browser.get(f"/inbox/{task.id}")

    answer = browser.client.post(
        f"/inbox/{task.id}/draft",
        json={"opinion": "x"},
        headers={"X-CSRFToken": browser.token, "Accept": "application/json"},
    )

    assert answer.status_code == 409
    assert answer.json["code"] == "task_not_held"


def test_a_task_is_handed_to_an_eligible_colleague_only(house):
    browser = house.browser("customer_manager")
    address = start(browser)
    offered = browser.get(f"{address}/colleagues").text

    refused = browser.post(
        f"{address}/hand-over", {"to": house.who("reviewer_l1").employee_id, "comment": "请处理"}
    )

    assert "reviewer_l1" not in offered
    assert refused.status_code == 303
    assert "不能转交" in browser.get(address).text
    assert house.tasks("Task_Enter")[0].assignee_name == "周凯"


def test_a_comment_appears_in_the_timeline_as_text(house):
    browser = house.browser("customer_manager")
    address = start(browser)

    browser.post(f"{address}/comment", {"text": "<script>alert(1)</script>"})

    page = browser.get(address).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_returning_a_task_puts_it_into_the_pool(house):
    browser = house.browser("customer_manager")
    address = start(browser)

    browser.post(f"{address}/unclaim")

    assert house.tasks("Task_Enter")[0].assignee_id is None
    assert "组任务池" in browser.get("/inbox?tab=pool").text


def test_uploaded_files_lie_in_the_store_under_their_names(house):
    browser = house.browser("customer_manager")
    address = start(browser)
    answers = {**GOOD, "papers": "files::papers"}

    answer = submit(browser, address, answers, **{"files::papers": (io.BytesIO(PDF), "流水.pdf")})

    assert answer.status_code == 200, answer.text
    with house.database.read() as session:
        history = session.scalars(select(ActivityHistory).where(ActivityHistory.element_id == "Task_Enter"))
        (paper,) = next(row.results["papers"] for row in history if row.results)
    assert paper["filename"] == "流水.pdf"
    assert house.wiring.files.read(paper["sha256"]) == PDF


@pytest.mark.parametrize(("content", "name"), [(b"", "empty.pdf"), (b"MZ\x90\x00 a program", "renamed.pdf")])
def test_an_empty_or_renamed_file_is_refused_beside_its_field(house, content, name):
    browser = house.browser("customer_manager")
    address = start(browser)
    answers = {**GOOD, "papers": "files::papers"}

    answer = submit(browser, address, answers, **{"files::papers": (io.BytesIO(content), name)})

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["papers"]


def test_a_file_above_the_limit_is_refused_beside_its_field(house):
    browser = house.browser("customer_manager")
    address = start(browser)
    large = io.BytesIO(b"%PDF-" + b"0" * (20 * 1024 * 1024))

    answer = submit(
        browser, address, {**GOOD, "papers": "files::papers"}, **{"files::papers": (large, "a.pdf")}
    )

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["papers"]


def test_a_request_above_the_limit_is_told_so_and_stores_nothing(house):
    browser = house.browser("customer_manager")
    address = start(browser)

    answer = browser.client.post(
        address,
        data=b"--x",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(200 * 1024 * 1024)},
        headers={"X-CSRFToken": browser.token, "Accept": "application/json"},
    )

    assert answer.status_code == 413
    assert "20 MB" in answer.json["message"]


def test_the_list_is_filtered_by_deadline_and_says_how_late_a_task_is(house):
    entered(house)
    house.later(days=3)
    browser = house.browser("reviewer_l1")

    late = browser.get("/inbox?tab=pool&due=late").text
    soon = browser.get("/inbox?tab=pool&due=soon").text

    assert "逾期 47时" in late  # due on Wednesday 10:30, after eight working hours
    assert "逾期 47时" not in soon


def test_the_list_goes_on_page_by_page_without_gaps_or_repeats(house, monkeypatch):
    monkeypatch.setattr("web.queue.PAGE_ROWS", 2)
    browser = house.browser("customer_manager")
    for _ in range(5):
        start(browser)

    seen, address = [], "/inbox"
    while address:
        text = browser.get(address).text
        seen += [part.partition('"')[0] for part in text.split('class="row-link" href="')[1:]]
        _before, found, rest = text.partition('hx-get="/inbox/rows')
        address = f"/inbox/rows{rest.partition(chr(34))[0].replace('&amp;', '&')}" if found else ""

    assert sorted(seen) == sorted({f"/inbox/{task.id}" for task in house.tasks("Task_Enter")})
    assert len(seen) == 5


@pytest.mark.parametrize(
    "place", ["x", "2026-01-01~1", "~", "2026-01-01T00:00:00+00:00~99999999999999999999"]
)
def test_a_place_that_no_page_has_given_begins_at_the_beginning(house, place):
    browser = house.browser("customer_manager")
    start(browser)

    assert browser.get("/inbox/rows", query_string={"after": place}).text.count("row-link") == 1


def test_a_finished_task_leads_to_its_case(house):
    task = entered(house)
    browser = house.browser("customer_manager")
    with house.database.read() as session:
        done = session.scalars(select(UserTask).where(UserTask.status == TaskStatus.DONE)).one()

    answer = browser.get(f"/inbox/{done.id}")

    assert answer.location == f"/cases/{task.business_key}"


def test_who_holds_no_task_is_led_to_the_groups_where_work_waits(house):
    entered(house)

    reviewer, manager = house.browser("reviewer_l1"), house.browser("customer_manager")

    assert reviewer.get("/inbox/next").location == "/inbox?tab=pool"
    assert "组任务池有 1 条任务等待领取" in reviewer.get("/inbox").text
    assert manager.get("/inbox/next").location == "/inbox"
    assert "没有等待办理的任务。" in manager.get("/inbox").text


def test_while_the_demo_is_built_sign_in_and_inbox_say_how_far_it_is(house):
    house.app = create_app(replace(house.wiring, demo_progress=lambda _session: (12, 60)))

    sign_in = house.visitor().get("/sign-in").text
    inbox = house.browser("reviewer_l1").get("/inbox").text

    assert "演示案件生成中：12 / 60" in sign_in
    assert "演示案件生成中：12 / 60" in inbox
