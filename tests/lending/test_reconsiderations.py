"""Overrides and reconsiderations: soft rules with reasons and authority, hard rules never, one second look."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from lending import applications, approvals, overrides, products, reconsiderations, reviews
from lending.applications import ApplicationStatus
from lending.overrides import HardRuleStands, OverrideBeyondAuthority, OverrideReasonMissing
from lending.reconsiderations import (
    CommitteeIsFinal,
    NewFactsMissing,
    NothingToReconsider,
    ReconsiderationTooLate,
    ReconsideredOnce,
    RejectedBy,
)
from lending.reviews import Ballot, Decision, ReviewLevel
from lending.vehicles import VehicleKind

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
GROUNDS = "客户已于昨日结清另一笔贷款，附结清证明"


def decide(session, house, number, decision, level=ReviewLevel.L1, **facts):
    return reviews.record_decision(
        session,
        number,
        level=level,
        decision=decision,
        reviewer_id=house.checker_id,
        now=NOW,
        comment="意见",
        amount=Decimal("100000.00"),
        term_months=36,
        **facts,
    )


@pytest.fixture
def rejected(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        applications.reject(session, number, reason_codes=["income"], on=TODAY, note="月供过高")
        yield session, number


def ask(session, number, on=TODAY, **facts):
    given = {"new_facts": ["debt"], "grounds": GROUNDS, "by": None, "on": on}
    return reconsiderations.ask(session, number, **(given | facts))


def test_a_soft_rule_is_set_aside_with_reason_and_words_by_the_level_that_has_the_authority(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        first = decide(session, house, number, Decision.APPROVE)
        given = {"route": ReviewLevel.L2, "reason": "verified_by_hand", "now": NOW}

        with pytest.raises(OverrideReasonMissing):
            overrides.record(session, first, ["dti_high"], words="同意", **given)
        overrides.record(session, first, ["dti_high"], words="奖金未计入收入", **given)
        with pytest.raises(OverrideBeyondAuthority):
            overrides.require(session, number, ["dti_high"], route=ReviewLevel.L2)
        second = decide(session, house, number, Decision.APPROVE, ReviewLevel.L2)
        overrides.record(session, second, ["dti_high"], words="奖金有证明", **given)

        overrides.require(session, number, ["dti_high"], route=ReviewLevel.L2)
        overrides.require(session, number, ["dti_high"], route=ReviewLevel.COMMITTEE)
        assert [one.level for one in overrides.of_application(session, number)] == ["l1", "l2"]


def test_a_hard_rule_is_set_aside_by_nobody(house):
    with house.database.write() as session:
        row = decide(session, house, house.apply(session).application_no, Decision.APPROVE, ReviewLevel.L2)

        with pytest.raises(HardRuleStands):
            overrides.record(
                session,
                row,
                ["dti_hard"],
                route=ReviewLevel.COMMITTEE,
                reason="other",
                words="客户另有收入",
                now=NOW,
            )


def test_a_rejection_is_reconsidered_once_within_its_days_and_on_new_facts(rejected):
    session, number = rejected
    with pytest.raises(NewFactsMissing):
        ask(session, number, new_facts=[])
    with pytest.raises(NewFactsMissing):
        ask(session, number, grounds="请再看看")
    with pytest.raises(ReconsiderationTooLate, match="2026-03-22"):
        ask(session, number, on=TODAY + timedelta(days=21))

    row = ask(session, number, on=TODAY + timedelta(days=20))

    assert (row.rejected_by, row.reason_codes) == (RejectedBy.RULES, ["income"])
    with pytest.raises(ReconsideredOnce):
        ask(session, number)


def test_a_reopened_application_is_a_draft_again_and_an_upheld_one_stays_rejected(house):
    with house.database.write() as session:
        for reopen, status in ((True, ApplicationStatus.DRAFT), (False, ApplicationStatus.REJECTED)):
            number = house.apply(
                session, vin="LFPH3ACC8N1A00001" if reopen else "1M8GDM9AXKP042788"
            ).application_no
            applications.reject(session, number, reason_codes=["documents"], on=TODAY)
            ask(session, number)

            reconsiderations.decide(session, number, reopen=reopen, comment="已核实", by=None, now=NOW)

            assert applications.get(session, number).status is status
            with pytest.raises((ReconsideredOnce, NothingToReconsider)):
                reconsiderations.check(session, number, TODAY)


def test_the_word_of_the_committee_is_final_and_that_of_a_reviewer_is_his(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        decide(session, house, number, Decision.REJECT, reason_codes=["income"])
        assert reconsiderations.who_rejected(session, number) is RejectedBy.L1
        decide(session, house, number, Decision.APPROVE, ReviewLevel.L2)
        for member in (house.maker_id, house.checker_id):
            reviews.record_vote(session, number, member_id=member, ballot=Ballot.AGAINST, now=NOW)
        applications.reject(session, number, reason_codes=["other"], on=TODAY)

        with pytest.raises(CommitteeIsFinal):
            reconsiderations.check(session, number, TODAY)
        with pytest.raises(reviews.SameReviewer):
            reviews.refuse_same_person(session, number, house.checker_id)


@pytest.mark.feature("M-051")
def test_a_condition_has_an_owner_and_a_day_and_is_met_by_its_proof(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        house.approve(session, number, conditions=["还款账户已开立并授权扣款", "父亲到场说明"])
        by_label = {one.label("zh"): one for one in approvals.get(session, number).conditions}

        assert by_label["购车发票已核验"].due_on == TODAY + timedelta(days=15)
        assert by_label["还款账户已开立并授权扣款"].owner_role == "contract_officer"
        own = by_label["父亲到场说明"]
        assert (own.owner_role, own.due_on) == ("customer_manager", TODAY + timedelta(days=60))
        with pytest.raises(approvals.ConditionProofMissing, match="Purchase invoice"):
            approvals.meet_conditions(session, number, ["invoice"], by=None, now=NOW)
        approvals.meet_conditions(session, number, [own.choice], by=None, now=NOW)
        assert own.decided_at == NOW
        assert own not in approvals.open_conditions(approvals.get(session, number))


def test_a_product_for_new_cars_is_not_for_a_used_one_nor_one_for_people_for_a_company(house):
    with house.database.read() as session:
        new, people = products.get(session, "NEW_STD"), products.get(session, "EQ_PRINCIPAL")

        with pytest.raises(products.ProductNotForCar):
            products.check_fit(new, VehicleKind.USED)
        with pytest.raises(products.ProductNotForCustomer):
            products.check_fit(people, VehicleKind.NEW, products.Clientele.CORPORATE)
        assert "NEW_STD" not in [one.code for one in products.offered(session, VehicleKind.USED)]
