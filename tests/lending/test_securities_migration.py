"""The step of customers and securities with a loan in the tables: down, and up again."""

from datetime import UTC, date, datetime

from sqlalchemy import text

from company import migrations
from lending import evidence_ledger, funding, loans, vehicle_history
from lending.vehicle_history import VehicleEvent, VehicleHappening

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def test_a_loan_of_before_was_lent_from_own_funds_and_what_happened_to_its_car_stays(house):
    with house.database.write() as session:
        loan = loans.get(session, house.sign(session))
        loan_no, car = loan.loan_no, loan.vehicle_id
        evidence_ledger.pledge(
            session, house.vault, "LGXCE6CB4P0123456", loan.application_no, on=TODAY, now=NOW
        )
        for happening in (VehicleHappening.SEALED, VehicleHappening.UNSEALED):
            vehicle_history.record(session, car, happening, on=TODAY, now=NOW)

        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.head()})

    migrations.downgrade(house.database, "0018")
    with house.database.read() as session:
        below = session.execute(text("SELECT count(*) FROM loan")).scalar()
        happened = session.execute(text("SELECT happening FROM vehicle_event")).scalars().all()
    migrations.upgrade(house.database)
    migrations.require_no_difference(house.database)

    assert (below, happened) == (1, ["sealed"])
    with house.database.write() as session:
        own = funding.own(session)
        assert loans.get(session, loan_no).funding_party_id == own.id
        assert session.query(VehicleEvent.source).all() == [("process",)]
        application_no = loans.get(session, loan_no).application_no
        entry = evidence_ledger.pledge(
            session, house.vault, "LGXCE6CB4P0123456", application_no, on=TODAY, now=NOW
        )
        assert (entry.number, evidence_ledger.broken(session)) == (1, [])
