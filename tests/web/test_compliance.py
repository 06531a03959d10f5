"""The compliance register: rules with source, owner and next review; owners are reminded and review their own."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from company.notices import Notice
from company.organisation import business_date
from company.people import Employee
from lending import compliance
from lending.compliance import ComplianceReview, ComplianceRule


def rule_of(house, code):
    with house.database.read() as session:
        return session.scalars(select(ComplianceRule).where(ComplianceRule.code == code)).one()


@pytest.mark.feature("M-178")
def test_each_rule_stands_with_its_source_its_owner_and_its_next_review(house):
    page = house.browser("legal").get("/compliance").text

    for words in (
        "个人信息保护法 第44—50条",
        "反洗钱法 (2024) 第34条",
        "民法典 第680条",
        "投诉专员",
        "2027-03-01",
    ):
        assert words in page
    assert house.browser("front_desk").get("/compliance").status_code == 403


@pytest.mark.feature("M-178")
def test_a_review_is_recorded_by_the_owner_and_the_next_one_is_reckoned_from_it(house):
    rule = rule_of(house, "COMPLAINT-15")
    officer, other = house.browser("complaints_officer"), house.browser("finance_accountant")
    for browser in (officer, other):
        browser.get("/compliance")
    told = {"kept": "0", "finding": "两起超期，已整改"}

    silent = officer.post(f"/compliance/{rule.id}/review", {"kept": "1"}, follow_redirects=True)
    foreign = other.post(f"/compliance/{rule.id}/review", told)
    officer.post(f"/compliance/{rule.id}/review", told)

    assert "请填写复核结论" in silent.text
    assert foreign.status_code == 403
    assert "两起超期" in officer.get("/compliance").text
    assert str(rule_of(house, "COMPLAINT-15").next_review_on) == "2027-03-01"
    with house.database.read() as session:
        kept = session.scalars(select(ComplianceReview)).one()
    assert (kept.kept, str(kept.reviewed_on)) == (False, "2026-09-01")


@pytest.mark.feature("M-178")
def test_owners_are_reminded_two_weeks_before_and_not_every_day(house):
    rule = rule_of(house, "PIPL-44")
    with house.database.write() as session:
        today = business_date(session)
        session.get_one(ComplianceRule, rule.id).next_review_on = today + timedelta(days=14)
        told = [
            compliance.remind(session, today + timedelta(days=day), house.clock.now()) for day in (0, 1, 7)
        ]

    with house.database.read() as session:
        names = session.scalars(
            select(Employee.username).join(Notice, Notice.employee_id == Employee.id)
        ).all()
    assert told == [1, 0, 1]
    assert set(names) == {"legal"}
    assert "应于 2026-09-15 前复核" in house.browser("legal").get("/notices").text


def test_a_rule_of_ones_own_is_entered_whole_and_once(house):
    officer = house.browser("legal")
    officer.get("/compliance")
    rule = {
        "code": "SH-2026-1",
        "name": "地方金融组织监管要求",
        "source": "沪金规〔2026〕1号",
        "duty": "按季报送业务数据",
        "owner_role": "finance_accountant",
        "every_months": "3",
        "next_review_on": "2026-12-15",
    }

    officer.post("/compliance", rule)
    again = officer.post("/compliance", rule, follow_redirects=True)
    never = officer.post("/compliance", {**rule, "code": "X", "every_months": "0"}, follow_redirects=True)
    owner = officer.post("/compliance", {**rule, "code": "Y", "owner_role": "king"}, follow_redirects=True)

    assert "SH-2026-1" in again.text
    assert "已在合规台账中" in again.text
    assert "复核周期" in never.text
    assert "king" in owner.text
    assert house.browser("branch_manager").post("/compliance", rule).status_code == 403
