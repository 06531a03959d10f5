"""The simulated bank: one payment a request id, and every way to misbehave that its switches name."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from werkzeug.serving import make_server

from cheliu.bank import Bank, BankRefusedInstruction, BankUnreachable, signature
from cheliu.sandbox.bank import BankSandbox
from company.database import Database

SECRET = "shared-secret"


class Company:
    """Our side of the callback: keeps what it was told."""

    def __init__(self) -> None:
        heard: list[tuple[dict[str, str], bytes]] = []

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return None

        self.heard = heard
        self.server = HTTPServer(("127.0.0.1", 0), Hook)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/bank"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def company() -> Iterator[Company]:
    listening = Company()
    yield listening
    listening.server.shutdown()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[tuple[BankSandbox, str]]:
    application = BankSandbox(Database(f"sqlite:///{tmp_path}/bank.db"), SECRET)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield application, f"http://127.0.0.1:{server.port}"
    server.shutdown()


def instruct(bank: Bank, request_id: str = "D-1", amount: str = "100000.00") -> str:
    return bank.pay(
        request_id=request_id,
        amount=Decimal(amount),
        payee_name="示例汽车销售有限公司",
        payee_account="6222021234567894",
        purpose="购车款",
        value_date=date(2026, 9, 15),
    ).status


def switch(url: str, **values: int) -> None:
    requests.post(f"{url}/switches", data={"settle_ms": 0, **values}, timeout=5).raise_for_status()


def test_a_payment_sent_twice_under_one_request_id_is_one_payment(
    sandbox: tuple[BankSandbox, str], company: Company
) -> None:
    application, url = sandbox
    switch(url)
    bank = Bank(url, callback_url=company.url)

    first, second = instruct(bank), instruct(bank)
    application.answer_due()

    assert (first, second) == ("processing", "processing")
    assert bank.ask("D-1").status == "succeeded"
    assert len(company.heard) == 1


def test_the_callback_is_signed_with_the_shared_secret(
    sandbox: tuple[BankSandbox, str], company: Company
) -> None:
    application, url = sandbox
    switch(url)
    instruct(Bank(url, callback_url=company.url))

    application.answer_due()

    headers, body = company.heard[0]
    assert headers["X-Bank-Signature"] == signature(SECRET, headers["X-Bank-Timestamp"], body)
    assert json.loads(body)["status"] == "succeeded"
    assert json.loads(body)["simulator"] is True


def test_a_request_id_cannot_be_used_for_another_amount(sandbox: tuple[BankSandbox, str]) -> None:
    bank = Bank(sandbox[1], callback_url=None)
    instruct(bank)
    with pytest.raises(BankRefusedInstruction):
        instruct(bank, amount="100000.01")


def test_a_lost_answer_leaves_the_payment_made(sandbox: tuple[BankSandbox, str]) -> None:
    application, url = sandbox
    switch(url, lose_answer_every=1)
    bank = Bank(url, callback_url=None)

    with pytest.raises(BankUnreachable):
        instruct(bank)
    application.answer_due()

    assert bank.ask("D-1").status == "succeeded"


def test_a_bank_that_is_down_takes_nothing(sandbox: tuple[BankSandbox, str]) -> None:
    switch(sandbox[1], down=1)
    bank = Bank(sandbox[1], callback_url=None)

    with pytest.raises(BankUnreachable):
        instruct(bank)

    assert bank.ask("D-1").status == "unknown"


def test_refusal_double_answer_and_silence_follow_the_switches(
    sandbox: tuple[BankSandbox, str], company: Company
) -> None:
    application, url = sandbox
    bank = Bank(url, callback_url=company.url)
    switch(url, refuse_next=1)
    instruct(bank, "D-1")
    switch(url, double_answer_every=1)
    instruct(bank, "D-2")
    switch(url, silent_every=1)
    instruct(bank, "D-3")

    application.answer_due()

    told = [json.loads(body)["request_id"] for _, body in company.heard]
    assert told == ["D-1", "D-2", "D-2"]
    assert bank.ask("D-1").status == "failed"
    assert bank.ask("D-1").reason
    assert bank.ask("D-3").status == "succeeded"


def test_the_page_says_that_it_is_a_simulator(sandbox: tuple[BankSandbox, str]) -> None:
    assert "模拟程序，不是真实银行" in requests.get(sandbox[1], timeout=5).text
