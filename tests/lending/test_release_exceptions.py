"""What must be in place before money is paid: each thing alone stops it, an approved exception covers some of them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lending import (
    applications,
    approvals,
    collateral,
    conditions,
    contracts,
    disclosure,
    insurance,
    loans,
    release_exceptions,
)
from lending.applications import ApplicationStatus
from lending.collateral import MortgageOrder
from lending.conditions import ConditionsMissing
from lending.contracts import SigningMethod
from lending.insurance import PolicyKind

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def database_url(sqlite_url):
    """The rows are the same on both; the pay-out's own tests run on either."""
    return sqlite_url


def codes(session, loan):
    return {one.code for one in conditions.missing(session, loan, TODAY)}


def approve_exception(session, house, loan, *subjects):
    missing = [one.code for one in conditions.missing(session, loan, TODAY)]
    said = {"reason": "供应商缺货，五日内补齐", "by": house.maker_id, "now": NOW}
    release_exceptions.ask(session, loan.application_no, subjects, missing, **said)
    said = {"reason": "同意，五日内补齐", "by": house.checker_id, "now": NOW}
    release_exceptions.decide(session, loan.application_no, approved=True, **said)


@pytest.mark.feature("M-064")
def test_mortgage_insurance_gps_signature_and_disclosure_each_stop_the_pay_out(house):
    with house.database.write() as session:
        application = house.apply(session)
        house.approve(session, application.application_no, conditions=["gps_active"])
        contract = house.generate(session, application.application_no)
        house.disclose(session, contract.contract_no)
        contracts.sign(session, contract.contract_no, method=SigningMethod.PAPER, on=TODAY, now=NOW)
        loan = loans.open_from_contract(session, contract.contract_no, now=NOW)
        house.meet_conditions(session, loan.loan_no)
        assert codes(session, loan) == {"condition:gps_active"}

        collateral.open_for(
            session, house.vault, application, MortgageOrder.MORTGAGE_FIRST, on=TODAY, now=NOW
        )
        insurance.record(
            session,
            loan.application_no,
            loan.vehicle_id,
            kind=PolicyKind.COMMERCIAL,
            insurer="示例财险",
            policy_no="P-1",
            valid_from=TODAY - timedelta(days=370),
            valid_until=TODAY - timedelta(days=5),
            lender_first=True,
            by=None,
            now=NOW,
        )
        disclosure.of_contract(session, loan.loan_no).confirmed_at = None
        applications.get(session, loan.application_no).status = ApplicationStatus.APPROVED
        session.flush()

        assert codes(session, loan) == {
            "condition:gps_active",
            "mortgage_not_registered",
            "insurance_lapsed",
            "disclosure_not_confirmed",
            "contract_not_signed",
        }
        approve_exception(session, house, loan, "gps", "mortgage", "insurance")
        assert codes(session, loan) == {"disclosure_not_confirmed", "contract_not_signed"}
        with pytest.raises(ConditionsMissing):
            house.register(session, loan.loan_no)


def test_an_exception_is_asked_for_what_is_missing_with_a_reason_and_decided_by_another_person(house):
    with house.database.write() as session:
        loan = loans.get(session, house.sign(session))
        missing = [one.code for one in conditions.missing(session, loan, TODAY)]
        asked = {"by": house.maker_id, "now": NOW}
        with pytest.raises(release_exceptions.ExceptionUnexplained):
            release_exceptions.ask(session, loan.application_no, ["insurance"], missing, reason=" ", **asked)
        with pytest.raises(release_exceptions.ExceptionNotNeeded):
            release_exceptions.ask(
                session, loan.application_no, ["gps"], missing, reason="设备缺货五日", **asked
            )
        release_exceptions.ask(
            session, loan.application_no, ["insurance"], missing, reason="保单三日后出单", **asked
        )
        with pytest.raises(release_exceptions.ExceptionDecidedByAsker):
            release_exceptions.decide(
                session, loan.application_no, approved=True, reason="同意三日内补", **asked
            )
        release_exceptions.decide(
            session,
            loan.application_no,
            approved=False,
            reason="没有投保单不同意",
            by=house.checker_id,
            now=NOW,
        )

        assert "condition:insurance" in codes(session, loan)
        assert approvals.open_conditions(approvals.get(session, loan.application_no))
