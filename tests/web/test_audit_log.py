"""The audit log on the page: found by day, person, act and thing; exported on record; a changed row shows."""

from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import select, text

from company.audit import AuditEntry


@pytest.fixture
def auditor(house):
    house.browser("front_desk")
    browser = house.browser("auditor")
    browser.get("/audit")
    return browser


def test_the_log_is_narrowed_by_day_person_act_and_thing(auditor, house):
    desk = house.who("front_desk").employee_id

    everything = auditor.get("/audit").text
    of_desk = auditor.get("/audit?who=front_desk&act=sign_in&since=2026-09-15&until=2026-09-15").text
    of_thing = auditor.get(f"/audit?thing={desk}").text
    before = auditor.get("/audit?until=2026-09-14").text

    assert '<span class="soft">auditor</span>' in everything
    assert '<span class="soft">front_desk</span>' in of_desk
    assert '<span class="soft">auditor</span>' not in of_desk
    assert f"员工 {desk}" in of_thing
    assert '<span class="soft">front_desk</span>' not in before


def test_a_whole_chain_is_confirmed_and_a_changed_row_is_named(auditor, house):
    auditor.post("/audit/check")
    whole = auditor.get("/audit").text
    with house.database.write() as session:
        session.execute(text("UPDATE audit_entry SET actor_name = 'nobody' WHERE id = 1"))
    auditor.post("/audit/check")
    broken = auditor.get("/audit").text

    assert "没有被改动" in whole
    assert "第 1 条处断开" in broken


def test_an_export_says_who_took_it_and_is_an_entry_itself(auditor, house):
    answer = auditor.get("/audit/export?who=front_desk&purpose=检查", follow_redirects=True)

    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert any("导出人 " in cell and "(auditor)" in cell and "用途：检查" in cell for cell in cells)
    assert "登录" in cells
    with house.database.read() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (last.action, last.after) == (
        "audit.export",
        {"who": "front_desk", "rows": 1, "purpose": "检查"},
    )


def test_an_export_that_is_cut_says_so(auditor, monkeypatch):
    monkeypatch.setattr("web.audit_log.EXPORT_ROWS_MAX", 1)

    sheet = openpyxl.load_workbook(
        BytesIO(auditor.get("/audit/export?purpose=检查", follow_redirects=True).data)
    ).active

    assert any("只含最新的 1 条" in str(row[0]) for row in sheet.iter_rows(values_only=True))


def test_only_the_auditor_opens_it(house):
    assert house.browser("admin").get("/audit").status_code == 403
    assert house.browser("branch_manager").get("/audit/export").status_code == 403
