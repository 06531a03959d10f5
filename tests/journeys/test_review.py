"""What may come of a review: the committee's vote, a rejection, a withdrawal; and who may do what."""

import pytest
from loan_road import CHECKER, COMMITTEE, FORMAT, L1, L2, MAKER, NANJING, SIGNING, signing_answers
from staff import IN_BROWSER, OVER_HTTP

LARGE = {"amount": "600000.00", "price": "1000000.00", "income": "120000.00"}
APPROVES = {"l2_decision": "approve", "l2_comment": "同意。", "l2_term_months": "36"}


@pytest.mark.feature("M-050")
@OVER_HTTP
def test_above_500000_two_of_three_members_approve_and_the_case_shows_who_voted_what(staff, road):
    way = road(**LARGE).enter().review_l1().review_l2()

    way.vote("for")
    assert not any("秦伟民" in row for row in staff.case(way.key).rows(holding="还款来源充足"))
    way.as_("risk_committee_2")
    staff.do(way.key, COMMITTEE, vote="for", comment="抵押物足值。")

    way.as_("contract_officer")
    staff.look_at(way.key, FORMAT)
    case = staff.case(way.key)
    assert case.facts["申请状态"] == "已批准"
    assert sum("贷审会表决" in line for line in case.timeline if "已办理" in line) == 2
    votes = [row[:4] for row in case.rows(holding="赞成")]
    assert votes == [["1", "秦伟民", "赞成", "还款来源充足。"], ["1", "叶蓉", "赞成", "抵押物足值。"]]


@OVER_HTTP
def test_a_vote_against_by_two_of_three_rejects(staff, road):
    way = road(**LARGE).enter().review_l1().review_l2()

    way.vote("for", "against", "against")

    way.as_("reviewer_l2")
    case = staff.await_case(way.key, "已拒绝")
    assert case.facts["申请状态"] == "已拒绝"


@pytest.mark.feature("M-049")
@OVER_HTTP
def test_level_1_rejects_with_reasons(staff, road):
    way = road().enter().investigate()

    reasons = {"l1_reasons": ["income", "documents"], "l1_comment": "流水与收入证明不符。"}
    way.act("reviewer_l1", L1, l1_decision="reject", **reasons)

    case = staff.case(way.key)
    assert case.facts["申请状态"] == "已拒绝"
    assert any("流水与收入证明不符" in line or "初审" in line for line in case.timeline)
    assert case.links_to("/loans/") == []


@OVER_HTTP
def test_a_rejection_by_the_rules_is_reconsidered_on_new_facts_and_granted_by_level_2(staff, road):
    way = road(income="5000.00").enter()
    way.as_("front_desk")
    assert staff.await_case(way.key, "客户申请复核").facts["申请状态"] == "已拒绝"

    staff.press(f"/cases/{way.key}", "客户申请复核")
    grounds = {"new_facts": ["income"], "reconsideration_grounds": "本月起加薪，附单位证明与流水。"}
    staff.do(way.key, "登记新的事实", **grounds)
    way.as_("reviewer_l2")
    staff.do(way.key, "复核拒绝", reconsideration="overrule", reconsideration_comment="加薪属实。")
    way.applicant.income = "12000.00"
    way.enter().review_l1().review_l2()

    case = staff.await_case(way.key, "已批准")
    assert case.facts["申请状态"] == "已批准"
    assert "重新办理" in case.status_chips


@OVER_HTTP
def test_a_customer_who_withdraws_after_the_seal_leaves_void_numbers_and_a_cancelled_loan(staff, road):
    way = road().approved().make_contracts()
    way.as_("finance_maker")
    staff.look_at(way.key, MAKER)

    case = withdrawn_with_void_numbers(staff, way)

    assert [staff.visit(address).status_chips[0] for address in case.links_to("/loans/")] == ["已取消"]


@OVER_HTTP
def test_a_customer_who_withdraws_before_the_seal_leaves_void_numbers_and_no_loan(staff, road):
    way = road().approved().check_format().disclose()
    signed_before_ourselves_is_refused(staff, way)
    way.sign()

    assert withdrawn_with_void_numbers(staff, way).links_to("/loans/") == []


def withdrawn_with_void_numbers(staff, way):
    """The case once its customer has withdrawn: each number of its papers is void and says why."""
    way.as_("front_desk")
    staff.withdraw(way.key, "客户改为全款购车")

    way.as_("contract_officer")
    case = staff.await_case(way.key, "客户已撤回")
    numbers = case.rows(holding="CY2026SH1")
    voided = [row for row in numbers if any("已作废" in cell and "客户改为全款购车" in cell for cell in row)]
    assert {"JK", "MS"} <= {row[0][9:11] for row in voided}
    return case


def signed_before_ourselves_is_refused(staff, way):
    """Paper is signed before two of our staff: the second is another than who signs."""
    way.as_("contract_officer")
    staff.open_task(way.key, SIGNING)
    staff.fill(signing_answers() | {"second_staff": "contract_officer"})
    outcome = staff.submit()
    assert not outcome.done
    assert outcome.tells("双人")


@pytest.mark.feature("M-060")
@OVER_HTTP
def test_who_has_registered_a_payment_cannot_release_it(staff, road):
    way = road(NANJING).approved().make_contracts().register("finance_maker_2")

    way.as_("finance_maker_2")
    assert not any(
        way.key in staff.visit(f"/inbox{tab}").text and CHECKER in staff.page().text
        for tab in ("", "?tab=pool")
    )
    way.as_("finance_checker_2")
    address = staff.look_at(way.key, CHECKER).address
    way.as_("finance_maker_2")
    refused = staff.visit(address)

    assert refused.status in (403, 409)
    assert "双人复核" in refused.text
    assert MAKER in refused.text
    assert "薛冬" in refused.text


@OVER_HTTP
def test_of_two_who_open_a_task_the_second_is_told_who_took_it(staff, road):
    way = road(amount="300000.00", price="500000.00", income="60000.00").enter().review_l1()
    way.as_("reviewer_l2_2")
    staff.look_at(way.key, L2)

    way.review_l2()
    way.as_("reviewer_l2_2")
    told = staff.claim()

    assert any("沈岚" in message for message in [*told.messages, told.text])
    case = staff.case(way.key)
    assert sum(L2 in line and "已办理" in line for line in case.timeline) == 1


@IN_BROWSER
def test_a_form_sent_from_two_windows_counts_once(staff, road):
    way = road(amount="300000.00", price="500000.00", income="60000.00").enter().review_l1()
    answers = APPROVES | {"l2_amount": "300000.00"}
    for window in (1, 2):
        staff.sign_in("reviewer_l2", window=window)
        staff.open_task(way.key, L2)
        staff.fill(answers)

    staff.sign_in("reviewer_l2", window=1)
    assert staff.submit().done
    staff.sign_in("reviewer_l2", window=2)
    second = staff.submit()

    assert not second.done
    assert second.tells("沈岚")
    case = staff.case(way.key)
    assert sum(L2 in line and "已办理" in line for line in case.timeline) == 1


@OVER_HTTP
def test_the_case_of_another_branch_does_not_exist_for_a_person(staff, road):
    way = road().approved()
    way.as_("contract_officer")
    task = staff.look_at(way.key, FORMAT).address

    way.as_("contract_officer_2")

    assert [staff.visit(address).status for address in (f"/cases/{way.key}", task)] == [404, 404]
