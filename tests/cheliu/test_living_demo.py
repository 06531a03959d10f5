"""The living demo, small: the same from the same seed, every register tied, in no database that holds another company.

Two loans over two months: an instalment falls due, a callback is made, one loan is repaid early and its car set free.
"""

import threading
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import pytest
from loan_book import check_ties
from sqlalchemy import func, select
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from cheliu.demo.borrowers import Habit, borrower
from cheliu.demo.building import found_without_cases
from cheliu.demo.living import AnotherCompany, Plan, build_living
from cheliu.demo.script import wish
from cheliu.demo.stands import Stand
from cheliu.demo.state import LivingDemoUnfinished, is_built
from cheliu.demo.synthetic import Synthesizer
from cheliu.sandbox.bank import BankSandbox
from cheliu.sandbox.parties import parties
from company.calendar import ZONE
from company.database import Database
from company.organisation import business_date
from company.settings import Settings
from engine.tasks import Instance, UserTask
from engine.waits import Incident
from lending.callbacks import CallbackVisit
from lending.customers import Customer
from lending.identifiers import bank_card
from lending.life.events import LoanEvent
from lending.loans import Loan, LoanStatus

SMALL = Plan(loans=2, months=2, seed=7)
CUT_OFF = SMALL.first_day + timedelta(days=3)


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


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    with empty(tmp_path_factory.mktemp("living")) as settings:
        yield settings, build_living(settings, SMALL)


def life_of(settings):
    """All that had happened by the end of the day of the cut, as it would read on the pages."""
    night = datetime.combine(CUT_OFF + timedelta(days=1), time(), ZONE)
    asked = (
        select(LoanEvent.loan_no, LoanEvent.kind, LoanEvent.on, LoanEvent.amount).where(
            LoanEvent.booked_on <= CUT_OFF
        ),
        select(CallbackVisit.callback_no, CallbackVisit.loan_no).where(CallbackVisit.planned_at < night),
        select(Instance.process_id, Instance.business_key).where(Instance.started_at < night),
        select(UserTask.business_key, UserTask.element_id, UserTask.created_at, UserTask.title).where(
            UserTask.created_at < night
        ),
        select(Customer.name).where(Customer.created_at < night),
    )
    database = Database(settings.database_url)
    try:
        with database.read() as session:
            return [sorted(map(str, session.execute(each))) for each in asked]
    finally:
        database.close()


def test_the_company_has_lived_to_the_demos_today_with_every_register_tied(built):
    settings, made = built
    database = Database(settings.database_url)
    with database.read() as session:
        assert is_built(session)
        assert business_date(session) == SMALL.last_day
        check_ties(session, date(2026, 8, 31))
        check_ties(session, SMALL.last_day)
        assert sorted(session.scalars(select(Loan.status))) == [LoanStatus.ACTIVE, LoanStatus.SETTLED]
        paid = session.scalar(select(func.count()).where(LoanEvent.kind == "receipt"))
        assert paid
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
        assert session.scalar(select(func.count()).where(CallbackVisit.ended_on.is_not(None)))
    database.close()
    assert (made.days, made.applications) == (62, SMALL.loans)


def test_the_same_seed_makes_the_same_company_and_one_that_was_cut_off_is_refused(built, tmp_path):
    def cut_off(day):
        if day == CUT_OFF:
            raise KeyboardInterrupt

    settings, _made = built
    with empty(tmp_path / "again") as again:
        with pytest.raises(KeyboardInterrupt):
            build_living(again, SMALL, told=cut_off)

        assert life_of(again) == life_of(settings)
        for builds in (lambda: build_living(again, SMALL), lambda: found_without_cases(again)):
            with pytest.raises(LivingDemoUnfinished):
                builds()


def test_it_is_built_in_no_database_that_holds_a_company(built):
    settings, _made = built
    with pytest.raises(AnotherCompany):
        build_living(settings, SMALL)


def test_borrowers_are_drawn_from_the_seed_and_their_cards_pass_the_check_digit():
    draw = Synthesizer(7)
    asked = [wish(draw, Stand.PAID) for _ in range(600)]
    drawn = [borrower(7, number, each) for number, each in enumerate(asked)]

    assert {each.habit for each in drawn} == set(Habit)
    assert len({each.card for each in drawn}) == len(drawn)
    assert all(bank_card.validate(each.card) == each.card for each in drawn)
    assert drawn == [borrower(7, number, each) for number, each in enumerate(asked)]
