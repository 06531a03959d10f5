"""A loan paid back: a receipt through two people, the early repayment as a case, the certificate, the car set free."""

import re

import pytest
from installation import TODAY
from loan_end import booked, mortgaged, repaid, set_free
from loan_road import Applicant, Road


def business_date(staff):
    return re.search(r"营业日期：(\d{4}-\d{2}-\d{2})", staff.visit("/books/day-end").text)[1]


def day_ended(staff, way):
    """The books leave the first day, by this person or by the night's own run; the day on which they stand then."""
    way.as_("finance_accountant")
    if business_date(staff) == TODAY:
        staff.press("/books/day-end", "运行日终")
    staff.await_page(
        lambda: staff.visit("/books/day-end"), lambda _sheet: business_date(staff) > TODAY, "a day-end"
    )
    return business_date(staff)


@pytest.mark.feature("M-074")
@pytest.mark.feature("M-140")
def test_a_loan_is_received_on_repaid_early_certified_and_its_car_is_set_free(staff_on_the_first_day, draw):
    staff = staff_on_the_first_day
    way = Road(staff, Applicant(draw)).registered().release()
    way.loan()
    way.address = staff.loan_address(way.key)
    received = {"booking_date": TODAY, "booking_amount": "1000.00", "bank_reference": "J-1"}
    loan = booked(staff, way, "receipt", **received)
    assert loan.rows(holding="receipt:J-1")
    mortgaged(staff, way)
    day = day_ended(staff, way)

    repaid(staff, way, day)

    way.as_("finance_maker")
    loan = staff.await_page(
        lambda: staff.visit(way.address), lambda sheet: "结清证明" in sheet.text, "the certificate"
    )
    assert "已结清" in loan.status_chips
    certificate = staff.download_made(way.address, "出具结清证明")
    assert certificate.startswith(b"%PDF")
    set_free(staff, way, day)
    way.as_("contract_officer")
    assert "已解押" in staff.visit(f"/collateral/{way.key}").text
