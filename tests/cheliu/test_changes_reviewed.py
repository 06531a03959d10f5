"""Who approves what a customer told anew reads it whole beside what is on file, and that is written down."""

import pytest
from sheet import Sheet
from sqlalchemy import select

from company.audit import AuditEntry
from lending.personal_access import AccessKind, PersonalAccess

NEW = "上海市浦东新区新居路 99 号 1203 室"
REVIEWER = "branch_manager"


@pytest.fixture
def task(made):
    """The open task of the approval, after a callback in which the customer told a new address and number."""
    made.days(31)
    told = {
        "address_state": "changed",
        "new_address": NEW,
        "phone_state": "changed",
        "new_phone": "13900139000",
    }
    made.call_back(**told)
    return made.task("Task_ApproveChanges")


def data_of(browser, address):
    return Sheet(browser.get(address).text).carried_form()["data"]


def test_new_and_known_values_are_masked_until_the_reviewer_holds_the_task(made, task):
    reviewer = made.browser(REVIEWER)
    before = data_of(reviewer, f"/inbox/{task}")
    reviewer.post(f"/inbox/{task}/claim")
    after = data_of(reviewer, f"/inbox/{task}")

    assert NEW not in str(before)
    assert "13900139000" not in str(before)
    assert (after["new_address"], after["new_phone"]) == (NEW, "13900139000")
    assert after["known_phone"].isdecimal()
    assert after["known_address"] not in ("", NEW)
    assert "*" not in after["known_address"]


def test_reading_them_is_noted_in_the_audit_log_and_in_the_customers_own(made, task):
    reviewer = made.browser(REVIEWER)
    reviewer.post(f"/inbox/{task}/claim")
    reviewer.get(f"/inbox/{task}")

    with made.house.database.read() as session:
        acts = session.scalars(select(AuditEntry).where(AuditEntry.action == "task.reveal")).all()
        looks = session.scalars(select(PersonalAccess).where(PersonalAccess.kind == AccessKind.REVEAL)).all()
    assert {act.actor_name for act in acts} == {REVIEWER}
    assert [look.customer_id for look in looks] == [made.loan.customer_id] * len(acts)
    assert "new_address" in looks[0].field


def test_the_inbox_that_shows_the_task_unasked_keeps_them_masked(made, task):
    reviewer = made.browser(REVIEWER)
    reviewer.post(f"/inbox/{task}/claim")

    assert NEW not in str(data_of(reviewer, "/inbox"))
