"""What the company asks of its own house, acted through the pages: one branch apart from another, and four eyes."""

import io
import json
import re

import pytest
from customers_at_hand import LI, enter
from openpyxl import load_workbook
from sqlalchemy import select
from web_desk import GOOD, entered, start, submit
from web_house import bundle

from company.people import SYSTEM, Employee
from engine.bundles import Bundle
from engine.deployments import Definition
from engine.history import ActivityHistory
from engine.tasks import Instance
from lending import documents
from lending.applications import Application
from lending.documents import DocumentKind

THERE = "欧阳震华"


def the_id(house, username):
    with house.database.read() as session:
        return session.scalar(select(Employee.id).where(Employee.username == username))


@pytest.fixture
def elsewhere(house):
    """A case of the Hangzhou branch that waits for its review, with its customer and a document; its task."""
    manager = house.browser("customer_manager_2")
    assert submit(manager, start(manager), {**GOOD, "customer_name": THERE}).status_code == 200
    (task,) = house.tasks("Task_Review")
    customer_id = enter(house, THERE, LI, owner="customer_manager_2")
    stored = documents.store(house.wiring.files, "身份证.pdf", b"%PDF-1.7 secret")
    with house.database.write() as session:
        asked = select(Application).where(Application.application_no == task.business_key)
        session.scalars(asked).one().customer_id = customer_id
        paper = documents.attach(
            session,
            task.business_key,
            DocumentKind.RESIDENT_ID_FRONT,
            "身份证.pdf",
            stored,
            by=None,
            now=house.clock.now(),
        )
        return task, customer_id, paper.id


def figures(browser):
    """What the event stream tells."""
    said = re.search(r"^data: (.*)$", browser.get("/events").text, re.M)
    return json.loads(said[1])


@pytest.mark.feature("M-006")
def test_a_reviewer_of_one_branch_never_sees_another_in_list_address_search_export_api_or_events(
    house, elsewhere
):
    task, customer_id, document_id = elsewhere
    number, reviewer = task.business_key, house.browser("reviewer_l1")
    before = figures(reviewer)
    at_home = house.browser("reviewer_l1_2")
    pages = {
        "lists": [
            "/inbox",
            "/inbox?tab=pool",
            "/inbox/rows?tab=pool",
            "/cases",
            "/customers",
            "/loans",
            "/start",
            "/intake",
            "/lists/done",
            "/lists/started",
            "/lists/copies",
            "/lists/opinions",
            "/notices",
            "/vehicles",
        ],
        "searches": [f"/cases?q={number[-6:]}", f"/customers?q={THERE[:2]}", f"/inbox?tab=pool&q={THERE}"],
    }
    own = [
        f"/cases/{number}",
        f"/inbox/{task.id}",
        f"/customers/{customer_id}",
        f"/documents/{document_id}",
        f"/documents/{document_id}/content",
    ]
    hidden = [
        *own,
        f"/cases/{number}/approval-sheet",
        f"/cases/{number}/photos",
        f"/documents/{document_id}/view",
        f"/inbox/{task.id}/ways-back",
        f"/inbox/{task.id}/colleagues",
        f"/inbox/{task.id}/people?name=a",
    ]
    reviewer.get("/inbox")
    searched = [
        reviewer.post("/cases", {"q": number}, follow_redirects=True),
        reviewer.post("/customers", {"q": LI}, follow_redirects=True),
        reviewer.post("/inbox/find", {"q": GOOD["phone"]}, follow_redirects=True),
    ]
    exported = reviewer.get("/intake/workbook?purpose=核对")
    acted = [
        reviewer.post(f"/inbox/{task.id}/{act}", {"reason": "x", "to": "1"}).status_code
        for act in ("claim", "send-back", "remind", "opinions", "copies", "draft")
    ]

    assert [at_home.get(address).status_code for address in own] == [200] * len(own), "there it is open"
    for address in (*pages["lists"], *pages["searches"]):
        answer = reviewer.get(address)
        assert answer.status_code in (200, 303), address
        assert number not in answer.text, address
        assert customer_id is None or f"/customers/{customer_id}" not in answer.text, address
        assert f'href="/inbox/{task.id}"' not in answer.text, address
    assert [reviewer.get(address).status_code for address in hidden] == [404] * len(hidden)
    for answer in searched:
        assert answer.status_code == 200
        assert f"/cases/{number}" not in answer.text
        assert f"/customers/{customer_id}" not in answer.text
    assert exported.mimetype.endswith("sheet")
    cells = load_workbook(io.BytesIO(exported.data)).active.values
    assert not [row for row in cells if number in row]
    assert not [status for status in acted if status < 300], acted
    assert house.tasks("Task_Review")[0].assignee_id is None
    assert figures(reviewer) == before
    assert figures(at_home)["pool"] == 1


def test_a_substitute_does_not_review_through_a_colleague_what_he_entered_himself(house):
    admin, elsewhere = house.browser("admin"), house.who("reviewer_l1_2").unit_id
    admin.get("/staff")
    author = the_id(house, "customer_manager")
    admin.post(f"/staff/{author}/roles", {"do": "give", "role": "reviewer_l1", "unit": elsewhere})
    task = entered(house)
    away = house.browser("reviewer_l1")
    away.get("/substitutions")
    days = {"first_day": "2026-09-15", "last_day": "2026-09-17", "reason": "年假"}
    assert away.post("/substitutions", {**days, "substitute": author}).status_code == 303
    substitute = house.browser("customer_manager")

    offered = substitute.get("/inbox/rows?tab=pool").text
    page = substitute.get(f"/inbox/{task.id}")
    substitute.post(f"/inbox/{task.id}/claim")
    sent = submit(substitute, f"/inbox/{task.id}", {"decision": "approve"}, version=task.version)

    assert f"/inbox/{task.id}" not in offered
    assert (page.status_code, sent.status_code) == (409, 409)
    assert sent.json["code"] == "four_eyes"
    assert house.tasks("Task_Review")[0].assignee_id is None
    with house.database.read() as session:
        done = session.scalars(select(ActivityHistory.element_id).where(ActivityHistory.kind == "user")).all()
    assert done == ["Task_Enter"]


@pytest.mark.feature("M-187")
def test_a_changed_diagram_is_the_next_version_and_a_running_case_stays_on_its_own(house):
    task = entered(house)
    first = bundle()
    changed = first.files["credit_application.bpmn"].replace(b"<bpmn:endEvent ", b"<bpmn:endEvent  ", 1)
    assert changed != first.files["credit_application.bpmn"]
    with house.database.write() as session:
        again = Bundle(first.name, {**first.files, "credit_application.bpmn": changed})
        house.engine.deploy(session, again, SYSTEM, "第二版")
    start(house.browser("customer_manager"))

    tabs = house.browser("process_analyst").get("/processes/credit_application").text

    with house.database.read() as session:
        versions = {each.id: each.version for each in session.scalars(select(Definition))}
        old = session.get_one(Instance, task.instance_id)
        young = session.scalars(select(Instance).order_by(Instance.id.desc())).first()
        assert (versions[old.definition_id], versions[young.definition_id]) == (1, 2)
    assert "/processes/credit_application/1" in tabs
    assert "/processes/credit_application/2" in tabs
