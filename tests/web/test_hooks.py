"""The bank's callback: signed, fresh, and refused when it is not what it must be."""

import json

import pytest

from company.clock import StandingClock
from web.hooks import signature

EVENT = {
    "event_id": "e1",
    "request_id": "DSB-1-1",
    "status": "succeeded",
    "bank_reference": "B1",
    "value_date": "2026-09-15",
}


@pytest.fixture
def told(house):
    """The events that passed the hook; the machine's clock stands."""
    events = []
    object.__setattr__(house.wiring, "bank_answered", events.append)
    object.__setattr__(house.wiring, "wall_clock", StandingClock(house.clock.now()))
    return events


def call(house, body=None, *, age_seconds=0, secret=None, timestamp=None):
    body = json.dumps(EVENT).encode() if body is None else body
    moment = timestamp or str(int(house.wiring.wall_clock.now().timestamp()) - age_seconds)
    headers = {
        "X-Bank-Timestamp": moment,
        "X-Bank-Signature": signature(secret or house.settings.bank_secret, moment, body),
        "Content-Type": "application/json",
    }
    return house.visitor().client.post("/hooks/bank", data=body, headers=headers)


def test_a_signed_event_is_handed_on_without_sign_in_or_token(house, told):
    answer = call(house)

    assert (answer.status_code, answer.json) == (200, {"status": "taken"})
    assert told == [EVENT]


@pytest.mark.parametrize("age_seconds", [301, -301])
def test_an_event_from_another_time_is_refused(house, told, age_seconds):
    assert call(house, age_seconds=age_seconds).status_code == 401
    assert told == []


@pytest.mark.parametrize("timestamp", ["", "now", "９", "1" * 20, "-1"])
def test_a_timestamp_that_is_none_is_refused(house, told, timestamp):
    assert call(house, timestamp=timestamp or " ").status_code == 401


def test_an_event_signed_with_another_secret_is_refused(house, told):
    assert call(house, secret="another secret").status_code == 401
    assert told == []


def test_an_event_changed_on_the_way_is_refused(house, told):
    body = json.dumps(EVENT).encode()
    moment = str(int(house.wiring.wall_clock.now().timestamp()))
    headers = {
        "X-Bank-Timestamp": moment,
        "X-Bank-Signature": signature(house.settings.bank_secret, moment, body),
    }

    answer = house.visitor().client.post("/hooks/bank", data=body.replace(b"e1", b"e2"), headers=headers)

    assert answer.status_code == 401
    assert told == []


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff"])
def test_a_body_that_is_no_event_is_refused(house, told, body):
    assert call(house, body).status_code == 400
    assert told == []


def test_a_payment_that_was_never_ordered_is_refused(house):
    object.__setattr__(house.wiring, "wall_clock", StandingClock(house.clock.now()))

    answer = call(house)

    assert answer.status_code == 400
    assert answer.json["error"] == "payment_unknown"


@pytest.mark.parametrize("shown", ["", "é" * 64, "0" * 64])
def test_a_signature_that_is_none_is_refused(house, told, shown):
    headers = {
        "X-Bank-Timestamp": str(int(house.wiring.wall_clock.now().timestamp())),
        "X-Bank-Signature": shown,
    }

    answer = house.visitor().client.post("/hooks/bank", data=json.dumps(EVENT).encode(), headers=headers)

    assert answer.status_code == 401
    assert told == []
