"""A loan gets another debtor, or another creditor: from its page to the last proof, with the history kept."""

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from sqlalchemy import select

from cheliu.case_money import pay_instalments
from cheliu.wiring import product_bundle
from cheliu.working import work_off
from company.organisation import business_date
from company.people import SYSTEM
from engine.bundles import Bundle
from lending import documents, exposure, ledger
from lending.applications import Application, ApplicationStatus
from lending.callback_kinds import PlanReason
from lending.claim_records import ClaimItem, ClaimNotice, ClaimPackage, PackageStatus
from lending.collateral import Collateral
from lending.customers import Customer
from lending.debt_transfers import DebtAbovePrice
from lending.documents import DocumentKind
from lending.fund_journal import FundMovement
from lending.ledger import JournalEntry
from lending.life import changes
from lending.life.kinds import EventKind
from lending.loans import LoanStatus
from lending.transfer_records import DebtTransfer, LoanDebtor, TransferRefusal, TransferStatus
from lending.vehicles import Vehicle

NEWCOMER = {
    "customer_name": "李新主",
    "identity_no": "360426199101010071",
    "mobile": "13812345678",
    "address": "上海市浦东新区示例路 8 号",
    "identity_valid_until": "2036-09-15",
    "residence_years": 6,
    "employer_months": 50,
    "marital": "single",
    "housing": "mortgaged",
    "occupation": "company",
    "monthly_income": "13000.00",
    "monthly_debt": "0.00",
    "related_party": False,
    "transfer_reason": "sold",
    "vehicle_status": "normal",
    "vehicle_use": "self",
    "vehicle_price": "120000.00",
    "published_price": "125000.00",
    "doc_credit_authorisation": "file:征信授权书.pdf",
    "doc_privacy_consent": "file:同意书.pdf",
    "doc_resident_id_front": "file:身份证人像面.pdf",
    "doc_resident_id_back": "file:身份证国徽面.pdf",
    "doc_bank_statement": "file:银行流水.pdf",
}
PACKAGE = {
    "buyer_name": "上海示例资产管理有限公司",
    "buyer_code": "91310000MA1FL0000N",
    "buyer_account": "示例资产 示例银行浦东支行 31050110462300009999",
}


def today_of(made):
    with made.house.database.read() as session:
        return business_date(session)


def investigate(made, principal):
    made.do(
        "investigator",
        "Task_DeskCheck",
        desk_result="complete",
        proven_income="13000.00",
        bureau_debt="0.00",
        contract_price="120000.00",
        down_payment_payer="applicant",
        employer_match="same",
        address_match="same",
        phone_in_own_name=True,
        court_record=False,
    )
    made.do(
        "investigator",
        "Task_VerifyByPhone",
        phone_result="reached",
        phone_parties=["borrower"],
        phone_finding="自用，月供从工资支付",
        phone_doubt=False,
        video_interview=True,
    )
    made.do(
        "investigator",
        "Task_WriteReport",
        report_income="工资流水稳定，足以覆盖月供",
        report_purpose="家庭自用，承接剩余贷款",
        report_stability="在现单位四年以上",
        report_opinion="grant",
        proposed_amount=str(principal),
        proposed_term_months=30,
    )


