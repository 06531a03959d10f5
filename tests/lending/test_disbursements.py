"""The pay-out: by two people, to the listed dealer, whole, once, and posted on the day the bank paid."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from lending import (
    applications,
    conditions,
    contract_numbers,
    contracts,
    dealers,
    disbursements,
    fund_journal,
    ledger,
    loans,
    withdrawal,
)
from lending.applications import ApplicationStatus
from lending.contracts import ContractStatus
from lending.disbursements import AttemptStatus, DisbursementStatus
from lending.errors import LendingError
from lending.fund_journal import FundMovement
from lending.ledger import JournalEntry
from lending.loans import LoanStatus

NEXT_DAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


def pay(session, request_id, value_date=NEXT_DAY):
    return disbursements.succeed(session, request_id, value_date=value_date, bank_reference="B1", now=NOW)


def test_a_loan_goes_from_signature_to_active_with_the_published_figures(house):
    with house.database.write() as session:
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=NOW)

        pay(session, attempt.request_id)
        loan_no = session.scalars(select(loans.Loan.loan_no)).one()
        loans.activate(session, loan_no, value_date=NEXT_DAY, now=NOW)

    with house.database.read() as session:
        loan = loans.get(session, loan_no)
        schedule = loan.current_schedule
        balance = ledger.trial_balance(session, NEXT_DAY)
        assert loan.status is LoanStatus.ACTIVE
        assert (loan.value_date, loan.maturity_date) == (NEXT_DAY, date(2029, 3, 3))
        assert len(schedule.instalments) == 36
        assert schedule.instalments[0].amount == Decimal("3036.76")
        assert schedule.total_interest == Decimal("9323.36")
        assert sum(row.principal for row in schedule.instalments) == Decimal("100000.00")
        assert balance.difference == 0
        assert balance.balance("1303") == Decimal("100000.00")
        assert balance.balance("1002") == Decimal("-100000.00")
        assert ledger.trial_balance(session, date(2026, 3, 2)).rows == ()
        assert ledger.get(session, f"disbursement:{loan_no}").on == NEXT_DAY
        assert fund_journal.day(session, NEXT_DAY)[0].amount == Decimal("100000.00")


def test_the_bank_answering_twice_pays_and_posts_once(house):
    with house.database.write() as session:
        request_id = house.release(session).request_id
    for _ in range(2):
        with house.database.write() as session:
            pay(session, request_id)

    with house.database.write() as session:
        loan_no = session.scalars(select(loans.Loan.loan_no)).one()
        loans.activate(session, loan_no, value_date=NEXT_DAY, now=NOW)
        loans.activate(session, loan_no, value_date=NEXT_DAY, now=NOW)
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1
        assert session.scalar(select(func.count()).select_from(FundMovement)) == 1
        assert len(loans.get(session, loan_no).schedules) == 1


def test_a_result_may_overtake_the_note_that_the_order_was_sent(house):
    with house.database.write() as session:
        request_id = house.release(session).request_id
        pay(session, request_id)

        attempt = disbursements.mark_sent(session, request_id, now=NOW)

        assert attempt.status is AttemptStatus.SUCCEEDED


@pytest.mark.feature("M-060")
def test_the_maker_cannot_check(house):
    with house.database.write() as session:
        loan_no = house.sign(session)
        house.meet_conditions(session, loan_no)
        house.register(session, loan_no)

        with pytest.raises(disbursements.MakerIsChecker):
            disbursements.check(session, loan_no, checker_id=house.maker_id, on=NEXT_DAY, now=NOW)
        with pytest.raises(disbursements.MakerIsChecker):
            disbursements.send_back(session, loan_no, checker_id=house.maker_id, reason="x")


def test_a_refused_payment_is_repaired_with_a_second_order_and_paid_once(house):
    with house.database.write() as session:
        first = house.release(session)
        loan_no = session.scalars(select(loans.Loan.loan_no)).one()
        disbursements.mark_sent(session, first.request_id, now=NOW)
        disbursements.fail(session, first.request_id, reason="户名不符", now=NOW)
        disbursements.fail(session, first.request_id, reason="户名不符", now=NOW)

        house.register(session, loan_no)
        second = disbursements.check(session, loan_no, checker_id=house.checker_id, on=NEXT_DAY, now=NOW)
        pay(session, second.request_id)

        assert first.request_id == f"FK-{loan_no}-1"
        assert second.request_id == f"FK-{loan_no}-2"
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1
        with pytest.raises(disbursements.BankResultContradicts):
            pay(session, first.request_id)


@pytest.mark.parametrize("known", [False, True])
def test_no_second_order_exists_while_the_first_has_no_definite_end(house, known):
    with house.database.write() as session:
        attempt = house.release(session)
        loan_no = session.scalars(select(loans.Loan.loan_no)).one()
        if known:
            disbursements.mark_sent(session, attempt.request_id, now=NOW)

        with pytest.raises(LendingError, match="cannot become Registered"):
            house.register(session, loan_no)
        with pytest.raises(LendingError, match="cannot become Checked"):
            disbursements.check(session, loan_no, checker_id=house.checker_id, on=NEXT_DAY, now=NOW)
        assert disbursements.current_attempt(session, loan_no).number == 1


def test_nothing_is_deducted_from_the_principal(house):
    with house.database.write() as session:
        loan_no = house.sign(session)
        house.meet_conditions(session, loan_no)

        with pytest.raises(disbursements.NetDisbursement, match=r"100,000\.00"):
            house.register(session, loan_no, amount=Decimal("98000.00"))


@pytest.mark.feature("M-059")
@pytest.mark.parametrize(
    "facts", [{"payee_name": "别家汽车有限公司"}, {"payee_account": "31050161393600009999"}]
)
def test_money_goes_only_to_the_dealer_as_listed(house, facts):
    with house.database.write() as session:
        loan_no = house.sign(session)
        house.meet_conditions(session, loan_no)

        with pytest.raises(dealers.PayeeNotOnList):
            house.register(session, loan_no, **facts)


def test_open_conditions_are_listed_by_name_and_stop_the_payment(house):
    with house.database.write() as session:
        loan_no = house.sign(session)

        with pytest.raises(conditions.ConditionsMissing) as refused:
            house.register(session, loan_no)

        assert "购车发票已核验、车辆保险已生效" in refused.value.text("zh")
        assert "Purchase invoice checked, Insurance in force" in refused.value.text("en")


def test_an_expired_approval_stops_the_payment(house):
    with house.database.write() as session:
        loan_no = house.sign(session)
        house.meet_conditions(session, loan_no)

        with pytest.raises(conditions.ConditionsMissing, match="valid until 2026-05-01"):
            house.register(session, loan_no, on=date(2026, 5, 2))


def test_a_returned_payment_restores_every_balance_and_cancels_the_loan(house):
    with house.database.write() as session:
        attempt = house.release(session)
        loan_no = session.scalars(select(loans.Loan.loan_no)).one()
        pay(session, attempt.request_id)
        loans.activate(session, loan_no, value_date=NEXT_DAY, now=NOW)

        disbursement = disbursements.reverse(
            session, loan_no, on=date(2026, 3, 5), bank_reference="B2", reason="退汇", by=None, now=NOW
        )

        assert disbursement.status is DisbursementStatus.REVERSED
        assert loans.get(session, loan_no).status is LoanStatus.CANCELLED
        application = applications.get(session, loans.get(session, loan_no).application_no)
        assert (application.status, application.active_key) == (ApplicationStatus.LAPSED, None)
        assert contracts.get(session, loan_no).status is ContractStatus.VOIDED
        assert all(row.balance == 0 for row in ledger.trial_balance(session, date(2026, 3, 5)).rows)
        assert ledger.trial_balance(session, NEXT_DAY).balance("1303") == Decimal("100000.00")


def test_a_loan_is_not_active_before_its_money_is_posted(house):
    with house.database.write() as session:
        loan_no = house.sign(session)

        with pytest.raises(loans.NotPaidOut):
            loans.activate(session, loan_no, value_date=NEXT_DAY, now=NOW)


def test_two_results_and_two_activations_at_once_pay_post_and_plan_once(house):
    with house.database.write() as session:
        request_id = house.release(session).request_id
        loan_no = session.scalars(select(loans.Loan.loan_no)).one()

    def settle(_number):
        with house.database.write() as session:
            pay(session, request_id)
            loans.activate(session, loan_no, value_date=NEXT_DAY, now=NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(settle, range(6)))

    with house.database.read() as session:
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 1
        assert session.scalar(select(func.count()).select_from(FundMovement)) == 1
        assert len(loans.get(session, loan_no).schedules) == 1


@pytest.mark.parametrize("customer_first", [True, False])
def test_release_and_withdrawal_at_once_never_both_happen(house, customer_first):
    with house.database.write() as session:
        loan_no = house.sign(session)
        application_no = loans.get(session, loan_no).application_no
        house.meet_conditions(session, loan_no)
        house.register(session, loan_no)

    def release():
        with house.database.write() as session:
            disbursements.check(session, loan_no, checker_id=house.checker_id, on=NEXT_DAY, now=NOW)
            return "released"

    def leave():
        with house.database.write() as session:
            withdrawal.withdraw(session, application_no, reason="放弃", by=None, on=NEXT_DAY, now=NOW)
            return "withdrawn"

    def outcome(step):
        try:
            return step()
        except LendingError as refused:
            return refused.code

    steps = [leave, release] if customer_first else [release, leave]
    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(outcome, steps))

    assert outcomes in ({"released", "withdrawal_too_late"}, {"withdrawn", "status_refused"})


@pytest.mark.feature("M-051")
def test_an_expired_approval_takes_everything_with_it_that_was_signed_and_registered(house):
    with house.database.write() as session:
        loan_no = house.sign(session)
        house.meet_conditions(session, loan_no)
        house.register(session, loan_no)
        application_no = loans.get(session, loan_no).application_no

        application = withdrawal.lapse(
            session, application_no, reason="批复到期", by=None, on=NEXT_DAY, now=NOW
        )

        assert application.status is ApplicationStatus.LAPSED
        assert disbursements.get(session, loan_no).status is DisbursementStatus.CANCELLED
        assert loans.get(session, loan_no).status is LoanStatus.CANCELLED
        assert len(contract_numbers.void_list(session)) == 5


def test_nothing_lapses_once_the_payment_is_released(house):
    with house.database.write() as session:
        house.release(session)
        application_no = session.scalars(select(loans.Loan.application_no)).one()
    with pytest.raises(LendingError) as refused, house.database.write() as session:
        withdrawal.lapse(session, application_no, reason="批复到期", by=None, on=NEXT_DAY, now=NOW)

    assert refused.value.code == "status_refused"
    with house.database.read() as session:
        assert applications.get(session, application_no).status is ApplicationStatus.SIGNED
