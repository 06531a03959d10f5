"""What a booking would come to, as the desk is told before it is sent."""

from datetime import timedelta

import pytest
from loan_life import FIRST_DUE, NOW, D, K

from lending.life import bookings, events
from lending.life.bookings import Booking
from lending.life.happenings import Happening


@pytest.mark.feature("M-066")
def test_a_backdated_receipt_adds_up_and_tells_what_later_events_pay_instead(life):
    late = FIRST_DUE + timedelta(days=15)
    life.receive(late, "3046.12")
    asked = Booking(life.loan_no, Happening(K.RECEIPT, FIRST_DUE + timedelta(days=10), D("100.00")), "B-LATE")

    foreseen = bookings.rehearse(life.session, asked, booked_on=late, now=NOW)
    (later,) = foreseen.reworked
    untouched = events.listed(life.session, life.loan_no)[-1]

    assert sum(foreseen.used.values()) + foreseen.to_suspense == D("100.00")
    assert foreseen.to_suspense == 0
    assert (later.kind, later.on, later.amount) == (K.RECEIPT, late, D("3046.12"))
    for use in (later.before, later.after):
        assert sum(use.paid.values()) + use.to_suspense == D("3046.12")
    assert (later.before.to_suspense, later.after.to_suspense) == (0, foreseen.after.state.suspense)
    assert foreseen.after.state.suspense >= D("100.00")
    assert foreseen.events_reworked == 1
    assert untouched.used == {"penalty": D("9.36"), "interest": D("490.00"), "principal": D("2546.76")}


def test_a_reversal_of_the_last_event_works_no_other_through(life):
    life.receive(FIRST_DUE, "3036.76")
    asked = Booking(
        life.loan_no, Happening(K.REVERSAL, FIRST_DUE, reason="银行退票"), f"receipt:RECEIPT-{FIRST_DUE}"
    )

    foreseen = bookings.rehearse(life.session, asked, booked_on=FIRST_DUE, now=NOW)

    assert (foreseen.again, foreseen.used, foreseen.to_suspense, foreseen.events_reworked) == (
        False,
        {},
        0,
        0,
    )