@pytest.mark.feature("M-072")
def test_the_buyer_of_the_car_takes_the_loan_over_and_the_first_debtor_stays_in_its_history(made):
    pay_instalments(made.house, made.clock, 6)
    officer = "contract_officer"
    begun = made.browser("postloan_manager").post(f"/loans/{made.loan_no}/debt-transfer")
    assert begun.status_code == 303
    made.do("postloan_manager", "Task_EnterTransfer", **NEWCOMER)
    (transfer,) = made.rows(DebtTransfer)
    investigate(made, transfer.principal)
    made.do(officer, "Task_CollectConsents", consents_state="complete")
    made.do(
        "reviewer_l1",
        "Task_ReviewL1",
        l1_decision="approve",
        l1_amount=str(transfer.principal),
        l1_term_months=30,
        l1_comment="收入稳定",
    )
    made.do(officer, "Task_SignAgreement", sign_state="signed", doc_signed_transfer="file:协议.pdf")
    today = today_of(made)
    made.do(
        officer,
        "Task_TransferVehicle",
        vehicle_outcome="transferred",
        delivered_on=str(today - timedelta(days=3)),
        vehicle_transferred_on=str(today),
        plate_after="沪A12345",
        new_certificate_no="310009876543",
        doc_mortgage_papers="file:登记材料.pdf",
    )

    with made.house.database.read() as session:
        names = {each.id: each.name for each in session.scalars(select(Customer))}
        hands = session.scalars(select(LoanDebtor).order_by(LoanDebtor.since)).all()
        application = session.scalars(
            select(Application).where(Application.application_no == transfer.application_no)
        ).one()
        mortgage = session.scalars(select(Collateral)).one()
        kinds = {each.kind for each in documents.current(session, transfer.application_no)}
        owed = exposure.of_customers(session, [made.loan.customer_id])
        plate = session.scalars(select(Vehicle.plate_no)).one()
    assert [(names[each.customer_id], each.until) for each in hands] == [("陈晓明", today), ("李新主", None)]
    assert names[made.loan.customer_id] == names[mortgage.owner_id] == "李新主"
    assert (application.status, plate) == (ApplicationStatus.SIGNED, "沪A12345")
    assert {DocumentKind.TRANSFER_AGREEMENT, DocumentKind.SIGNED_TRANSFER} <= kinds
    assert owed == transfer.principal, "the debt counts once for who took it over"
    work_off(made.house)
    visit = made.visits()[-1]
    assert [each.process_id for each in made.running("callback_visit")] == []
    assert (visit.reason, visit.planned_on) == (PlanReason.TRANSFER, today + timedelta(days=30))
    page = made.browser("branch_manager").get(f"/loans/{made.loan_no}").text
    assert "现债务人" in page
    assert transfer.transfer_no in page


@pytest.mark.feature("M-072")
def test_a_claim_is_sold_out_of_the_books_and_its_debtor_told_with_proof(made):
    begun = made.browser("legal").post("/claim-packages")
    assert begun.status_code == 303
    made.do("legal", "Task_DefinePackage", package_loans=made.loan_no, **PACKAGE)
    made.do("asset_disposal", "Task_PricePackage", package_price="90000.00", price_basis="按估值折现")
    made.do("risk_committee", "Task_ApproveSale", approval_decision="approve", approval_comment="同意")
    made.do(
        "legal",
        "Task_SignContract",
        sign_state="signed",
        contract_signed_on=str(today_of(made)),
        doc_assignment_contract="file:合同.pdf",
    )
    made.do("finance_accountant", "Task_ConfirmPrice", received_amount="90000.00", bank_reference="B-77")

    (package,), (item,), (notice,) = made.rows(ClaimPackage), items(made), made.rows(ClaimNotice)
    assert (made.loan.status, item.principal, item.price) == (
        LoanStatus.TRANSFERRED,
        Decimal("100000.00"),
        Decimal("90000.00"),
    )
    with made.house.database.read() as session:
        entry = ledger.get(session, f"assignment:{package.package_no}:{made.loan_no}")
        net = {line.account: line.debit - line.credit for line in entry.lines}
        left = changes.reading_of(session, made.loan_no, today_of(made))
        moved = session.scalars(
            select(FundMovement).where(FundMovement.reference == f"assignment:{package.package_no}")
        ).one()
        kinds = set(session.scalars(select(JournalEntry.kind)))
    assert net == {"1002": Decimal("90000.00"), "1303": Decimal("-100000.00"), "1304": Decimal("10000.00")}
    assert (left.state.principal, left.state.assigned) == (Decimal("0.00"), True)
    assert (moved.amount, moved.counterparty) == (Decimal("90000.00"), PACKAGE["buyer_name"])
    assert EventKind.ASSIGNMENT.value in kinds

    made.do(
        "legal",
        "Task_ProveNotices",
        notice_way="registered_mail",
        reached_on=str(today_of(made)),
        notice_proofs=f"{notice.notice_no} EX123456789CN",
    )
    made.do("legal", "Task_ReportBureau", bureau_reported=True, bureau_batch="ZX-1")
    assert made.rows(ClaimPackage)[0].status is PackageStatus.COMPLETED
    legal = made.browser("legal")
    page = legal.get(f"/claim-packages/{package.package_no}").text
    assert "EX123456789CN" in page
    assert PACKAGE["buyer_name"] in legal.get(f"/loans/{made.loan_no}").text
    tape = legal.get(f"/claim-packages/{package.package_no}/tape.xlsx?purpose=尽职调查")
    cells = [cell.value for row in openpyxl.load_workbook(io.BytesIO(tape.data)).active.rows for cell in row]
    assert "陈**" in cells
    assert not {"陈晓明", "LSVAM4187C2184847"} & set(cells)
    listed = legal.get(f"/claim-packages/{package.package_no}/bureau.csv?purpose=征信报送").data.decode()
    assert made.loan_no in listed


