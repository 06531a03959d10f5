"""The simulated vehicle-price service and the client that asks it, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from cheliu.prices import PriceQuote, PricesUnreachable, VehiclePrices
from cheliu.sandbox.bank import BankSandbox
from cheliu.sandbox.parties import parties
from company.database import Database


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    database = Database(f"sqlite:///{tmp_path}/sandbox.db")
    application = DispatcherMiddleware(BankSandbox(database, "secret"), parties(database))
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


def ask(
    url: str,
    model: str = "大众 途观L 2023款",
    request_id: str = "Q-1",
    registered: date | None = date(2023, 5, 1),
) -> PriceQuote | None:
    return VehiclePrices(f"{url}/prices").quote(
        request_id=request_id,
        model_name=model,
        first_registered_on=registered,
        mileage_km=40000,
        region="310115",
    )


def switch(url: str, **values: int) -> None:
    requests.post(f"{url}/prices/switches", data=values, timeout=5).raise_for_status()


def test_a_known_model_is_quoted_new_and_used_and_twice_asked_is_one_quote(url: str) -> None:
    first, second = ask(url), ask(url)
    new = ask(url, request_id="Q-2", registered=None)

    assert first == second
    assert first is not None
    assert first.new_price == Decimal("199900.00")
    assert Decimal(30000) < first.price < Decimal(160000)
    assert new is not None
    assert new.price == new.new_price


def test_a_model_it_does_not_know_has_no_quote(url: str) -> None:
    assert ask(url, model="远航 E5") is None


def test_a_service_that_is_down_gives_no_price_and_none_is_invented(url: str) -> None:
    switch(url, down=1)
    with pytest.raises(PricesUnreachable):
        ask(url)

    switch(url)
    assert ask(url) is not None


def test_the_quoted_level_follows_the_switch(url: str) -> None:
    usual = ask(url)
    switch(url, percent=80)
    lower = ask(url, request_id="Q-2")

    assert usual is not None
    assert lower is not None
    assert lower.price == usual.price * 80 / 100


def test_the_page_says_that_it_is_a_simulator_and_the_bank_still_answers_beside_it(url: str) -> None:
    ask(url)

    assert "模拟程序" in requests.get(f"{url}/prices/", timeout=5).text
    assert "模拟程序，不是真实银行" in requests.get(url, timeout=5).text
