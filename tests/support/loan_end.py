"""The car mortgaged, a loan repaid early, the car set free: the steps of staff around the end of a loan."""

import re

from installation import TODAY
from staff import Paper


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


def booked(staff, way, kind, **fields):
    """The maker sends a booking for approval, the checker approves it; the loan's page after that."""
    way.as_("finance_maker")
    sent = staff.press(f"{way.address}/bookings/{kind}", "送审", **fields)
    numbers = re.findall(r"ZW-\d{4}-\d{6}", sent.text)
    assert numbers, f"{sent.status} {sent.address}: {sent.text[:1500]}"
    way.as_("finance_checker")
    staff.do(numbers[0], "复核入账", check_decision="approve")
    way.as_("finance_maker")
    return staff.visit(way.address)


def asked_early(staff, way, day, **wish):
    """The customer asks for the end of the loan, or a part; the number under which the quote is made."""
    way.as_("finance_maker")
    begun = staff.press(way.address, "办理提前还款")
    number = re.findall(r"TH-\d{4}-\d{6}", begun.text)[0]
    asked = {"pay_on": day, "prepay_scope": "full", "prepay_ground": "total_loss", **wish}
    staff.do(number, "登记提前还款要求", **asked)
    return number


def confirmed(staff, number):
    """The customer confirms the quote; the sum that is awaited, as text."""
    staff.do(number, "请客户确认报价", customer_choice="confirm", confirmed_way="phone")
    staff.look_at(number, "登记到账")
    return str(staff.page().carried_form()["data"]["quote_total"])


def repaid(staff, way, day, *, reference="J-2", **wish):
    """The customer asks for the end of the loan, or a part, confirms the quote, and two people post the money."""
    number = asked_early(staff, way, day, **wish)
    total = confirmed(staff, number)
    came = {"received_amount": total, "received_on": day, "bank_reference": reference}
    staff.do(number, "登记到账", receipt_choice="received", **came)
    way.as_("finance_checker")
    staff.do(number, "复核到账", check_decision="agree")
    return number


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
