"""Work at the inbox of the small process: an application entered, a form sent as its script sends it."""

import json

GOOD = {"customer_name": "王建国", "phone": "13912345678", "amount": "100000"}


def start(browser):
    """A new application; returns the address of its first task."""
    browser.get("/cases/new")
    return browser.post("/cases/new").location


def submit(browser, address, answers, version=2, **files):
    return browser.send(address, {"answers": json.dumps(answers), "version": str(version), **files})


def entered(house):
    """An application entered by the customer manager of Shanghai, which now waits for its review."""
    browser = house.browser("customer_manager")
    answer = submit(browser, start(browser), GOOD)
    assert answer.status_code == 200, answer.text
    (task,) = house.tasks("Task_Review")
    return task
