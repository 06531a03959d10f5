"""The second factor and the sessions: a code beside the password, recovery codes, and each session ended alone."""

import re
from base64 import b32decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select

from company import people
from company.audit import AuditEntry
from company.clock import StandingClock
from company.people import Employee, Role

WALL = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def wall(house):
    """The wall clock, by which codes are told; the company's own stands on another day."""
    clock = StandingClock(WALL)
    house.app.extensions["cheliu"] = replace(house.wiring, wall_clock=clock)
    return clock


def code_of(key, at):
    key += "=" * (-len(key) % 8)
    return TOTP(b32decode(key), 6, SHA1(), 30).generate(int(at.timestamp())).decode()


def set_up(browser, wall):
    """Set the second factor up; the key and the recovery codes."""
    browser.get("/account/security")
    browser.post("/account/security/begin")
    page = browser.get("/account/security").text
    key = re.search(r"data-key>([A-Z2-7=]+)<", page)[1]
    assert "<svg" in page
    done = browser.post("/account/security/confirm", {"code": code_of(key, wall.now())})
    wall.advance(timedelta(seconds=60))
    return key, re.findall(r"<li><code>([^<]+)</code></li>", done.text)


def half_way(house, username="front_desk"):
    visitor = house.visitor()
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", {"username": username, "password": "cheliu-demo"})
    assert answer.location.startswith("/sign-in/code")
    visitor.get("/sign-in/code")
    return visitor


def acts(house):
    with house.database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_who_has_set_a_second_factor_up_signs_in_with_its_code_once_and_not_without(house, wall):
    key, codes = set_up(house.browser("front_desk"), wall)
    visitor = half_way(house)
    still_out = visitor.get("/inbox").status_code
    wrong = visitor.post("/sign-in/code", {"code": "000000"})
    code = code_of(key, wall.now())
    entered = visitor.post("/sign-in/code", {"code": code})
    again = half_way(house).post("/sign-in/code", {"code": code})

    assert len(codes) == 10
    assert still_out == 303
    assert wrong.status_code == 401
    assert "验证码不正确" in wrong.text
    assert entered.status_code == 303
    assert visitor.get("/inbox").status_code == 200
    assert again.status_code == 401
    assert acts(house)[-4:] == ["sign_in_refused", "sign_in", "sign_in_password", "sign_in_refused"]


def test_a_recovery_code_opens_once_and_an_administrator_takes_a_lost_factor_away(house, wall):
    _key, codes = set_up(house.browser("front_desk"), wall)
    first = half_way(house).post("/sign-in/code", {"code": codes[0].upper()})
    second = half_way(house).post("/sign-in/code", {"code": codes[0]})
    admin = house.browser("admin")
    with house.database.read() as session:
        desk = session.scalars(select(Employee.id).where(Employee.username == "front_desk")).one()
    admin.get(f"/staff/{desk}")
    reset = admin.post(f"/staff/{desk}/second-factor", {"reason": "手机丢失，已当面核实"})

    assert (first.status_code, second.status_code) == (303, 401)
    assert reset.status_code == 303
    assert house.visitor().sign_in("front_desk").location == "/"
    assert "employee.second_factor_reset" in acts(house)


def test_wrong_codes_lock_the_account_whatever_the_password_says_between_them(house, wall):
    key, _codes = set_up(house.browser("front_desk"), wall)
    for _ in range(5):
        assert half_way(house).post("/sign-in/code", {"code": "000000"}).status_code == 401
    locked = house.visitor()
    locked.get("/sign-in")

    assert locked.post("/sign-in", {"username": "front_desk", "password": "cheliu-demo"}).status_code == 401
    house.later(minutes=16)
    assert half_way(house).post("/sign-in/code", {"code": code_of(key, wall.now())}).status_code == 303


def test_a_role_that_asks_for_it_lets_its_holder_do_nothing_before_and_not_take_it_away(house, wall):
    with house.database.write() as session:
        session.get_one(Role, "front_desk").needs_second_factor = True
    browser = house.browser("front_desk")
    led = browser.get("/inbox")
    set_up(browser, wall)
    free = browser.get("/inbox")
    off = browser.post("/account/security/off", {"password": "cheliu-demo"})

    assert (led.status_code, led.location) == (303, "/account/security")
    assert free.status_code == 200
    assert off.status_code == 422
    assert "要求两步验证" in off.text


def test_one_takes_the_factor_away_with_the_password_alone(house, wall):
    browser = house.browser("front_desk")
    set_up(browser, wall)

    wrong = browser.post("/account/security/off", {"password": "no"})
    right = browser.post("/account/security/off", {"password": "cheliu-demo"})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert house.visitor().sign_in("front_desk").location == "/"


def test_each_session_is_listed_and_ended_alone_and_signing_out_leaves_the_others(house):
    desk, phone, third = (house.browser("front_desk") for _ in range(3))
    page = desk.get("/account/security").text
    addresses = re.findall(r"/account/sessions/\d+/end", page)
    ended = desk.post(addresses[-1])
    after = [each.get("/inbox").status_code for each in (desk, phone, third)]
    third.post("/sign-out")
    stranger = house.browser("customer_manager")
    stranger.get("/account/security")
    foreign = stranger.post(addresses[0])

    assert len(addresses) == 2
    assert ended.status_code == 303
    assert sorted(after) == [200, 200, 303]
    assert desk.get("/inbox").status_code == 200
    assert foreign.status_code in (303, 409)
    assert "employee.session_ended" in acts(house)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Password2026!", "过于常见"),
        ("P@ssw0rd-2026", "过于常见"),
        ("Front_Desk-01", "过于常见"),
        ("Qwertyuiop12!", "过于常见"),
        ("Blue-Lantern-42", None),
    ],
)
def test_a_password_that_many_choose_or_made_from_the_name_is_refused(house, password, said):
    browser = house.browser("front_desk")
    browser.get("/account")

    answer = browser.post("/account/password", {"current": "cheliu-demo", "new": password, "again": password})

    assert answer.status_code == (303 if said is None else 422)
    assert said is None or said in answer.text


def test_none_of_the_latest_passwords_comes_back(house):
    browser, used = house.browser("front_desk"), ["cheliu-demo"]
    for number in range(2):
        used.append(f"Blue-Lantern-{number}2")
        browser.get("/account")
        done = browser.post("/account/password", {"current": used[-2], "new": used[-1], "again": used[-1]})
        assert done.status_code == 303
    browser.get("/account")
    back = browser.post("/account/password", {"current": used[-1], "new": used[1], "again": used[1]})

    assert back.status_code == 422
    assert "最近用过" in back.text
    with house.database.read() as session:
        person = session.scalars(select(Employee).where(Employee.username == "front_desk")).one()
        assert len(people.former_passwords(session, person)) == 2
