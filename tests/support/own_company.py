"""A company that is no demo: each night its books are ended by themselves, many nights when its clock moves far."""

from contextlib import contextmanager

from installation import Installation

from company.calendar import WorkingCalendar
from company.database import Database
from company.organisation import the_company


class OwnCompany(Installation):
    """Its books follow its clock, as those of any company do but the demo's, which stand still."""

    def found(self):
        super().found()
        database = Database(self.environment["DATABASE_URL"])
        with database.write() as session:
            the_company(session).is_demo = False
        database.close()

    def working_day(self, day):
        """The day itself, or the next on which people work."""
        database = Database(self.environment["DATABASE_URL"])
        with database.read() as session:
            found = WorkingCalendar(session).add_working_days(day, 0)
        database.close()
        return found


@contextmanager
def running_own(home, **environment):
    """A founded company of one's own with its server and its bank; ended afterwards."""
    made = OwnCompany(home)
    made.environment |= environment
    made.found()
    try:
        made.start_bank()
        made.start()
        yield made
    finally:
        made.stop()
