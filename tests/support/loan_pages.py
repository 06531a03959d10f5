"""A house with the product's processes and one loan that was paid out, behind its pages."""

import json
from dataclasses import dataclass

from openings import openings
from shared_app import borrow, give_back
from sqlalchemy import select
from web_house import Visitor

from cheliu.case_house import copy_house, found_template
from cheliu.cases import play_steps
from cheliu.wiring import PROCESSES, House
from company import people
from company.people import Employee
from company.settings import Settings
from engine.tasks import TaskStatus, UserTask
from lending.loans import Loan
from web.wiring import Wiring


@dataclass
class LoanPages:
    """The house, its pages and the number of the loan."""

    house: House
    app: object
    loan_no: str

    def browser(self, username):
        visitor = Visitor(self.app.test_client())
        assert visitor.sign_in(username).status_code == 303
        return visitor

    def who(self, username):
        with self.house.database.read() as session:
            employee_id = session.scalar(select(Employee.id).where(Employee.username == username))
            return people.actor(session, employee_id)

    def task(self, element_id):
        with self.house.database.read() as session:
            return session.scalars(
                select(UserTask.id)
                .where(UserTask.element_id == element_id, UserTask.status == TaskStatus.OPEN.value)
                .order_by(UserTask.id.desc())
            ).first()

    def complete(self, username, task_id, **answers):
        with self.house.database.write() as session:
            self.house.engine.complete(session, task_id, self.who(username), answers)

    def close(self):
        self.house.close()
        give_back(self.app, self.house.database)


def paid_out(tmp_path_factory):
    """The loan of the case disbursement/paid: 100,000 at 5.88 % over 36 months from 15 September 2026."""
    folder = tmp_path_factory.mktemp("loan-pages")
    house, bank, clock = copy_house(found_template(folder), folder / "house")
    play_steps(json.loads((PROCESSES / "disbursement/cases/paid.json").read_text()), house, bank, clock)
    with house.database.read() as session:
        loan_no = session.scalars(select(Loan.loan_no)).one()
    return LoanPages(house, borrow(wiring_of(house, clock, folder / "house")), loan_no)


def answers(**more):
    """What the form of a receipt asks for: 5,000.00 on the day of the pay-out."""
    return {"booking_date": "2026-09-15", "booking_amount": "5000.00", "bank_reference": "CMB-1", **more}


def wiring_of(house, clock, home):
    """The wiring of a house without a server."""
    engine = house.engine
    return Wiring(
        database=house.database,
        engine=engine,
        clock=clock,
        vault=house.world.vault,
        files=house.world.files,
        settings=Settings.from_environment({"CHELIU_HOME": str(home)}),
        wake=lambda: None,
        **openings(engine),
    )
