"""What customers do with a loan that is paid out: money comes and goes back, plans change, cars are looked after."""

import re
from datetime import timedelta

import pytest
from company_at_work import RECEIPT, RETURNED
from loan_end import asked_early, booked, confirmed, mortgaged, repaid, set_free
from loan_road import Applicant
from staff import Paper
from telephones import CODE

from cheliu.demo.said import CALLBACK_GOOD

BROKER = "李四"
LOOKED_AT = {"inspection_result": "sound", "inspection_note": "收入稳定，车辆在用"}
AGREED = {"review_decision": "approve", "review_comment": "同意"}


@pytest.fixture(scope="module")
def lent(company, draw):
    """Three loans: one over 48 months, one whose car is mortgaged, one whose car is watched."""
    long, early, watched = (company.lent(Applicant(draw, term=term)) for term in ("48", "36", "36"))
    mortgaged(company.staff, early)
    company.to(company.today)
    return {"long": long, "early": early, "watched": watched}


@pytest.fixture
def long(lent):
    return lent["long"]


@pytest.fixture
def early(lent):
    return lent["early"]


@pytest.fixture
def watched(lent):
    return lent["watched"]


# Money that the bank tells of.


@pytest.mark.reaches(
    "repayment/End_ReceiptPosted",
    "repayment/End_ReceiptKnown",
    "repayment/End_ClaimPosted",
    "repayment/End_LeftInSuspense",
    "repayment/End_ReversalDismissed",
)
def test_money_is_posted_known_already_claimed_left_and_not_taken_back(company, long):
    staff, today = company.staff, company.today.isoformat()
    company.paid(long, "K-1", "100.00")
    assert len(receipts(company, long, "K-1")) == 1

    booked(staff, long, "receipt", booking_date=today, booking_amount="200.00", bank_reference="G-1")
    again = company.told(RECEIPT, "G-1", "200.00", purpose=long.loan_no)
    company.ends(again, "repayment/End_ReceiptKnown")
    assert len(receipts(company, long, "G-1")) == 1

    number = company.told(RECEIPT, "K-2", "500.00", purpose="车款", payer=BROKER)
    long.as_("finance_maker")
    claim = {"claim_choice": "claim", "claim_loan_no": long.loan_no, "claim_reason": "客户回单"}
    staff.do(number, "认领暂收款", **claim)
    long.as_("finance_checker")
    staff.do(number, "复核认领", check_decision="approve")
    company.ends(number, "repayment/End_ClaimPosted")

    number = company.told(RECEIPT, "K-3", "700.00", purpose="车款", payer=BROKER)
    long.as_("finance_maker")
    staff.do(number, "认领暂收款", claim_choice="leave")
    company.ends(number, "repayment/End_LeftInSuspense")
    staff.sign_in("finance_accountant")
    assert staff.visit("/bank/suspense").rows(holding="700.00")

    number = company.told(RETURNED, "K-1", "100.00")
    taken_back(company, long, number, "return")
    company.ends(number, "repayment/End_ReversalDismissed")
    assert receipts(company, long, "K-1") == ["还款"]


@pytest.mark.reaches("repayment/End_ReturnLeft", "repayment/End_TakenBack")
def test_money_goes_back_in_another_sum_and_while_somebody_claims_it(company, long):
    staff = company.staff
    company.paid(long, "K-8", "100.00")
    number = company.told(RETURNED, "K-8", "99.00")
    long.as_("finance_maker")
    staff.do(number, "处理无法冲正的退回", return_choice="leave", return_note="银行另行通知")
    company.ends(number, "repayment/End_ReturnLeft")
    long.as_("finance_maker")
    assert "金额不同不能冲正" in staff.visit("/bank/receipts").text
    assert len(receipts(company, long, "K-8")) == 1

    claimed = company.told(RECEIPT, "K-9", "800.00", purpose="车款", payer=BROKER)
    back = company.told(RETURNED, "K-9", "800.00")
    taken_back(company, long, back, "approve")
    company.ends(back, "repayment/End_ReceiptReversed")
    company.ends(claimed, "repayment/End_TakenBack")
    staff.sign_in("finance_accountant")
    assert not staff.visit("/bank/suspense").rows(holding="800.00")


