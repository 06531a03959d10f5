"""What is typed wrongly: each is told in a clear sentence at its field, and nothing typed is lost."""

import pytest
from loan_road import L1, Applicant
from sheet import fields_of
from staff import IN_BROWSER, OVER_HTTP, Paper

WRONG = [
    ("identity_no", "310104199003074511", "校验位"),
    ("vin", "LSVAM4187C218484I", "17 位"),
    ("mobile", "12345678901", "11 位"),
    ("amount", "-5", "1000"),
    ("amount", "100.123", "小数"),
    ("amount", "1e400", ""),
    ("term_months", "85", "84"),
]


@pytest.fixture
def entry(staff, road):
    """An entry form that is filled in rightly, and not yet sent."""
    way = road().open()
    staff.fill(way.applicant.answers(way.crew))
    return way


@IN_BROWSER
def test_a_wrong_value_is_told_at_its_field_and_what_was_typed_stays(staff, entry):
    right = entry.applicant.answers(entry.crew)
    for key, value, says in WRONG:
        staff.fill({key: value})

        outcome = staff.submit()

        label = fields_of(staff.page().carried_form()["schema"])[key]["label"]
        told = [problem for problem in outcome.problems if problem.startswith(label)]
        assert not outcome.done
        assert told, (key, value, outcome.problems)
        assert says in told[0]
        assert staff.typed(key) in (value, "NaN")
        assert staff.typed("address") == entry.applicant.person.address
        staff.fill({key: right[key]})

    assert staff.submit().done


@pytest.mark.feature("M-137")
@OVER_HTTP
def test_a_wrong_plate_of_a_used_car_is_told(staff, entry):
    staff.fill({"vehicle_kind": "used"})
    staff.fill({"plate_no": "沪A1234I", "first_registered_on": "2025-03-01"})

    outcome = staff.submit()

    assert outcome.tells("号牌号码格式不正确")
    assert staff.typed("plate_no") == "沪A1234I"


@OVER_HTTP
def test_an_amount_above_the_product_is_refused_by_its_rule(staff, entry):
    staff.fill({"amount": "1000000.01", "vehicle_price": "3000000.00", "published_price": "3000000.00"})

    outcome = staff.submit()

    assert outcome.tells("1,000,000.00")
    assert staff.typed("amount").startswith("1000000.01")


@OVER_HTTP
def test_a_file_that_is_not_what_it_says_is_refused(staff, entry):
    for data, says in ((b"MZ this is a program, not a statement", "改名"), (b"", "空")):
        staff.fill({"doc_bank_statement": Paper("statement.pdf", data)})

        outcome = staff.submit()

        assert not outcome.done
        assert outcome.tells(says)
        assert outcome.tells("近六个月银行流水")
        assert staff.typed("customer_name") == entry.applicant.person.name


@IN_BROWSER
def test_what_was_typed_is_there_when_the_person_comes_back_and_all_mistakes_are_told_at_once(staff, entry):
    staff.leave_and_return()
    assert staff.typed("customer_name") == entry.applicant.person.name
    assert staff.typed("amount") in ("100000.00", "100000")

    staff.fill({"identity_no": "310104199003074511", "mobile": "123"})
    outcome = staff.submit()

    assert outcome.tells("身份证号码")
    assert outcome.tells("手机号码")


@OVER_HTTP
def test_a_reviewer_cannot_grant_more_than_was_asked_for(staff, road):
    way = road(amount="100000.00").enter().investigate()
    way.as_("reviewer_l1")
    staff.open_task(way.key, L1)
    staff.fill({"l1_decision": "approve", "l1_comment": "同意", "l1_term_months": "36"})
    staff.fill({"l1_amount": "100000.01"})

    outcome = staff.submit()

    assert not outcome.done
    assert outcome.tells("核定金额")


@pytest.mark.postgresql
def test_a_file_of_200_mb_is_refused_before_it_is_read(staff_over_http, draw):
    staff = staff_over_http
    applicant = Applicant(draw)
    staff.sign_in("front_desk")
    staff.new_application()
    staff.fill(
        {"customer_name": applicant.person.name, "doc_bank_statement": Paper("big.pdf", b"%PDF" * 50_000_000)}
    )

    outcome = staff.submit()

    assert not outcome.done
    assert outcome.tells("20 MB")
