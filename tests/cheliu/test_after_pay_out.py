"""A paid-out loan and the outside over HTTP: reminders, quiet hours, retries, channels, direct debits, transfers."""

import json
import threading
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
import requests
from sqlalchemy import select
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from cheliu import bank_events, case_money, day_end
from cheliu.case_house import copy_house, found_template
from cheliu.cases import play_steps, steps_of
from cheliu.sandbox.bank import BankSandbox
from cheliu.sandbox.parties import parties
from cheliu.wiring import PROCESSES, assemble
from cheliu.working import work_off
from company.calendar import ZONE
from company.database import Database
from company.settings import Settings
from engine.tasks import Instance, InstanceStatus
from lending import deliveries
from lending.alerts import AlertKind, LoanAlert
from lending.bank import debits
from lending.bank.debits import DebitStatus
from lending.contact_gate import ContactAttempt
from lending.deliveries import Delivery, DeliveryStatus
from lending.life.events import LoanEvent
from lending.life.kinds import EventKind
from lending.loans import Loan
from lending.message_templates import Way

PAID = PROCESSES / "disbursement" / "cases" / "paid.json"


def serve(application):
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return found_template(tmp_path_factory.mktemp("after"))


@pytest.fixture(scope="module")
def paid(template, tmp_path_factory):
    """A company with one loan, paid out on 15 September: each test goes on with a copy."""
    home = tmp_path_factory.mktemp("paid") / "house"
    house, bank, clock = copy_house(template, home)
    case = json.loads(PAID.read_text())
    play_steps({**case, "steps": steps_of(case), "after": None}, house, bank, clock)
    house.close()
    return home, clock.now()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('outside')}/sandbox.db")
    bank = BankSandbox(database, "secret")
    server, url = serve(DispatcherMiddleware(bank, parties(database)))
    bank.url = url
    yield bank
    server.shutdown()


class Outside:
    """A house whose bank and SMS gateway are the simulated ones, over HTTP, and a place that takes what others send."""

    def __init__(self, paid, folder, sandbox):
        home, now = paid
        house, bank, self.clock = copy_house(home, folder / "house")
        house.close()
        self.clock.advance(now - self.clock.now())
        self.sandbox, self.taken, self.bank = sandbox, [], bank
        self.server, self.url = serve(self._take)
        self.house = self._open({})
        self.loan_no = self.all_of(Loan)[0].loan_no

    def _open(self, more):
        home = self.folder_of_house
        environment = {
            "CHELIU_HOME": str(home),
            "BANK_URL": self.sandbox.url,
            "PUBLIC_URL": self.url,
            **more,
        }
        return assemble(Settings.from_environment(environment), clock=self.clock)

    def _take(self, environ, start_response):
        request = Request(environ)
        content = json.loads(request.get_data() or b"{}")
        if request.path == "/hooks/bank":
            bank_events.receive(self.house, content)
        else:
            self.taken.append(content)
        return Response("{}")(environ, start_response)

    def reopen(self, **more):
        self.house.close()
        self.house = self._open(more)

    def close(self):
        self.server.shutdown()
        self.house.close()

    def stand_at(self, day):
        case_money.stand_at(self.house, self.clock, day)

    def days(self, count):
        case_money.run_day_ends(self.house, self.clock, count)

    def wait(self, **span):
        self.clock.advance(timedelta(**span))
        work_off(self.house)

    def until(self, hour):
        local = self.clock.now().astimezone(ZONE)
        wanted = datetime.combine(local.date(), time(hour), ZONE)
        self.clock.advance((wanted if wanted > local else wanted + timedelta(days=1)) - local)

    def all_of(self, model, *conditions):
        with self.house.database.read() as session:
            found = session.scalars(select(model).where(*conditions).order_by(model.id)).all()
            session.expunge_all()
            return found

    def tell(self, occasion="eins", template="loan_settled"):
        with self.house.database.write() as session:
            facts = {"amount": Decimal("0.00"), "on": date(2026, 9, 15)}
            deliveries.tell(session, self.loan_no, template, occasion, facts, now=self.clock.now())
        work_off(self.house)

    def sms(self):
        return self.all_of(Delivery, Delivery.way == Way.SMS, Delivery.template == "loan_settled")


@pytest.fixture
def outside(paid, tmp_path, sandbox):
    Outside.folder_of_house = tmp_path / "house"
    made = Outside(paid, tmp_path, sandbox)
    for party in ("sms",):
        requests.post(f"{sandbox.url}/{party}/switches", data={}, timeout=5).raise_for_status()
    requests.post(f"{sandbox.url}/switches", data={"settle_ms": "0"}, timeout=5).raise_for_status()
    yield made
    made.close()


@pytest.mark.feature("M-068")
def test_the_customer_is_reminded_five_days_and_a_day_before_and_on_the_day_by_the_configured_channel(
    outside,
):
    outside.stand_at(date(2026, 10, 9))
    planned = []
    for day in range(9, 15):
        day_end.run(outside.house, date(2026, 10, day))
        queued = outside.all_of(Delivery, Delivery.status == DeliveryStatus.QUEUED)
        planned += [each.due_at.astimezone(ZONE) for each in queued]
        outside.until(12)
        work_off(outside.house)

    reminders = outside.all_of(Delivery, Delivery.template == "repayment_due")
    assert planned == [datetime(2026, 10, day, 9, tzinfo=ZONE) for day in (10, 14, 15)]
    assert [each.ended_at.astimezone(ZONE).day for each in reminders] == [10, 14, 15]
    assert {(each.way, each.status, each.attempts) for each in reminders} == {
        (Way.SMS, DeliveryStatus.SENT, 1)
    }
    assert all("本期应还3,036.76元，还款日2026-10-15" in each.text for each in reminders)
    contacts = outside.all_of(ContactAttempt)
    assert {(each.allowed, each.result.value) for each in contacts} == {(True, "sent")}


