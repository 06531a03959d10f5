"""The schema's step to renewed leases and start events, up and down with rows in its tables."""

from engine_house import MONDAY
from sqlalchemy import inspect, text

from company import migrations
from company.database import Database
from company.founding import found
from company.parameters import value

BEFORE, AFTER = "0001", "0003"
ROWS = (
    "INSERT INTO deployment (id, name, version, content_hash, deployed_at, deployed_by_name, note) "
    "VALUES (1, 'b', 1, 'x', :now, 'n', 'n')",
    "INSERT INTO definition (id, deployment_id, process_id, version, name, fingerprint) "
    "VALUES (1, 1, 'p', 1, 'p', 'f')",
    "INSERT INTO instance (id, business_key, process_id, definition_id, state, lock_version, status, title, "
    "subtitle, started_at) VALUES (1, 'K', 'p', 1, :state, 1, 'running', 't', '', :now)",
    "INSERT INTO job (id, instance_id, token_id, process_id, element_id, at_boundary, due_at, status, attempts, "
    "lease_version) VALUES (1, 1, 2, 'p', 'a', :no, :now, 'open', 0, 0)",
    "INSERT INTO timer_job (id, instance_id, token_id, process_id, element_id, at_boundary, due_at, status, "
    "attempts) VALUES (1, 1, 3, 'p', 'a', :no, :now, 'open', 0)",
    "INSERT INTO incident (id, instance_id, business_key, process_id, element_id, name, token_id, cause, message, "
    "place, attempts, at) VALUES (1, 1, 'K', 'p', 'a', 'a', 2, 'c', 'm', 'p', 1, :now)",
)


def test_rows_of_the_schema_before_go_up_and_down_again(database_url):
    database = Database(database_url)
    migrations.upgrade(database)
    with database.write() as session:
        found(
            session,
            name="测试",
            name_en="Test",
            units=(),
            lender_type="auto_finance",
            business_date=MONDAY.date(),
        )
    migrations.downgrade(database, BEFORE)
    with database.write() as session:
        for row in ROWS:
            session.execute(text(row), {"now": MONDAY.replace(tzinfo=None), "state": b"x", "no": False})

    migrations.upgrade(database, AFTER)

    with database.write() as session:
        job = session.execute(text("SELECT exclusive, priority, lease_owner FROM job")).one()
        assert (bool(job.exclusive), job.priority, job.lease_owner) == (True, 0, None)
        assert session.execute(text("SELECT priority FROM timer_job")).scalar() == 0
        assert value(session, "message_kept_days", MONDAY.date()) == 30
        session.execute(text("UPDATE incident SET instance_id = NULL, start_timer_id = 1"))
    migrations.downgrade(database, BEFORE)
    with database.read() as session:
        left = [
            session.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in ("job", "incident")
        ]
    assert left == [1, 0], "an incident without a case has no place in the schema before"
    migrations.upgrade(database)
    (running,) = [
        index
        for index in inspect(database.engine).get_indexes("instance")
        if index["name"] == "uq_instance_running_key"
    ]
    assert running["unique"]
    with database.write() as session:  # it holds for running cases alone, also after the table was rebuilt
        for number, status in enumerate(("completed", "completed"), 5):
            session.execute(
                text(ROWS[2].replace("(1, 'K'", f"({number}, 'K'").replace("'running'", f"'{status}'")),
                {"now": MONDAY.replace(tzinfo=None), "state": b"x"},
            )
    database.close()
