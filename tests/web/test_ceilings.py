"""The ceilings of loan to value at the page: proposed by one, decided by another, refused where the law is lower."""

import pytest

from lending import ceilings
from lending.ceilings import Segment

ASKED = {
    "self_new_fuel": "80",
    "self_new_nev": "85",
    "commercial_new_fuel": "70",
    "commercial_new_nev": "75",
    "used": "60",
    "valid_from": "2026-10-01",
    "reason": "二手车价格下行",
}


@pytest.mark.feature("M-052")
def test_new_ceilings_are_proposed_by_one_and_approved_by_another(house):
    proposer, committee = house.browser("reviewer_l2"), house.browser("risk_committee")
    proposer.get("/ceilings")
    made = proposer.post("/ceilings", ASKED)
    waiting = committee.get("/changes").text
    with house.database.read() as session:
        before = ceilings.versions(session)
    committee.post("/changes/1/approve")
    page = proposer.get("/ceilings").text

    assert made.location == "/ceilings"
    assert "二手车" in waiting
    assert "60.00%" in waiting
    assert before == []
    assert "2026-10-01" in page
    with house.database.read() as session:
        (version,) = ceilings.versions(session)
        assert (
            ceilings.in_force(session, version.valid_from)[Segment.USED].normalize().to_eng_string() == "0.6"
        )
        assert version.approved_by == "risk_committee"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"used": "71"}, "70.00%"),
        ({"used": ""}, 'role="alert"'),
        ({"valid_from": "2026-01-01"}, "早于营业日"),
        ({"reason": ""}, "理由"),
        ({"used": "70"}, "没有填写任何变更内容"),
    ],
)
def test_a_wrong_ceiling_is_refused_and_told(house, wrong, told):
    browser = house.browser("reviewer_l2")
    browser.get("/ceilings")

    answer = browser.post("/ceilings", ASKED | wrong)

    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.parametrize(("username", "status"), [("front_desk", 200), ("finance_maker", 403)])
def test_who_may_not_read_the_products_sees_no_ceilings(house, username, status):
    assert house.browser(username).get("/ceilings").status_code == status
