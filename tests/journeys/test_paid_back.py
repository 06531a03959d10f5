"""A loan paid back: a receipt through two people, the quote that ends it, the prepayment, the certificate."""

import re

from installation import TODAY
from loan_road import Applicant, Road, yuan

CHECK = "复核入账"


def booked(staff, way, address, **fields):
    """The maker sends a booking for approval, the checker approves it; the loan's page after that."""
    way.as_("finance_maker")
    sent = staff.press(address, "送审", booking_date=TODAY, **fields)
    numbers = re.findall(r"ZW-\d{4}-\d{6}", sent.text)
    assert numbers, f"{sent.status} {sent.address}: {sent.text[:1500]}"
    way.as_("finance_checker")
    staff.do(numbers[0], CHECK, check_decision="approve")
    way.as_("finance_maker")
    return staff.visit(way.address)


def test_a_loan_is_received_on_quoted_settled_and_certified(staff_on_the_first_day, draw):
    staff = staff_on_the_first_day
    way = Road(staff, Applicant(draw)).registered().release()
    way.loan()
    way.address = staff.loan_address(way.key)

    loan = booked(
        staff, way, f"{way.address}/bookings/receipt", booking_amount="1000.00", bank_reference="J-1"
    )
    assert loan.rows(holding="receipt:J-1")

    quotes = staff.press(f"{way.address}/quotes", "全部结清报价")
    (row,) = quotes.rows(holding="BJ-")
    total = yuan(row[3])
    quote_no = row[0]
    assert "全部结清" in staff.pdf_text(f"{way.address}/quotes", quote_no)
    loan = booked(
        staff,
        way,
        quotes.link("按报价办理"),
        booking_amount=str(total),
        bank_reference="J-2",
        quote_no=quote_no,
    )

    assert "已结清" in loan.status_chips
    certificate = staff.download_made(way.address, "出具结清证明")
    assert certificate.startswith(b"%PDF")
    assert len(loan.links_to(f"{way.address}/receipts/")) == 2
