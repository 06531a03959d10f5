"""Who else is bound: a company with its representative and owners, and a guarantor who signs for himself."""

import pytest
from loan_road import DISCLOSURE, FORMAT, SHANGHAI, SIGNING, CompanyApplicant, Guaranteed, Road
from staff import IN_BROWSER

SIGNED = ["loan:borrower", "mortgage:borrower", "guarantee:guarantor_1", "debit:borrower"]


@pytest.fixture
def way_of(staff, draw):
    """The road of an applicant of a kind."""
    return lambda kind, **wish: Road(staff, kind(draw, **wish), SHANGHAI)


@IN_BROWSER
def test_a_company_is_checked_with_its_people_approved_and_signs_by_its_representative(staff, way_of):
    way = way_of(CompanyApplicant, price="160000.00", income="80000.00").enter().review_l1()
    way.check_format().disclose().sign().seal()

    way.as_("contract_officer")
    case = staff.case(way.key)
    person = way.applicant.person
    assert case.facts["申请状态"] == "已签约"
    assert case.facts["客户"] == way.applicant.name
    assert any("法定代表人" in row[0] and person.name in row for row in case.rows(holding=person.name))
    assert case.rows(holding="100.00%")
    assert not any(person.identity_no in cell for row in case.rows() for cell in row)
    kinds = {row[0][9:11] for row in case.rows(holding="CY2026SH1") if row[0].startswith("CY")}
    assert kinds == {"JK", "MS", "DY", "WT", "DW"}
    mortgage = next(row[0] for row in case.rows(holding=".pdf") if "DY" in row[0])
    text = staff.pdf_text(f"/cases/{way.key}", mortgage)
    assert way.applicant.credit_code in text
    assert person.name in text


@IN_BROWSER
def test_a_guarantor_signs_his_own_contract_and_the_borrower_may_refuse_to_be_located(staff, way_of):
    way = way_of(Guaranteed).enter().review_l1()
    way.act("contract_officer", FORMAT, format_check="right")
    way.disclose()
    way.as_("contract_officer")
    staff.look_at(way.key, SIGNING)

    way.sign(signatures_seen=SIGNED)

    way.as_("contract_officer")
    case = staff.case(way.key)
    name = way.applicant.guarantor.name
    assert [row for row in case.rows(holding=name) if row[1].startswith("CY2026SH1BZ")]
    (refused,) = [row for row in case.rows(holding="CY2026SH1DW") if "已作废" in row[2]]
    assert "未同意车载定位" in refused[2]
    guarantee = next(row[0] for row in case.rows(holding=".pdf") if row[0].startswith("CY2026SH1BZ"))
    assert name in staff.pdf_text(f"/cases/{way.key}", guarantee)
    assert DISCLOSURE in "".join(case.timeline)
