"""From the inbox to the paid-out loan."""

from loan_road import yuan


def test_a_loan_of_100000_is_entered_reviewed_signed_and_paid_out(staff, road):
    loan = road().approved().make_contracts().register().release().loan()

    assert yuan(loan.facts["贷款本金"]) == 100000
    assert loan.facts["年化利率"].startswith("5.88")
    assert yuan(loan.facts["首期应还"]) == yuan("3036.76")
    assert yuan(loan.facts["利息合计"]) == yuan("9323.36")
