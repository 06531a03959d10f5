"""What becomes of loans that are not paid: overdue, called, promised, placed outside, sold; of one the debtor changes.

Paid out on 1 September 2026, due on each 1st. Of one the bank collects, of one it takes back what was paid, one is
never paid.
"""

import re
from datetime import date, time, timedelta

import pytest
from company_at_work import RETURNED, days_late, figures, overdue_of
from loan_road import Applicant, Road
from staff import Paper

CARD = "6222020200112233446"
CREDIT_CODE = "91310115MA1K4BCD6M"
BUYER = {
    "buyer_name": "上海示例资产管理有限公司",
    "buyer_code": "91310000MA1FL0000N",
    "buyer_account": "上海示例资产管理有限公司 示例银行浦东支行 31050110462300009999",
}
FIRST_DUE = date(2026, 10, 1)


@pytest.fixture(scope="module")
def lent(company, draw):
    """The three loans, all of 100,000 over 36 months and paid out on one day."""
    collected, returned, unpaid = (Applicant(draw) for _ in range(3))
    with_card(company.staff, collected)
    return [company.lent(each) for each in (collected, returned, unpaid)]


def with_card(staff, applicant):
    """The front desk files a customer with the account from which the bank may collect."""
    staff.sign_in("front_desk")
    person = applicant.person
    known = {"name": person.name, "identity": person.identity_no, "phone": person.mobile}
    staff.press("/customers/new", "保存", **known, address=person.address, card=CARD)


@pytest.fixture
def collected(lent):
    return lent[0]


@pytest.fixture
def unpaid(lent):
    return lent[2]


@pytest.mark.feature("M-070")
@pytest.mark.reaches(
    "direct_debit/End_Collected",
    "repayment/End_ReceiptReversed",
    "overdue_handling/End_Cured",
    "collections/End_Cured",
)
def test_story_6_a_receipt_goes_back_after_its_instalment_was_closed_as_if_it_had_never_come(
    company, in_browser, lent
):
    collected, returned, unpaid = lent
    due, amount = company.instalment(returned, 1)
    assert due == FIRST_DUE
    company.to(due)
    company.paid(returned, "K-1", amount)
    company.ends(f"KK-{due - timedelta(days=1)}", "direct_debit/End_Collected")
    company.to(due + timedelta(days=10))
    assert days_late(company.loan(collected)) == 0
    closed = company.loan(returned)
    assert (days_late(closed), overdue_of(closed)) == (0, 0)

    number = company.told(RETURNED, "K-1", amount)
    in_browser.sign_in("finance_maker")
    in_browser.do(number, "核对银行退回", return_note="银行退票")
    in_browser.sign_in("finance_checker")
    in_browser.do(number, "复核冲正", check_decision="approve")
    company.ends(number, "repayment/End_ReceiptReversed")
    assert figures(company.loan(returned)) == figures(company.loan(unpaid))
    company.to(due + timedelta(days=11))
    again, never = company.loan(returned), company.loan(unpaid)
    assert days_late(again) == days_late(never) == 11
    assert figures(again) == figures(never)
    assert figures(again)["罚息"] > 0

    company.paid(returned, "K-2", overdue_of(again))
    company.to(due + timedelta(days=12))
    assert days_late(company.loan(returned)) == 0
    company.ends(returned.loan_no, "overdue_handling/End_Cured", "collections/End_Cured")


# Collections.


def call_screen(company, way):
    """The address of the collection case of a loan."""
    company.staff.sign_in("postloan_manager")
    for address in company.staff.visit("/collections").links_to("/collections/CS-"):
        if way.loan_no in company.staff.visit(address).text:
            return address
    raise AssertionError(f"{way.loan_no} has no collection case")


def dialled(staff, screen, **asked):
    """Ask the gate before a call to the borrower; what the screen says of all contacts, the latest first."""
    staff.press(screen, "拨号前检查", channel="call", person="borrower", **asked)
    return [row[2] for row in staff.visit(screen).rows(holding="联系") if len(row) == 4]


def noted(staff, screen, result, **more):
    return staff.press(screen, "登记结果", result_code=result, **more)


@pytest.mark.feature("M-124")
@pytest.mark.feature("M-128")
@pytest.mark.reaches("collections/End_CallEscalated")
def test_story_8_a_call_at_2205_and_the_seventh_unanswered_one_are_denied_and_logged(
    company, in_browser, unpaid
):
    company.to(date(2026, 10, 14), time(22, 5))
    company.ends(unpaid.loan_no, "collections/End_CallEscalated")
    screen = call_screen(company, unpaid)
    in_browser.sign_in("collector")

    late = dialled(in_browser, screen)
    assert "二十二时至次日八时不得联系" in late[0]
    company.to(date(2026, 10, 15), time(9))
    in_browser.sign_in("collector")
    for _attempt in range(6):
        assert "可以联系" in dialled(in_browser, screen)[0]
        noted(in_browser, screen, "no_answer", again="1")
    seventh = dialled(in_browser, screen)

    assert "同一号码当日未接通已达六次" in seventh[0]
    company.staff.sign_in("auditor")
    refused = company.staff.visit("/contacts/refused").rows(holding=unpaid.loan_no)
    calls = [row[5] for row in refused if row[3].startswith("电话")]
    assert ["六次" in why for why in calls] == [True, False]
    assert "二十二时" in calls[1]