def items(made):
    with made.house.database.read() as session:
        return list(session.scalars(select(ClaimItem)))


def test_a_loan_is_transferred_once_at_a_time(made):
    browser = made.browser("postloan_manager")
    assert browser.post(f"/loans/{made.loan_no}/debt-transfer").status_code == 303
    browser.post(f"/loans/{made.loan_no}/debt-transfer")
    assert [each.status for each in made.rows(DebtTransfer)] == [TransferStatus.ASKED]


def test_the_loans_page_says_beside_the_button_that_a_request_made_now_would_be_refused(made):
    manager, address = made.browser("postloan_manager"), f"/loans/{made.loan_no}"
    pay_instalments(made.house, made.clock, 1)
    early = manager.get(address).text
    pay_instalments(made.house, made.clock, 6)
    later = manager.get(address).text

    assert (
        "现在申请将不予转移：还款不足六期。现已还清 1 期，按还款计划 2027-03-15 还清第 6 期后可以申请。"
        in early
    )
    assert "申请债务转移" in early
    assert "现在申请将不予转移" not in later


def test_a_table_that_asks_for_what_the_loans_page_does_not_know_is_no_hindrance(made):
    pay_instalments(made.house, made.clock, 1)
    product, name = product_bundle(), "debt_transfer/transfer_eligibility.dmn"
    table = product.files[name].replace(b"<text>black<", b"<text>monthly_income = 1<")
    with made.house.database.write() as session:
        newer = Bundle(product.name, {**product.files, name: table})
        made.house.engine.deploy(session, newer, SYSTEM, "asks for the newcomer's income")
    page = made.browser("postloan_manager").get(f"/loans/{made.loan_no}")

    assert page.status_code == 200
    assert "申请债务转移" in page.text
    assert "现在申请将不予转移" not in page.text


def test_a_debt_above_the_price_is_refused_in_the_words_of_its_form(made):
    pay_instalments(made.house, made.clock, 6)
    made.browser("postloan_manager").post(f"/loans/{made.loan_no}/debt-transfer")

    with pytest.raises(DebtAbovePrice) as refused:
        made.do("postloan_manager", "Task_EnterTransfer", **{**NEWCOMER, "vehicle_price": "50000.00"})

    assert "高于“转让价” 50,000.00 元：请核对转让价" in refused.value.text("zh")
    assert "“剩余本金”" in refused.value.text("zh")


def test_who_may_begin_a_change_of_debtor_may_withdraw_it_for_the_customer(made):
    pay_instalments(made.house, made.clock, 6)
    manager = made.browser("postloan_manager")
    manager.post(f"/loans/{made.loan_no}/debt-transfer")
    (transfer,) = made.rows(DebtTransfer)
    address = f"/cases/{transfer.application_no}"
    page = manager.get(address).text
    other = made.browser("collector").post(f"{address}/withdraw", {"reason": "不转了"}).status_code

    answer = manager.post(f"{address}/withdraw", {"reason": "买方反悔"})

    work_off(made.house)
    (transfer,) = made.rows(DebtTransfer)
    assert "确认撤回" in page
    assert other in (403, 404)
    assert answer.status_code == 303
    assert (transfer.status, transfer.refused_for) == (TransferStatus.REFUSED, TransferRefusal.WITHDRAWN)
    loan_case = f"/cases/{made.loan.application_no}"
    assert "确认撤回" not in manager.get(loan_case).text
    assert manager.post(f"{loan_case}/withdraw", {"reason": "x"}).status_code == 404
