"""The bank refuses, is silent or is down: the loan is paid once, whatever happens on the way."""

import pytest
from loan_road import REPAIR, yuan
from staff import OVER_HTTP

REASON = "收款账户状态异常"


def one_payment(staff, loan):
    """The loan was paid once: one success among the bank's payments for its disbursement, one posting."""
    payments = staff.payments(loan.facts["放款编号"])
    succeeded = [row for row in payments if row[2] == "succeeded"]
    assert [yuan(row[1]) for row in succeeded] == [100000]
    assert len(loan.rows(holding="1303")) == 1
    return payments


@pytest.mark.feature("M-061")
@OVER_HTTP
def test_a_refused_payment_says_why_and_is_repaired_and_paid_once(staff, road):
    way = road().registered()
    staff.set_bank(refuse_next=1)
    way.release()

    way.as_("finance_maker")
    staff.open_task(way.key, REPAIR)
    assert staff.page().carried_form()["data"]["bank_reason"] == REASON
    way.repair().release()

    payments = one_payment(staff, way.loan())
    assert sorted(row[2] for row in payments) == ["failed", "succeeded"]


@OVER_HTTP
def test_a_silent_bank_is_asked_after_a_working_day(staff, road):
    way = road().registered()
    staff.set_bank(silent_every=1)
    way.release()
    way.as_("finance_maker")
    address = staff.loan_address(way.key)
    staff.await_page(
        lambda: staff.visit(address), lambda sheet: "已发送" in sheet.text, "the payment is sent"
    )
    staff.await_page(
        staff.bank_page,
        lambda sheet: any("succeeded" in row for row in sheet.rows(holding=staff_request(staff, address))),
        "the bank has paid",
    )
    assert "待放款" in staff.visit(address).status_chips

    loan = staff.await_active(way.key, meanwhile=lambda: staff.installation.travel(hours=12))

    one_payment(staff, loan)


def staff_request(staff, address):
    return staff.visit(address).facts["放款编号"]


@OVER_HTTP
def test_a_bank_that_is_down_becomes_an_incident_that_the_administrator_retries(staff, road):
    way = road().registered()
    staff.set_bank(down=1)
    way.release()
    staff.sign_in("admin")
    staff.await_page(
        lambda: staff.visit("/incidents"),
        lambda sheet: way.key in sheet.text,
        "an incident",
        meanwhile=lambda: staff.installation.travel(seconds=2000),
    )

    staff.set_bank()
    staff.retry_incident(way.key)

    one_payment(staff, way.loan())
    staff.sign_in("admin")
    assert way.key not in staff.visit("/incidents").text
