"""Signing in, staying in and being put out."""

import pytest
from sqlalchemy import select

from company import people
from company.people import Employee


def test_a_page_asks_for_sign_in_and_leads_back_to_itself(house):
    visitor = house.visitor()

    sent_away = visitor.get("/cases?q=1")
    signed_in = visitor.sign_in("reviewer_l1", next="/cases?q=1")

    assert sent_away.status_code == 303
    assert sent_away.location == "/sign-in?next=/cases?q%3D1"
    assert signed_in.location == "/cases?q=1"


@pytest.mark.parametrize("username", ["reviewer_l1", "nobody_of_that_name"])
def test_a_refused_sign_in_does_not_say_whether_the_name_exists(house, username):
    answer = house.visitor().sign_in(username, "wrong")

    assert answer.status_code == 401
    assert "登录名或密码不正确" in answer.text


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:1"]
)
def test_a_link_cannot_lead_a_person_to_another_site_through_sign_in(house, elsewhere):
    answer = house.visitor().sign_in("reviewer_l1", next=elsewhere)

    assert answer.location == "/"


def test_a_sign_in_without_the_token_of_the_page_is_refused(house):
    answer = house.visitor().client.post("/sign-in", data={"username": "admin", "password": "cheliu-demo"})

    assert answer.status_code == 400
    assert "页面已过期" in answer.text


def test_the_demo_company_lists_its_people_each_once(house):
    page = house.visitor().get("/sign-in").text

    assert page.count('data-username="finance_maker_2"') == 1
    assert "财务经办 / 财务复核" in page


def test_a_company_that_is_no_demo_lists_nobody(house):
    with house.database.write() as session:
        from company.organisation import the_company

        the_company(session).is_demo = False

    page = house.visitor().get("/sign-in").text

    assert "data-username" not in page
    assert "cheliu-demo" not in page


def test_signing_out_voids_a_copy_of_the_cookie_and_leaves_the_other_sessions(house):
    office, at_home = house.browser("reviewer_l1"), house.browser("reviewer_l1")
    copied = office.client.get_cookie("cheliu").value

    left = office.post("/sign-out")
    office.client.set_cookie("cheliu", copied)

    assert left.location == "/sign-in"
    assert office.get("/inbox").location.startswith("/sign-in")
    assert at_home.get("/inbox").status_code == 200


def test_a_change_of_roles_ends_the_open_session(house):
    browser = house.browser("reviewer_l1")

    with house.database.write() as session:
        person = session.scalar(select(Employee).where(Employee.username == "reviewer_l1"))
        people.withdraw_role(session, person, "reviewer_l1")

    assert browser.get("/inbox").location.startswith("/sign-in")


def test_a_quarter_of_an_hour_without_a_request_ends_the_session(house, monkeypatch):
    browser = house.browser("reviewer_l1")
    import itsdangerous.timed

    now = itsdangerous.timed.time.time()
    monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: now + 14 * 60)
    still_in = browser.get("/inbox")
    monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: now + 28 * 60)
    renewed = browser.get("/inbox")
    monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: now + 44 * 60)
    expired = browser.get("/inbox")

    assert (still_in.status_code, renewed.status_code) == (200, 200)
    assert expired.location.startswith("/sign-in")


def test_the_cookie_is_kept_from_scripts_and_other_sites(house):
    visitor = house.visitor()

    cookie = visitor.sign_in("reviewer_l1").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_in_starts_a_new_session(house):
    visitor = house.visitor()
    with visitor.client.session_transaction() as session:
        session["planted"] = "by somebody else"

    visitor.sign_in("reviewer_l1")

    with visitor.client.session_transaction() as session:
        assert "planted" not in session


def test_guessing_is_slowed_down(house):
    visitor = house.visitor()
    visitor.get("/sign-in")

    answers = [visitor.post("/sign-in", {"username": "x", "password": ""}).status_code for _ in range(31)]

    assert answers[-1] == 429


def test_the_language_is_kept_with_the_person(house):
    browser = house.browser("reviewer_l1")

    switched = browser.post("/language", {"language": "en", "next": "/inbox"})
    again = house.browser("reviewer_l1").get("/inbox").text

    assert switched.location == "/inbox"
    assert '<html lang="en">' in again
    assert "Group tasks" in again