@pytest.mark.feature("M-128")
@pytest.mark.reaches("collections/End_StepDone")
def test_story_14_a_complaint_about_the_debt_holds_collections_until_it_is_decided(company, unpaid):
    staff, person = company.staff, unpaid.applicant.person
    company.to(date(2026, 10, 19))
    screen = call_screen(company, unpaid)
    staff.sign_in("front_desk")
    (customer,) = set(staff.visit(f"/customers?q={person.name}").links_to("/customers/")) - {"/customers/new"}
    staff.press(customer, "保存", way="phone", text="罚息多算了", loan_no=unpaid.loan_no)

    staff.sign_in("collector")
    for day in (19, 22):
        company.to(date(2026, 10, day))
        staff.sign_in("collector")
        staff.await_page(lambda: staff.visit(screen), lambda sheet: "催收已暂停" in sheet.text, "the hold")
        assert "不得联系" in dialled(staff, screen)[0]
    company.ends(unpaid.loan_no, "collections/End_StepDone")

    staff.sign_in("complaints_officer")
    staff.press("/complaints", "答复", text="罚息计算无误，已寄送明细")
    staff.sign_in("collector")
    staff.await_page(
        lambda: staff.visit(screen), lambda sheet: "催收已暂停" not in sheet.text, "the end of the hold"
    )
    assert "可以联系" in dialled(staff, screen)[0]
    noted(staff, screen, "no_answer", again="1")


@pytest.mark.feature("M-123")
@pytest.mark.feature("M-129")
@pytest.mark.reaches("collections/End_PromiseJudged", "collections/End_VisitEscalated")
def test_a_promise_is_not_kept_and_a_visit_that_nobody_makes_goes_up(company, unpaid):
    staff, day = company.staff, date(2026, 10, 23)
    company.to(day)
    screen = call_screen(company, unpaid)
    staff.sign_in("collector")
    assert "可以联系" in dialled(staff, screen)[0]
    promise = {"promise_amount": "1000.00", "promise_on": (day + timedelta(days=1)).isoformat()}
    noted(staff, screen, "connected_promise", **promise)
    assert staff.visit(screen).select("[data-promise=pending]")

    company.to(day + timedelta(days=3))
    company.ends(unpaid.loan_no, "collections/End_PromiseJudged")
    staff.sign_in("collector")
    assert staff.visit(screen).select("[data-promise=broken]")

    company.to(date(2026, 11, 3))  # the visit is asked for
    company.to(date(2026, 11, 12))
    company.ends(unpaid.loan_no, "collections/End_VisitEscalated")
    staff.sign_in("postloan_manager")
    assert "升级" in staff.visit("/collections").text


@pytest.mark.feature("M-125")
@pytest.mark.feature("M-130")
@pytest.mark.reaches("collections/End_PlacementOver")
def test_a_case_that_legal_gives_away_comes_back_when_its_time_is_over(company, unpaid):
    staff, day = company.staff, date(2026, 12, 3)
    company.to(day)
    case_no = call_screen(company, unpaid).rpartition("/")[2]
    staff.sign_in("legal")
    staff.do(unpaid.loan_no, "决定处置方式", recovery_choice="outsource", recovery_ground="多次联系未果")
    agency = {"name": "沪信咨询", "credit_code": CREDIT_CODE, "contract_no": "WT-1"}
    staff.press("/collections/agencies", "列入名单", **agency, contract_until="2027-12-31")
    out_until = day + timedelta(days=2)
    placed = {"agency": "1", "case_no": case_no, "expires_on": out_until.isoformat()}
    assert "在外" in batch_on(staff.press("/collections/agencies", "委托", **placed))

    company.to(out_until + timedelta(days=1))

    company.ends(unpaid.loan_no, "collections/End_PlacementOver")
    staff.sign_in("legal")
    assert "在外" not in batch_on(staff.visit("/collections/agencies"))


def batch_on(sheet):
    """What the page of the agencies says of its only batch."""
    (batch,) = sheet.select("[data-batch]")
    return sheet.text_of(batch)


# New hands.


def offered(company, way):
    """A package of the one loan, priced; its number."""
    staff = company.staff
    staff.sign_in("legal")
    begun = staff.press("/claim-packages", "新建债权包")
    (number,) = set(re.findall(r"ZR-\d{4}-\d{6}", begun.text))
    staff.do(number, "组包", package_loans=way.loan_no, **BUYER)
    staff.sign_in("asset_disposal")
    staff.do(number, "定价", package_price="60000.00", price_basis="按车辆估值与回收周期折现")
    return number


def sale_decided(company, number, decision):
    company.staff.sign_in("risk_committee")
    company.staff.do(number, "审批转让", approval_decision=decision, approval_comment="已议")


