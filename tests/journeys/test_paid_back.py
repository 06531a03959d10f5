"""A loan paid back: a receipt through two people, the early repayment as a case, the certificate, the car set free."""

import re

import pytest
from installation import TODAY
from loan_road import Applicant, Road
from staff import Paper

CHECK = "复核入账"


def booked(staff, way, address, **fields):
    """The maker sends a booking for approval, the checker approves it; the loan's page after that."""
    way.as_("finance_maker")
    sent = staff.press(address, "送审", booking_date=TODAY, **fields)
    numbers = re.findall(r"ZW-\d{4}-\d{6}", sent.text)
    assert numbers, f"{sent.status} {sent.address}: {sent.text[:1500]}"
    way.as_("finance_checker")
    staff.do(numbers[0], CHECK, check_decision="approve")
    way.as_("finance_maker")
    return staff.visit(way.address)


def mortgaged(staff, way):
    """The car is mortgaged at the office, which takes a day, and its certificate lies in custody."""
    papers = ["owner_id", "mortgagee_id", "certificate", "mortgage_contract"]
    policy = {
        "insurer": "示例财产保险",
        "policy_no": "PDAA1",
        "policy_from": TODAY,
        "policy_until": "2027-08-31",
    }
    sealed = {"lender_first": True, "doc_insurance_policy": Paper("policy.pdf"), "plate_no": "沪A12345"}
    way.act(
        "contract_officer", "备齐抵押材料", papers_ready=papers, network_verified=True, **policy, **sealed
    )
    applied = {"applied_on": TODAY, "acceptance_no": "SL1", "owner_present": True, "office_name": "车管所"}
    way.act("contract_officer", "与车主共同申请", **applied)
    staff.installation.travel(hours=24)
    entered = {"office_decision": "registered", "registered_on": TODAY, "certificate_no": "310012345601"}
    scan = {"public_query_done": True, "doc_registration_certificate": Paper("certificate.pdf")}
    way.act("contract_officer", "登记抵押结果", **entered, **scan)
    stored = {"custody_slot": "A-03-12", "handed_by": "车主", "items_received": ["registration_certificate"]}
    way.act("contract_officer", "证书入库", **stored)


def business_date(staff):
    return re.search(r"营业日期：(\d{4}-\d{2}-\d{2})", staff.visit("/books/day-end").text)[1]


def day_ended(staff, way):
    """The books leave the first day, by this person or by the night's own run; the day on which they stand then."""
    way.as_("finance_accountant")
    if business_date(staff) == TODAY:
        staff.press("/books/day-end", "运行日终")
    staff.await_page(
        lambda: staff.visit("/books/day-end"), lambda _sheet: business_date(staff) > TODAY, "a day-end"
    )
    return business_date(staff)


def repaid(staff, way, day):
    """The customer asks for the end of the loan, confirms the quote, and two people post the money."""
    way.as_("finance_maker")
    begun = staff.press(way.address, "办理提前还款")
    number = re.findall(r"TH-\d{4}-\d{6}", begun.text)[0]
    asked = {"pay_on": day, "prepay_scope": "full", "prepay_ground": "total_loss"}
    staff.do(number, "登记提前还款要求", **asked)
    staff.do(number, "请客户确认报价", customer_choice="confirm", confirmed_way="phone")
    staff.look_at(number, "登记到账")
    total = staff.page().carried_form()["data"]["quote_total"]
    came = {"received_amount": str(total), "received_on": day, "bank_reference": "J-2"}
    staff.do(number, "登记到账", receipt_choice="received", **came)
    way.as_("finance_checker")
    staff.do(number, "复核到账", check_decision="agree")


def set_free(staff, way, day):
    """The papers leave custody, the office releases the mortgage, the customer signs for the certificate."""
    way.act("archive_officer", "证书出库", certificate_state="found", handed_to="合同专员")
    applied = {"release_applied_on": day, "release_acceptance_no": "JY1"}
    papers = {"doc_release_papers": Paper("release.pdf")}
    way.act("contract_officer", "与车主共同申请解押", **applied, **papers)
    staff.installation.travel(hours=24)
    way.act("contract_officer", "登记解押结果", office_decision="released", released_on=day)
    signed = {"customer_confirmed": True, "doc_release_receipt": Paper("receipt.pdf")}
    way.act("contract_officer", "交还客户并签收", returned_to="车主", returned_on=day, **signed)


@pytest.mark.feature("M-074")
@pytest.mark.feature("M-140")
def test_a_loan_is_received_on_repaid_early_certified_and_its_car_is_set_free(staff_on_the_first_day, draw):
    staff = staff_on_the_first_day
    way = Road(staff, Applicant(draw)).registered().release()
    way.loan()
    way.address = staff.loan_address(way.key)
    address = f"{way.address}/bookings/receipt"
    loan = booked(staff, way, address, booking_amount="1000.00", bank_reference="J-1")
    assert loan.rows(holding="receipt:J-1")
    mortgaged(staff, way)
    day = day_ended(staff, way)

    repaid(staff, way, day)

    way.as_("finance_maker")
    loan = staff.await_page(
        lambda: staff.visit(way.address), lambda sheet: "结清证明" in sheet.text, "the certificate"
    )
    assert "已结清" in loan.status_chips
    certificate = staff.download_made(way.address, "出具结清证明")
    assert certificate.startswith(b"%PDF")
    set_free(staff, way, day)
    way.as_("contract_officer")
    assert "已解押" in staff.visit(f"/collateral/{way.key}").text
