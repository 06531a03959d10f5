"""Contracts: never other than approved, the cost sheet first, every number kept, all undone by a withdrawal."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lending import (
    applications,
    contract_numbers,
    contracts,
    disbursements,
    disclosure,
    limits,
    loans,
    products,
    withdrawal,
)
from lending.applications import ApplicationStatus
from lending.contracts import ContractStatus, SigningMethod
from lending.disclosure import DisclosureMethod
from lending.errors import LendingError, StatusRefused
from lending.loans import LoanStatus
from lending.products import FeeKind, FeeRule, Payee

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def approved(house, session):
    number = house.apply(session).application_no
    house.approve(session, number)
    return number


def sign(session, contract_no, on=TODAY):
    return contracts.sign(session, contract_no, method=SigningMethod.PAPER, on=on, now=NOW)


@pytest.mark.feature("M-054")
def test_a_contract_takes_the_approved_terms_and_two_numbers(house):
    with house.database.write() as session:
        contract = house.generate(session, approved(house, session))
        sheet = disclosure.of_contract(session, contract.contract_no)

        assert contract.contract_no.startswith("CY2026SH1JK000001-")
        assert sheet.sheet_no.startswith("CY2026SH1MS000001-")
        assert contract.amount == Decimal("100000.00")
        assert contract.plan().total_interest == sheet.total_interest == Decimal("9323.36")
        assert f"{sheet.annualised_cost:.3%}" == "5.880%"
        assert contract.status is ContractStatus.GENERATED


def test_a_fee_of_the_product_stands_on_the_sheet_and_in_the_cost(house):
    with house.database.write() as session:
        product = products.get(session, "NEW_STD")
        product.fees.append(
            FeeRule(
                kind=FeeKind.SERVICE,
                amount=Decimal("2000.00"),
                payee=Payee.LENDER,
                refundable=False,
                counts_in_cost=True,
                reason="与贷款直接相关",
            )
        )
        contract = house.generate(session, approved(house, session))
        sheet = disclosure.of_contract(session, contract.contract_no)

        assert f"{sheet.nominal_cost:.3%} {sheet.effective_cost:.3%}" == "7.241% 7.486%"
        assert sheet.total_cost == Decimal("11323.36")
        assert [line["item"] for line in sheet.lines] == ["贷款利息", "服务费"]
        assert sum(line["annualised"] for line in sheet.lines) == sheet.nominal_cost


def test_a_cost_above_the_cap_makes_no_contract(house):
    with house.database.write() as session:
        product = products.get(session, "NEW_STD")
        product.fees.append(
            FeeRule(
                kind=FeeKind.SERVICE,
                rate=Decimal("0.25"),
                payee=Payee.LENDER,
                refundable=False,
                counts_in_cost=True,
                reason="与贷款直接相关",
            )
        )
        with pytest.raises(limits.CostAboveCap):
            house.generate(session, approved(house, session))


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"amount": Decimal("100000.01")}, "金额"),
        ({"term_months": 24, "annual_rate": Decimal("0.06")}, "期限、年利率"),
    ],
)
def test_a_contract_that_differs_from_the_approval_is_blocked_naming_the_terms(house, facts, named):
    with house.database.write() as session:
        number = approved(house, session)

        with pytest.raises(contracts.ContractDiffersFromApproval) as refused:
            contracts.generate(session, number, by=None, on=TODAY, now=NOW, **facts)

        assert f"不一致：{named}。" in refused.value.text("zh")


@pytest.mark.feature("M-058")
def test_the_sheet_is_printed_and_confirmed_before_the_contract_is_signed(house):
    with house.database.write() as session:
        number = house.generate(session, approved(house, session)).contract_no
        confirm = {"by": None, "on": TODAY, "now": NOW}
        with pytest.raises(contracts.DisclosureNotConfirmed):
            sign(session, number)
        with pytest.raises(contracts.NotPrinted):
            contracts.confirm_disclosure(
                session, number, method=DisclosureMethod.PAPER, reading_seconds=None, **confirm
            )
        contracts.record_prints(session, number, contract_sha256="a" * 64, sheet_sha256="b" * 64)
        with pytest.raises(contracts.ReadingTimeTooShort):
            contracts.confirm_disclosure(
                session, number, method=DisclosureMethod.POP_UP, reading_seconds=9, **confirm
            )
        contracts.confirm_disclosure(
            session, number, method=DisclosureMethod.POP_UP, reading_seconds=10, **confirm
        )

        signed = sign(session, number)

        assert signed.status is ContractStatus.SIGNED
        assert applications.get(session, signed.application_no).status is ApplicationStatus.SIGNED


def test_nothing_is_signed_after_the_approval_has_run_out(house):
    with house.database.write() as session:
        number = house.generate(session, approved(house, session)).contract_no
        house.disclose(session, number)

        with pytest.raises(contracts.ApprovalExpired):
            sign(session, number, on=date(2026, 5, 2))


def test_only_an_approved_application_has_a_contract_and_only_one(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        with pytest.raises(StatusRefused):
            house.generate(session, number)
        house.approve(session, number)
        first = house.generate(session, number).contract_no
        with pytest.raises(contracts.ContractStillOpen, match=first):
            house.generate(session, number)

        contracts.void(session, first, reason="打印错误", by=None, now=NOW)
        second = house.generate(session, number).contract_no

        assert second[:-2] == "CY2026SH1JK000002"
        voided = {entry.contract_no[9:11]: entry.contract_no for entry in contract_numbers.void_list(session)}
        assert voided["JK"] == first
        assert set(voided) == {"JK", "MS", "DY", "WT", "DW"}


@pytest.mark.feature("M-057")
def test_a_withdrawal_after_signing_voids_everything_and_keeps_the_numbers(house):
    with house.database.write() as session:
        loan_no = house.sign(session)
        application_no = loans.get(session, loan_no).application_no
        house.meet_conditions(session, loan_no)
        house.register(session, loan_no)

        for _ in range(2):
            withdrawal.withdraw(
                session, application_no, reason="客户放弃", by=house.maker_id, on=TODAY, now=NOW
            )

        assert applications.get(session, application_no).status is ApplicationStatus.WITHDRAWN
        assert contracts.get(session, loan_no).status is ContractStatus.VOIDED
        assert loans.get(session, loan_no).status is LoanStatus.CANCELLED
        assert {entry.void_reason for entry in contract_numbers.void_list(session)} == {"客户放弃"}
        assert len(contract_numbers.void_list(session)) == 5


def test_a_released_payment_cannot_be_withdrawn_until_the_bank_has_refused_it(house):
    with house.database.write() as session:
        attempt = house.release(session)
        application_no = session.scalars(select(loans.Loan.application_no)).one()
        facts = {"reason": "客户放弃", "by": None, "on": TODAY, "now": NOW}
        with pytest.raises(applications.WithdrawalTooLate):
            withdrawal.withdraw(session, application_no, **facts)

        disbursements.fail(session, attempt.request_id, reason="账户冻结", now=NOW)
        withdrawal.withdraw(session, application_no, **facts)

        with pytest.raises(StatusRefused):
            house.register(session, loans.get(session, attempt.request_id[3:-2]).loan_no)


def test_a_change_of_the_product_reaches_no_signed_loan(house):
    with house.database.write() as session:
        loan_no = house.sign(session)
        product = products.get(session, "NEW_STD")
        product.penalty_multiplier, product.convention_data = Decimal(2), {"first_period": "shift"}
        session.flush()

        loan = loans.open_from_contract(session, loan_no, now=NOW)

        assert loan.penalty_multiplier == Decimal("1.5")
        assert loan.convention.first_period == "month_plus_odd"
        assert loan.status is LoanStatus.SIGNED


def test_a_loan_opened_before_the_signature_waits_for_it(house):
    with house.database.write() as session:
        contract = house.generate(session, approved(house, session))
        waiting = loans.open_from_contract(session, contract.contract_no, now=NOW)
        assert waiting.status is LoanStatus.PENDING_SIGN

        house.disclose(session, contract.contract_no)
        sign(session, contract.contract_no)

        assert loans.open_from_contract(session, contract.contract_no, now=NOW).status is LoanStatus.SIGNED


@pytest.mark.parametrize(
    ("days", "code"), [(-1, "signed_before_disclosure"), (1, "signed_in_future")], ids=["earlier", "later"]
)
def test_the_paper_is_dated_between_the_confirmation_of_the_sheet_and_today(house, days, code):
    with house.database.write() as session:
        contract_no = house.generate(session, approved(house, session)).contract_no
        house.disclose(session, contract_no)

        with pytest.raises(LendingError) as refused:
            contracts.sign(
                session,
                contract_no,
                method=SigningMethod.PAPER,
                on=TODAY,
                now=NOW,
                signed_on=TODAY + timedelta(days=days),
            )

    assert refused.value.code == code


def test_dating_the_paper_back_does_not_revive_an_expired_approval(house):
    with house.database.write() as session:
        contract_no = house.generate(session, approved(house, session)).contract_no
        house.disclose(session, contract_no)

        with pytest.raises(LendingError) as refused:
            contracts.sign(
                session,
                contract_no,
                method=SigningMethod.PAPER,
                on=TODAY + timedelta(days=61),
                now=NOW,
                signed_on=TODAY,
            )

    assert refused.value.code == "approval_expired"


def test_one_car_carries_one_signed_contract(house):
    with house.database.write() as session:
        house.sign(session)
        number = house.apply(session, identity="360426199101010071").application_no
        house.approve(session, number)
        contract_no = house.generate(session, number).contract_no
        house.disclose(session, contract_no)

        with pytest.raises(LendingError) as refused:
            sign(session, contract_no)

    assert refused.value.code == "vehicle_already_financed"