@pytest.mark.feature("M-072")
@pytest.mark.reaches(
    "claim_assignment/End_NotAssigned", "claim_assignment/End_ClaimsAssigned", "collections/End_LoanEnded"
)
def test_an_overdue_claim_is_not_sold_at_first_then_sold_and_leaves_collections(company, unpaid):
    staff = company.staff
    company.to(max(company.today, date(2026, 12, 7)))
    today = company.today.isoformat()
    number = offered(company, unpaid)
    sale_decided(company, number, "refuse")
    company.ends(number, "claim_assignment/End_NotAssigned")

    number = offered(company, unpaid)
    sale_decided(company, number, "approve")
    staff.sign_in("legal")
    contract = {"contract_signed_on": today, "doc_assignment_contract": Paper("contract.pdf")}
    staff.do(number, "与受让人签约", sign_state="signed", **contract)
    staff.sign_in("finance_accountant")
    staff.do(number, "确认收到价款", received_amount="60000.00", bank_reference="ZR-1")
    staff.sign_in("legal")
    proof = {"notice_way": "registered_mail", "reached_on": today}
    staff.do(number, "登记通知送达", notice_proofs=f"{number}-001 EX123456789CN", **proof)
    staff.do(number, "报送征信更新", bureau_reported=True, bureau_batch="ZX-2026-12")

    company.ends(number, "claim_assignment/End_ClaimsAssigned")
    company.ends(unpaid.loan_no, "collections/End_LoanEnded")
    assert BUYER["buyer_name"] in company.loan(unpaid).text


def asked_to_take_over(company, way, draw):
    """Somebody else asks to take a loan over with its car: his way so far."""
    staff, newcomer = company.staff, Applicant(draw, price="120000.00", term="30")
    staff.sign_in("postloan_manager")
    staff.press(way.address, "申请债务转移")
    taking = Road(staff, newcomer)
    taking.key = staff.key_of_page()
    staff.open_task(taking.key, "填写新债务人")
    newcomer.amount = str(staff.page().carried_form()["data"]["pack_principal"])
    person = newcomer.person
    papers = ("credit_authorisation", "privacy_consent", "resident_id_front", "resident_id_back")
    staff.fill(
        {
            "customer_name": person.name,
            "identity_no": person.identity_no,
            "mobile": person.mobile,
            "address": person.address,
            "identity_valid_until": "2040-01-01",
            "residence_years": "6",
            "employer_months": "50",
            "marital": "single",
            "housing": "own",
            "occupation": "company",
            "monthly_income": newcomer.income,
            "monthly_debt": "0.00",
            "transfer_reason": "sold",
            "vehicle_status": "normal",
            "vehicle_use": "self",
            "vehicle_price": newcomer.price,
            "published_price": "125000.00",
            **{f"doc_{kind}": Paper(f"{kind}.pdf") for kind in (*papers, "bank_statement")},
        }
    )
    sent = staff.submit()
    assert sent.done, sent.problems
    return taking


@pytest.mark.reaches("debt_transfer/End_NotAdmitted", "debt_transfer/End_TransferRefused")
def test_who_wants_to_take_a_debt_over_before_six_instalments_are_paid_is_not_admitted(
    company, collected, draw
):
    company.to(max(company.today, FIRST_DUE + timedelta(days=1)))

    taking = asked_to_take_over(company, collected, draw)

    company.ends(taking.key, "debt_transfer/End_NotAdmitted", "debt_transfer/End_TransferRefused")
    assert "还款不足六期" in company.loan(collected).text


@pytest.mark.feature("M-072")
@pytest.mark.reaches(
    "debt_transfer/End_NotTransferred",
    "debt_transfer/End_DebtorSwitched",
    "debt_transfer/End_DebtTransferred",
)
def test_after_six_instalments_a_debt_passes_to_the_buyer_of_the_car_once_all_agree(company, collected, draw):
    staff = company.staff
    company.to(date(2027, 3, 2))
    refused = asked_to_take_over(company, collected, draw).check_papers().call().report()
    refused.act("contract_officer", "取得书面同意", consents_state="refused")
    company.ends(refused.key, "debt_transfer/End_NotTransferred")

    taking = asked_to_take_over(company, collected, draw).check_papers().call().report()
    taking.act("contract_officer", "取得书面同意", consents_state="complete")
    taking.approve_l1()
    signed = {"sign_state": "signed", "doc_signed_transfer": Paper("transfer.pdf")}
    taking.act("contract_officer", "签署债务转移协议", **signed)
    today = company.today.isoformat()
    office = {"delivered_on": today, "vehicle_transferred_on": today, "plate_after": "沪A12345"}
    papers = {"new_certificate_no": "31000987654321", "doc_mortgage_papers": Paper("office.pdf")}
    taking.act("contract_officer", "共同办理车辆过户", vehicle_outcome="transferred", **office, **papers)

    company.ends(taking.key, "debt_transfer/End_DebtorSwitched", "debt_transfer/End_DebtTransferred")
    staff.sign_in("postloan_manager")
    debtors = staff.visit(collected.address).select("#hands tbody tr")
    assert len(debtors) == 2
