"""The simulated bureau, identity check and SMS gateway, and the clients that ask them, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from cheliu.parties import (
    BureauAnswer,
    CreditBureau,
    FraudScoring,
    IdentityService,
    PartyRefused,
    PartyUnreachable,
    SmsGateway,
)
from cheliu.sandbox.bank import BankSandbox
from cheliu.sandbox.parties import parties
from company.database import Database
from lending.bureau_reports import BureauReportForeign, check_identity

IDENTITY = "310104199003074510"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home: Path = tmp_path_factory.mktemp("parties")
    database = Database(f"sqlite:///{home}/sandbox.db")
    application = DispatcherMiddleware(BankSandbox(database, "secret"), parties(database))
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


@pytest.fixture(autouse=True)
def quiet(url: str) -> Iterator[None]:
    yield
    for party in ("bureau", "identity", "sms", "fraud"):
        switch(url, party)


def switch(url: str, party: str, **values: int) -> None:
    requests.post(f"{url}/{party}/switches", data=values, timeout=5).raise_for_status()


def query(url: str, request_id: str) -> BureauAnswer:
    return CreditBureau(f"{url}/bureau").report(
        request_id=request_id,
        name="陈晓明",
        identity_no=IDENTITY,
        purpose="loan_approval",
        authorisation="APP-1:1:2026-09",
    )


def agrees(url: str, request_id: str) -> bool:
    service = IdentityService(f"{url}/identity")
    return service.check(
        request_id=request_id, name="陈晓明", identity_no=IDENTITY, method="two_elements"
    ).agrees


def scored(url: str, request_id: str) -> int | None:
    return (
        FraudScoring(f"{url}/fraud")
        .score(
            request_id=request_id,
            phone="ab" * 32,
            address="cd" * 32,
            device="-",
            vin="LGXCE6CB4P0123456",
            dealer="91310000MA1FL0AA6C",
            amount="100000.00",
        )
        .score
    )


@pytest.mark.feature("M-048")
def test_a_fraud_score_is_the_same_for_a_car_high_when_refused_and_none_when_left_out(url: str) -> None:
    usual = scored(url, "F-1")
    switch(url, "fraud", refuse_next=1)
    suspicious = scored(url, "F-2")
    switch(url, "fraud", incomplete_every=1)
    silent = scored(url, "F-3")
    switch(url, "fraud", down=1)
    with pytest.raises(PartyUnreachable):
        scored(url, "F-4")
    switch(url, "fraud")

    assert usual == scored(url, "F-5")
    assert usual is not None
    assert usual < 40
    assert (suspicious, silent) == (80, None)


def test_the_same_person_has_the_same_report_and_the_page_says_that_it_is_none(url: str) -> None:
    assert query(url, "A-1").facts == query(url, "A-2").facts
    assert "模拟程序" in requests.get(f"{url}/bureau/", timeout=5).text


def test_an_answer_lost_on_the_way_is_the_same_answer_when_asked_again(url: str) -> None:
    switch(url, "bureau", lose_answer_every=1)
    with pytest.raises(PartyUnreachable):
        query(url, "L-1")

    assert query(url, "L-1").identity_no == IDENTITY
    assert requests.get(f"{url}/bureau/", timeout=5).text.count("<td>L-1") == 1


def test_an_answer_sent_twice_is_not_taken_for_the_next_one(url: str) -> None:
    switch(url, "identity", double_answer_every=1)
    assert agrees(url, "D-1")
    with pytest.raises(PartyUnreachable) as mixed:
        agrees(url, "D-2")
    assert "another request" in str(mixed.value)

    assert agrees(url, "D-2")


def test_a_report_of_another_person_is_refused(url: str) -> None:
    switch(url, "bureau", foreign_every=1)

    answer = query(url, "F-1")

    with pytest.raises(BureauReportForeign):
        check_identity(answer.identity_no, IDENTITY)


def test_what_is_missing_in_a_report_is_unknown_and_not_zero(url: str) -> None:
    switch(url, "bureau", incomplete_every=1)

    assert query(url, "I-1").facts.overdue_days is None


def test_refused_differs_from_down_and_a_mismatch_from_both(url: str) -> None:
    switch(url, "identity", refuse_next=1)
    assert not agrees(url, "R-1")
    assert agrees(url, "R-2")
    switch(url, "sms", refuse_next=1)
    with pytest.raises(PartyRefused):
        SmsGateway(f"{url}/sms").send(request_id="S-1", mobile="13800138000", text="试")
    switch(url, "bureau", down=1)
    with pytest.raises(PartyUnreachable) as down:
        query(url, "R-3")
    assert "案件在此等待" in down.value.text("zh")


def test_nobody_answers_behind_a_closed_port() -> None:
    with pytest.raises(PartyUnreachable):
        query("http://127.0.0.1:9", "N-1")


@pytest.mark.parametrize(
    "body", ["", "[]", '{"request_id": "X"}', '{"request_id": "", "mobile": "1", "text": "2"}']
)
def test_what_is_no_question_is_refused(url: str, body: str) -> None:
    assert requests.post(f"{url}/sms/messages", data=body.encode(), timeout=5).status_code == 400
