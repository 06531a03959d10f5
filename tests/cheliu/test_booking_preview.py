"""The trial of a booking that lies before later events of its loan."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from cheliu.case_money import pay_instalments
from company.organisation import business_date


@pytest.mark.feature("M-066")
def test_a_backdated_receipt_shows_its_own_use_and_what_later_events_pay_instead(made):
    pay_instalments(made.house, made.clock, 2)
    with made.house.database.read() as session:
        on = business_date(session)
    desk = made.browser("finance_maker")
    address = f"/loans/{made.loan_no}/bookings/receipt"
    given = {
        "booking_date": str(on - timedelta(days=20)),
        "booking_amount": "100.00",
        "bank_reference": "L-1",
    }
    page = desk.post(address, {**given, "do": "preview"}).text.partition('id="foreseen"')[2]
    own, later = page.partition('id="reworked"')[0], page.partition('id="reworked"')[2]
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", own))

    assert facts["转暂收款"] == "¥100.00"
    assert facts["本笔名下暂收款"] == "¥0.00 → ¥100.00"
    assert "使用暂收款 ¥100.00" in later
    assert "到期" in later
    assert Decimal(facts["重新计算的后续事件"]) >= 1