def receipts(company, way, reference):
    """What stands on the loan's page of the receipts of a reference: the kind, and whether it was taken back."""
    rows = company.loan(way).rows(holding=f"receipt:{reference}")
    return [row[1] for row in rows if row[1].startswith("还款") and f"receipt:{reference}" in row[-1]]


def taken_back(company, way, number, decision):
    """The maker clears it with the bank, the checker decides."""
    way.as_("finance_maker")
    company.staff.do(number, "核对银行退回", return_note="银行退票")
    way.as_("finance_checker")
    company.staff.do(number, "复核冲正", check_decision=decision)


# A plan that the customer asks to change.


@pytest.mark.feature("M-073")
@pytest.mark.reaches("loan_extension/End_ExtensionRefused")
def test_story_7_a_loan_of_48_months_is_not_extended_by_13_for_12_are_the_most(company, long):
    staff = company.staff
    staff.sign_in("postloan_manager")
    staff.press(long.address, "申请展期")
    staff.open_task(long.key, "填写展期申请")
    assert staff.page().carried_form()["data"]["months_max"] == 12

    asked = {"change_months": "13", "change_reason": "工程回款推迟"}
    staff.fill(asked)
    assert not staff.submit().done
    staff.fill({**asked, "beyond_limit_known": True})
    assert staff.submit().done

    company.ends(long.key, "loan_extension/End_ExtensionRefused")
    told = company.loan(long)
    (refused,) = [line for line in told.select(".hits li") if "延长 13 个月" in told.text_of(line)]
    assert "超过可展期上限" in told.text_of(refused)
    assert "最多可延长 12 个月" in notices_of(company, long).text


def notices_of(company, way):
    """What the owner of the loan is told."""
    company.staff.sign_in("front_desk")
    return company.staff.await_page(
        lambda: company.staff.visit("/notices"), lambda sheet: way.loan_no in sheet.text, "a notice"
    )


def asked_to_change(company, way, button, step, **asked):
    """The request up to the consents."""
    company.staff.sign_in("postloan_manager")
    company.staff.press(way.address, button)
    company.staff.do(way.key, step, change_reason="工程回款推迟", **asked)
    company.staff.do(way.key, "贷后检查", **LOOKED_AT)


def consented(company, way, state):
    company.staff.sign_in("contract_officer")
    company.staff.do(way.key, "取得书面同意", consents_state=state)


def decided_and_signed(company, way, reviewer, step):
    company.staff.sign_in(reviewer)
    company.staff.do(way.key, step, **AGREED)
    company.staff.sign_in("contract_officer")
    company.staff.do(way.key, "签署补充协议", sign_state="signed", doc_signed_supplement=Paper("signed.pdf"))


@pytest.mark.feature("M-073")
@pytest.mark.feature("M-075")
@pytest.mark.reaches(
    "loan_extension/End_ExtensionMade",
    "restructuring/End_HardshipRefused",
    "restructuring/End_HardshipMade",
)
def test_a_loan_is_extended_then_adjusted_once_everybody_agrees(company, long):
    asked_to_change(company, long, "申请展期", "填写展期申请", change_months="6")
    consented(company, long, "complete")
    decided_and_signed(company, long, "reviewer_l1", "一级审批")
    company.ends(long.key, "loan_extension/End_ExtensionMade")
    assert company.loan(long).rows(holding="54")

    hardship = {"change_months": "3", "change_holiday": "1"}
    hardship["doc_hardship_evidence"] = Paper("unemployed.pdf")
    asked_to_change(company, long, "申请还款计划调整", "填写调整申请", **hardship)
    consented(company, long, "refused")
    company.ends(long.key, "restructuring/End_HardshipRefused")

    asked_to_change(company, long, "申请还款计划调整", "填写调整申请", **hardship)
    consented(company, long, "complete")
    decided_and_signed(company, long, "reviewer_l2", "审批调整方案")
    company.ends(long.key, "restructuring/End_HardshipMade")
    last, _amount = company.instalment(long, 57)
    first, _amount = company.instalment(long, 1)
    assert (last.year - first.year) * 12 + last.month - first.month == 56


# A loan repaid early.


def quoted(company, way, **wish):
    """A quote for today that the customer has confirmed: its number and the sum that is awaited."""
    number = asked_early(company.staff, way, company.today.isoformat(), **wish)
    return number, confirmed(company.staff, number)


