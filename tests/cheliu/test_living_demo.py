"""The living demo, small: the same from the same seed, every register tied, in no database that holds another company.

Four loans over two months, so that the first instalments fall due, some are late, and callbacks are made.
"""

import threading
from contextlib import contextmanager
from datetime import date

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
from company.database import Database
from company.organisation import business_date
from company.settings import Settings
from engine.tasks import Instance, UserTask
from engine.waits import Incident
from lending.callbacks import CallbackVisit
from lending.identifiers import bank_card
from lending.life.events import LoanEvent
from lending.loans import Loan

SMALL = Plan(loans=4, months=2, seed=7)


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
    """All that has happened, without the numbers that only a database knows."""
    database = Database(settings.database_url)
    try:
        with database.read() as session:
            events = select(LoanEvent.loan_no, LoanEvent.kind, LoanEvent.on, LoanEvent.amount)
            visits = select(CallbackVisit.callback_no, CallbackVisit.planned_on, CallbackVisit.status)
            cases = select(Instance.process_id, Instance.business_key, Instance.status)
            tasks = select(UserTask.business_key, UserTask.element_id, UserTask.status, UserTask.created_at)
            return [
                list(map(tuple, session.execute(each)))
                for each in (
                    events.order_by(LoanEvent.id),
                    visits.order_by(CallbackVisit.id),
                    cases.order_by(Instance.id),
                    tasks.order_by(UserTask.id),
                )
            ]
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
        assert session.scalar(select(func.count()).select_from(Loan)) == SMALL.loans
        paid = session.scalar(select(func.count()).where(LoanEvent.kind == "receipt"))
        assert paid
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
        assert session.scalar(select(func.count()).where(CallbackVisit.ended_on.is_not(None)))
    database.close()
    assert (made.days, made.applications) == (62, SMALL.loans)


def test_the_same_seed_makes_the_same_company(built, tmp_path):
    settings, _made = built
    with empty(tmp_path / "again") as again:
        build_living(again, SMALL)

        assert life_of(again) == life_of(settings)


def test_it_is_built_in_no_database_that_holds_a_company_or_half_a_living_demo(built, tmp_path):
    settings, _made = built
    with pytest.raises(AnotherCompany):
        build_living(settings, SMALL)

    def cut_off(day):
        raise KeyboardInterrupt

    with empty(tmp_path / "half") as half:
        with pytest.raises(KeyboardInterrupt):
            build_living(half, SMALL, told=cut_off)
        for builds in (lambda: build_living(half, SMALL), lambda: found_without_cases(half)):
            with pytest.raises(LivingDemoUnfinished):
                builds()


def test_borrowers_are_drawn_from_the_seed_and_their_cards_pass_the_check_digit():
    draw = Synthesizer(7)
    asked = [wish(draw, Stand.PAID) for _ in range(600)]
    drawn = [borrower(7, number, each) for number, each in enumerate(asked)]

    assert {each.habit for each in drawn} == set(Habit)
    assert len({each.card for each in drawn}) == len(drawn)
    assert all(bank_card.validate(each.card) == each.card for each in drawn)
    assert drawn == [borrower(7, number, each) for number, each in enumerate(asked)]
