"""The schema in steps."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from company import migrations
from company.audit import AuditEntry, record
from company.database import Base, Database
from company.founding import found
from company.people import SYSTEM


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of revisions of its own, empty."""
    (tmp_path / "steps" / "versions").mkdir(parents=True)
    return tmp_path / "steps"


def test_the_generated_step_makes_exactly_the_tables_of_the_models_and_takes_them_away_again(
    database_url: str, folder: Path
) -> None:
    database = Database(database_url)

    migrations.generate(database, "Lay the first stones", revision="0001", folder=folder)
    migrations.upgrade(database, folder=folder)

    assert migrations.stands_at(database) == migrations.head(folder=folder) == "0001"
    assert set(Base.metadata.tables) <= set(inspect(database.engine).get_table_names())
    migrations.require_no_difference(database, folder=folder)
    migrations.upgrade(database, folder=folder)
    migrations.downgrade(database, "base", folder=folder)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.close()


def test_the_step_imports_the_column_types_it_names(sqlite_url: str, folder: Path) -> None:
    database = Database(sqlite_url)

    migrations.generate(database, "Lay the first stones", revision="0001", folder=folder)

    (step,) = (folder / "versions").glob("*.py")
    assert "from company import database\n" in step.read_text()
    assert "database.Instant()" in step.read_text()
    compile(step.read_text(), step.name, "exec")
    database.close()


def test_a_table_that_others_point_to_is_rebuilt_with_its_rows_and_a_lost_row_stops_the_step(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)
    with database.write() as session:
        session.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        session.execute(
            text("CREATE TABLE child (id INTEGER PRIMARY KEY, up INTEGER REFERENCES parent (id))")
        )
        session.execute(text("INSERT INTO parent VALUES (1)"))
        session.execute(text("INSERT INTO child VALUES (1, 1)"))

    with database.rebuild() as connection:
        connection.execute(text("CREATE TABLE fresh (id INTEGER PRIMARY KEY, name TEXT)"))
        connection.execute(text("INSERT INTO fresh (id) SELECT id FROM parent"))
        connection.execute(text("DROP TABLE parent"))
        connection.execute(text("ALTER TABLE fresh RENAME TO parent"))
    with pytest.raises(ValueError, match="point nowhere"), database.rebuild() as connection:
        connection.execute(text("DELETE FROM parent"))

    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM parent, child WHERE up = parent.id")).scalar() == 1
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
    database.close()


def test_the_released_steps_lead_to_the_models_and_back_to_nothing_with_a_company_in_the_tables(
    database_url: str,
) -> None:
    database = Database(database_url)

    migrations.upgrade(database)
    migrations.require_no_difference(database)
    with database.write() as session:
        found(
            session,
            name="测试汽贸融资有限公司",
            name_en="Test Lending Ltd",
            units=(),
            lender_type="auto_finance",
            business_date=date(2026, 9, 1),
        )
        record(session, datetime(2026, 9, 1, tzinfo=UTC), SYSTEM, "company.found", "company", 1)
    migrations.upgrade(database)

    assert migrations.stands_at(database) == migrations.head()
    with database.read() as session:
        assert session.query(AuditEntry).count() == 1
    migrations.downgrade(database, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    migrations.upgrade(database)
    migrations.require_no_difference(database)
    database.close()


def test_the_step_of_the_books_takes_the_first_releases_entries_along_and_gives_them_back(
    database_url: str,
) -> None:
    database = Database(database_url)
    migrations.upgrade(database, "0001")
    with database.write() as session:
        for statement in (
            "INSERT INTO role (id, name, name_en, scope) VALUES ('auditor', '审计员', 'Auditor', 'all')",
            "INSERT INTO account (code, name, name_en, kind) VALUES ('1002', '银行存款', 'Bank', 'asset')",
            "INSERT INTO account (code, name, name_en, kind) VALUES ('1303', '贷款', 'Loans', 'asset')",
            "INSERT INTO journal_entry (id, reference, entry_date, description, posted_at) "
            "VALUES (1, 'disbursement:A', '2026-08-31', '发放贷款', '2026-08-31 02:00:00')",
            "INSERT INTO journal_entry (id, reference, entry_date, description, posted_at, reverses_id) "
            "VALUES (2, 'reversal:disbursement:A', '2026-09-02', '退汇', '2026-09-02 02:00:00', 1)",
            "INSERT INTO journal_line VALUES (1, 1, '1303', 100, 0, 'A')",
            "INSERT INTO journal_line VALUES (1, 2, '1002', 0, 100, 'A')",
        ):
            session.execute(text(statement))

    migrations.upgrade(database)
    with database.read() as session:
        kinds = session.execute(text("SELECT kind FROM journal_entry ORDER BY id")).scalars().all()
        months = session.execute(text("SELECT month FROM accounting_period ORDER BY month")).scalars().all()
        lines = (
            session.execute(text("SELECT line FROM account WHERE code IN ('1002', '4001')")).scalars().all()
        )
        rights = (
            session.execute(text("SELECT role_id FROM permission WHERE object = 'books'")).scalars().all()
        )
    migrations.downgrade(database, "0001")
    with database.read() as session:
        kept = session.execute(text("SELECT count(*) FROM journal_entry, journal_line")).scalar()
        equity = session.execute(text("SELECT count(*) FROM account WHERE kind = 'equity'")).scalar()
    migrations.upgrade(database)
    migrations.require_no_difference(database)

    assert kinds == ["disbursement", "disbursement"]
    assert months == ["2026-08", "2026-09"]
    assert sorted(lines) == ["capital", "cash"]
    assert sorted(rights) == ["auditor", "finance_accountant"]
    assert (kept, equity) == (4, 0)
    database.close()