def sent_by_bank(company, way, reference, amount):
    """Money that the early repayment of the loan awaits."""
    number = company.told(RECEIPT, reference, amount, purpose=way.loan_no, payer=way.applicant.person.name)
    company.ends(number, "repayment/End_HandedOn")


@pytest.mark.feature("M-074")
@pytest.mark.feature("M-170")
@pytest.mark.browser
@pytest.mark.reaches("prepayment/End_ScheduleChanged", "repayment/End_HandedOn")
def test_a_customer_asks_at_the_portal_to_repay_a_part_and_pays_by_the_bank(company, early, page):
    person, address = early.applicant.person, company.installation.address
    known = company.phones.found(CODE, person.mobile)
    page.goto(f"{address}/my")
    page.fill("[name=phone]", person.mobile)
    page.get_by_role("button", name="获取验证码").click()
    page.fill("[name=code]", company.phones.next(CODE, person.mobile, known))
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name=early.loan_no).first.click()
    page.get_by_role("link", name="申请提前还款").click()
    page.get_by_role("radio", name="部分提前还款").check()
    page.get_by_label("还款金额").fill("20000.00")
    page.get_by_label("部分还款后").select_option(label="减少每期还款额")
    page.get_by_label("还款原因").select_option(label="确有困难")
    known = company.phones.found(CODE, person.mobile)
    page.get_by_role("button", name="试算并获取验证码").click()
    page.fill("[name=code]", company.phones.next(CODE, person.mobile, known))
    page.get_by_role("button", name="确认并提交").click()
    told = page.get_by_text("已提交提前还款申请").inner_text()
    (number,) = re.findall(r"TH-\d{4}-\d{6}", told)

    early.as_("finance_maker")
    company.staff.do(number, "登记提前还款要求")
    total = confirmed(company.staff, number)
    before = company.instalment(early, 2)[1]
    sent_by_bank(company, early, "P-1", total)

    company.ends(number, "prepayment/End_ScheduleChanged")
    assert company.instalment(early, 2)[1] < before
    page.reload()
    assert "已部分提前还款" in page.inner_text("main")


@pytest.mark.feature("M-074")
@pytest.mark.reaches(
    "prepayment/End_PrepaymentDeclined",
    "prepayment/End_MoneyInSuspense",
    "prepayment/End_QuoteExpired",
)
def test_a_quote_is_declined_one_is_short_by_a_fen_and_one_outlives_its_day(company, early):
    staff = company.staff
    number = asked_early(staff, early, company.today.isoformat())
    staff.do(number, "请客户确认报价", customer_choice="decline")
    company.ends(number, "prepayment/End_PrepaymentDeclined")

    number, total = quoted(company, early)
    cents = int(total.replace(".", "")) - 1
    sent_by_bank(company, early, "P-2", f"{cents // 100}.{cents % 100:02d}")
    company.ends(number, "prepayment/End_MoneyInSuspense")
    assert "还款中" in company.loan(early).status_chips

    number, _total = quoted(company, early)
    company.to(company.today + timedelta(days=1))
    company.ends(number, "prepayment/End_QuoteExpired")


@pytest.mark.feature("M-140")
@pytest.mark.reaches(
    "prepayment/End_LoanSettled",
    "repayment/End_HandedOn",
    "repayment/End_ReceiptReversed",
    "collateral_release/End_ReleaseStopped",
    "collateral_release/End_Released",
)
def test_a_settled_loan_whose_money_goes_back_keeps_its_mortgage_until_it_is_paid_again(company, early):
    staff = company.staff
    number, total = quoted(company, early)
    sent_by_bank(company, early, "P-3", total)
    company.ends(number, "prepayment/End_LoanSettled")
    assert "已结清" in company.loan(early).status_chips
    early.as_("archive_officer")
    staff.look_at(early.key, "证书出库")

    number = company.told(RETURNED, "P-3", total)
    taken_back(company, early, number, "approve")

    company.ends(number, "repayment/End_ReceiptReversed")
    company.ends(early.key, "collateral_release/End_ReleaseStopped")
    assert "还款中" in company.loan(early).status_chips
    day = company.today.isoformat()
    number = repaid(staff, early, day, reference="P-4")
    company.ends(number, "prepayment/End_LoanSettled")
    set_free(staff, early, day)
    company.ends(early.key, "collateral_release/End_Released")


