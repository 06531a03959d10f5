"""A copy of a whole house in which one loan was paid out, and the shortest words for what staff do in it."""

import functools
import json
import tempfile
from datetime import timedelta
from pathlib import Path

from loan_pages import LoanPages, wiring_of
from shared_app import borrow
from sqlalchemy import select

from cheliu.case_answers import answers, with_files
from cheliu.case_house import copy_house, found_template
from cheliu.cases import play_steps
from cheliu.wiring import PROCESSES
from cheliu.working import work_off
from company.calendar import WorkingCalendar
from company.organisation import the_company
from engine.tasks import Instance, InstanceStatus
from lending.callbacks import CallbackVisit
from lending.loans import Loan


@functools.cache
def _played():
    """The folder of a house after the case disbursement/paid, made once: it takes some seconds."""
    folder = Path(tempfile.mkdtemp(prefix="cheliu-paid-"))
    house, bank, clock = copy_house(found_template(folder), folder / "paid")
    play_steps(json.loads((PROCESSES / "disbursement/cases/paid.json").read_text()), house, bank, clock)
    house.close()
    return folder / "paid"


class PaidLoan(LoanPages):
    """The loan of 100,000 over 36 months, paid out on Tuesday 15 September 2026, and the people around it."""

    def __init__(self, home):
        self.home = home
        house, self.bank, self.clock = copy_house(_played(), home)
        with house.database.read() as session:
            loan_no = session.scalars(select(Loan.loan_no)).one()
        super().__init__(house, borrow(wiring_of(house, self.clock, home)), loan_no)

    @property
    def loan(self):
        with self.house.database.read() as session:
            return session.scalars(select(Loan).where(Loan.loan_no == self.loan_no)).one()

    def do(self, username, element_id, **given):
        """Let a person do the open task of a step."""
        task_id = self.task(element_id)
        assert task_id is not None, f"no open task {element_id}"
        values, files = with_files(self.house, answers(given))
        with self.house.database.write() as session:
            self.house.engine.complete(session, task_id, self.who(username), values, files=files)
        work_off(self.house)

    def days(self, count):
        """Let so many days pass, the poll looking in on each."""
        for _ in range(count):
            with self.house.database.write() as session:
                the_company(session).business_date += timedelta(days=1)
            self.clock.advance(timedelta(days=1))
            work_off(self.house)

    def until(self, day):
        """Come to the business date ``day``; the poll looks in when it is reached."""
        with self.house.database.write() as session:
            company = the_company(session)
            passed, company.business_date = day - company.business_date, day
        self.clock.advance(passed)
        work_off(self.house)

    def is_working(self, day):
        with self.house.database.read() as session:
            return WorkingCalendar(session).is_working_day(day)

    def running(self, process_id):
        with self.house.database.read() as session:
            asked = select(Instance).where(
                Instance.process_id == process_id, Instance.status == InstanceStatus.RUNNING.value
            )
            return list(session.scalars(asked))

    def rows(self, table, **where):
        with self.house.database.read() as session:
            return list(session.scalars(select(table).filter_by(**where).order_by(table.id)))

    def visits(self):
        """The callbacks of the loan, the oldest first."""
        return self.rows(CallbackVisit)

    def call_back(self, **checklist):
        """Make the callback that is under way and hand the checklist in."""
        manager = "postloan_manager"
        self.do(manager, "Task_Prepare", visit_method=checklist.pop("visit_method", "phone"))
        self.do(manager, "Task_Contact", attempt_result="reached")
        self.do(manager, "Task_FillChecklist", sample="callback_good", **checklist)
