"""From the customer at the desk to the entered application; an identity that differs twice; papers that never come."""

import pytest
from loan_road import DESK, ENTRY, Applicant
from reception import CORRECT, FIRST, READ, SECOND, SHOW, Reception
from staff import IN_BROWSER, Paper

SIGNED = {"doc_signed_risk_notice": Paper("notice.pdf"), "notice_confirmed": True}


@pytest.mark.feature("M-022")
@pytest.mark.feature("M-037")
@IN_BROWSER
def test_a_customer_is_received_chooses_reads_the_notice_and_is_not_asked_again(staff, draw):
    visit = Reception(staff, Applicant(draw)).documented().choose().do(SHOW, notice_handed=True)

    staff.open_task(visit.key, READ)
    staff.fill(SIGNED)
    hurried = staff.submit()
    assert not hurried.done
    assert hurried.tells("30 秒")
    staff.installation.travel(seconds=31)
    visit.do(READ, **SIGNED)

    staff.open_task(visit.key, ENTRY)
    assert staff.typed("customer_name") == visit.name
    assert staff.submit().done
    case = staff.case(visit.key)
    assert case.facts["申请状态"] == "已提交"
    assert [row[1] for row in case.rows(holding="已同意")] == ["处理个人信息", "查询征信"]
    assert staff.pdf_text(f"/cases/{visit.key}", f"{visit.key}-XZ.pdf").count(visit.name) == 1
    staff.sign_in("investigator")
    staff.look_at(visit.key, DESK)


@pytest.mark.feature("M-036")
@pytest.mark.postgresql
def test_an_identity_that_differs_twice_is_judged_by_two_people(staff_over_http, draw):
    staff_over_http.set_party("identity", refuse_next=2)
    visit = Reception(staff_over_http, Applicant(draw)).documented()

    visit.do(CORRECT, customer_name=visit.name)
    visit.do(FIRST, first_identity_result="verified", first_identity_note="本人到场，证件无误")
    visit.do(
        SECOND,
        "branch_manager",
        second_identity_result="failed",
        second_identity_note="照片与本人不符",
    )

    staff_over_http.sign_in("front_desk")
    told = staff_over_http.open_task(visit.key, "告知拒绝理由") or staff_over_http.page()
    assert "身份核验未通过" in told.carried_form()["data"]["rejection_text"]


@pytest.mark.postgresql
def test_papers_that_never_come_close_the_case_after_two_reminders(staff_over_http, draw):
    visit = Reception(staff_over_http, Applicant(draw)).register().state_needs().consent()
    visit.collect(licence=False).confirm(licence=False)
    staff_over_http.await_case(visit.key, "客户已补交资料")

    for days in (3, 3, 10):
        staff_over_http.installation.travel(hours=24 * days)
        staff_over_http.await_case(visit.key, {3: "短信", 10: "超时关闭"}[days])

    case = staff_over_http.await_case(visit.key, "超时关闭")
    assert case.facts["申请状态"] == "超时关闭"
