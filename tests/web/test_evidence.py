"""Why was this decided: the page of one decision, over a table of the product."""

import re
from decimal import Decimal

import diagrams as d
import pytest
from sqlalchemy import select

from cheliu.wiring import PROCESSES
from company.people import SYSTEM
from engine.bundles import Bundle
from engine.history import DecisionEvidence
from engine.tasks import CaseFacts

REVIEW = PROCESSES / "loan_review"


@pytest.fixture
def decided(house):
    """The addresses of a case of Shanghai and of its one decision: a grade of debt 0.47 and loan to value 0.70."""
    browser = house.browser("customer_manager")
    browser.get("/cases/new")
    browser.post("/cases/new")
    (task,) = house.tasks()
    steps = [
        d.start(),
        d.rule(
            "Task_GradeCustomer", "customer_grade", resultVariable_="grade", mapDecisionResult_="singleEntry"
        ),
        d.user("t", candidateGroups_="reviewer_l1"),
        d.end(),
        d.path("s", "Task_GradeCustomer", "t", "e"),
    ]
    deploy(house, {"p.bpmn": d.bundle(d.process("grading", *steps))})
    with house.database.write() as session:
        facts = {"dti": Decimal("0.47"), "ltv": Decimal("0.70")}
        house.engine.start(
            session,
            "grading",
            task.business_key,
            data=facts,
            actor=house.who("customer_manager"),
            facts=CaseFacts(title="王建国", unit_id=task.unit_id, owner_id=task.owner_id),
        )
        row = session.scalars(select(DecisionEvidence)).one()
        return f"/cases/{task.business_key}", f"/cases/{task.business_key}/decisions/{row.id}"


def deploy(house, files):
    table = (REVIEW / "customer_grade.dmn").read_bytes()
    english = (REVIEW / "en.json").read_bytes()
    with house.database.write() as session:
        bundle = Bundle("grading", {"customer_grade.dmn": table, "en.json": english, **files})
        house.engine.deploy(session, bundle, SYSTEM, "测试")


def cells(page):
    """The rows of the page's table as lists of texts, the matched ones first with their numbers."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.S)[1]
    rows = re.findall(r"<tr( class=\"matched\"[^>]*)?>(.*?)</tr>", body, re.S)
    texts = [
        (bool(mark), [re.sub(r"<[^>]+>", "", cell).strip() for cell in row.split("</td>")])
        for mark, row in rows
    ]
    return [row[0] for mark, row in texts if mark], [row for _mark, row in texts]


def test_a_rule_hit_leads_to_the_whole_table_with_the_row_that_matched_and_what_the_case_brought(
    house, decided
):
    browser = house.browser("customer_manager")

    case, page = (browser.get(address).text for address in decided)

    assert f'href="{decided[1]}"' in case
    matched, rows = cells(page)
    assert matched == ["3 命中"]
    assert len(rows) == 4
    assert rows[0] == ["1", "&lt;= 0.30", "&lt;= 0.60", "&#34;A&#34;", "收入宽裕、首付高", ""]
    assert re.findall(r'<tr class="brought">.*?</tr>', page, re.S)[0].count("<td>0.47</td><td>0.7</td>") == 1
    assert "债务收入比" in page
    assert "取第一条命中的行" in page
    assert "第 1 版" in page
    assert "2026-09-15 10:00" in page


def test_the_evidence_reads_in_english(house, decided):
    browser = house.browser("customer_manager")
    browser.get(decided[1])
    browser.post("/language", {"language": "en"})

    page = browser.get(decided[1]).text

    assert "Why this was decided" in page
    assert "Grade the customer" in page
    assert "Debt to income" in page
    assert "Ample income, high down payment" in page
    assert "the first row that matches" in page


def test_a_later_deployment_does_not_change_what_was_decided(house, decided):
    changed = (REVIEW / "customer_grade.dmn").read_bytes().replace(b"0.50", b"0.45")
    deploy(house, {"customer_grade.dmn": changed, "p.bpmn": d.bundle(d.process("grading", *later()))})

    page = house.browser("customer_manager").get(decided[1]).text

    assert cells(page)[0] == ["3 命中"]
    assert "&lt;= 0.50" in page
    assert "0.45" not in page


def later():
    return d.start(), d.user("t2", candidateGroups_="reviewer_l1"), d.end(), d.path("s", "t2", "e")


def test_evidence_is_found_by_who_may_open_its_case_and_under_that_case_only(house, decided):
    browser = house.browser("customer_manager")
    browser.get("/cases/new")
    browser.post("/cases/new")
    other = house.tasks()[-1].business_key
    number = decided[1].rpartition("/")[2]

    seen = {
        name: house.browser(name).get(decided[1]).status_code
        for name in ("branch_manager", "branch_manager_2")
    }
    elsewhere = [
        browser.get(at).status_code
        for at in (f"/cases/{other}/decisions/{number}", f"{decided[0]}/decisions/999")
    ]

    assert seen == {"branch_manager": 200, "branch_manager_2": 404}
    assert other not in decided[1]
    assert elsewhere == [404, 404]


def test_names_cars_and_plates_that_a_table_read_are_masked_by_role(house, decided):
    with house.database.write() as session:
        row = session.scalars(select(DecisionEvidence)).one()
        row.inputs = {
            **row.inputs,
            "customer_name": "王建国",
            "car": "LGXCE6CB4P0123456",
            "number": "沪AD12345",
            "phone": "sealed:7",
        }

    whole, masked = (
        house.browser(name).get(decided[1]).text for name in ("branch_manager", "process_analyst")
    )

    for text, hidden in (
        ("王建国", "王**"),
        ("LGXCE6CB4P0123456", "LGX**********3456"),
        ("沪AD12345", "沪A****45"),
    ):
        assert text in whole
        assert text not in masked
        assert hidden in masked
    assert "sealed:7" not in whole + masked
