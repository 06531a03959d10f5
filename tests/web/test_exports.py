"""What leaves the house as a table: for a purpose, marked, written down, beyond the limit only when another agrees."""

import io
import re
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from company import audit, parameters
from company import exports as company_exports
from company.audit import AuditEntry
from company.exports import ExportRequest
from company.people import SYSTEM

JOURNAL = "/registers/fund-journal/workbook?since=2026-09-01&until=2026-09-30"


@pytest.fixture
def narrow(house):
    """The limit is none at all: every export with a row needs an approval."""
    with house.database.write() as session:
        parameters.publish(
            session,
            "export_rows_max",
            0,
            valid_from=date(2026, 9, 1),
            source_text="test",
            approved_by="test",
        )


def cells(answer):
    sheet = load_workbook(io.BytesIO(answer.data)).active
    return sheet, [str(row[0]) for row in sheet.iter_rows(values_only=True)]


def ask(house, browser, address, purpose):
    """Ask for what the page of an export offers; the address that was asked for."""
    offer = re.search(r'name="offer" value="([^"]+)"', browser.get(address, follow_redirects=True).text)[1]
    assert browser.post("/exports", {"offer": offer, "purpose": purpose}).status_code == 303
    with house.database.read() as session:
        asked = select(ExportRequest.address).order_by(ExportRequest.id.desc()).limit(1)
        return session.scalars(asked).one()


def exports(house):
    with house.database.read() as session:
        asked = select(AuditEntry).where(AuditEntry.action.contains("export")).order_by(AuditEntry.id)
        return [
            (each.action, each.actor_name, (each.after or {}).get("purpose"))
            for each in session.scalars(asked)
        ]


@pytest.mark.feature("M-176")
def test_a_table_leaves_for_a_purpose_only_and_says_who_took_it_when_and_what_for(house):
    accountant = house.browser("finance_accountant")

    unsaid = accountant.get(JOURNAL)
    taken = accountant.get(f"{JOURNAL}&purpose=月末核对")

    assert unsaid.mimetype == "text/html"
    assert "导出用途" in unsaid.text
    sheet, rows = cells(taken)
    marked = [row for row in rows if "(finance_accountant)" in row]
    assert len(marked) == 1
    assert "2026-09-15 10:00" in marked[0]
    assert "用途：月末核对" in marked[0]
    assert "用途：月末核对" in sheet.oddFooter.center.text
    assert exports(house) == [("register.export", "finance_accountant", "月末核对")]


@pytest.mark.feature("M-176")
def test_many_rows_leave_once_when_another_person_has_agreed(house, narrow):
    auditor, officer = house.browser("auditor"), house.browser("legal")
    address = "/audit/export?who=auditor"

    asking = auditor.get(f"{address}&purpose=检查", follow_redirects=True)
    assert "须由他人审批" in asking.text
    address = ask(house, auditor, address, "年度检查")
    early = auditor.get(f"{address}&export=1")
    waiting = officer.get("/exports").text
    own = auditor.post("/exports/1/approve")
    told = officer.get("/notices").text
    officer.post("/exports/1/approve")
    listed = auditor.get("/exports").text
    other = house.browser("finance_accountant").get(f"{address}&export=1")
    wider = auditor.get("/audit/export?upto=9999&export=1", follow_redirects=True)
    taken = auditor.get(f"{address}&export=1")
    again = auditor.get(f"{address}&export=1", follow_redirects=True)

    assert early.mimetype == "text/html"
    assert "年度检查" in waiting
    assert "等待审批" in told
    assert own.status_code == 403
    assert "下载" in listed
    assert other.status_code == 403
    assert wider.mimetype == "text/html"
    assert any("用途：年度检查" in row for row in cells(taken)[1])
    assert "不能下载" in again.text
    assert [action for action, *_ in exports(house)] == ["export.ask", "export.approve", "audit.export"]


def test_an_approval_ends_after_a_day_and_a_refusal_lets_nothing_go(house, narrow):
    auditor, officer = house.browser("auditor"), house.browser("legal")
    addresses = [ask(house, auditor, f"/audit/export?who={who}", "检查") for who in ("auditor", "legal")]
    officer.get("/exports")
    officer.post("/exports/1/approve")
    officer.post("/exports/2/refuse")
    house.later(hours=25)
    auditor = house.browser("auditor")

    late = auditor.get(f"{addresses[0]}&export=1", follow_redirects=True)
    refused = auditor.get(f"{addresses[1]}&export=2", follow_redirects=True)

    assert "不能下载" in late.text
    assert "不能下载" in refused.text


def test_who_decides_reaches_the_requests_of_the_own_branch_and_nobody_sends_elsewhere(house, narrow):
    manager = house.browser("branch_manager")
    actor = house.who("branch_manager")
    given = {"what": "资金日记账", "address": JOURNAL, "rows": 5, "purpose": "核对", "now": house.clock.now()}
    with house.database.write() as session:
        company_exports.ask(session, **given, unit_id=actor.unit_id, by=actor.employee_id)

    elsewhere = house.browser("branch_manager_2")
    assert "资金日记账" not in elsewhere.get("/exports").text
    assert elsewhere.post("/exports/1/approve").status_code == 404
    manager.get("/exports")
    of_oneself = manager.post("/exports/1/approve", follow_redirects=True)
    assert "须由他人审批" in of_oneself.text
    assert house.browser("front_desk").post("/exports", {"offer": "x", "purpose": "x"}).status_code == 403
    with house.database.read() as session:
        assert len(session.scalars(select(ExportRequest)).all()) == 1


def test_what_was_approved_of_the_log_does_not_grow_by_asking_for_it(house):
    with house.database.write() as session:
        for number in range(201):
            audit.record(session, house.clock.now(), SYSTEM, "request", "probe", number)
    auditor, officer = house.browser("auditor"), house.browser("legal")

    address = ask(house, auditor, "/audit/export", "年度检查")
    officer.get("/exports")
    officer.post("/exports/1/approve")
    house.browser("front_desk")
    taken = auditor.get(f"{address}&export=1")

    rows = cells(taken)[1]
    assert any("用途：年度检查" in row for row in rows)
    with house.database.read() as session:
        (asked,) = session.scalars(select(ExportRequest))
        (left,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "audit.export"))
        assert left.after["rows"] == asked.rows


def test_rows_and_name_of_an_export_are_those_of_the_page_not_of_whoever_asks(house, narrow):
    auditor, accountant = house.browser("auditor"), house.browser("finance_accountant")
    page = auditor.get("/audit/export", follow_redirects=True).text
    offer = re.search(r'name="offer" value="([^"]+)"', page)[1]
    auditor.get("/exports")
    forged = {"what": "一行", "rows": "1", "address": "/audit/export?upto=9999", "purpose": "检查"}

    made_up = [
        auditor.post("/exports", {**forged, "offer": text}).status_code
        for text in ("", "x.y", offer[:-2] + "zz")
    ]
    accountant.get("/exports")
    of_another = accountant.post("/exports", {"offer": offer, "purpose": "检查"}).status_code
    auditor.post("/exports", {**forged, "offer": offer})

    assert made_up == [400] * 3
    assert of_another == 400
    with house.database.read() as session:
        (asked,) = session.scalars(select(ExportRequest))
        assert asked.what == "操作日志"
        assert asked.rows > 1
        assert asked.address != forged["address"]
