"""From the inbox to the paid-out loan: the review that the tables ask for, the papers, the money and the books."""

import pytest
from loan_road import FORMAT, yuan
from staff import OVER_HTTP


@pytest.mark.feature("M-043")
@pytest.mark.feature("M-044")
@pytest.mark.feature("M-054")
@pytest.mark.feature("M-059")
def test_a_loan_of_100000_is_entered_reviewed_signed_and_paid_out(staff, road):
    way = road(amount="100000.00").approved()
    papers_name_the_borrower_and_the_terms(staff, way)
    way.make_contracts().register().release()

    loan = way.loan()
    assert yuan(loan.facts["贷款本金"]) == 100000
    assert loan.facts["年化利率"].startswith("5.88")
    assert yuan(loan.facts["首期应还"]) == yuan("3036.76")
    assert yuan(loan.facts["利息合计"]) == yuan("9323.36")
    instalments = [row for row in loan.rows() if row[0].isdigit() and len(row) == 8]
    assert len(instalments) == 36
    assert {yuan(row[2]) for row in instalments} == {yuan(row[6]) for row in instalments} == {yuan("3036.76")}
    assert yuan(instalments[-1][7]) == 0

    for account in ("1303", "1002"):
        (posting,) = loan.rows(holding=account)
        assert [yuan(cell) for cell in posting[-2:] if cell] == [100000]
    balance = staff.visit("/ledger/trial-balance")
    difference = balance.select("[data-difference]")[0].get("data-difference")
    assert yuan(difference) == 0
    assert balance.rows(holding="1303")


def papers_name_the_borrower_and_the_terms(staff, way):
    """Contract and cost sheet, as the contract officer downloads them."""
    way.as_("contract_officer")
    staff.look_at(way.key, FORMAT)
    address = f"/cases/{way.key}"
    sheet_name = next(row[0] for row in staff.case(way.key).rows(holding="-MS.pdf"))
    contract_name = sheet_name.replace("-MS.pdf", ".pdf")

    contract = staff.pdf_text(address, contract_name)
    cost_sheet = staff.pdf_text(address, sheet_name)

    assert way.applicant.person.name in contract
    assert way.applicant.person.name in cost_sheet
    assert "3,036.76" in contract
    assert "5.88%" in cost_sheet


@pytest.mark.feature("M-050")
@OVER_HTTP
def test_an_amount_above_the_authority_of_level_1_goes_to_level_2(staff, road):
    way = road(amount="300000.00", price="500000.00", income="60000.00").enter().review_l1()

    way.review_l2()

    way.as_("contract_officer")
    assert "已批准" in staff.case(way.key).facts["申请状态"]
    staff.look_at(way.key, FORMAT)
