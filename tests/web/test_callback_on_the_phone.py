"""A callback made on a telephone of 360 pixels: prepared, talked, filled in and seen on the board."""

from datetime import date
from types import SimpleNamespace

import pytest
from paid_loan import PaidLoan
from shared_app import served
from staff_browser import BrowserStaff

from lending.callback_kinds import CallbackOutcome
from lending.callbacks import CallbackVisit

NARROW = {"width": 360, "height": 740}
CHECKLIST = {
    "verified_items": ["identity_last4", "due_day"],
    "address_state": "same",
    "phone_state": "same",
    "job_state": "same",
    "income_state": "same",
    "driver": "self",
    "mileage_km": "3200",
    "use_found": "private",
    "vehicle_state": "good",
    "payments_state": "agree",
    "account_state": "same",
    "difficulty": "1",
    "certificate_at": "custody",
    "mortgage_state": "stands",
    "third_party_claim": "none",
    "gps_state": "online",
    "duration_minutes": "12",
}


@pytest.fixture
def made(tmp_path):
    made = PaidLoan(tmp_path / "house")
    made.until(date(2026, 10, 15))
    yield made
    made.close()


@pytest.fixture
def staff(made, browser, phone_page):
    """The post-loan manager with a narrow telephone."""
    with served(made.app) as address:
        staff = BrowserStaff(SimpleNamespace(address=address), browser)
        phone_page.set_viewport_size(NARROW)
        staff.at = phone_page
        phone_page.goto(f"{address}/sign-in")
        phone_page.fill("#username", "postloan_manager")
        phone_page.fill("#password", "cheliu-demo")
        phone_page.locator(".sign-in-form button.btn-primary").click()
        phone_page.wait_for_url("**/start")
        yield staff


def open_task(made, staff, element_id):
    task_id = made.task(element_id)
    staff.at.goto(f"{staff.installation.address}/inbox/{task_id}")
    claim = staff.at.locator(".claim-bar button[data-key=claim]")
    if claim.count():
        with staff._leaving():
            claim.click()


def width(staff):
    return staff.at.evaluate("document.documentElement.scrollWidth")


def test_a_callback_is_made_on_a_telephone_of_360_pixels(made, staff):
    open_task(made, staff, "Task_Prepare")
    assert width(staff) <= NARROW["width"]
    assert staff.submit().done
    open_task(made, staff, "Task_Contact")
    staff.fill({"attempt_result": "reached"})
    assert staff.submit().done
    open_task(made, staff, "Task_FillChecklist")
    staff.fill(CHECKLIST)
    assert width(staff) <= NARROW["width"]

    assert staff.submit().done

    done = made.rows(CallbackVisit)[0]
    assert (done.outcome, done.duration_minutes) == (CallbackOutcome.GOOD, 12)
    staff.at.goto(f"{staff.installation.address}/callbacks?month=2026-10")
    assert staff.at.locator("[data-stand=reached] b").inner_text() == "1"
    assert width(staff) <= NARROW["width"]
