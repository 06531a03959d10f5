"""A paid-out loan that is overdue, with its collection case, and the words for what collectors do."""

from datetime import date, timedelta

from paid_loan import PaidLoan
from sqlalchemy import select

from cheliu.working import work_off
from company.calendar import ZONE
from lending.collections.cases import CollectionCase
from lending.life import changes

FIRST_DUE = date(2026, 10, 15)


class OverdueLoan(PaidLoan):
    """The loan of 100,000, its first instalment of 15 October 2026 unpaid."""

    def overdue(self, days):
        """Come to so many days past due and tell the processes, as a day-end does."""
        day = FIRST_DUE + timedelta(days=days)
        self.until(day)
        with self.house.database.write() as session:
            changes.accrue_to(session, self.loan_no, day, now=self.clock.now())
        self.say("LoanOverdue", days_past_due=days)

    def say(self, name, **payload):
        with self.house.database.write() as session:
            facts = {"loan_no": self.loan_no, **payload}
            key = f"{name}:{self.clock.now()}"
            self.house.engine.deliver(session, name, self.loan_no, facts, key)
        work_off(self.house)

    def at(self, hour, minute=0):
        """Come to an hour of the same day, local time; earlier than now it is the next day's."""
        local = self.clock.now().astimezone(ZONE)
        wanted = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.clock.advance((wanted if wanted >= local else wanted + timedelta(days=1)) - local)

    def wait(self, **span):
        self.clock.advance(timedelta(**span))
        work_off(self.house)

    @property
    def case(self):
        with self.house.database.read() as session:
            return session.scalars(select(CollectionCase).order_by(CollectionCase.id.desc())).first()
