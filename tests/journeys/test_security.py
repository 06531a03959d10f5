"""The car as security: a value that two appraisers look at, a car on the black list, a mortgage after the pay-out."""

import re

import pytest
from installation import TODAY
from loan_road import DESK, ENTRY, L1
from staff import IN_BROWSER, OVER_HTTP, Paper

INSPECT, APPRAISE, SECOND, REVIEW = "查勘车辆", "出具评估价", "第二评估师复评", "复核评估结果"
PROPOSE, DECIDE = "提出名单变更", "审批名单变更"
PAPERS, APPLY, RESULT, STORE = "备齐抵押材料", "与车主共同申请", "登记抵押结果", "证书入库"
USED = {
    "vehicle_kind": "used",
    "product_code": "USED_STD",
    "model_name": "大众 途观L",
    "plate_no": "沪A12345",
    "first_registered_on": "2023-05-06",
    **{
        key: Paper(f"{key}.pdf")
        for key in ("doc_vehicle_licence", "doc_registration_certificate", "doc_inspection_report")
    },
}


@pytest.mark.feature("M-131")
@pytest.mark.feature("M-132")
@IN_BROWSER
def test_a_used_car_valued_above_the_market_is_appraised_by_a_second_person(staff, road):
    way = road(amount="80000.00", price="160000.00").open()
    way.act("front_desk", ENTRY, **way.applicant.answers(way.crew) | USED)
    way.check_papers().call()
    seen = {"vin_seen": way.applicant.vin, "mileage_km": "45000", "condition_grade": "A", "photo_count": "24"}
    way.act("appraiser", INSPECT, inspection_outcome="inspected", **seen)
    way.act("appraiser", APPRAISE, appraiser_value="155000.00", appraiser_comment="车况好于同类车。")

    way.as_("appraiser_2")
    staff.do(way.key, SECOND, second_value="120000.00", second_comment="三家成交价的中位数。")
    way.act("branch_manager", REVIEW, appraisal_adopted="second", review_remark="按成交价。")
    way.talk().report()

    way.as_("reviewer_l1")
    staff.look_at(way.key, L1)
    facts = staff.case(way.key).facts
    assert facts["车价 / 计价基数"].endswith("120,000.00")
    assert any(SECOND in line and "已办理" in line for line in staff.case(way.key).timeline)


@pytest.mark.feature("M-015")
@OVER_HTTP
def test_a_car_on_the_black_list_stops_an_application_in_plain_words(staff, road):
    way = road()
    way.as_("branch_manager")
    opened = staff.press("/lists", PROPOSE)
    number = re.search(r"LIST-\d{4}-\d{6}", opened.text)[0]
    named = {"list_subject": "vehicle", "list_vin": way.applicant.vin, "list_until": "2028-09-01"}
    grounds = {"list_reason": "车辆为盗抢车", "list_source": "公安协查函 12 号"}
    staff.do(number, PROPOSE, list_action="add", list_colour="black", **named, **grounds)
    way.as_("reviewer_l2")
    staff.do(number, DECIDE, list_decision="approve", list_comment="函件已核实。")

    way.enter()

    case = staff.await_case(way.key, "已拒绝")
    assert case.facts["拒绝理由"] == "客户、车辆或经销商在禁止受理名单内"
    assert "车辆为盗抢车" in case.facts["说明"]
    way.as_("branch_manager")
    assert any(way.applicant.vin in cell for row in staff.visit("/lists").rows() for cell in row)
    assert not any(DESK in line for line in case.timeline)


@pytest.mark.feature("M-138")
@pytest.mark.feature("M-139")
@IN_BROWSER
def test_a_new_car_is_paid_first_and_mortgaged_afterwards(staff, road):
    way = road().registered().release()
    way.loan()
    policy = {"insurer": "示例财产保险", "policy_no": f"PD{way.key[-6:]}", "lender_first": True}
    days = {"policy_from": TODAY, "policy_until": "2027-08-31"}
    ready = ["owner_id", "mortgagee_id", "certificate", "mortgage_contract"]
    way.act("contract_officer", PAPERS, papers_ready=ready, **policy, **days)
    applied = {
        "applied_on": TODAY,
        "acceptance_no": "SL-1",
        "owner_present": True,
        "office_name": "浦东车管所",
    }
    way.act("contract_officer", APPLY, **applied)

    staff.installation.travel(hours=24)
    result = {"registered_on": TODAY, "certificate_no": "310012345601", "public_query_done": True}
    scan = {"doc_registration_certificate": Paper("certificate.pdf")}
    way.act("contract_officer", RESULT, office_decision="registered", **result, **scan)
    received = {"items_received": ["registration_certificate"], "handed_by": way.applicant.person.name}
    way.act("contract_officer", STORE, custody_slot="A-03-12", **received)

    record = staff.visit(f"/collateral/{way.key}")
    assert record.facts["登记证书编号"] == "310012345601"
    assert record.rows(holding="A-03-12")
    assert record.rows(holding="示例财产保险")
    assert "已抵押、证书在库" in record.status_chips
