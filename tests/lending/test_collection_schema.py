"""The step of collections with rows in its tables: down, and up again, the supervisors' right with it."""

from datetime import timedelta
from decimal import Decimal

from loan_book import PAID_ON, at
from sqlalchemy import text, true

from company import migrations
from company.people import seed_roles
from lending import loans
from lending.collections import agencies, cases, letters, promises, recovery
from lending.collections.agencies import AgencyComplaint
from lending.collections.assignment import CollectorProfile
from lending.collections.contact_log import CollectionContact
from lending.collections.kinds import Recovery

BEFORE = "0024"
TABLES = (
    "collection_case",
    "collection_stage",
    "promise_to_pay",
    "collection_letter",
    "collection_recovery",
    "collection_agency",
    "agency_batch",
    "agency_placement",
)
EMPTY = (AgencyComplaint, CollectorProfile, CollectionContact)


def fill(session, loan_no):
    """A row in each of the tables that need nobody else's."""
    now = at(PAID_ON)
    found = cases.open_case(session, loans.get(session, loan_no), 1, on=PAID_ON)
    found.overdue = Decimal("1000.00")
    tomorrow = PAID_ON + timedelta(days=1)
    promises.make(session, found, Decimal("10.00"), tomorrow, today=PAID_ON, by=None, now=now)
    letters.keep(session, found, "CS-H1", "0" * 64, found.overdue, on=PAID_ON)
    recovery.decide(
        session, found, Recovery.OUTSOURCE, "多次未果", "", needs_receiver=False, by=None, now=now
    )
    agency = agencies.enlist(
        session,
        name="沪信咨询",
        credit_code="91310115MA1K4BCD6M",
        contract_no="WT-1",
        contract_until=PAID_ON + timedelta(days=90),
    )
    days = {"books_at": PAID_ON, "today": PAID_ON}
    agencies.place(session, agency, [found.case_no], tomorrow, within=true(), **days, by=None, now=now)


def rights(session):
    asked = "SELECT actions FROM permission WHERE role_id = 'postloan_manager' AND object = 'collection_team'"
    return session.scalar(text(asked))


def test_the_step_goes_down_and_up_with_rows_in_its_tables(book):
    database = book.database
    with database.write() as session:
        fill(session, book.pattern)
        if rights(session) is None:
            seed_roles(session)
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        head = {"head": migrations.head()}
        session.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), head)

    migrations.downgrade(database, BEFORE)
    with database.read() as session:
        assert rights(session) is None
    migrations.upgrade(database)
    migrations.require_no_difference(database)

    with database.read() as session:
        names = (*TABLES, *(table.__tablename__ for table in EMPTY))
        assert [session.scalar(text(f"SELECT count(*) FROM {name}")) for name in names] == [0] * len(names)
        assert rights(session) == "A"
    database.close()