# A car that is looked after.


def called_back(company, way, **found):
    """A callback arranged for the first working day from today on, up to its checklist; its number."""
    company.to(company.installation.working_day(company.today))
    company.staff.sign_in("postloan_manager")
    arranged = company.staff.press(way.address, "安排回访", on=company.today.isoformat())
    (number,) = re.findall(r"HF-\d{4}-\d{6}", arranged.heading)
    company.staff.do(way.key, "准备回访", visit_method="phone")
    if found:
        company.staff.do(way.key, "联系客户", attempt_result="reached")
        answers = {**CALLBACK_GOOD, "recording_ref": number, **found}
        company.staff.do(way.key, "填写回访清单", **answers)
    return number


def judged(company, way, decision, **more):
    company.staff.sign_in("legal")
    company.staff.do(way.key, "法务核查", breach_decision=decision, breach_comment="登记簿已查询", **more)


@pytest.mark.reaches("callback_visit/End_CallbackDone", "breach_review/End_NoBreach")
def test_story_10_a_pledge_found_warns_in_red_and_is_with_legal_in_the_same_minute(company, watched):
    staff, clock = company.staff, company.installation.clock
    number = called_back(company, watched, third_party_claim="pledged")
    told = clock.now()

    staff.sign_in("legal")
    staff.look_at(watched.key, "法务核查")
    warned = staff.await_page(
        lambda: staff.visit("/notices"), lambda sheet: number in sheet.text, "a warning"
    )
    assert clock.now() - told < timedelta(minutes=1)
    assert "红色" in warned.text
    staff.sign_in("postloan_manager")
    assert "红色预警" in staff.visit(f"/callbacks/{number}").status_chips

    judged(company, watched, "none")
    company.ends(watched.key, "callback_visit/End_CallbackDone", "breach_review/End_NoBreach")


@pytest.mark.reaches("breach_review/End_BreachCured", "breach_review/End_BreachPursued")
def test_a_breach_is_cured_in_its_days_and_another_goes_to_court(company, watched):
    called_back(company, watched, third_party_claim="pledged")
    judged(company, watched, "cure", cure_days="1")
    company.to(company.installation.working_day(company.today + timedelta(days=2)))
    company.staff.sign_in("postloan_manager")
    company.staff.do(watched.key, "复查是否改正", cure_result="cured", cure_note="质押已解除")
    company.ends(watched.key, "breach_review/End_BreachCured")

    number = called_back(company, watched, third_party_claim="transferred")
    judged(company, watched, "litigate")
    company.ends(watched.key, "breach_review/End_BreachPursued")
    company.staff.sign_in("postloan_manager")
    assert "起诉" in company.staff.visit(f"/callbacks/{number}").text


@pytest.mark.feature("M-121")
@pytest.mark.reaches("callback_visit/End_VisitMade", "callback_visit/End_QualityChecked")
def test_every_callback_is_checked_once_the_house_wants_all_of_them(company, watched):
    staff, share = company.staff, "/parameters/callback_quality_share"
    staff.sign_in("admin")
    wanted = {"part-": "1", "valid_from": company.today.isoformat(), "reason": "专项检查"}
    staff.press(share, "提交复核", **wanted)
    staff.sign_in("risk_committee")
    staff.press(share, "复核通过")

    called_back(company, watched, nps="10")

    staff.sign_in("branch_manager")
    staff.do(watched.key, "回访质检", quality_score="5")
    company.ends(watched.key, "callback_visit/End_VisitMade", "callback_visit/End_QualityChecked")


@pytest.mark.reaches(
    "prepayment/End_LoanSettled",
    "callback_visit/End_CallbackCancelled",
    "collateral_release/End_NothingToRelease",
)
def test_a_loan_settled_amid_a_callback_ends_it_and_has_no_mortgage_to_release(company, watched):
    called_back(company, watched)

    number = repaid(company.staff, watched, company.today.isoformat(), reference="P-9")

    company.ends(number, "prepayment/End_LoanSettled")
    company.ends(
        watched.key, "callback_visit/End_CallbackCancelled", "collateral_release/End_NothingToRelease"
    )
