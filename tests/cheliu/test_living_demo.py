"""The living demo, small: the same from the same seed, also when it was cut off; registers tied, cases in all states.

Two loans over two months show that it comes out the same, twelve over eight months what becomes of loans.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import date

import pytest
from loan_book import check_ties
from openings import openings
from shared_app import borrow, give_back
from sqlalchemy import func, select
from web_house import Visitor
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from cheliu.demo.borrowers import Fate, Habit, borrower
from cheliu.demo.building import found_without_cases
from cheliu.demo.living import AnotherCompany, Plan, build_living
from cheliu.demo.people import PASSWORD
from cheliu.demo.script import wish
from cheliu.demo.stands import Stand
from cheliu.demo.state import LIVED, LivingDemoUnfinished, is_built
from cheliu.demo.synthetic import Synthesizer
from cheliu.sandbox.bank import BankSandbox
from cheliu.sandbox.parties import parties
from cheliu.wiring import open_house
from company.database import Base, Database
from company.organisation import business_date
from company.parameters import Parameter
from company.settings import Settings
from engine.tasks import Instance, UserTask
from engine.waits import Incident
from lending.alerts import LoanAlert
from lending.bank.receipts import BankReceipt
from lending.callbacks import CallbackVisit
from lending.claim_records import ClaimPackage
from lending.collections.agencies import AgencyPlacement
from lending.collections.cases import CollectionCase
from lending.collections.contact_log import CollectionContact
from lending.collections.promises import PromiseToPay
from lending.collections.recovery import CollectionRecovery
from lending.contact_circumstances import ContactCircumstance
from lending.contact_gate import ContactAttempt
from lending.contacts import Complaint
from lending.identifiers import bank_card
from lending.ledger import JournalLine
from lending.life.events import LoanEvent
from lending.loans import Loan
from lending.transfer_records import DebtTransfer
from web.wiring import Wiring

SMALL = Plan(loans=2, months=1, seed=7)
LIFE = Plan(loans=12, months=8, seed=7)
DAYS_BEFORE_THE_KILL = 12
SECONDS_MAX = 120
_ELSEWHERE = ("/assets", "/sign-", "/static", "/manifest")


@contextmanager
def empty(home):
    """The settings of an installation without a company, its simulated bank running."""
    home.mkdir(exist_ok=True)
    database = Database(f"sqlite:///{home}/sandbox-bank.db")
    bank = DispatcherMiddleware(BankSandbox(database, "secret"), parties(database))
    server = make_server("127.0.0.1", 0, bank, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.port}"
    yield Settings.from_environment({"CHELIU_HOME": str(home), "BANK_URL": url})
    server.shutdown()
    database.close()


@contextmanager
def reading(settings):
    database = Database(settings.database_url)
    try:
        with database.read() as session:
            yield session
    finally:
        database.close()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    with empty(tmp_path_factory.mktemp("straight")) as settings:
        yield settings, build_living(settings, SMALL)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    with empty(tmp_path_factory.mktemp("lived")) as settings:
        yield settings, build_living(settings, LIFE)


def company(settings):
    """All that the company has: so many rows of each table, what happened, what stands in the books."""
    asked = (
        select(LoanEvent.loan_no, LoanEvent.kind, LoanEvent.on, LoanEvent.amount, LoanEvent.reference),
        select(JournalLine.account, func.sum(JournalLine.debit), func.sum(JournalLine.credit)).group_by(
            JournalLine.account
        ),
        select(Instance.process_id, Instance.business_key, Instance.started_at, Instance.status),
        select(
            UserTask.id,
            UserTask.business_key,
            UserTask.element_id,
            UserTask.created_at,
            UserTask.done_at,
            UserTask.done_by_name,
        ),
        select(Parameter.key, Parameter.valid_from),
    )
    with reading(settings) as session:
        rows = [sorted(map(str, session.execute(each))) for each in asked]
        counted = {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }
    return counted, rows


def days_marked(settings):
    """How many days of a living demo under way are over."""
    path = settings.database_url.removeprefix("sqlite:///")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM parameter WHERE key = ?", (LIVED,)).fetchone()[0]
    except sqlite3.OperationalError:  # not there yet
        return 0


def kill_when_lived(settings, plan, days):
    """The command in a process of its own, killed in the middle of a day after so many are over."""
    numbers = ("--loans", plan.loans, "--months", plan.months, "--seed", plan.seed)
    environment = {
        **os.environ,
        "CHELIU_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "BANK_URL": settings.bank_url,
    }
    command = [sys.executable, "-m", "cheliu.command", "living-demo", *map(str, numbers)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    until = time.monotonic() + SECONDS_MAX
    while days_marked(settings) < days and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def states(session, column):
    """How often each value occurs."""
    rows = session.execute(select(column, func.count()).group_by(column))
    return {getattr(value, "value", value): count for value, count in rows}


def test_a_demo_that_was_killed_in_the_middle_goes_on_and_becomes_the_same(built, tmp_path):
    settings, made = built
    with empty(tmp_path / "killed") as again:
        kill_when_lived(again, SMALL, DAYS_BEFORE_THE_KILL)
        assert DAYS_BEFORE_THE_KILL <= days_marked(again) < made.days
        for builds in (
            lambda: build_living(again, Plan(3, SMALL.months, SMALL.seed)),
            lambda: found_without_cases(again),
        ):
            with pytest.raises(LivingDemoUnfinished) as refused:
                builds()
            assert "--loans 2 --months 1 --seed 7" in refused.value.text("en")

        heard = []
        assert build_living(again, SMALL, told=heard.append) == made

        assert heard[0] == SMALL.first_day
        assert company(again) == company(settings)


def test_the_company_has_lived_to_the_demos_today_with_every_register_tied(lived):
    settings, made = lived
    with reading(settings) as session:
        assert is_built(session)
        assert business_date(session) == LIFE.last_day
        for day in (date(2026, 5, 31), date(2026, 8, 31), LIFE.last_day):
            check_ties(session, day)
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
    assert (made.days, made.applications) == (243, LIFE.loans + 1)


@pytest.mark.feature("M-122")
def test_loans_and_their_cases_have_come_to_all_their_ends(lived):
    settings, _made = lived
    with reading(settings) as session:
        assert set(states(session, Loan.status)) == {"active", "settled", "transferred", "written_off"}
        assert set(states(session, LoanEvent.kind)) >= {
            *("disburse", "due", "receipt", "prepayment", "write_off", "recovery", "assignment", "claim"),
        }
        assert set(states(session, CollectionCase.status)) >= {
            *("open", "held", "legal", "closed_cured", "closed_written_off"),
        }
        assert set(states(session, CollectionCase.stage)) >= {"m1", "m2", "m4"}
        assert set(states(session, PromiseToPay.status)) >= {"kept", "broken"}
        assert set(states(session, CollectionRecovery.choice)) >= {"litigation", "outsource", "payment_order"}
        assert len(states(session, CollectionContact.result)) >= 6
        assert session.scalar(select(func.max(CollectionCase.escalations)))
        visits = select(func.count()).where(CollectionContact.companion_id.is_not(None))
        assert session.scalar(visits)
        assert set(states(session, BankReceipt.status)) >= {"posted", "reversed"}
        assert set(states(session, ContactAttempt.allowed)) == {True, False}
        assert set(states(session, ClaimPackage.status)) <= {"settled", "completed"}
        assert set(states(session, DebtTransfer.status)) == {"done"}
        for table, ended in (
            (Complaint, Complaint.answered_at),
            (LoanAlert, LoanAlert.closed_at),
            (ContactCircumstance, ContactCircumstance.lifted_at),
            (CallbackVisit, CallbackVisit.ended_on),
            (AgencyPlacement, AgencyPlacement.ended_on),
            (CollectionCase, CollectionCase.closed_on),
        ):
            closed = session.scalar(select(func.count()).select_from(table).where(ended.is_not(None)))
            still = session.scalar(select(func.count()).select_from(table).where(ended.is_(None)))
            assert closed, table
            assert still, table


@contextmanager
def pages(settings):
    """The pages over a company: a client of whoever signs in."""
    house = open_house(settings)
    wiring = Wiring(
        database=house.database,
        engine=house.engine,
        clock=house.clock,
        vault=house.world.vault,
        files=house.world.files,
        settings=settings,
        wake=lambda: None,
        **openings(house.engine),
    )
    app = borrow(wiring)

    def client(username):
        visitor = Visitor(app.test_client())
        assert visitor.sign_in(username, PASSWORD).status_code == 303
        return visitor

    yield client
    house.close()
    give_back(app, house.database)


@pytest.mark.parametrize(
    ("username", "address", "shown"),
    [
        ("legal", "/collections", ("CS-2026-", "暂停", "法务处置")),
        ("legal", "/collections/agencies", ("上海诚信资产服务（演示）有限公司", "WB-2026-0001")),
        ("legal", "/collections/report", ("M1", "M4")),
        ("legal", "/claim-packages", ("ZR-2026-000001", "上海示例资产管理有限公司")),
        ("complaints_officer", "/complaints", ("/answer",)),
        ("postloan_manager_2", "/alerts", ("付款人非借款人",)),
        ("auditor", "/loans", ("已核销", "已转让", "已结清")),
        ("admin", "/positions", ("分公司负责人", "严松", "温婉", "石磊")),
        ("admin", "/training", ("催收合规与个人信息保护", "石磊", "邱雁")),
        ("admin", "/substitutions", ("年休假", "金鑫", "蒋莉")),
        ("reviewer_l2", "/phrases", ("资料齐全，核对无误。",)),
        ("customer_manager", "/credit-lines", ("LINE-2026-000001", "生效")),
        ("risk_committee", "/changes", ("二手车残值走低", "发薪日多在月初")),
    ],
)
def test_the_pages_show_what_became_of_the_loans_and_what_the_house_did_for_itself(
    lived, username, address, shown
):
    settings, _made = lived
    with pages(settings) as client:
        answer = client(username).get(address)

    assert answer.status_code == 200
    for words in shown:
        assert words in answer.text


@pytest.mark.parametrize(
    "username",
    ["admin", "auditor", "branch_manager", "finance_maker", "legal", "postloan_manager", "reviewer_l2"],
)
def test_whatever_the_menu_leads_to_opens_and_so_does_what_stands_first_on_it(lived, username):
    settings, _made = lived
    with pages(settings) as client:
        person = client(username)
        menu = links(person.get("/start").text)
        answers = {address: person.get(address) for address in menu}
        inner = {links(answer.text.partition("<main")[2], 1)[:3] for answer in answers.values()}
        answers |= {
            address: person.get(address) for first in inner for address in first if address not in answers
        }

    assert len(answers) > 20
    refused = {
        address: answer.status_code for address, answer in answers.items() if answer.status_code >= 400
    }
    assert refused == {}


def links(text, depth=0):
    """Where a page leads within the product, without files and without what ends the visit, in order."""
    found = re.findall(r'href="(/[A-Za-z0-9/_-]*)"', text)
    wanted = [each for each in found if each.count("/") > depth and not each.startswith(_ELSEWHERE)]
    return tuple(dict.fromkeys(wanted))


def test_receipts_of_another_branchs_loans_are_seen_by_who_keeps_the_books_alone(lived):
    settings, _made = lived
    with pages(settings) as client:
        maker, checker, accountant = (
            client(username).get("/bank/receipts").text
            for username in ("finance_maker", "finance_checker", "finance_accountant")
        )

    elsewhere = re.compile(r"CY2026(?:NJ|HZ)1JK\d{6}")
    assert "CY2026SH1JK" in maker
    assert not elsewhere.search(maker)
    assert elsewhere.search(checker)
    assert not re.search(rf"/loans/{elsewhere.pattern}", checker)
    assert re.search(rf"/loans/{elsewhere.pattern}", accountant)


def test_messages_are_found_by_loan_and_by_name_and_older_ones_follow(lived):
    settings, _made = lived
    with pages(settings) as client:
        auditor = client("auditor")
        newest = auditor.get("/messages").text
        older = re.search(r'href="(/messages[^"]*before=\d+)"', newest)
        then = auditor.get(older[1].replace("&amp;", "&")).text
        loan_no = told_of(newest)[-1]
        of_loan = auditor.get(f"/messages?q={loan_no}").text
        name = re.search(rf"{loan_no}.*?】(\w+)您好", of_loan, re.S)[1]
        of_name = auditor.get(f"/messages?q={name}").text

    assert len(told_of(newest)) == 100
    assert 0 < len(told_of(then)) <= 100
    assert set(told_of(of_loan)) == {loan_no}
    assert set(told_of(of_name)) == {loan_no}


def told_of(page):
    """The loans of the messages on a page, in their order."""
    return re.findall(r'<td class="nowrap"><a href="/loans/([^"]+)">', page)


def test_it_is_built_in_no_database_that_holds_a_company(built):
    settings, _made = built
    with pytest.raises(AnotherCompany):
        build_living(settings, SMALL)


def test_borrowers_are_drawn_from_the_seed_and_their_cards_pass_the_check_digit():
    draw = Synthesizer(7)
    asked = [wish(draw, Stand.PAID) for _ in range(1500)]
    drawn = [borrower(7, number, each) for number, each in enumerate(asked)]

    assert {each.habit for each in drawn} == set(Habit)
    assert {each.fate for each in drawn if each.habit is Habit.STOPS} == set(Fate)
    assert len({each.card for each in drawn}) == len(drawn)
    assert all(bank_card.validate(each.card) == each.card for each in drawn)
    assert drawn == [borrower(7, number, each) for number, each in enumerate(asked)]