@pytest.mark.feature("M-068")
def test_who_has_paid_ahead_is_not_reminded_and_running_the_day_again_reminds_nobody_twice(outside):
    event = {
        "type": "receipt",
        "event_id": "e-1",
        "bank_reference": "T-1",
        "amount": "3036.76",
        "value_date": "2026-09-15",
        "payer_name": "x",
        "purpose": outside.loan_no,
    }
    bank_events.receive(outside.house, event)
    outside.stand_at(date(2026, 10, 9))
    outside.days(6)

    reminders = outside.all_of(Delivery, Delivery.template == "repayment_due")
    assert [each.status for each in reminders] == [DeliveryStatus.DROPPED] * 3


@pytest.mark.feature("M-068")
def test_a_message_that_cannot_be_sent_is_tried_again_and_kept_with_its_reason(outside):
    switch = f"{outside.sandbox.url}/sms/switches"
    requests.post(switch, data={"down": "1"}, timeout=5).raise_for_status()
    outside.tell()
    assert (outside.sms()[0].status, outside.sms()[0].attempts) == (DeliveryStatus.QUEUED, 1)
    for minutes in (1, 5, 30):
        outside.wait(minutes=minutes)
    (failed,) = outside.sms()
    assert (failed.status, failed.attempts) == (DeliveryStatus.FAILED, 4)
    assert failed.reason

    requests.post(switch, data={"down": "0"}, timeout=5).raise_for_status()
    with outside.house.database.write() as session:
        deliveries.send_again(session, session.get_one(Delivery, failed.id), outside.clock.now())
    work_off(outside.house)

    assert outside.sms()[0].status is DeliveryStatus.SENT


def test_a_message_of_the_night_waits_for_the_morning_and_the_refusal_is_on_record(outside):
    outside.until(23)

    outside.tell()

    (waiting,) = outside.sms()
    assert (waiting.status, waiting.reason) == (DeliveryStatus.QUEUED, "hours")
    assert [each.rule for each in outside.all_of(ContactAttempt)][-1] == "hours"
    outside.wait(hours=8, minutes=59)
    assert outside.sms()[0].status is DeliveryStatus.QUEUED
    outside.wait(minutes=1)
    assert outside.sms()[0].status is DeliveryStatus.SENT


def test_other_channels_go_where_the_environment_says_and_one_that_is_not_set_fails_with_that_reason(outside):
    address = outside.url.replace("http://", "json://")
    outside.reopen(CHELIU_DINGTALK_URL=f"{address}/dingtalk")
    with outside.house.database.write() as session:
        told = deliveries.Told("loan_alert", "one", outside.loan_no, None, {"what": "扣款失败"})
        deliveries.queue(session, told, now=outside.clock.now())
    work_off(outside.house)

    alerts = {each.way: each for each in outside.all_of(Delivery, Delivery.template == "loan_alert")}
    assert alerts[Way.DINGTALK].status is DeliveryStatus.SENT
    assert alerts[Way.IN_APP].status is DeliveryStatus.SENT
    assert alerts[Way.EMAIL].reason == "channel_not_configured"
    assert outside.loan_no in outside.taken[0]["message"]


@pytest.mark.feature("M-069")
def test_a_debit_that_fails_is_told_and_alerted_and_collected_by_the_file_of_the_next_day(outside):
    switches = f"{outside.sandbox.url}/switches"
    requests.post(switches, data={"settle_ms": "0", "refuse_debit_every": "1"}, timeout=5).raise_for_status()
    case_money.give_card(outside.house, "6222020200112233446")
    outside.stand_at(date(2026, 10, 14))
    outside.days(1)
    outside.sandbox.answer_due()
    work_off(outside.house)
    alerts = outside.all_of(LoanAlert, LoanAlert.kind == AlertKind.DEBIT_FAILED)
    assert [each.level.value for each in alerts] == ["blue"]
    requests.post(switches, data={"settle_ms": "0"}, timeout=5).raise_for_status()

    outside.days(1)
    outside.wait(hours=2)

    items = outside.all_of(debits.DebitItem)
    assert [each.status for each in items] == [DebitStatus.FAILED, DebitStatus.COLLECTED]
    (receipt,) = outside.all_of(LoanEvent, LoanEvent.kind == EventKind.RECEIPT)
    assert receipt.on == date(2026, 10, 16)
    assert receipt.amount >= Decimal("3036.76")
    told = [each.template for each in outside.all_of(Delivery, Delivery.way == Way.SMS)]
    assert "debit_failed" in told
    open_cases = outside.all_of(
        Instance,
        Instance.process_id == "direct_debit",
        Instance.status == InstanceStatus.RUNNING.value,
    )
    assert open_cases == []


def test_a_transfer_that_the_bank_tells_of_twice_is_posted_once_to_the_loan_of_its_purpose(outside):
    transfer = {
        "type": "receipt",
        "bank_reference": f"U-{outside.loan_no}",
        "amount": "3036.76",
        "value_date": "2026-09-15",
        "payer_name": "王代付",
        "purpose": f"还贷款 {outside.loan_no}",
        "callback_url": f"{outside.url}/hooks/bank",
    }
    for _ in range(2):
        requests.post(f"{outside.sandbox.url}/transfers", json=transfer, timeout=5).raise_for_status()
        outside.sandbox.answer_due()
        work_off(outside.house)

    (receipt,) = outside.all_of(LoanEvent, LoanEvent.kind == EventKind.RECEIPT)
    assert receipt.amount == Decimal("3036.76")
    assert [each.kind.value for each in outside.all_of(LoanAlert)] == ["payer_differs"]
