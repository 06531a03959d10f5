"""The fees of a contract: owed at the pay-out, earned with the instalments, given back or lost when it ends early.

The loan of :mod:`loan_life`: 100,000 at 5.88 % over 36 equal instalments of 3,036.76, paid out on 3 March 2026.
"""

from datetime import date

import pytest
from loan_life import FIRST_DUE, NOW, PAID_ON, D, K, Life

from lending import contracts, disbursements, ledger, loans, products
from lending.accounts import DEFERRED_FEES, FEE_INCOME, OTHER_RECEIVABLES, OUTPUT_VAT, SUSPENSE
from lending.life import beginning, changes, errors
from lending.life.kinds import Component
from lending.loans import LoanStatus
from lending.products import FeeKind, FeeRule, Payee

END = date(2030, 1, 1)


def rule(kind, amount, *, payee=Payee.LENDER, refundable=False, counts=True):
    return FeeRule(
        kind=kind, amount=D(amount), payee=payee, refundable=refundable, counts_in_cost=counts, reason="测试"
    )


@pytest.fixture
def charged(house):
    """A product with a service fee of 1,060.00, a device fee of 530.00 that goes back, and two that are not ours."""
    with house.database.write() as session:
        product = products.get(session, "NEW_STD")
        product.fees.extend(
            [
                rule(FeeKind.SERVICE, "1060.00"),
                rule(FeeKind.GPS, "530.00", refundable=True),
                rule(FeeKind.GUARANTEE, "800.00", payee=Payee.THIRD_PARTY),
                rule(FeeKind.MORTGAGE_REGISTRATION, "200.00", counts=False),
            ]
        )
        attempt = house.release(session)
        disbursements.mark_sent(session, attempt.request_id, now=NOW)
        disbursements.succeed(session, attempt.request_id, value_date=PAID_ON, bank_reference="B-1", now=NOW)
        loan_no = session.query(loans.Loan).one().loan_no
        loans.activate(session, loan_no, value_date=PAID_ON, now=NOW)
        beginning.begin(session, loan_no, now=NOW)
        yield Life(session, loan_no)


def balance(life, account, on=END):
    return ledger.trial_balance(life.session, on, loan_no=life.loan_no).balance(account)


@pytest.mark.feature("M-084")
def test_a_fee_is_owed_at_the_pay_out_and_earned_in_equal_parts_with_the_instalments(charged):
    assert balance(charged, OTHER_RECEIVABLES) == D("1590.00")
    assert (balance(charged, DEFERRED_FEES), balance(charged, OUTPUT_VAT)) == (D("-1500.00"), D("-90.00"))
    assert changes.reading_of(charged.session, charged.loan_no, PAID_ON).owed == D("101590.00")

    charged.receive(FIRST_DUE, "4626.76")

    assert balance(charged, OTHER_RECEIVABLES) == 0
    assert balance(charged, FEE_INCOME) == D("-41.67")
    assert balance(charged, DEFERRED_FEES) == D("-1458.33")

    last = charged.loan.current_schedule.instalments[-1].due_date
    charged.accrue(last)
    assert balance(charged, DEFERRED_FEES) == 0
    assert balance(charged, FEE_INCOME) == D("-1500.00")
    assert ledger.trial_balance(charged.session, END).difference == 0


@pytest.mark.feature("M-084")
def test_the_entries_of_a_fee_are_taken_back_with_the_pay_out(charged):
    charged.accrue(FIRST_DUE)
    changes.take_back_pay_out(
        charged.session, charged.loan_no, booked_on=FIRST_DUE, reason="银行退回", now=NOW
    )

    for account in (OTHER_RECEIVABLES, DEFERRED_FEES, OUTPUT_VAT, FEE_INCOME):
        assert balance(charged, account) == 0


def test_a_loan_that_ends_early_earns_the_rest_and_gives_back_what_the_contract_says(charged):
    charged.receive(FIRST_DUE, "4626.76")
    charged.tell(K.PREPAYMENT, FIRST_DUE, "150000.00", reference="E")

    assert charged.loan.status is LoanStatus.SETTLED
    assert balance(charged, DEFERRED_FEES) == 0
    # Of 500.00 without VAT one part of 36 is earned: 486.11 go back, with the VAT on them 515.28.
    money_left = D("150000.00") - charged.loan.principal
    state = changes.reading_of(charged.session, charged.loan_no, FIRST_DUE).state
    paid_early = sum(part.principal_paid for part in state.parts[1:])
    assert (
        money_left
        < state.suspense
        == D("150000.00") - paid_early - prepayment_fee(charged, paid_early) + D("515.28")
    )
    assert balance(charged, SUSPENSE) == -state.suspense


def prepayment_fee(life, principal):
    return (principal * life.loan.prepayment_fee_rate).quantize(D("0.01"))


def test_a_fee_that_is_waived_is_no_income(charged):
    charged.tell(K.WAIVER, PAID_ON, "1590.00", component=Component.FEE, reason="客户投诉减免")
    assert balance(charged, OUTPUT_VAT) == balance(charged, OTHER_RECEIVABLES) == 0
    charged.accrue(charged.loan.current_schedule.instalments[-1].due_date)

    assert balance(charged, DEFERRED_FEES) == balance(charged, FEE_INCOME) == 0
    with pytest.raises(errors.WaiverTooLarge):
        charged.tell(K.WAIVER, PAID_ON, "0.01", component=Component.FEE, reason="再减", reference="W2")


def test_a_fee_that_is_not_paid_is_written_off_with_the_loan_and_what_was_not_earned_is_no_loss(charged):
    charged.accrue(FIRST_DUE)
    charged.tell(K.WRITE_OFF, FIRST_DUE, reason="核销")

    assert balance(charged, OTHER_RECEIVABLES) == balance(charged, DEFERRED_FEES) == 0
    assert balance(charged, FEE_INCOME) == D("-41.67")
    assert changes.reading_of(charged.session, charged.loan_no, FIRST_DUE).state.claim > D("101590.00")


def test_a_contract_of_an_earlier_version_owes_what_it_owed(life):
    contracts.get(life.session, life.loan_no).fees_data = None

    assert changes.reading_of(life.session, life.loan_no, PAID_ON).owed == D("100000.00")
    assert balance(life, DEFERRED_FEES) == 0
